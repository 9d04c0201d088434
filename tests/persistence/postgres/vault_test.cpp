#include "database.hpp"
#include "records.hpp"

#include "persistence/postgres/vault.hpp"

#include "persistence/postgres/postgres_journal.hpp"

#include <catch2/catch.hpp>

using namespace reserve;
using namespace reserve::persistence;
using namespace reserve::test;

namespace {

vault_keys keys(const std::string& first = "2026") {
  std::vector<master_key> masters(2);
  masters[0].id = first;
  masters[0].key.fill(static_cast<std::uint8_t>(first.back()));
  masters[1].id = "2025";
  masters[1].key.fill('5');
  return {masters, "search"};
}

const guest_details ana{"Ana", "Sampaio", " Ana@Example.com ", "+55 48 99999-0000", "123.456.789-09", "late arrival", "BR", "pt-BR"};

/// A vault over a database of its own, with a journal that writes into it.
struct vaulted {
  database db;
  query_pool pool{{db.url(), 2, 64}};
  vault box{sealer(keys()), pool};
  postgres_journal journal{{.url = db.url(), .node_id = "a"}};
  city_lease lease = *journal.take("URB");

  void write(std::vector<vault_row> rows) {
    auto one = some_record(1, 1);
    one->vault = std::move(rows);
    REQUIRE(append_one(journal, lease, {one}).what == append_outcome::kind::committed);
  }
  std::optional<guest_details> guest(intent_id stay, const std::string& city = "URB") {
    return answer_of<std::optional<guest_details>>([&](auto done) { box.open_guest(city, stay, done); });
  }
  std::optional<provider_secrets> payment(payment_id id) {
    return answer_of<std::optional<provider_secrets>>([&](auto done) { box.open_payment("URB", id, done); });
  }
  bool erase(uuid subject) {
    return answer_of<bool>([&](auto done) { box.erase("URB", subject, done); });
  }
};

} // namespace

TEST_CASE("a guest is opened as he was sealed, the newest version first", "[persistence][postgres][vault]") {
  vaulted at;
  const intent_id stay{some_id(1, 5)};
  const auto sealed = at.box.seal_guest(1, stay, ana);
  CHECK(sealed.contact.complete());
  CHECK(sealed.contact.has_requests);
  CHECK(sealed.contact.country == "BR");
  CHECK_FALSE(at.guest(stay));
  at.write(sealed.rows);
  auto read = at.guest(stay);
  REQUIRE(read);
  CHECK(read->first_name == "Ana");
  CHECK(read->email == ana.email);
  CHECK(read->document == ana.document);
  CHECK(read->special_requests == "late arrival");
  CHECK_FALSE(at.guest(stay, "GRA"));

  auto corrected = ana;
  corrected.last_name = "Sampaio Lima";
  at.write(at.box.seal_guest(1, stay, corrected).rows);
  CHECK(at.guest(stay)->last_name == "Sampaio Lima");

  auto on = at.db.superuser();
  CHECK(number(on, "select count(*) from reserve.stay_guests where position('Sampaio'::bytea in sealed) > 0") == 0);
  CHECK(number(on, "select count(*) from reserve.travelers") == 2);
}

TEST_CASE("an erased person cannot be opened, and no older version stands in", "[persistence][postgres][vault]") {
  vaulted at;
  const intent_id stay{some_id(1, 5)};
  const auto sealed = at.box.seal_guest(1, stay, ana);
  at.write(sealed.rows);
  at.write(at.box.seal_guest(1, stay, ana).rows);
  SECTION("rows and keys") {
    CHECK(at.erase(sealed.contact.traveler.value));
    auto on = at.db.superuser();
    CHECK(number(on, "select (select count(*) from reserve.vault_keys) + (select count(*) from reserve.stay_guests) + (select count(*) from reserve.travelers)") == 0);
  }
  SECTION("the newest key alone") {
    at.db.superuser().run("delete from reserve.vault_keys where version = 2");
  }
  CHECK_FALSE(at.guest(stay));
}

TEST_CASE("a provider's secrets are kept for the payment", "[persistence][postgres][vault]") {
  vaulted at;
  const payment_id payment{some_id(1, 8)};
  at.write(at.box.seal_payment(1, payment, {"pi_secret", "https://bank", "https://receipt", "Ana", "123", "Bank"}));
  const auto read = at.payment(payment);
  REQUIRE(read);
  CHECK(read->client_secret == "pi_secret");
  CHECK(read->payer_bank == "Bank");
  CHECK(at.erase(payment.value));
  CHECK_FALSE(at.payment(payment));
}

TEST_CASE("one e-mail is one traveler of a city", "[persistence][vault]") {
  query_pool pool({"", 0, 1});
  const vault box(sealer(keys()), pool);
  CHECK(box.traveler_of(1, "ana@example.com") == box.traveler_of(1, "  ANA@example.com"));
  CHECK(box.traveler_of(1, "ana@example.com") != box.traveler_of(2, "ana@example.com"));
  CHECK(box.traveler_of(1, "") != box.traveler_of(1, ""));
  CHECK(city_of(box.traveler_of(9, "ana@example.com").value) == 9);
}

TEST_CASE("a sealed value opens only where it was put, with the key it was sealed under", "[persistence][vault]") {
  const sealer seals(keys());
  const auto key = seals.new_data_key(1);
  const auto place = place_of("stay_guests", some_id(1, 1), "sealed");
  auto sealed = seals.seal(key, place, "secret");
  CHECK(seals.open(key, place, sealed) == "secret");
  CHECK(seals.seal(key, place, "secret") != sealed);
  CHECK_FALSE(seals.open(key, place_of("stay_guests", some_id(1, 2), "sealed"), sealed));
  CHECK_FALSE(seals.open(key, place_of("travelers", some_id(1, 1), "sealed"), sealed));
  CHECK_FALSE(seals.open(seals.new_data_key(1), place, sealed));
  sealed.back() = static_cast<char>(sealed.back() ^ 1);
  CHECK_FALSE(seals.open(key, place, sealed));
  CHECK_FALSE(seals.open(key, place, "short"));
  CHECK(seals.open_alone("here", seals.seal_alone("here", "body")) == "body");
  CHECK_FALSE(seals.open_alone("there", seals.seal_alone("here", "body")));
  CHECK_FALSE(seals.open_alone("here", "nonsense"));
}

TEST_CASE("an older master key still opens what it sealed; an unknown one does not", "[persistence][vault]") {
  const sealer old_keys(keys("2026"));
  const auto key = old_keys.new_data_key(1);
  auto rotated = keys("2027");
  rotated.masters.push_back(keys("2026").masters.front());
  CHECK(sealer(rotated).unwrap(key.id, key.wrapped, key.master_key_id)->key == key.key);
  CHECK(sealer(rotated).new_data_key(1).master_key_id == "2027");
  CHECK_FALSE(sealer(keys("2027")).unwrap(key.id, key.wrapped, key.master_key_id));
  CHECK_FALSE(old_keys.unwrap(some_id(1, 1), key.wrapped, key.master_key_id));
  CHECK_THROWS_AS(sealer({}), std::invalid_argument);
}

TEST_CASE("people are found by what they write in their own way", "[persistence][vault]") {
  const sealer seals(keys());
  CHECK(seals.email_key(" Ana@Example.COM") == seals.email_key("ana@example.com"));
  CHECK(seals.phone_key("+55 (48) 99999-0000") == seals.phone_key("+5548999990000"));
  CHECK(seals.document_key("123.456.789-09") == seals.document_key("12345678909"));
  CHECK(seals.document_key("RG aB-1") == seals.document_key("rgab1"));
  CHECK(seals.email_key("  ").empty());
  CHECK(seals.email_key("ana@example.com").size() == 32);
  CHECK(normal_words("José  d'Ávila-GONÇALVES") == std::vector<std::string>{"jose", "davila", "goncalves"});
  CHECK(normal_words("Łukasz Þór Ñandú") == std::vector<std::string>{"lukasz", "tor", "nandu"});
  const auto word = seals.name_keys("jose");
  CHECK(word.size() == 2);
  const auto full = seals.name_keys("José Silva");
  CHECK(full.size() == 4);
  for (const auto& key : word)
    CHECK(std::find(full.begin(), full.end(), key) != full.end());
  CHECK(seals.name_keys("Jos").size() == 1);
}
