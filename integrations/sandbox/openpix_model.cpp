#include "integrations/sandbox/openpix_model.hpp"

#include "integrations/sandbox/json_text.hpp"

#include <set>

namespace reserve::sandbox {

namespace {

constexpr std::int64_t default_life = 24 * 3600;

refused bad(std::string message) {
  return {400, "bad_request", std::move(message), {}, {}, {}, {}};
}

std::set<std::string> references_of(const openpix_charge& charge) {
  return {charge.identifier, charge.global_id, additional_info(charge, "booking_intent_id"), additional_info(charge, "payment_id")};
}

} // namespace

std::string additional_info(const openpix_charge& charge, std::string_view key) {
  for (const auto& [name, value] : charge.additional)
    if (name == key)
      return value;
  return {};
}

openpix_model::openpix_model(store& home, id_maker& ids, event_sink emit, br_code_maker br_code)
    : ids_(ids), emit_(std::move(emit)), br_code_(std::move(br_code)), charges_(home, "openpix_charges"), refunds_(home, "openpix_refunds") {
  charges_.watch([this](const std::string& id, const openpix_charge* before, const openpix_charge* after) {
    if (before && before->status == "ACTIVE")
      drop_entry(due_, before->expires, id);
    if (after && after->status == "ACTIVE")
      due_.emplace(after->expires, id);
    if (before && !after)
      for (const auto& reference : references_of(*before))
        references_.remove(reference, id);
    if (after && !before)
      for (const auto& reference : references_of(*after))
        references_.add(reference, id);
  });
}

void openpix_model::report(const char* event, const openpix_charge& charge, const std::string& extra_name, const std::string& extra, timestamp now) {
  json_object body;
  body.text("event", event).raw("charge", json(charge));
  if (!extra_name.empty())
    body.raw(extra_name, extra);
  body.raw("company", R"({"id":"6f0e8e3a","name":"Reserve","taxID":"00000000000191"})").raw("account", R"({"environment":"TESTING"})");
  emit_({ids_.hex(24, now), "openpix", event, charge.correlation_id, "/api/v1/webhooks/pix/openpix", {}, body.done()}, now);
}

const openpix_charge& openpix_model::settled(openpix_charge charge, const char* event, timestamp now) {
  charge.updated = now;
  const auto& kept = charges_.put(charge.correlation_id, charge);
  if (kept.status != "COMPLETED") {
    if (event)
      report(event, kept, {}, {}, now);
    return kept;
  }
  json_object pix;
  pix.number("value", kept.paid)
      .text("time", to_string(*kept.paid_at))
      .text("endToEndId", kept.end_to_end_id)
      .text("transactionID", kept.transaction_id);
  pix.text("type", "PAYMENT").raw("payer", R"({"name":"Maria Pagadora","taxID":{"taxID":"00000000191","type":"BR:CPF"}})");
  report(event, kept, "pix", pix.done(), now);
  return kept;
}

made<openpix_charge> openpix_model::create(const openpix_wish& wish, timestamp now) {
  if (wish.correlation_id.empty())
    return bad("O campo correlationID é obrigatório");
  if (!wish.value || *wish.value < 1)
    return bad("O campo value deve ser um inteiro maior que zero");
  if (charges_.find(wish.correlation_id))
    return bad("Já existe uma cobrança com esse correlationID");
  const auto life = wish.expires_in.value_or(default_life);
  if (life < 1 || life > 30 * default_life)
    return bad("O campo expiresIn é inválido");
  openpix_charge charge;
  charge.correlation_id = wish.correlation_id;
  charge.identifier = ids_.hex(32, now);
  charge.transaction_id = charge.identifier;
  charge.global_id = ids_.token("Q2hhcmdl", 24, now);
  charge.status = "ACTIVE";
  charge.comment = wish.comment;
  charge.customer = wish.customer;
  charge.additional = wish.additional;
  charge.value = *wish.value;
  charge.expires_in = life;
  charge.qr_text = br_code_(charge.value, charge.identifier.substr(0, 25));
  charge.created = now;
  charge.expires = now + std::chrono::seconds(life);
  charge.number = ids_.next_number();
  return settled(std::move(charge), "OPENPIX:CHARGE_CREATED", now);
}

const openpix_charge* openpix_model::find(const std::string& id) const {
  if (const auto* direct = charges_.find(id))
    return direct;
  for (const auto& candidate : references_.find(id))
    if (const auto* charge = charges_.find(candidate); charge->identifier == id || charge->global_id == id)
      return charge;
  return nullptr;
}

made<openpix_charge> openpix_model::remove(const std::string& id, timestamp now) {
  const auto* charge = find(id);
  if (!charge)
    return refused{404, "not_found", "Cobrança não encontrada", {}, {}, {}, {}};
  if (charge->status != "ACTIVE")
    return bad("A cobrança não está ativa");
  auto after = *charge;
  after.status = "DELETED";
  return settled(std::move(after), nullptr, now);
}

made<openpix_refund> openpix_model::refund(const std::string& id, const std::string& correlation_id, std::optional<std::int64_t> value,
                                           const std::string& comment, timestamp now) {
  const auto* charge = find(id);
  if (!charge)
    return refused{404, "not_found", "Cobrança não encontrada", {}, {}, {}, {}};
  if (correlation_id.empty())
    return bad("O campo correlationID é obrigatório");
  if (refunds_.find(correlation_id))
    return bad("Já existe um reembolso com esse correlationID");
  if (charge->status != "COMPLETED")
    return bad("A cobrança não foi paga");
  const auto left = charge->paid - charge->refunded;
  const auto amount = value.value_or(left);
  if (amount < 1 || amount > left)
    return bad("O valor do reembolso é maior que o valor disponível");
  openpix_refund out;
  out.correlation_id = correlation_id;
  out.refund_id = ids_.hex(32, now);
  out.end_to_end_id = "D" + ids_.digits(8, now) + ids_.token("", 23, now);
  out.charge = charge->correlation_id;
  out.comment = comment;
  out.value = amount;
  out.status = take_open_refund() ? "IN_PROCESSING" : "CONFIRMED";
  out.created = now;
  out.number = ids_.next_number();
  refunds_.put(out.correlation_id, out);
  auto after = *charge;
  after.refunded += amount;
  after.updated = now;
  const auto& kept = charges_.put(after.correlation_id, after);
  if (out.status == "CONFIRMED")
    report("OPENPIX:TRANSACTION_REFUND_RECEIVED", kept, "refund", json(out), now);
  return out;
}

const openpix_refund* openpix_model::refund_named(const std::string& id) const {
  if (const auto* direct = refunds_.find(id))
    return direct;
  for (const auto& [key, refund] : refunds_.rows())
    if (refund.refund_id == id)
      return &refund;
  return nullptr;
}

std::string openpix_model::find_refund(const std::string& ref) const {
  const auto* refund = refund_named(ref);
  return refund ? refund->correlation_id : std::string();
}

made<payment_view> openpix_model::end_refund(const std::string& refund_id, bool success, timestamp now) {
  const auto* refund = refund_named(refund_id);
  if (!refund)
    return refused{404, "not_found", "no refund " + refund_id, {}, {}, {}, {}};
  if (refund->status == "REJECTED" || (success && refund->status == "CONFIRMED"))
    return refused{400, "invalid_state", "the refund is " + refund->status, {}, {}, refund_id, {}};
  auto after = *refund;
  after.status = success ? "CONFIRMED" : "REJECTED";
  refunds_.put(after.correlation_id, after);
  auto charge = *charges_.find(after.charge);
  charge.updated = now;
  if (!success)
    charge.refunded -= after.value;
  const auto& kept = charges_.put(charge.correlation_id, charge);
  report(success ? "OPENPIX:TRANSACTION_REFUND_RECEIVED" : "PIX_TRANSACTION_REFUND_SENT_REJECTED", kept, "refund", json(after), now);
  return payment_view{after.correlation_id, after.status, additional_info(kept, "booking_intent_id")};
}

std::optional<payment_found> openpix_model::find_payment(const std::string& ref) const {
  if (const auto* direct = charges_.find(ref))
    return payment_found{ref, direct->status == "ACTIVE", direct->number};
  std::optional<payment_found> best;
  for (const auto& id : references_.find(ref)) {
    const auto* charge = charges_.find(id);
    const payment_found found{id, charge->status == "ACTIVE", charge->number};
    if (!best || std::pair(found.open, found.number) > std::pair(best->open, best->number))
      best = found;
  }
  return best;
}

made<payment_view> openpix_model::act(const std::string& ref, payer_action action, const payer_options& options, timestamp now) {
  const auto* found = charges_.find(ref);
  if (!found)
    return refused{404, "not_found", "no charge " + ref, {}, {}, {}, {}};
  auto after = *found;
  // A payer can be faster than the end of a charge that is already written down, so what expired or was deleted can still be paid.
  const bool fits = action == payer_action::pay ? after.status != "COMPLETED" : after.status == "ACTIVE";
  if (!fits)
    return refused{400, "invalid_state", "the charge is " + after.status, {}, {}, ref, {}};
  const char* event = nullptr;
  switch (action) {
  case payer_action::pay:
    after.status = "COMPLETED";
    after.paid = options.cents.value_or(after.value);
    after.fee = provider_fee({after.paid}, 80, 0).minor_units;
    after.paid_at = now;
    after.end_to_end_id = "E" + ids_.digits(8, now) + ids_.token("", 23, now);
    event = "OPENPIX:CHARGE_COMPLETED";
    break;
  case payer_action::cancel: after.status = "DELETED"; break;
  case payer_action::expire:
    after.status = "EXPIRED";
    event = "OPENPIX:CHARGE_EXPIRED";
    break;
  case payer_action::decline:
  case payer_action::require_action:
  case payer_action::authenticate: return refused{400, "invalid_request", "an OpenPix charge is paid, cancelled or expires", {}, {}, ref, {}};
  }
  const auto& kept = settled(std::move(after), event, now);
  return payment_view{kept.correlation_id, kept.status, additional_info(kept, "booking_intent_id")};
}

void openpix_model::settle(timestamp now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    auto charge = *charges_.find(due_.begin()->second);
    charge.status = "EXPIRED";
    settled(std::move(charge), "OPENPIX:CHARGE_EXPIRED", now);
  }
}

std::optional<timestamp> openpix_model::next_due() const {
  if (due_.empty())
    return std::nullopt;
  return due_.begin()->first;
}

void openpix_model::forget() {
  charges_.clear();
  refunds_.clear();
  open_refunds(0);
}

std::string openpix_model::json(const openpix_refund& refund) const {
  json_object out;
  out.text("status", refund.status).number("value", refund.value).text("correlationID", refund.correlation_id).text("refundId", refund.refund_id);
  out.text("returnIdentification", refund.end_to_end_id).text("endToEndId", refund.end_to_end_id).text("comment", refund.comment);
  return out.text("time", to_string(refund.created)).done();
}

std::string openpix_model::json(const openpix_charge& charge) const {
  std::vector<std::string> additional;
  for (const auto& [key, value] : charge.additional) {
    json_object entry;
    entry.text("key", key).text("value", value);
    additional.push_back(entry.done());
  }
  json_object out;
  out.text("status", charge.status).number("value", charge.value).text("comment", charge.comment).text("correlationID", charge.correlation_id);
  out.raw("customer", charge.customer.empty() ? "null" : charge.customer).text("identifier", charge.identifier).text("globalID", charge.global_id);
  out.text("transactionID", charge.transaction_id).text("paymentLinkID", charge.identifier.substr(0, 8));
  out.text("paymentLinkUrl", "https://openpix.example/pay/" + charge.identifier.substr(0, 8));
  out.text("qrCodeImage", "https://api.openpix.example/openpix/charge/brcode/image/" + charge.identifier.substr(0, 8) + ".png");
  out.text("brCode", charge.qr_text).raw("additionalInfo", array_text(additional)).number("expiresIn", charge.expires_in);
  out.text("expiresDate", to_string(charge.expires)).text("createdAt", to_string(charge.created)).text("updatedAt", to_string(charge.updated));
  out.text("type", "DYNAMIC").boolean("ensureSameTaxID", false).raw("pixKey", text_or_null("3f1d6b0e-8c1b-4a52-9f3d-0a6f3ab0c001"));
  if (charge.paid_at) {
    json_object pix;
    pix.text("method", "PIX_COB")
        .text("status", charge.status)
        .number("value", charge.paid)
        .number("fee", charge.fee)
        .text("endToEndId", charge.end_to_end_id);
    json_object methods;
    methods.object("pix", pix);
    out.text("paidAt", to_string(*charge.paid_at)).number("fee", charge.fee).object("paymentMethods", methods);
    out.raw("payer", R"({"name":"Maria Pagadora","taxID":{"taxID":"00000000191","type":"BR:CPF"},"correlationID":null})");
  }
  return out.done();
}

} // namespace reserve::sandbox
