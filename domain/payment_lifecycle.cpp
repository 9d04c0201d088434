#include "domain/payment.hpp"

#include <array>

namespace reserve {

std::string_view name_of(payment_status status) noexcept {
  static constexpr std::array<std::string_view, 11> names{"absent",  "pending",        "processing", "succeeded",          "failed",  "cancelled",
                                                          "expired", "refund_pending", "refunded",   "partially_refunded", "disputed"};
  return names[static_cast<std::size_t>(status)];
}

std::string_view name_of(attempt_status status) noexcept {
  static constexpr std::array<std::string_view, 5> names{"pending", "requires_action", "succeeded", "failed", "abandoned"};
  return names[static_cast<std::size_t>(status)];
}

std::string_view name_of(pix_status status) noexcept {
  static constexpr std::array<std::string_view, 4> names{"pending", "paid", "expired", "cancelled"};
  return names[static_cast<std::size_t>(status)];
}

std::string_view name_of(refund_status status) noexcept {
  static constexpr std::array<std::string_view, 7> names{"absent", "pending_approval", "pending", "processing", "completed", "failed", "rejected"};
  return names[static_cast<std::size_t>(status)];
}

namespace {

using payment_row = transition<payment_status, payment_step>;

/// PM21 and PM22: reports that come too late; the state stays.
void add_unchanged(std::vector<payment_row>& rows) {
  using enum payment_status;
  using on = payment_step;
  for (const auto from : {succeeded, refund_pending, refunded, partially_refunded, disputed})
    for (const auto step : {on::succeeded, on::declined, on::processing, on::cancelled, on::expired})
      rows.push_back({from, step, from, "PM21"});
  for (const auto from : {failed, cancelled, expired})
    for (const auto step : {on::declined, on::processing, on::cancelled, on::expired})
      rows.push_back({from, step, from, "PM22"});
}

std::vector<payment_row> payment_rows() {
  using enum payment_status;
  using on = payment_step;
  std::vector<payment_row> rows{
      {absent, on::create, pending, "PM1"},
      {pending, on::not_created, cancelled, "PM2"},
      {pending, on::processing, processing, "PM3"},
      {pending, on::succeeded, succeeded, "PM4"},
      {processing, on::succeeded, succeeded, "PM4"},
      {pending, on::declined, failed, "PM6"},
      {processing, on::declined, failed, "PM6"},
      {pending, on::cancelled, cancelled, "PM7"},
      {processing, on::cancelled, cancelled, "PM7"},
      {pending, on::expired, expired, "PM9"},
      {processing, on::expired, expired, "PM9"},
      {failed, on::succeeded, succeeded, "PM10"},
      {cancelled, on::succeeded, succeeded, "PM10"},
      {expired, on::succeeded, succeeded, "PM10"},
      {succeeded, on::refund_requested, refund_pending, "PM11"},
      {partially_refunded, on::refund_requested, refund_pending, "PM11"},
      {refund_pending, on::refund_requested, refund_pending, "PM12"},
      {refund_pending, on::refunds_done_all, refunded, "PM13"},
      {refund_pending, on::refunds_done_part, partially_refunded, "PM14"},
      {refund_pending, on::refund_failed, succeeded, "PM15"},
      {refund_pending, on::refund_failed, partially_refunded, "PM15"},
      {refund_pending, on::refund_failed, refund_pending, "PM15"},
      {succeeded, on::provider_refund_seen, refund_pending, "PM16"},
      {partially_refunded, on::provider_refund_seen, refund_pending, "PM16"},
      {refunded, on::refund_taken_back, succeeded, "PM17"},
      {refunded, on::refund_taken_back, partially_refunded, "PM17"},
      {partially_refunded, on::refund_taken_back, succeeded, "PM17"},
      {partially_refunded, on::refund_taken_back, partially_refunded, "PM17"},
      {succeeded, on::dispute_created, disputed, "PM18"},
      {partially_refunded, on::dispute_created, disputed, "PM18"},
      {refund_pending, on::dispute_created, disputed, "PM18"},
      {disputed, on::dispute_won, succeeded, "PM19"},
      {disputed, on::dispute_won, partially_refunded, "PM19"},
      {disputed, on::dispute_lost, refunded, "PM20"},
  };
  // PM5 and PM8 lead from the states of PM4 and PM10 to the same one: another amount, or found when it was to be cancelled.
  for (const auto from : {pending, processing, failed, cancelled, expired})
    rows.push_back({from, on::succeeded, succeeded, "PM5"});
  for (const auto from : {pending, processing})
    rows.push_back({from, on::succeeded, succeeded, "PM8"});
  add_unchanged(rows);
  return rows;
}

} // namespace

const std::vector<transition<payment_status, payment_step>>& payment_lifecycle() {
  static const auto rows = payment_rows();
  return rows;
}

const std::vector<transition<refund_status, refund_step>>& refund_lifecycle() {
  using enum refund_status;
  using on = refund_step;
  static const std::vector<transition<refund_status, refund_step>> rows{
      {absent, on::request, pending, "RF1"},           {absent, on::request_approval, pending_approval, "RF1"},
      {pending_approval, on::approve, pending, "RF2"}, {pending_approval, on::reject, rejected, "RF3"},
      {pending, on::start, processing, "RF4"},         {processing, on::accepted, processing, "RF5"},
      {processing, on::completed, completed, "RF6"},   {processing, on::retry_later, processing, "RF7"},
      {processing, on::start, processing, "RF8"},      {processing, on::failed, failed, "RF9"},
      {processing, on::completed, completed, "RF10"},  {processing, on::failed, failed, "RF11"},
      {completed, on::taken_back, failed, "RF12"},     {failed, on::retry, pending, "RF13"},
      {failed, on::manual, completed, "RF14"},         {failed, on::completed, completed, "RF15"},
      {completed, on::completed, completed, "RF16"},   {failed, on::failed, failed, "RF16"},
  };
  return rows;
}

const std::vector<transition<pix_status, pix_step>>& pix_lifecycle() {
  using enum pix_status;
  using on = pix_step;
  // PX2 makes no charge.
  static const std::vector<transition<pix_status, pix_step>> rows{
      {pending, on::create, pending, "PX1"},
      {pending, on::paid, paid, "PX3"},
      {pending, on::paid, paid, "PX4"},
      {pending, on::expired, expired, "PX5"},
      {pending, on::expired, pending, "PX6"},
      {pending, on::cancelled, cancelled, "PX7"},
      {pending, on::expired, expired, "PX7"},
      {pending, on::cancelled, cancelled, "PX8"},
      {paid, on::paid, paid, "PX9"},
      {paid, on::expired, paid, "PX9"},
      {paid, on::cancelled, paid, "PX9"},
      {expired, on::paid, paid, "PX10"},
      {cancelled, on::paid, paid, "PX10"},
      {expired, on::expired, expired, "PX11"},
      {expired, on::cancelled, expired, "PX11"},
      {cancelled, on::expired, cancelled, "PX11"},
      {cancelled, on::cancelled, cancelled, "PX11"},
  };
  return rows;
}

const std::vector<transition<attempt_status, attempt_step>>& attempt_lifecycle() {
  using enum attempt_status;
  using on = attempt_step;
  static const std::vector<transition<attempt_status, attempt_step>> rows{
      {pending, on::create, pending, "PA1"},        {pending, on::authentication_asked, requires_action, "PA2"},
      {pending, on::succeeded, succeeded, "PA3"},   {requires_action, on::succeeded, succeeded, "PA3"},
      {abandoned, on::succeeded, succeeded, "PA3"}, {failed, on::succeeded, succeeded, "PA3"},
      {pending, on::declined, failed, "PA4"},       {requires_action, on::declined, failed, "PA4"},
      {abandoned, on::declined, failed, "PA4"},     {requires_action, on::waited_too_long, abandoned, "PA5"},
      {pending, on::superseded, abandoned, "PA6"},  {requires_action, on::superseded, abandoned, "PA6"},
  };
  return rows;
}

} // namespace reserve
