#pragma once

#include "gateway/api/failure.hpp"
#include "gateway/api/router.hpp"
#include "gateway/api/validated.hpp"
#include "gateway/http/json.hpp"
#include "gateway/http/message.hpp"

#include <string>
#include <variant>
#include <vector>

namespace reserve::gateway {

/// What the configuration says about callers.
struct access {
  std::string service_token;  ///< Empty: routes of the service do not exist.
  bool clock_control = false; ///< Whether move_clock exists.
};

/// Reads a routed request in the order of spec 30§1.9: content type, syntax, credentials, fields. Nothing has happened when it fails.
std::variant<validated, failure> read_request(const route& where, const http::request& what, const access& rights);

/// Whether the route exists for anybody under this configuration (404 comes before everything else).
bool exists(const endpoint& target, const access& rights) noexcept;

/// "Bearer x" with the very token, compared in constant time; never for an empty token.
bool has_service_token(const http::request& what, const access& rights) noexcept;

/// A cookie by name; empty when absent.
std::string_view cookie(const http::request& what, std::string_view name) noexcept;

/// Checks values against fields and collects every problem.
class field_checker {
public:
  /// Members of an object; what is no field is a problem.
  checked_value check_members(const std::vector<field>& fields, const http::json_value& object, const std::string& path);
  /// A value of path, query or header.
  std::optional<checked_value> check_plain(const field& what, std::string_view raw, const std::string& path);
  std::optional<checked_value> check_json(const field& what, const http::json_value& value, const std::string& path);
  void report(std::string field, std::string_view what, std::string limit = "");

  const std::vector<problem>& problems() const noexcept { return problems_; }
  std::vector<problem> take() { return std::move(problems_); }

private:
  std::optional<checked_value> check_text(const field& what, std::string_view text, const std::string& path);
  std::optional<checked_value> check_integer(const field& what, std::optional<std::int64_t> value, const std::string& path);
  std::optional<checked_value> check_number(const field& what, std::string_view source, const std::string& path);
  std::optional<checked_value> check_money(const field& what, std::string_view source, const std::string& path);
  std::optional<checked_value> check_guests(const http::json_value& value, const std::string& path);
  std::optional<checked_value> check_array(const field& what, const http::json_value& value, const std::string& path);
  bool check_count(const field& what, std::size_t count, const std::string& path);

  std::vector<problem> problems_;
};

/// Conditions between fields; only those whose fields are there.
void check_rules(const std::vector<rule>& rules, const checked_value& root, field_checker& checker);

} // namespace reserve::gateway
