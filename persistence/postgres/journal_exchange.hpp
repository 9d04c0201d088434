#pragma once

#include "persistence/postgres/journal_rows.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace reserve::persistence {

/// One text of statements with COPYs in it, on its way to PostgreSQL: sends what it is asked for and hears the answers, as far as that goes without waiting.
///
/// The server goes on by itself from the end of the last COPY to the statements behind it. So before that end is sent nothing of them can have happened, and after
/// it a lost session says nothing. A text without COPYs may have happened as soon as it is begun.
class journal_exchange {
public:
  /// `rows`: of the COPYs in the text, in its order.
  journal_exchange(connection& on, const std::string& statements, std::vector<journal_batch::copy> rows);

  /// Goes on. true: it is over. false: wait until the socket is ready for `events`.
  bool advance();
  short events() const noexcept { return events_; }
  /// Nothing more is heard: the time is over.
  void give_up() noexcept;

  /// Has everything been sent that lets the server reach the last statement?
  bool sent() const noexcept { return sent_; }
  std::chrono::steady_clock::time_point sent_at() const noexcept { return sent_at_; }
  /// It is over, and every statement succeeded.
  bool succeeded() const noexcept { return over_ && usable_ && !failed_; }
  /// COMMIT was answered as such; a failed transaction answers it with ROLLBACK.
  bool committed() const noexcept { return committed_; }
  /// The session can still be used.
  bool usable() const noexcept { return usable_; }
  /// The first error that the server told.
  const std::optional<database_error>& failed() const noexcept { return failed_; }

private:
  bool waits_for(short events) noexcept;
  bool end(bool usable) noexcept;
  bool feed();
  void hear(const query_result& answer);

  connection& on_;
  std::vector<journal_batch::copy> rows_;
  std::size_t next_copy_ = 0;
  std::string_view left_; ///< Of the COPY that is open.
  bool feeding_ = false, sent_ = false, committed_ = false, usable_ = true, over_ = false;
  short events_ = 0;
  std::chrono::steady_clock::time_point sent_at_;
  std::optional<database_error> failed_;
};

} // namespace reserve::persistence
