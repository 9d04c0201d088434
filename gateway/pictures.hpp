#pragma once

#include "gateway/call.hpp"
#include "gateway/render.hpp"

namespace reserve::gateway {

/// Puts the members of a Traveler that are there over what is known; `prefix` is "" or "traveler.".
void merge_traveler(guest_details& into, const validated& values, const std::string& prefix);
/// A Brazilian's document is a CPF (spec 30§1.8).
std::optional<refusal> check_document(const guest_details& guest, const std::string& prefix);
/// The first member in which `said` differs from what is known, with `prefix`; only members that were said.
std::optional<std::string> first_difference(const guest_details& known, const validated& values, const std::string& prefix);

/// The guest of an intent, when anything was given.
task<std::optional<guest_details>> open_guest(call& from, intent_id stay, const contact_flags& contact);
/// Secrets of a payment; empty ones when they cannot be read.
task<provider_secrets> open_secrets(call& from, payment_id payment);

/// An intent of the caller.
task<result<intent>> read_own_intent(call& from, intent_id id);
task<result<payment>> read_payment_of(call& from, payment_id id);
task<result<reservation>> read_own_reservation(call& from, reservation_id id);

/// The intent with its payment, its reservation (of the intent that recovered it, when there is one) and its guest.
task<intent_picture> picture_of(call& from, intent known, bool with_guest = true);

viewer viewer_of(const call& from);
/// The catalogue, or an empty one: views can be shown without.
std::shared_ptr<const catalogue_view> known_catalogue(const call& from);

/// Waits a little between two looks.
task<void> pause(call& from);

} // namespace reserve::gateway
