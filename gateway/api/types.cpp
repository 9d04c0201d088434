#include "gateway/api/types.hpp"

namespace reserve::gateway {

const std::vector<named_type>& named_types() {
  static const std::vector<named_type> types{
      {"booking_intent_status",
       R"("intent_created"|"payment_pending"|"payment_confirmed"|"awaiting_confirmation"|"converted"|"expired"|"cancelled")"},
      {"intent_cancel_reason", R"("payment_failures"|"finalize_timeout"|"declined"|"guest_abort"|"authentication_abandoned"|"inventory_lost")"},
      {"reservation_status",
       R"("host_commit_pending"|"host_commit_failed"|"confirmed"|"checkin_pending"|"checked_in"|"checked_out"|"completed"|"cancel_pending"|)"
       R"("cancelled"|"refund_pending"|"refunded"|"refund_failed"|"payout_pending"|"paid_out"|"no_show")"},
      {"reservation_payment_status", R"("not_required"|"pending"|"partial"|"paid"|"partially_refunded"|"refunded"|"failed"|"disputed")"},
      {"payment_method",
       R"("stripe_card"|"stripe_pix"|"mercadopago_pix"|"openpix"|"manual_card_terminal"|"manual_bank_transfer"|"manual_cash"|"manual_pix")"},
      {"payment_status",
       R"("pending"|"processing"|"succeeded"|"failed"|"cancelled"|"expired"|"refund_pending"|"refunded"|"partially_refunded"|"disputed")"},
      {"confirmation_mode", R"("instant"|"manual")"},
      {"cancellation_policy_type", R"("flexible"|"moderate"|"strict"|"non_refundable")"},
      {"deposit_mode", R"("full"|"partial"|"none")"},
      {"availability_status", R"("ok"|"unverified_call_to_book"|"temporarily_unavailable")"},
      {"payment_provider", R"("stripe"|"mercadopago"|"openpix"|"manual")"},

      {"Guests", "{adults:int, children:int, infants:int}"},
      {"Traveler",
       "{first_name?, last_name?, email?, phone?, document?, country?, locale?, marketing_opt_in:bool, whatsapp_opt_in:bool, sms_opt_in:bool}"},
      {"Pagination", "{page:int, per_page:int, total:int, total_pages:int}"},
      {"Location", "{address?, city, state, lat:number?, lng:number?}"},
      {"Contact", "{phone?, email?, whatsapp?}"},
      {"Image", "{url, alt?}"},
      {"Bed", "{type, count:int}"},
      {"Notice", R"({level:"info"|"warning"|"critical", text, phone?, since:Instant})"},
      {"City",
       "{code, name, state, country, timezone, currency, locale, support_phone?, support_email?, center:{lat:number, lng:number}?, is_active:bool, "
       "notice:Notice?}"},

      {"CancellationInfo", "{policy_type:cancellation_policy_type, free_until:Instant?, percent_before:int, percent_after:int, text}"},
      {"PriceLine", "{code, name, amount:Money}"},
      {"PriceBreakdown",
       "{currency, base_price:Money, extras:Money, fees:Money, taxes:Money, discount:Money, total:Money, amount_due_now:Money, balance_due:Money, "
       "balance_due_at:Instant?, nights:[{date:Date, price:Money}], fee_lines:[PriceLine], tax_lines:[PriceLine], extras_lines:[PriceLine], "
       "promo:{code, amount:Money}?}"},
      {"RatePlan", "{id:Uuid, code, name, meal_plan?, price:Money, cancellation:CancellationInfo}"},
      {"Alternative", R"({kind:"dates"|"unit"|"property", property_id:Uuid, unit_id:Uuid, check_in:Date, check_out:Date, total:Money})"},

      {"PropertyCard",
       "{id:Uuid, slug, name, property_type, location:Location, rating:number?, review_count:int, price_from:Money?, currency, images:[Image], "
       "image:Image?, "
       "amenities:[string], available:bool, available_units:int, availability_status:availability_status, confirmation_mode:confirmation_mode, "
       "sponsored:{campaign_id:Uuid}?}"},
      {"CountedValue", "{value, count:int}"},
      {"Filters", "{types:[CountedValue], amenities:[CountedValue], price_range:{min:Money, max:Money}?, ratings:[{min:number, count:int}]}"},
      {"SearchAnswer",
       "{city:City, properties:[PropertyCard], total:int, pagination:Pagination, filters:Filters, metadata:{query_time_ms:int, cache_hit:bool, "
       "host_degraded:bool}}"},
      {"UnitType",
       "{id:Uuid, slug, name, description?, max_occupancy:int, base_capacity:int, bed_configuration:[Bed], size_m2:number?, images:[Image], "
       "amenities:[string], available:bool?, available_count:int?, price_from:Money?, price_breakdown:PriceBreakdown?, rate_plans:[RatePlan], "
       "min_stay:int}"},
      {"PropertyDetail",
       "{id:Uuid, slug, name, property_type, description?, location:Location, rating:number?, review_count:int, images:[Image], amenities:[string], "
       "policies:{check_in:Time, check_out:Time, cancellation:CancellationInfo}, unit_types:[UnitType], similar_properties:[string], house_rules?, "
       "contact:Contact, nearby:{events:int, restaurants:int, attractions:int}, structured_data_url}"},
      {"CalendarDay", "{date:Date, is_available:bool, is_blocked:bool, block_reason?, base_price:Money?, discounted_price:Money?, min_stay:int, "
                      "available_count:int}"},
      {"AvailabilityAnswer",
       "{available:bool, reasons:[Code], price_breakdown:PriceBreakdown?, cancellation:CancellationInfo?, alternatives:[Alternative]}"},

      {"PropertyRef", "{id:Uuid, slug, name, city_code}"},
      {"UnitRef", "{id:Uuid, slug, name}"},
      {"ReservationRef", "{id:Uuid, confirmation_code, status:reservation_status}"},
      {"IntentUnit", "{unit_id:Uuid, unit_slug, name, rate_plan_id:Uuid?, rooms:int, guests:Guests}"},
      {"IntentView",
       "{booking_intent_id:Uuid, group:{id:Uuid, booking_intent_ids:[Uuid]}?, session_id, status:booking_intent_status, status_reason?, "
       "expires_at:Instant, "
       "property:PropertyRef, units:[IntentUnit], check_in:Date, check_out:Date, nights:int, guests:Guests, traveler:Traveler?, special_requests?, "
       "total_amount:Money, currency, price_breakdown:PriceBreakdown, cancellation:CancellationInfo, "
       "payment:{payment_id:Uuid, status:payment_status, method:payment_method}?, payment_failures:int, retries_left:int, "
       "confirmation_mode:confirmation_mode, reservation:ReservationRef?, recovered_by_intent_id:Uuid?, alternatives:[Alternative]}"},
      {"PaymentOptions",
       "{methods:[{method:payment_method, provider, enabled:bool, publishable_key?}], amount_due_now:Money, currency, deposit:{mode:deposit_mode}}"},
      {"StripePayment",
       R"({payment_id:Uuid, payment_intent_id, client_secret?, status:"requires_payment_method"|"requires_action"|"processing"|"succeeded", )"
       R"(next_action:{type, redirect_url?}?, expires_at:Instant})"},
      {"PixPayment", "{payment_id:Uuid, pix_charge_id:Uuid, provider:payment_provider, qr_code_base64, qr_code_text, txid, expires_at:Instant, "
                     "amount:Money, currency}"},
      {"PaymentStatus",
       "{booking_intent_id:Uuid, status:booking_intent_status, payment_status:payment_status?, payment_method:payment_method?, error_message?, "
       "retries_left:int, expires_at:Instant, reservation:ReservationRef?}"},
      {"Booking", "{reservation_id:Uuid?, booking_intent_id:Uuid, confirmation_code?, status, total_amount:Money, currency, receipt_url?}"},

      {"PropertyContact",
       "{id:Uuid, slug, name, address, phone?, email?, lat:number?, lng:number?, check_in_time:Time, check_out_time:Time, house_rules?}"},
      {"ReservationView",
       "{id:Uuid, confirmation_code, status:reservation_status, payment_status:reservation_payment_status, property:PropertyContact, unit:UnitRef, "
       "check_in:Date, check_out:Date, nights:int, guests:Guests, traveler:Traveler, special_requests?, currency, price_breakdown:PriceBreakdown, "
       "paid:Money, refunded:Money, balance_due:Money, cancellation:CancellationInfo, can_cancel:bool, can_modify:bool, receipt_url?, "
       "group:[ReservationRef], timeline:[{at:Instant, event, status}]}"},

      {"WebhookAck", "{received:bool, processed:bool, duplicate:bool}"},
      {"Health", "{status, version, uptime_s:int}"},
      {"Ready", "{status, components:[{name, status, detail?}]}"},
      {"ClockView", "{now:Instant, offset_seconds:int}"},
      {"Meta", "{request_id, processing_time_ms:int}"},
  };
  return types;
}

} // namespace reserve::gateway
