#include "gateway/api/endpoint_groups.hpp"
#include "gateway/api/examples.hpp"

namespace reserve::gateway {
namespace {

/// Members that search has in its query and in its body.
std::vector<field> search_fields() {
  return {
      city_code().required(),
      date_field("check_in").required(),
      date_field("check_out").required().like("2026-12-04"),
      guests_field(),
      integer("adults", 1, 20).like("2"),
      integer("children", 0, 10),
      integer("infants", 0, 5),
      array("property_types", text("", 1, 160, pattern::slug).like("pousada"), 0, 20),
      money_field("min_price").like("100.00"),
      money_field("max_price"),
      array("amenities", text("", 1, 160, pattern::slug).like("wifi"), 0, 50),
      number("rating", 0, 5).like("4"),
      text("bbox", 7, 100, pattern::bounding_box).like("-49.7,-28.1,-49.4,-27.9").saying("west,south,east,north in degrees."),
      text("near", 3, 60, pattern::coordinates).like("-28.015,-49.59").saying("lat,lng in degrees; needs radius_km."),
      number("radius_km", 0, 200).like("10"),
      promo_code(),
      page(),
      per_page(),
      choice("sort", {"price_asc", "price_desc", "rating_desc", "popular"}).defaulting("popular"),
  };
}

std::vector<rule> search_rules() {
  return {{rule::kind::after, "check_in", "check_out", 30},
          {rule::kind::at_least_one, "guests", "adults"},
          {rule::kind::equal_if_both, "guests", "adults"},
          {rule::kind::together, "near", "radius_km"},
          {rule::kind::not_less, "min_price", "max_price"}};
}

endpoint search(std::string_view id, std::string_view method, std::string_view path) {
  endpoint made = describe(id, method, path, "Finds free places to stay in a city for given dates and guests");
  made.rate = rate_class::search;
  made.fields = search_fields();
  made.rules = search_rules();
  made.answers = {{200, "SearchAnswer"}};
  made.errors = {"INVALID_PARAMETER", "NOT_FOUND", "SERVICE_UNAVAILABLE"};
  made.max_age_seconds = 60;
  made.example_query = "city_code=URB&check_in=2026-12-01&check_out=2026-12-04&guests=2&amenities=wifi,parking&max_price=900.00&sort=price_asc";
  made.example_data = examples::search_answer();
  return made;
}

endpoint search_by_body() {
  endpoint made = search("search_availability_post", "POST", "/search/availability");
  made.synonyms = {"search_availability"};
  made.summary = "Search with its conditions in a JSON body";
  made.example_query.clear();
  made.example_body = R"({"city_code":"URB","check_in":"2026-12-01","check_out":"2026-12-04","guests":{"adults":2,"children":0,"infants":0},)"
                      R"("amenities":["wifi"],"max_price":900.00,"rating":4,"sort":"price_asc","page":1,"per_page":20})";
  return made;
}

std::vector<endpoint> cities() {
  endpoint list = describe("get_cities", "GET", "/cities", "All cities that are served");
  list.rate = rate_class::public_read;
  list.answers = {{200, "{cities:[City]}"}};
  list.max_age_seconds = 15;
  list.example_data = R"({"cities":[)" + examples::city() + "]}";

  endpoint one = describe("get_city", "GET", "/cities/{city_code}", "One city, with the notice that its visitors should see");
  one.synonyms = {"get_cities"};
  one.rate = rate_class::public_read;
  one.fields = {city_code()};
  one.answers = {{200, "City"}};
  one.errors = {"NOT_FOUND"};
  one.max_age_seconds = 15;
  one.example_data = examples::city();
  return {list, one};
}

endpoint property_list() {
  endpoint made = describe("get_property_list", "GET", "/properties", "Properties of a city, available or not");
  made.synonyms = {"get_properties"};
  made.rate = rate_class::public_read;
  made.fields = {city_code().required(),
                 text("property_type", 1, 160, pattern::slug).like("pousada"),
                 boolean("is_featured").like("true"),
                 boolean("is_published").like("true").saying("Only staff may ask for false."),
                 choice("sort", {"price_asc", "price_desc", "rating_desc", "popular"}).defaulting("popular"),
                 page(),
                 per_page()};
  made.answers = {{200, "{properties:[PropertyCard], pagination:Pagination}"}};
  made.errors = {"FORBIDDEN", "NOT_FOUND", "SERVICE_UNAVAILABLE"};
  made.max_age_seconds = 300;
  made.example_query = "city_code=URB&page=1&per_page=20";
  made.example_data = R"({"properties":[)" + examples::property_card() + R"(],"pagination":{"page":1,"per_page":20,"total":1,"total_pages":1}})";
  return made;
}

endpoint property_detail() {
  endpoint made = describe("get_property_detail", "GET", "/properties/{slug}", "One property with its units, priced when dates are given");
  made.rate = rate_class::public_read;
  made.fields = {slug("slug"), city_code().required(), date_field("check_in"), date_field("check_out").like("2026-12-04"), guests_field()};
  made.rules = {{rule::kind::together, "check_in", "check_out"}, {rule::kind::after, "check_in", "check_out", 30}};
  made.answers = {{200, "PropertyDetail"}};
  made.errors = {"NOT_FOUND", "SERVICE_UNAVAILABLE"};
  made.max_age_seconds = 300;
  made.example_query = "city_code=URB&check_in=2026-12-01&check_out=2026-12-04&guests=2";
  made.example_data = examples::property_detail();
  return made;
}

endpoint unit_calendar() {
  endpoint made =
      describe("get_unit_availability_calendar", "GET", "/units/{unit_id}/calendar", "Nights of a unit: free rooms, prices, restrictions");
  made.rate = rate_class::public_read;
  made.fields = {uuid_field("unit_id").like(examples::unit_id), date_field("start_date").required(),
                 date_field("end_date").required().like("2026-12-31").saying("Half-open; at most 92 days after start_date."),
                 uuid_field("property_id")};
  made.rules = {{rule::kind::after, "start_date", "end_date", 92}};
  made.answers = {{200, "{unit_id:Uuid, dates:[CalendarDay]}"}};
  made.errors = {"NOT_FOUND", "SERVICE_UNAVAILABLE"};
  made.max_age_seconds = 30;
  made.example_query = "start_date=2026-12-01&end_date=2026-12-31";
  made.example_data = examples::calendar();
  return made;
}

endpoint availability_check() {
  endpoint made = describe("check_availability", "POST", "/availability/check", "Whether a stay could be booked now, and for how much");
  made.rate = rate_class::search;
  made.fields = {
      uuid_field("property_id").required(),
      uuid_field("unit_id"),
      array("rooms", object("", {uuid_field("unit_id").required(), uuid_field("rate_plan_id"), guests_field().required()}), 1, 1),
      uuid_field("rate_plan_id"),
      date_field("check_in").required(),
      date_field("check_out").required(),
      guests_field().required(),
      promo_code(),
      array("package_ids", uuid_field(""), 0, 20),
  };
  made.rules = {{rule::kind::after, "check_in", "check_out"}, {rule::kind::one_of, "unit_id", "rooms"}};
  made.answers = {{200, "AvailabilityAnswer"}};
  made.errors = {"NOT_FOUND", "HOST_UNAVAILABLE", "CAPACITY_EXCEEDED", "MIN_STAY_VIOLATION", "PROMO_CODE_INVALID"};
  made.example_body = R"({"property_id":")" + std::string(examples::property_id) + R"(","unit_id":")" + std::string(examples::unit_id) +
                      R"(","check_in":"2026-12-01","check_out":"2026-12-04","guests":2})";
  made.example_data = examples::availability();
  return made;
}

} // namespace

std::vector<endpoint> discovery_endpoints() {
  std::vector<endpoint> made = cities();
  made.insert(made.begin(), {search("search_availability", "GET", "/search"), search_by_body()});
  made.insert(made.end(), {property_list(), property_detail(), unit_calendar(), availability_check()});
  for (auto& each : made)
    each.tag = "Discovery";
  return made;
}

} // namespace reserve::gateway
