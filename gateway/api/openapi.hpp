#pragma once

#include "gateway/api/endpoint.hpp"
#include "gateway/http/json.hpp"

#include <string>
#include <string_view>

namespace reserve::gateway {

/// The API document (spec 30§1.11), OpenAPI 3.1, made of the same descriptions that validate the requests.
std::string openapi_document(std::string_view public_url, std::string_view version);

// Parts of it.

/// JSON schema of a field; in a query `guests` is its integer form.
std::string schema_of(const field& what);
/// The object that a request body must be.
std::string body_schema(const endpoint& what);
/// Example of a parameter as JSON.
std::string example_of(const field& what);
/// Codes that the endpoint may answer, those of every endpoint included.
std::vector<std::string> error_codes_of(const endpoint& what);
/// Writes the member "components".
void write_components(http::json_writer& out);

} // namespace reserve::gateway
