#include "gateway/api/endpoint_groups.hpp"
#include "gateway/api/examples.hpp"

namespace reserve::gateway {

std::vector<endpoint> reservation_endpoints() {
  endpoint made = describe("get_reservation", "GET", "/reservations/{id_or_code}", "One reservation as its guest sees it");
  made.tag = "Reservations";
  made.caller = caller::session;
  made.service_may = true;
  made.rate = rate_class::public_read;
  made.fields = {id_or_code("id_or_code").like(examples::code)};
  made.answers = {{200, "ReservationView"}};
  made.errors = {"NOT_FOUND"};
  made.example_data = examples::reservation();
  return {made};
}

} // namespace reserve::gateway
