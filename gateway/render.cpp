#include "gateway/render.hpp"

#include <algorithm>
#include <initializer_list>

namespace reserve::gateway {
namespace {

void write_lines(http::json_writer& out, const std::vector<price_line>& lines) {
  out.begin_array();
  for (const auto& line : lines)
    out.begin_object().member("code", line.code).member("name", line.name).member("amount", line.amount).end_object();
  out.end_array();
}

std::string joined(std::initializer_list<std::string_view> pieces) {
  std::string made;
  made.reserve(128);
  for (const auto piece : pieces)
    made.append(piece);
  return made;
}

std::string policy_text(const policy_snapshot& policy, bool portuguese) {
  const auto before = std::to_string(policy.percent_before);
  const auto after = std::to_string(policy.percent_after);
  if (!policy.free_hours && policy.percent_after == 0)
    return portuguese ? "Sem reembolso em caso de cancelamento." : "No refund after booking.";
  if (!policy.free_hours)
    return portuguese ? joined({"Reembolso de ", after, "% em caso de cancelamento."}) : joined({after, "% is refunded when you cancel."});
  const auto hours = std::to_string(*policy.free_hours);
  if (portuguese)
    return joined({"Reembolso de ", before, "% até ", hours, " horas antes do check-in; depois, ", after, "%."});
  return joined({before, "% is refunded until ", hours, " hours before check-in, ", after, "% after that."});
}

/// What is known of a payment without asking it.
std::string_view status_of(intent_payment::standing now) noexcept {
  using enum intent_payment::standing;
  switch (now) {
  case open: return "pending";
  case failed: return "failed";
  case not_created:
  case superseded:
  case ended: return "cancelled";
  case counted:
  case mismatched:
  case late:
  case duplicate: return "succeeded";
  }
  return "pending";
}

const intent_payment* shown_payment(const intent& known) noexcept {
  const auto wanted = known.counted ? known.counted : known.current;
  if (!wanted)
    return nullptr;
  const auto found = std::find_if(known.payments.begin(), known.payments.end(), [&](const auto& each) { return each.id == *wanted; });
  return found == known.payments.end() ? nullptr : &*found;
}

std::string_view payment_status_of(const intent_picture& what, const intent_payment& shown) noexcept {
  return what.paying && what.paying->id == shown.id ? name_of(what.paying->status) : status_of(shown.now);
}

/// The unit and property of a stay; null when the catalogue has lost them.
struct place_of_stay {
  const property_content* property = nullptr;
  const unit_content* unit = nullptr;

  place_of_stay(const booking_terms& terms, const catalogue_view& catalogue) {
    if (const auto found = catalogue.by_id.find(terms.property); found != catalogue.by_id.end())
      property = &catalogue.properties[found->second];
    if (const auto found = catalogue.unit_by_id.find(terms.unit); found != catalogue.unit_by_id.end())
      unit = catalogue.units[found->second].content;
  }
};

void write_dates(http::json_writer& out, const stay& dates) {
  out.member("check_in", to_string(dates.check_in)).member("check_out", to_string(dates.check_out)).member("nights", dates.nights());
}

void write_maybe_reservation(http::json_writer& out, const intent_picture& what) {
  out.key("reservation");
  if (what.booked) {
    write_reservation_ref(out, *what.booked);
  } else if (what.state.reservation) {
    out.begin_object().member("id", *what.state.reservation).member("confirmation_code", what.state.confirmation_code);
    out.member("status", name_of(reservation_status::host_commit_pending)).end_object();
  } else {
    out.null();
  }
}

void write_requests(http::json_writer& out, const std::optional<guest_details>& guest) {
  write_text(out, "special_requests", guest ? guest->special_requests : std::string());
}

void write_contact(http::json_writer& out, const booking_terms& terms, const property_content* property) {
  static const property_content unknown;
  const auto& known = property ? *property : unknown;
  out.begin_object().member("id", terms.property).member("slug", known.slug).member("name", known.name).member("address", known.address);
  write_text(out, "phone", known.phone);
  write_text(out, "email", known.email);
  write_coordinate(out, "lat", known.lat_e6);
  write_coordinate(out, "lng", known.lng_e6);
  out.member("check_in_time", clock_text(known.check_in_time)).member("check_out_time", clock_text(known.check_out_time));
  write_text(out, "house_rules", known.house_rules);
  out.end_object();
}

void write_timeline(http::json_writer& out, const reservation& what) {
  out.begin_array();
  const auto moment = [&](timestamp at, std::string_view event, std::string_view status) {
    out.begin_object().member("at", to_string(at)).member("event", event).member("status", status).end_object();
  };
  moment(what.booked_at, "reservation.created", name_of(reservation_status::host_commit_pending));
  if (what.confirmed_at)
    moment(*what.confirmed_at, "reservation.confirmed", name_of(reservation_status::confirmed));
  if (what.commit_failed_at)
    moment(*what.commit_failed_at, "reservation.host_commit_failed", name_of(reservation_status::host_commit_failed));
  if (what.cancelled_at)
    moment(*what.cancelled_at, "reservation.cancelled", name_of(reservation_status::cancelled));
  const bool is_told = what.status == reservation_status::host_commit_pending || what.status_changed_at == what.confirmed_at ||
                       what.status_changed_at == what.cancelled_at || what.status_changed_at == what.commit_failed_at;
  if (!is_told)
    moment(what.status_changed_at, "reservation." + std::string(name_of(what.status)), name_of(what.status));
  out.end_array();
}

} // namespace

void write_price(http::json_writer& out, const price& cost, const currency& unit, date check_in) {
  out.begin_object().member("currency", unit.text()).member("base_price", cost.base).member("extras", cost.extras).member("fees", cost.fees);
  out.member("taxes", cost.taxes).member("discount", cost.discount).member("total", cost.total).member("amount_due_now", cost.due_now);
  out.member("balance_due", cost.total - cost.due_now).key("balance_due_at").null().key("nights").begin_array();
  for (std::size_t i = 0; i < cost.nights.size(); ++i)
    out.begin_object().member("date", to_string(check_in + std::chrono::days(i))).member("price", cost.nights[i]).end_object();
  out.end_array().key("fee_lines");
  write_lines(out, cost.fee_lines);
  out.key("tax_lines");
  write_lines(out, cost.tax_lines);
  out.key("extras_lines").begin_array().end_array().key("promo").null().end_object();
}

void write_policy(http::json_writer& out, const policy_snapshot& policy, bool portuguese) {
  out.begin_object().member("policy_type", policy.type).key("free_until");
  if (policy.free_until)
    out.value(to_string(*policy.free_until));
  else
    out.null();
  out.member("percent_before", policy.percent_before).member("percent_after", policy.percent_after);
  out.member("text", policy_text(policy, portuguese)).end_object();
}

void write_guests(http::json_writer& out, const party& guests) {
  out.begin_object()
      .member("adults", int{guests.adults})
      .member("children", int{guests.children})
      .member("infants", int{guests.infants})
      .end_object();
}

void write_traveler(http::json_writer& out, const std::optional<guest_details>& guest) {
  if (!guest) {
    out.null();
    return;
  }
  out.begin_object();
  write_text(out, "first_name", guest->first_name);
  write_text(out, "last_name", guest->last_name);
  write_text(out, "email", guest->email);
  write_text(out, "phone", guest->phone);
  write_text(out, "document", guest->document);
  write_text(out, "country", guest->country);
  write_text(out, "locale", guest->locale);
  // Nothing is sent to a guest that would need a consent, so none is kept.
  out.member("marketing_opt_in", false).member("whatsapp_opt_in", false).member("sms_opt_in", false).end_object();
}

void write_reservation_ref(http::json_writer& out, const reservation& booked) {
  out.begin_object().member("id", booked.id).member("confirmation_code", booked.confirmation_code);
  out.member("status", name_of(booked.status)).end_object();
}

int retries_left(const intent& known, const catalogue_view& catalogue) {
  return std::max(0, catalogue.settings.payment.max_failures - known.payment_failures);
}

bool has_money(const payment& known) noexcept {
  using enum payment_status;
  return known.status == succeeded || known.status == refund_pending || known.status == refunded || known.status == partially_refunded ||
         known.status == disputed;
}

bool is_final(const payment& known) noexcept {
  return known.status != payment_status::pending && known.status != payment_status::processing;
}

std::string intent_view(const intent_picture& what, const catalogue_view& catalogue, const viewer& who, const std::string& alternatives) {
  const auto& known = what.state;
  const auto& terms = known.terms;
  const place_of_stay place(terms, catalogue);
  http::json_writer out(3072);
  out.begin_object().member("booking_intent_id", terms.intent).key("group").null().member("session_id", terms.session);
  out.member("status", name_of(known.status));
  write_text(out, "status_reason", known.cancel_reason);
  out.member("expires_at", to_string(known.expires_at)).key("property").begin_object().member("id", terms.property);
  out.member("slug", place.property ? place.property->slug : "").member("name", place.property ? place.property->name : "");
  out.member("city_code", who.city_code).end_object();
  out.key("units").begin_array().begin_object().member("unit_id", terms.unit).member("unit_slug", place.unit ? place.unit->slug : "");
  out.member("name", place.unit ? place.unit->name : "").key("rate_plan_id").null().member("rooms", int{terms.rooms}).key("guests");
  write_guests(out, terms.guests);
  out.end_object().end_array();
  write_dates(out, terms.stay);
  out.key("guests");
  write_guests(out, terms.guests);
  out.key("traveler");
  write_traveler(out, what.guest);
  write_requests(out, what.guest);
  out.member("total_amount", terms.price.total).member("currency", terms.currency.text()).key("price_breakdown");
  write_price(out, terms.price, terms.currency, terms.stay.check_in);
  out.key("cancellation");
  write_policy(out, terms.policy, who.portuguese);
  out.key("payment");
  if (const auto* shown = shown_payment(known)) {
    out.begin_object().member("payment_id", shown->id).member("status", payment_status_of(what, *shown));
    out.member("method", shown->method).end_object();
  } else {
    out.null();
  }
  out.member("payment_failures", known.payment_failures).member("retries_left", retries_left(known, catalogue));
  out.member("confirmation_mode", terms.confirmation_mode);
  write_maybe_reservation(out, what);
  out.member("recovered_by_intent_id", known.recovered_by);
  out.key("alternatives").raw(alternatives).end_object();
  return out.take();
}

std::string payment_status_view(const intent_picture& what, const catalogue_view& catalogue, const viewer& who) {
  const auto& known = what.state;
  http::json_writer out;
  out.begin_object().member("booking_intent_id", known.terms.intent).member("status", name_of(known.status));
  const auto* shown = shown_payment(known);
  out.key("payment_status");
  if (shown)
    out.value(payment_status_of(what, *shown));
  else
    out.null();
  write_text(out, "payment_method", shown ? shown->method : std::string());
  const bool is_here = shown && what.paying && what.paying->id == shown->id;
  const bool failed = is_here && (what.paying->status == payment_status::failed || what.paying->failure_code == "provider_unavailable");
  write_text(out, "error_message", failed ? decline_text(what.paying->failure_code, who.portuguese) : std::string());
  out.member("retries_left", retries_left(known, catalogue)).member("expires_at", to_string(known.expires_at));
  write_maybe_reservation(out, what);
  out.end_object();
  return out.take();
}

std::string stripe_payment_view(const payment& what, const provider_secrets& secrets, timestamp expires_at) {
  const bool final_now = is_final(what);
  const bool wants_action = what.object_open() && what.attempt_state == attempt_status::requires_action;
  const std::string_view status = wants_action                                ? "requires_action"
                                  : what.status == payment_status::processing ? "processing"
                                  : has_money(what)                           ? "succeeded"
                                                                              : "requires_payment_method";
  http::json_writer out;
  out.begin_object().member("payment_id", what.id).member("payment_intent_id", what.provider_object);
  write_text(out, "client_secret", final_now ? std::string() : secrets.client_secret);
  out.member("status", status).key("next_action");
  if (wants_action) {
    out.begin_object().member("type", what.action_type.empty() ? "use_stripe_sdk" : what.action_type);
    out.member("redirect_url", secrets.redirect_url).end_object(); // Empty when the browser finishes it by the client secret.
  } else {
    out.null();
  }
  out.member("expires_at", to_string(expires_at)).end_object();
  return out.take();
}

std::string pix_payment_view(const payment& what, const std::string& qr_base64) {
  http::json_writer out;
  out.begin_object().member("payment_id", what.id).member("pix_charge_id", what.pix).member("provider", what.provider);
  out.member("qr_code_base64", qr_base64).member("qr_code_text", what.pix_text).member("txid", what.pix_txid);
  const auto ends = what.pix_expires_at ? *what.pix_expires_at : what.request.expires_at.value_or(what.created_at);
  out.member("expires_at", to_string(ends)).member("amount", what.amount).member("currency", what.currency.text()).end_object();
  return out.take();
}

std::string booking_view(const intent& from, const reservation* booked, const std::string& receipt_url) {
  http::json_writer out;
  out.begin_object().key("reservation_id");
  if (booked)
    out.value(booked->id);
  else
    out.null();
  out.member("booking_intent_id", from.terms.intent);
  write_text(out, "confirmation_code", booked ? booked->confirmation_code : std::string());
  out.member("status", booked ? name_of(booked->status) : name_of(from.status)).member("total_amount", from.terms.price.total);
  out.member("currency", from.terms.currency.text());
  write_text(out, "receipt_url", receipt_url);
  out.end_object();
  return out.take();
}

std::string reservation_view(const reservation& what, const std::optional<guest_details>& guest, const catalogue_view& catalogue, const viewer& who,
                             const std::string& receipt_url) {
  const auto& terms = what.terms;
  const place_of_stay place(terms, catalogue);
  http::json_writer out;
  out.begin_object().member("id", what.id).member("confirmation_code", what.confirmation_code).member("status", name_of(what.status));
  out.member("payment_status", name_of(what.pay_state)).key("property");
  write_contact(out, terms, place.property);
  out.key("unit").begin_object().member("id", terms.unit).member("slug", place.unit ? place.unit->slug : "");
  out.member("name", place.unit ? place.unit->name : "").end_object();
  write_dates(out, terms.stay);
  out.key("guests");
  write_guests(out, terms.guests);
  out.key("traveler");
  write_traveler(out, guest ? guest : std::optional<guest_details>(guest_details()));
  write_requests(out, guest);
  out.member("currency", terms.currency.text()).key("price_breakdown");
  write_price(out, terms.price, terms.currency, terms.stay.check_in);
  out.member("paid", what.paid).member("refunded", what.refunded).member("balance_due", terms.price.total - terms.price.due_now).key("cancellation");
  write_policy(out, terms.policy, who.portuguese);
  // There is no route by which a guest cancels or changes by himself; the desk does it.
  out.member("can_cancel", false).member("can_modify", false);
  write_text(out, "receipt_url", receipt_url);
  out.key("group").begin_array().end_array().key("timeline");
  write_timeline(out, what);
  out.end_object();
  return out.take();
}

} // namespace reserve::gateway
