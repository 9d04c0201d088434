#pragma once

#include "gateway/call.hpp"

#include <string_view>

namespace reserve::gateway {

using handler_function = task<http::response> (*)(call&);

// One function for each operation, one file for each subject.
task<http::response> search_availability(call& from);
task<http::response> get_cities(call& from);
task<http::response> get_city(call& from);
task<http::response> get_property_list(call& from);
task<http::response> get_property_detail(call& from);
task<http::response> get_unit_availability_calendar(call& from);
task<http::response> check_availability(call& from);

task<http::response> create_booking_intent(call& from);
task<http::response> get_booking_intent(call& from);
task<http::response> update_traveler_details(call& from);
task<http::response> cancel_booking_intent(call& from);
task<http::response> create_booking(call& from);

task<http::response> get_payment_options(call& from);
task<http::response> create_payment_intent_stripe(call& from);
task<http::response> create_pix_charge(call& from);
task<http::response> poll_payment_status(call& from);
task<http::response> retry_failed_payment(call& from);

task<http::response> get_reservation(call& from);

task<http::response> receive_webhook(call& from);

task<http::response> finalize_reservation(call& from);
task<http::response> host_commit_booking(call& from);
task<http::response> expire_intents(call& from);
task<http::response> move_clock(call& from);

task<http::response> health_check(call& from);
task<http::response> ready_check(call& from);
task<http::response> openapi(call& from);

/// By operation id; null when there is none.
handler_function handler_of(std::string_view operation_id) noexcept;

} // namespace reserve::gateway
