#include "domain/desk.hpp"

namespace reserve {

namespace {

std::string key_of(const exception_notice& notice) {
  return notice.type + '|' + notice.entity_key;
}

} // namespace

std::string_view name_of(exception_status status) noexcept {
  switch (status) {
  case exception_status::open: return "open";
  case exception_status::in_progress: return "in_progress";
  case exception_status::resolved: return "resolved";
  case exception_status::dismissed: return "dismissed";
  }
  return "";
}

std::vector<exceptions_event> decide(const exceptions_state& known, const exception_notice& notice, const uuid& cause, timestamp now) {
  const std::string key = key_of(notice);
  const auto found = known.open.find(key);
  if (notice.resolve) {
    if (found == known.open.end())
      return {};
    return {exception_resolved{found->second.id, key, notice.resolution.empty() ? "auto_healed" : notice.resolution}};
  }
  const exception_id id{derive_uuid(cause, key)};
  if (found != known.open.end()) {
    if (found->second.id == id)
      return {}; // The telling that opened it, once more.
    return {exception_repeated{found->second.id, key}};
  }
  const auto closed = known.last_closed.find(key);
  if (closed != known.last_closed.end() && closed->second == id)
    return {}; // Told once more after it was closed: not a new problem.
  open_exception raised;
  raised.id = id;
  raised.notice = notice;
  raised.created_at = raised.updated_at = now;
  if (closed != known.last_closed.end())
    raised.previous = closed->second;
  return {exception_raised{std::move(raised)}};
}

void evolve(exceptions_state& target, const exceptions_event& event, timestamp at) {
  if (const auto* raised = std::get_if<exception_raised>(&event)) {
    target.open.insert_or_assign(key_of(raised->raised.notice), raised->raised);
  } else if (const auto* repeated = std::get_if<exception_repeated>(&event)) {
    const auto found = target.open.find(repeated->key);
    if (found == target.open.end())
      return;
    ++found->second.occurrences;
    found->second.updated_at = at;
  } else if (const auto* resolved = std::get_if<exception_resolved>(&event)) {
    target.open.erase(resolved->key);
    target.last_closed.insert_or_assign(resolved->key, resolved->id);
  }
}

void evolve(numbering_state& target, const code_block_drawn& event) {
  target.year = event.year;
  target.next = event.first;
  target.last = event.last;
}

void evolve(numbering_state& target, const codes_reserved& event) {
  if (event.year == target.year && event.upto >= target.next)
    target.next = event.upto + 1;
}

} // namespace reserve
