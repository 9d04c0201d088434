#include "app/logging.hpp"

#include <fmt/format.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace reserve::app {
namespace {

bool is_key_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_';
}

/// Length of the UTF-8 sequence at the front, 0 when it is not one. Logs carry what others sent us, so nothing is taken for granted.
std::size_t sequence_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  if (length == 0 || length > text.size())
    return 0;
  for (std::size_t at = 1; at < length; ++at)
    if ((static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80)
      return 0;
  return length;
}

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto length = sequence_length(text);
    const char letter = text.front();
    if (length == 0)
      out += "\\ufffd";
    else if (letter == '"' || letter == '\\')
      (out += '\\') += letter;
    else if (letter == '\n')
      out += "\\n";
    else if (static_cast<unsigned char>(letter) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(letter));
    else
      out += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  (((out += ",\"") += name) += "\":\"");
  append_escaped(out, value);
  out += '"';
}

/// A number that JSON, too, would write like this. Longer ones stay texts: a reader's double would change them.
bool is_number(std::string_view text) {
  if (text.starts_with('-'))
    text.remove_prefix(1);
  const auto point = std::min(text.find('.'), text.size());
  const auto digits = [](std::string_view part) { return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos; };
  const auto whole = text.substr(0, point);
  return text.size() <= 15 && digits(whole) && (whole.size() == 1 || whole.front() != '0') && (point == text.size() || digits(text.substr(point + 1)));
}

/// Where ` key=` begins at or behind `from`, or npos.
std::size_t find_key(std::string_view text, std::size_t from) {
  for (auto at = text.find('=', from); at != std::string_view::npos; at = text.find('=', at + 1)) {
    auto start = at;
    while (start > from && is_key_letter(text[start - 1]))
      --start;
    const bool begins_a_word = start == 0 || text[start - 1] == ' ';
    if (start < at && begins_a_word && text[start] > '9')
      return start;
  }
  return std::string_view::npos;
}

/// A value in double quotes without them, or nothing when the text is not exactly one.
std::optional<std::string> unquoted(std::string_view text) {
  if (text.size() < 2 || !text.starts_with('"'))
    return std::nullopt;
  std::string value;
  std::size_t at = 1;
  for (; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\' && at + 1 < text.size())
      ++at;
    value += text[at];
  }
  return at + 1 == text.size() ? std::optional(value) : std::nullopt;
}

/// Where the value at the front ends: behind its closing quote, else where the next key begins.
std::size_t value_end(std::string_view text) {
  std::size_t from = 0;
  if (text.starts_with('"')) {
    from = 1;
    while (from < text.size() && text[from] != '"')
      from += text[from] == '\\' ? 2 : 1;
    from = std::min(from, text.size());
  }
  return std::min(find_key(text, from), text.size());
}

std::string_view without_spaces_behind(std::string_view text) {
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

/// Our own members are never written twice.
bool is_reserved(std::string_view name) {
  return name == "timestamp" || name == "level" || name == "service" || name == "message";
}

std::string_view name_of(spdlog::level::level_enum level) {
  switch (level) {
  case spdlog::level::trace: return "trace";
  case spdlog::level::debug: return "debug";
  case spdlog::level::info: return "info";
  case spdlog::level::warn: return "warn";
  default: return "error";
  }
}

std::string text_of(std::chrono::system_clock::time_point when) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(when.time_since_epoch()).count();
  const auto seconds = static_cast<std::time_t>(micros / 1'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                     parts.tm_sec, micros % 1'000'000);
}

class json_formatter : public spdlog::formatter {
public:
  explicit json_formatter(std::string service) : service_(std::move(service)) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& into) override {
    std::string line = "{\"timestamp\":\"" + text_of(message.time) + "\"";
    append_member(line, "level", name_of(message.level));
    append_member(line, "service", service_);
    line += json_members_of({message.payload.data(), message.payload.size()});
    line += "}\n";
    into.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<json_formatter>(service_); }

private:
  std::string service_;
};

/// Writes at once while little is said, and bursts of lines together: a write for each request costs more than the request's own work. What warns is never
/// kept back; a killed process has not said at most the last moment of its story.
class gathering_sink final : public spdlog::sinks::base_sink<std::mutex> {
public:
  explicit gathering_sink(std::FILE* target) : target_(target) {}
  ~gathering_sink() override { write(); }

protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    pending_.append(line.data(), line.size());
    if (message.level >= spdlog::level::warn || pending_.size() >= together_max || message.time - written_ >= quiet)
      write(message.time);
  }
  void flush_() override { write(); }

private:
  static constexpr std::size_t together_max = 32 * 1024;
  static constexpr std::chrono::milliseconds quiet{20};

  void write(spdlog::log_clock::time_point now = spdlog::log_clock::now()) {
    written_ = now;
    if (pending_.empty())
      return;
    std::fwrite(pending_.data(), 1, pending_.size(), target_);
    std::fflush(target_);
    pending_.clear();
  }

  std::FILE* target_;
  std::string pending_;
  spdlog::log_clock::time_point written_{};
};

spdlog::level::level_enum spdlog_level(config::log_level level) {
  switch (level) {
  case config::log_level::trace: return spdlog::level::trace;
  case config::log_level::debug: return spdlog::level::debug;
  case config::log_level::info: return spdlog::level::info;
  case config::log_level::warn: return spdlog::level::warn;
  case config::log_level::error: break;
  }
  return spdlog::level::err;
}

} // namespace

std::string json_members_of(std::string_view text) {
  const auto first = std::min(find_key(text, 0), text.size());
  std::string members;
  append_member(members, "message", without_spaces_behind(text.substr(0, first)));
  text.remove_prefix(first);
  while (!text.empty()) {
    const auto equals = text.find('=');
    const auto name = std::string(text.substr(0, equals)) + (is_reserved(text.substr(0, equals)) ? "_" : "");
    text.remove_prefix(equals + 1);
    const auto end = value_end(text);
    const auto value = without_spaces_behind(text.substr(0, end));
    text.remove_prefix(end);
    if (is_number(value))
      (((members += ",\"") += name) += "\":") += value;
    else
      append_member(members, name, unquoted(value).value_or(std::string(value)));
  }
  return members;
}

void start_logging(const std::string& service, config::log_level level, log_stream target) {
  auto sink = std::make_shared<gathering_sink>(target == log_stream::standard_output ? stdout : stderr);
  auto logger = std::make_shared<spdlog::logger>(service, std::move(sink));
  logger->set_formatter(std::make_unique<json_formatter>(service));
  logger->set_level(spdlog_level(level));
  spdlog::set_default_logger(std::move(logger));
  spdlog::flush_every(std::chrono::seconds(1)); // The end of a burst.
}

} // namespace reserve::app
