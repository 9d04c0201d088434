#include "gateway/http/json.hpp"
#include "gateway/http/text.hpp"

#include <algorithm>

namespace reserve::http {
namespace {

/// Recursive descent; the depth limit bounds the stack. The first problem ends it.
class reader {
public:
  reader(std::string_view text, json_limits limits) : text_(text), limits_(limits) {}

  json_reading run() {
    json_reading outcome;
    if (const auto bad = find_bad_utf8(text_)) {
      outcome.offset = *bad;
      outcome.problem = text_[*bad] == '\0' ? "U+0000 is not accepted" : "not valid UTF-8";
      return outcome;
    }
    json_value value;
    skip_space();
    if (at_end()) {
      fail("empty");
    } else if (read_value(value, 1)) {
      skip_space();
      if (!at_end())
        fail("something follows the value");
    }
    outcome.offset = at_;
    outcome.problem = problem_;
    if (problem_.empty())
      outcome.value = std::move(value);
    return outcome;
  }

private:
  bool at_end() const noexcept { return at_ == text_.size(); }
  char peek() const noexcept { return at_end() ? '\0' : text_[at_]; }
  bool fail(std::string_view why) {
    if (problem_.empty())
      problem_ = why;
    return false;
  }
  bool take(char wanted) {
    if (peek() != wanted)
      return false;
    ++at_;
    return true;
  }
  void skip_space() noexcept {
    while (!at_end() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }

  bool read_value(json_value& into, unsigned depth) {
    switch (peek()) {
    case '{': return read_object(into, depth);
    case '[': return read_array(into, depth);
    case '"': return read_string(into.become(json_value::kind::string));
    case 't': return read_word("true", into, json_value::of_bool(true));
    case 'f': return read_word("false", into, json_value::of_bool(false));
    case 'n': return read_word("null", into, json_value());
    default: return read_number(into);
    }
  }

  bool read_word(std::string_view word, json_value& into, json_value meaning) {
    if (text_.substr(at_, word.size()) != word)
      return fail("unknown word");
    at_ += word.size();
    into = std::move(meaning);
    return true;
  }

  std::size_t read_digits() noexcept {
    const std::size_t from = at_;
    while (!at_end() && text_[at_] >= '0' && text_[at_] <= '9')
      ++at_;
    return at_ - from;
  }

  bool read_number(json_value& into) {
    const std::size_t from = at_;
    take('-');
    if (!take('0') && read_digits() == 0)
      return fail("a value was expected");
    if (take('.') && read_digits() == 0)
      return fail("a digit was expected");
    if (take('e') || take('E')) {
      if (!take('+'))
        take('-');
      if (read_digits() == 0)
        return fail("a digit was expected");
    }
    if (at_ - from > 64)
      return fail("number too long");
    into.become(json_value::kind::number) = text_.substr(from, at_ - from);
    return true;
  }

  bool read_hex4(unsigned& code) {
    if (text_.size() - at_ < 4)
      return fail("cut off escape");
    code = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = text_[at_];
      const bool digit = c >= '0' && c <= '9';
      const char folded = static_cast<char>(c | 0x20);
      if (!digit && !(folded >= 'a' && folded <= 'f'))
        return fail("bad escape");
      code = code * 16 + static_cast<unsigned>(digit ? c - '0' : folded - 'a' + 10);
      ++at_;
    }
    return true;
  }

  static void append_utf8(std::string& out, unsigned code) {
    const auto put = [&out](unsigned byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xc0 | (code >> 6));
      put(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      put(0xe0 | (code >> 12));
      put(0x80 | ((code >> 6) & 0x3f));
      put(0x80 | (code & 0x3f));
    } else {
      put(0xf0 | (code >> 18));
      put(0x80 | ((code >> 12) & 0x3f));
      put(0x80 | ((code >> 6) & 0x3f));
      put(0x80 | (code & 0x3f));
    }
  }

  bool read_unicode_escape(std::string& out) {
    unsigned code = 0;
    if (!read_hex4(code))
      return false;
    if (code == 0)
      return fail("U+0000 is not accepted");
    if (code >= 0xdc00 && code <= 0xdfff)
      return fail("lone surrogate");
    if (code >= 0xd800 && code <= 0xdbff) {
      unsigned low = 0;
      if (!take('\\') || !take('u') || !read_hex4(low) || low < 0xdc00 || low > 0xdfff)
        return fail("lone surrogate");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(out, code);
    return true;
  }

  bool read_escape(std::string& out) {
    const char c = peek();
    if (at_end())
      return fail("text without end");
    ++at_;
    switch (c) {
    case '"':
    case '\\':
    case '/': out += c; return true;
    case 'b': out += '\b'; return true;
    case 'f': out += '\f'; return true;
    case 'n': out += '\n'; return true;
    case 'r': out += '\r'; return true;
    case 't': out += '\t'; return true;
    case 'u': return read_unicode_escape(out);
    default: --at_; return fail("bad escape");
    }
  }

  bool read_string(std::string& out) {
    ++at_;
    while (true) {
      const auto run = text_.substr(at_, plain_run(text_.substr(at_)));
      out.append(run);
      at_ += run.size();
      if (at_end())
        return fail("text without end");
      if (take('"'))
        return true;
      if (!take('\\'))
        return fail("control character in a text");
      if (!read_escape(out))
        return false;
    }
  }

  bool read_array(json_value& into, unsigned depth) {
    if (depth > limits_.depth)
      return fail("too deep");
    ++at_;
    std::vector<json_value> items;
    skip_space();
    if (!take(']')) {
      do {
        skip_space();
        items.emplace_back();
        if (!read_value(items.back(), depth + 1))
          return false;
        skip_space();
      } while (take(','));
      if (!take(']'))
        return fail("',' or ']' was expected");
    }
    into = json_value::of_array(std::move(items));
    return true;
  }

  bool read_object(json_value& into, unsigned depth) {
    if (depth > limits_.depth)
      return fail("too deep");
    ++at_;
    std::vector<json_value::member> members;
    skip_space();
    if (!take('}')) {
      do {
        skip_space();
        if (members.empty() && depth == 1) // Of small objects inside there may be a million.
          members.reserve(usual_members);
        members.emplace_back();
        if (!read_member(members.back(), depth))
          return false;
        skip_space();
      } while (take(','));
      if (!take('}'))
        return fail("',' or '}' was expected");
    }
    if (has_repeated_name(members))
      return fail("a name is repeated");
    into = json_value::of_object(std::move(members));
    return true;
  }

  bool read_member(json_value::member& into, unsigned depth) {
    if (peek() != '"')
      return fail("a name was expected");
    if (!read_string(into.first))
      return false;
    skip_space();
    if (!take(':'))
      return fail("':' was expected");
    skip_space();
    return read_value(into.second, depth + 1);
  }

  static bool has_repeated_name(const std::vector<json_value::member>& members) {
    if (members.size() <= usual_members) { // Nearly always: to compare each with each costs less than to sort.
      for (auto one = members.begin(); one != members.end(); ++one)
        if (std::any_of(members.begin(), one, [&](const auto& before) { return before.first == one->first; }))
          return true;
      return false;
    }
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const auto& [name, value] : members)
      names.push_back(name);
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) != names.end();
  }

  static constexpr std::size_t usual_members = 8;

  std::string_view text_;
  json_limits limits_;
  std::size_t at_ = 0;
  std::string_view problem_;
};

} // namespace

json_reading read_json(std::string_view text, json_limits limits) {
  return reader(text, limits).run();
}

} // namespace reserve::http
