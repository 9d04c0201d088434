#include "persistence/postgres/vault.hpp"

#include "domain/codec.hpp"

namespace reserve::persistence {

namespace {

constexpr std::string_view group = "sealed";

/// What a sealed column holds. Fields are only added at the end, with a new version.
struct guest_fields {
  std::uint8_t version = 1;
  std::string first_name, last_name, email, phone, document, special_requests, country, locale;
  static void each(auto& self, auto&& visit) {
    visit(self.version, self.first_name, self.last_name, self.email, self.phone, self.document, self.special_requests, self.country, self.locale);
  }
};
struct payment_fields {
  std::uint8_t version = 1;
  std::string client_secret, redirect_url, receipt_url, payer_name, payer_document, payer_bank;
  static void each(auto& self, auto&& visit) {
    visit(self.version, self.client_secret, self.redirect_url, self.receipt_url, self.payer_name, self.payer_document, self.payer_bank);
  }
};

vault_row key_row(const data_key& key, const char* subject_type, const uuid& subject) {
  vault_row made;
  made.into = vault_row::table::vault_keys;
  made.id = key.id;
  made.data_key = subject;
  made.sealed = key.wrapped;
  made.master_key_id = key.master_key_id;
  made.subject_type = subject_type;
  return made;
}

/// Newest row of a vault table with its data key. A key that is gone makes the row unreadable, and no older row stands in for it.
std::string newest_sql(const std::string& table, const std::string& id) {
  return "select v.sealed, v.data_key_id, k.wrapped_key, k.master_key_id from reserve." + table + " v left join lateral "
         + "(select wrapped_key, master_key_id from reserve.vault_keys where city_code = v.city_code and data_key_id = v.data_key_id "
           "order by version desc limit 1) k on true where v.city_code = $1 and v." + id + " = $2 order by v.version desc limit 1";
}

/// Plain bytes of the newest row, or nothing when it is erased.
std::optional<std::string> open_newest(const sealer& keys, connection& on, const std::string& table, const std::string& id, const std::string& city_code,
                                       const uuid& which) {
  const auto rows = on.query(newest_sql(table, id), {param(city_code), param(which)});
  if (rows.empty() || rows.is_null(0, 2))
    return std::nullopt;
  const auto key = keys.unwrap(rows.id(0, 1), rows.raw(0, 2), rows.text(0, 3));
  return key ? keys.open(*key, place_of(table, which, group), rows.raw(0, 0)) : std::nullopt;
}

/// A row that can be read at all answers with its value; erased and unreadable are the same to the caller.
template <class Value>
std::function<void(std::optional<std::optional<Value>>)> flattened(std::function<void(std::optional<Value>)> done) {
  return [done = std::move(done)](std::optional<std::optional<Value>> read) { done(read ? std::move(*read) : std::nullopt); };
}

} // namespace

traveler_id vault::traveler_of(city_number city, std::string_view email) const {
  const auto key = sealer_.email_key(email);
  if (key.empty())
    return {make_uuid(city, random_uuid_bytes())};
  constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (const char byte : key) {
    hex.push_back(digits[static_cast<unsigned char>(byte) >> 4]);
    hex.push_back(digits[static_cast<unsigned char>(byte) & 15]);
  }
  return {derive_uuid(city, hex)};
}

sealed_guest vault::seal_guest(city_number city, intent_id stay, const guest_details& guest) {
  sealed_guest out;
  out.contact = {traveler_of(city, guest.email), !guest.first_name.empty(), !guest.last_name.empty(), !guest.email.empty(), !guest.phone.empty(),
                 !guest.special_requests.empty(), guest.country, guest.locale};
  const auto traveler = out.contact.traveler.value;
  const auto key = sealer_.new_data_key(city);
  out.rows.push_back(key_row(key, "traveler", traveler));

  vault_row person;
  person.data_key = key.id;
  person.email_key = sealer_.email_key(guest.email);
  person.phone_key = sealer_.phone_key(guest.phone);
  person.document_key = sealer_.document_key(guest.document);
  person.name_keys = sealer_.name_keys(guest.first_name + " " + guest.last_name);
  guest_fields fields{1, guest.first_name, guest.last_name, guest.email, guest.phone, guest.document, {}, guest.country, guest.locale};

  auto known = person;
  known.into = vault_row::table::travelers;
  known.id = traveler;
  known.sealed = sealer_.seal(key, place_of("travelers", traveler, group), encoded(fields));
  out.rows.push_back(std::move(known));

  fields.special_requests = guest.special_requests;
  person.into = vault_row::table::stay_guests;
  person.id = stay.value;
  person.traveler = traveler;
  person.sealed = sealer_.seal(key, place_of("stay_guests", stay.value, group), encoded(fields));
  out.rows.push_back(std::move(person));
  return out;
}

std::vector<vault_row> vault::seal_payment(city_number city, payment_id payment, const provider_secrets& secrets) {
  const auto key = sealer_.new_data_key(city);
  vault_row made;
  made.into = vault_row::table::payment_vault;
  made.id = payment.value;
  made.data_key = key.id;
  made.sealed = sealer_.seal(key, place_of("payment_vault", payment.value, group),
                            encoded(payment_fields{1, secrets.client_secret, secrets.redirect_url, secrets.receipt_url, secrets.payer_name,
                                                   secrets.payer_document, secrets.payer_bank}));
  return {key_row(key, "payment", payment.value), std::move(made)};
}

void vault::open_guest(const std::string& city_code, intent_id stay, std::function<void(std::optional<guest_details>)> done) {
  pool_.read<std::optional<guest_details>>(
      access_context::service(city_code),
      [this, city_code, stay](connection& on) -> std::optional<guest_details> {
        const auto plain = open_newest(sealer_, on, "stay_guests", "stay_id", city_code, stay.value);
        if (!plain)
          return std::nullopt;
        auto read = decoded<guest_fields>(*plain);
        return guest_details{std::move(read.first_name), std::move(read.last_name),        std::move(read.email),   std::move(read.phone),
                             std::move(read.document),   std::move(read.special_requests), std::move(read.country), std::move(read.locale)};
      },
      flattened<guest_details>(std::move(done)));
}

void vault::open_payment(const std::string& city_code, payment_id payment, std::function<void(std::optional<provider_secrets>)> done) {
  pool_.read<std::optional<provider_secrets>>(
      access_context::service(city_code),
      [this, city_code, payment](connection& on) -> std::optional<provider_secrets> {
        const auto plain = open_newest(sealer_, on, "payment_vault", "payment_id", city_code, payment.value);
        if (!plain)
          return std::nullopt;
        auto read = decoded<payment_fields>(*plain);
        return provider_secrets{std::move(read.client_secret), std::move(read.redirect_url),   std::move(read.receipt_url),
                                std::move(read.payer_name),    std::move(read.payer_document), std::move(read.payer_bank)};
      },
      flattened<provider_secrets>(std::move(done)));
}

void vault::erase(const std::string& city_code, uuid subject, std::function<void(bool)> done) {
  pool_.write<bool>(
      access_context::writer(city_code),
      [city_code, subject](connection& on) {
        const std::vector<parameter> which{param(city_code), param(subject)};
        on.query("delete from reserve.vault_keys where city_code = $1 and subject_id = $2", which);
        on.query("delete from reserve.travelers where city_code = $1 and id = $2", which);
        on.query("delete from reserve.stay_guests where city_code = $1 and traveler_id = $2", which);
        on.query("delete from reserve.payment_vault where city_code = $1 and payment_id = $2", which);
        on.query("delete from reserve.vault_documents where city_code = $1 and subject_id = $2", which);
        return true;
      },
      [done = std::move(done)](std::optional<bool> ok) { done(ok.has_value()); });
}

} // namespace reserve::persistence
