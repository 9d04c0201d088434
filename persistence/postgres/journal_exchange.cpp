#include "persistence/postgres/journal_exchange.hpp"

#include <libpq-fe.h>
#include <poll.h>

namespace reserve::persistence {

journal_exchange::journal_exchange(connection& on, const std::string& statements, std::vector<journal_batch::copy> rows) : on_(on), rows_(std::move(rows)) {
  PQsetnonblocking(on_.raw(), 1);
  sent_ = rows_.empty();
  sent_at_ = std::chrono::steady_clock::now();
  usable_ = PQsendQuery(on_.raw(), statements.c_str()) == 1;
}

bool journal_exchange::advance() {
  auto* const raw = on_.raw();
  while (!over_) {
    if (!usable_)
      return end(false);
    const int unsent = PQflush(raw);
    // Read as well, so that both sides can never wait for each other.
    if (unsent < 0 || PQconsumeInput(raw) == 0)
      return end(false);
    if (unsent > 0)
      return waits_for(POLLIN | POLLOUT);
    if (feeding_) {
      usable_ = feed();
      continue;
    }
    if (PQisBusy(raw) != 0)
      return waits_for(POLLIN);
    auto* answer = PQgetResult(raw);
    if (answer == nullptr)
      return end(on_.alive());
    hear(query_result(answer));
  }
  return true;
}

void journal_exchange::give_up() noexcept {
  end(false);
}

/// One more piece of the rows, or their end.
bool journal_exchange::feed() {
  auto* const raw = on_.raw();
  if (!left_.empty()) {
    const auto piece = left_.substr(0, copy_message);
    left_.remove_prefix(piece.size());
    return PQputCopyData(raw, piece.data(), static_cast<int>(piece.size())) == 1;
  }
  feeding_ = false;
  if (next_copy_ == rows_.size()) {
    sent_ = true;
    sent_at_ = std::chrono::steady_clock::now();
  }
  return PQputCopyEnd(raw, nullptr) == 1;
}

void journal_exchange::hear(const query_result& answer) {
  const auto status = PQresultStatus(answer.handle());
  if (status == PGRES_COPY_IN) {
    left_ = rows_.at(next_copy_++).data;
    feeding_ = true;
  } else if (status == PGRES_COMMAND_OK) {
    committed_ = std::string_view(PQcmdStatus(const_cast<PGresult*>(answer.handle()))) == "COMMIT";
  } else if (status != PGRES_TUPLES_OK && !failed_) {
    failed_.emplace(on_.error_of(answer.handle()));
  }
}

bool journal_exchange::waits_for(short events) noexcept {
  events_ = events;
  return false;
}

bool journal_exchange::end(bool usable) noexcept {
  over_ = true;
  usable_ = usable;
  return true;
}

} // namespace reserve::persistence
