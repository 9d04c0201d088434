#pragma once

#include <string>
#include <string_view>

namespace reserve::gateway::examples {

// Pieces of the answers that the API document shows. They tell one story: two guests, three nights, 1400.00.

std::string city();
std::string cancellation();
std::string price_breakdown();
std::string property_card();
std::string unit_type();
std::string search_answer();
std::string property_detail();
std::string calendar();
std::string availability();
std::string intent(std::string_view status);
std::string stripe_payment();
std::string pix_payment();
std::string payment_options();
std::string payment_status();
std::string booking(std::string_view status);
std::string reservation();
std::string webhook_ack();

inline constexpr std::string_view property_id = "0001a1b2-c3d4-4e5f-8a6b-7c8d9e0f1a2b";
inline constexpr std::string_view unit_id = "0001b2c3-d4e5-4f60-9a7b-8c9d0e1f2a3b";
inline constexpr std::string_view intent_id = "0001c3d4-e5f6-4071-8b9c-9d0e1f2a3b4c";
inline constexpr std::string_view payment_id = "0001d4e5-f607-4182-9cad-0e1f2a3b4c5d";
inline constexpr std::string_view reservation_id = "0001e5f6-0718-4293-8dbe-1f2a3b4c5d6e";
inline constexpr std::string_view session = "bad0c0de-session-0001";
inline constexpr std::string_view code = "RES-2026-7K2M9Q";

} // namespace reserve::gateway::examples
