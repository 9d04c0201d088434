#include "gateway/api/examples.hpp"

namespace reserve::gateway::examples {
namespace {

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

const std::string image = R"({"url":"https://img.example.com/pousada.jpg","alt":"Front"})";
const std::string location = R"({"address":"Rua das Flores 10","city":"Urubici","state":"SC","lat":-28.015,"lng":-49.5925})";
const std::string guests = R"({"adults":2,"children":0,"infants":0})";
const std::string traveler =
    R"({"first_name":"Ana","last_name":"Souza","email":"ana@example.com","phone":"+5548999990000","document":"529.982.247-25",)"
    R"("country":"BR","locale":"pt-BR","marketing_opt_in":false,"whatsapp_opt_in":true,"sms_opt_in":false})";

std::string reservation_ref() {
  return R"({"id":)" + quoted(reservation_id) + R"(,"confirmation_code":)" + quoted(code) + R"(,"status":"confirmed"})";
}

} // namespace

std::string city() {
  return R"({"code":"URB","name":"Urubici","state":"SC","country":"BR","timezone":"America/Sao_Paulo","currency":"BRL","locale":"pt-BR",)"
         R"("support_phone":"+554830000000","support_email":"help@example.com","center":{"lat":-28.015,"lng":-49.5917},"is_active":true,"notice":null})";
}

std::string cancellation() {
  return R"({"policy_type":"flexible","free_until":"2026-11-24T18:00:00Z","percent_before":100,"percent_after":0,)"
         R"("text":"Free cancellation until 7 days before arrival."})";
}

std::string price_breakdown() {
  return R"({"currency":"BRL","base_price":1200.00,"extras":0.00,"fees":150.00,"taxes":50.00,"discount":0.00,"total":1400.00,"amount_due_now":1400.00,)"
         R"("balance_due":0.00,"balance_due_at":null,"nights":[{"date":"2026-12-01","price":400.00},{"date":"2026-12-02","price":400.00},)"
         R"({"date":"2026-12-03","price":400.00}],"fee_lines":[{"code":"cleaning","name":"Cleaning","amount":150.00}],)"
         R"("tax_lines":[{"code":"city_tax","name":"City tax","amount":50.00}],"extras_lines":[],"promo":null})";
}

std::string property_card() {
  return R"({"id":)" + quoted(property_id) + R"(,"slug":"pousada-do-sol","name":"Pousada do Sol","property_type":"pousada","location":)" + location +
         R"(,"rating":4.7,"review_count":38,"price_from":400.00,"currency":"BRL","images":[)" + image + R"(],"image":)" + image +
         R"(,"amenities":["wifi","parking"],"available":true,"available_units":2,"availability_status":"ok","confirmation_mode":"instant","sponsored":null})";
}

std::string unit_type() {
  return R"({"id":)" + quoted(unit_id) +
         R"(,"slug":"chale-vista","name":"Chalé Vista","description":"Chalet with a view","max_occupancy":4,"base_capacity":2,)" +
         R"("bed_configuration":[{"type":"double","count":1}],"size_m2":42.5,"images":[)" + image +
         R"(],"amenities":["fireplace"],"available":true,"available_count":2,"price_from":400.00,"price_breakdown":)" + price_breakdown() +
         R"(,"rate_plans":[],"min_stay":1})";
}

std::string search_answer() {
  return R"({"city":)" + city() + R"(,"properties":[)" + property_card() +
         R"(],"total":1,"pagination":{"page":1,"per_page":20,"total":1,"total_pages":1},"filters":{"types":[{"value":"pousada","count":1}],)" +
         R"("amenities":[{"value":"wifi","count":1}],"price_range":{"min":400.00,"max":400.00},"ratings":[{"min":4,"count":1}]},)" +
         R"("metadata":{"query_time_ms":2,"cache_hit":false,"host_degraded":false}})";
}

std::string property_detail() {
  return R"({"id":)" + quoted(property_id) +
         R"(,"slug":"pousada-do-sol","name":"Pousada do Sol","property_type":"pousada","description":"Quiet, above the valley","location":)" +
         location + R"(,"rating":4.7,"review_count":38,"images":[)" + image +
         R"(],"amenities":["wifi","parking"],"policies":{"check_in":"15:00","check_out":"11:00",)" + R"("cancellation":)" + cancellation() +
         R"(},"unit_types":[)" + unit_type() + R"(],"similar_properties":["casa-da-serra"],"house_rules":"No parties",)" +
         R"("contact":{"phone":"+554833330000","email":"sol@example.com","whatsapp":null},"nearby":{"events":0,"restaurants":3,"attractions":5},)" +
         R"("structured_data_url":"https://book.example.com/api/v1/seo/properties/pousada-do-sol.json"})";
}

std::string calendar() {
  return R"({"unit_id":)" + quoted(unit_id) +
         R"(,"dates":[{"date":"2026-12-01","is_available":true,"is_blocked":false,"block_reason":null,"base_price":400.00,"discounted_price":null,)" +
         R"("min_stay":1,"available_count":2},{"date":"2026-12-02","is_available":false,"is_blocked":true,"block_reason":"maintenance","base_price":400.00,)" +
         R"("discounted_price":null,"min_stay":1,"available_count":0}]})";
}

std::string availability() {
  return R"({"available":true,"reasons":[],"price_breakdown":)" + price_breakdown() + R"(,"cancellation":)" + cancellation() +
         R"(,"alternatives":[]})";
}

std::string intent(std::string_view status) {
  return R"({"booking_intent_id":)" + quoted(intent_id) + R"(,"group":null,"session_id":)" + quoted(session) + R"(,"status":)" + quoted(status) +
         R"(,"status_reason":null,"expires_at":"2026-11-20T12:15:00Z","property":{"id":)" + quoted(property_id) +
         R"(,"slug":"pousada-do-sol","name":"Pousada do Sol","city_code":"URB"},"units":[{"unit_id":)" + quoted(unit_id) +
         R"(,"unit_slug":"chale-vista","name":"Chalé Vista","rate_plan_id":null,"rooms":1,"guests":)" + guests +
         R"(}],"check_in":"2026-12-01","check_out":"2026-12-04","nights":3,"guests":)" + guests + R"(,"traveler":)" + traveler +
         R"(,"special_requests":null,"total_amount":1400.00,"currency":"BRL","price_breakdown":)" + price_breakdown() + R"(,"cancellation":)" +
         cancellation() +
         R"(,"payment":null,"payment_failures":0,"retries_left":3,"confirmation_mode":"instant","reservation":null,"recovered_by_intent_id":null,)" +
         R"("alternatives":[]})";
}

std::string payment_options() {
  return R"({"methods":[{"method":"stripe_card","provider":"stripe","enabled":true,"publishable_key":"pk_test_example"},)"
         R"({"method":"stripe_pix","provider":"stripe","enabled":true,"publishable_key":null}],"amount_due_now":1400.00,"currency":"BRL",)"
         R"("deposit":{"mode":"full"}})";
}

std::string stripe_payment() {
  return R"({"payment_id":)" + quoted(payment_id) +
         R"(,"payment_intent_id":"pi_3Example","client_secret":"pi_3Example_secret_x","status":"requires_payment_method","next_action":null,)" +
         R"("expires_at":"2026-11-20T12:30:00Z"})";
}

std::string pix_payment() {
  return R"({"payment_id":)" + quoted(payment_id) + R"(,"pix_charge_id":"0001f607-1829-43a4-9ecf-2a3b4c5d6e7f","provider":"stripe",)" +
         R"("qr_code_base64":"iVBORw0KGgo=","qr_code_text":"00020126580014br.gov.bcb.pix","txid":"RESEXAMPLE0001","expires_at":"2026-11-20T12:30:00Z",)" +
         R"("amount":1400.00,"currency":"BRL"})";
}

std::string payment_status() {
  return R"({"booking_intent_id":)" + quoted(intent_id) +
         R"(,"status":"converted","payment_status":"succeeded","payment_method":"stripe_card","error_message":null,"retries_left":3,)" +
         R"("expires_at":"2026-11-20T12:30:00Z","reservation":)" + reservation_ref() + "}";
}

std::string booking(std::string_view status) {
  return R"({"reservation_id":)" + quoted(reservation_id) + R"(,"booking_intent_id":)" + quoted(intent_id) + R"(,"confirmation_code":)" +
         quoted(code) + R"(,"status":)" + quoted(status) + R"(,"total_amount":1400.00,"currency":"BRL","receipt_url":null})";
}

std::string reservation() {
  return R"({"id":)" + quoted(reservation_id) + R"(,"confirmation_code":)" + quoted(code) +
         R"(,"status":"confirmed","payment_status":"paid","property":{"id":)" + quoted(property_id) +
         R"(,"slug":"pousada-do-sol","name":"Pousada do Sol","address":"Rua das Flores 10","phone":"+554833330000",)" +
         R"("email":"sol@example.com","lat":-28.015,"lng":-49.5925,"check_in_time":"15:00","check_out_time":"11:00","house_rules":null},"unit":{"id":)" +
         quoted(unit_id) + R"(,"slug":"chale-vista","name":"Chalé Vista"},"check_in":"2026-12-01","check_out":"2026-12-04","nights":3,"guests":)" +
         guests + R"(,"traveler":)" + traveler + R"(,"special_requests":null,"currency":"BRL","price_breakdown":)" + price_breakdown() +
         R"(,"paid":1400.00,"refunded":0.00,"balance_due":0.00,"cancellation":)" + cancellation() +
         R"(,"can_cancel":true,"can_modify":true,"receipt_url":null,"group":[],"timeline":[{"at":"2026-11-20T12:05:00Z","event":"reservation.created",)" +
         R"("status":"host_commit_pending"},{"at":"2026-11-20T12:05:01Z","event":"reservation.confirmed","status":"confirmed"}]})";
}

std::string webhook_ack() {
  return R"({"received":true,"processed":true,"duplicate":false})";
}

} // namespace reserve::gateway::examples
