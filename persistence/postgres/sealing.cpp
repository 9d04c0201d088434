#include "persistence/postgres/sealing.hpp"

#include "domain/codec.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace reserve::persistence {

namespace {

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
using key_bytes = std::array<std::uint8_t, 32>;
using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)>;

const unsigned char* in(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* out(std::string& text, std::size_t at = 0) {
  return reinterpret_cast<unsigned char*>(text.data()) + at;
}

void expect(bool worked) {
  if (!worked)
    throw std::runtime_error("the cipher failed");
}

std::string encrypt(const key_bytes& key, std::string_view place, std::string_view plain) {
  auto sealed = random_bytes(nonce_size);
  sealed.resize(nonce_size + plain.size() + tag_size);
  const cipher_context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int size = 0;
  expect(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), in(sealed)) == 1);
  expect(EVP_EncryptUpdate(context.get(), nullptr, &size, in(place), static_cast<int>(place.size())) == 1);
  expect(EVP_EncryptUpdate(context.get(), out(sealed, nonce_size), &size, in(plain), static_cast<int>(plain.size())) == 1);
  expect(EVP_EncryptFinal_ex(context.get(), out(sealed, nonce_size + plain.size()), &size) == 1);
  expect(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_size, out(sealed, nonce_size + plain.size())) == 1);
  return sealed;
}

std::optional<std::string> decrypt(const key_bytes& key, std::string_view place, std::string_view sealed) {
  if (sealed.size() < nonce_size + tag_size)
    return std::nullopt;
  const auto plain_size = sealed.size() - nonce_size - tag_size;
  std::string plain(plain_size, '\0');
  std::string tag(sealed.substr(nonce_size + plain_size));
  const cipher_context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int size = 0;
  expect(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), in(sealed)) == 1);
  expect(EVP_DecryptUpdate(context.get(), nullptr, &size, in(place), static_cast<int>(place.size())) == 1);
  expect(EVP_DecryptUpdate(context.get(), out(plain), &size, in(sealed.substr(nonce_size)), static_cast<int>(plain_size)) == 1);
  expect(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) == 1);
  unsigned char rest[tag_size];
  if (EVP_DecryptFinal_ex(context.get(), rest, &size) != 1)
    return std::nullopt;
  return plain;
}

std::string_view text_of(const key_bytes& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

/// The wrapped key and what it seals, as stored in one column.
struct envelope {
  std::uint8_t version = 1;
  uuid id{};
  std::string master_key_id, wrapped, sealed;
  static void each(auto& self, auto&& visit) { visit(self.version, self.id, self.master_key_id, self.wrapped, self.sealed); }
};

/// Base letters of U+00C0..U+00FF and U+0100..U+017F; a space is no letter.
constexpr std::string_view latin_1 = "aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty";
constexpr std::string_view latin_a = "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllllllln"
                                     "nnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(latin_1.size() == 64 && latin_a.size() == 128);

/// Next code point of UTF-8 text; a byte that starts none stands for itself.
char32_t next_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t size = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  if (size == 1 || text.size() < size) {
    text.remove_prefix(1);
    return first;
  }
  auto point = static_cast<char32_t>(first & (0x7f >> size));
  for (std::size_t i = 1; i < size; ++i)
    point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  text.remove_prefix(size);
  return point;
}

/// The letter without case and accent as UTF-8; empty: a mark that only decorates; " ": no letter.
std::string folded(char32_t point, std::string_view original) {
  if (point >= 0x300 && point <= 0x36f)
    return {};
  if (point >= 0xc0 && point <= 0xff)
    return std::string(1, latin_1[point - 0xc0]);
  if (point >= 0x100 && point <= 0x17f)
    return std::string(1, latin_a[point - 0x100]);
  if (point >= 0x80)
    return point == 0xa0 ? " " : std::string(original);
  const auto c = static_cast<char>(point);
  if (c >= 'A' && c <= 'Z')
    return std::string(1, static_cast<char>(c - 'A' + 'a'));
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? std::string(1, c) : c == '\'' ? "" : " ";
}

/// Words as lists of folded letters.
std::vector<std::vector<std::string>> folded_words(std::string_view name) {
  std::vector<std::vector<std::string>> words(1);
  while (!name.empty()) {
    const auto before = name;
    const auto point = next_code_point(name);
    auto letter = folded(point, before.substr(0, before.size() - name.size()));
    if (letter == " ")
      words.emplace_back();
    else if (!letter.empty())
      words.back().push_back(std::move(letter));
  }
  std::erase_if(words, [](const auto& word) { return word.empty(); });
  return words;
}

std::string joined(const std::vector<std::string>& letters, std::size_t count) {
  std::string word;
  for (std::size_t i = 0; i < std::min(count, letters.size()); ++i)
    word += letters[i];
  return word;
}

} // namespace

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  expect(RAND_bytes(out(bytes), static_cast<int>(count)) == 1);
  return bytes;
}

std::array<std::uint8_t, 16> random_uuid_bytes() {
  std::array<std::uint8_t, 16> bytes{};
  expect(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  return bytes;
}

std::string place_of(std::string_view table, const uuid& row, std::string_view group) {
  return std::string(table) + "|" + to_string(row) + "|" + std::string(group);
}

sealer::sealer(vault_keys keys) : keys_(std::move(keys)) {
  if (keys_.masters.empty() || keys_.hash_key.empty())
    throw std::invalid_argument("the vault needs a master key and a hash key");
}

data_key sealer::new_data_key(city_number city) const {
  data_key made;
  made.id = make_uuid(city, random_uuid_bytes());
  expect(RAND_priv_bytes(made.key.data(), static_cast<int>(made.key.size())) == 1);
  made.master_key_id = keys_.masters.front().id;
  made.wrapped = encrypt(keys_.masters.front().key, place_of("vault_keys", made.id, "wrapped_key"), text_of(made.key));
  return made;
}

std::optional<data_key> sealer::unwrap(const uuid& id, std::string_view wrapped, const std::string& master_key_id) const {
  const auto master = std::ranges::find(keys_.masters, master_key_id, &master_key::id);
  if (master == keys_.masters.end())
    return std::nullopt;
  const auto plain = decrypt(master->key, place_of("vault_keys", id, "wrapped_key"), wrapped);
  if (!plain || plain->size() != 32)
    return std::nullopt;
  data_key found{id, {}, std::string(wrapped), master_key_id};
  std::copy(plain->begin(), plain->end(), found.key.begin());
  return found;
}

std::string sealer::seal(const data_key& with, std::string_view place, std::string_view plain) const {
  return encrypt(with.key, place, plain);
}

std::optional<std::string> sealer::open(const data_key& with, std::string_view place, std::string_view sealed) const {
  return decrypt(with.key, place, sealed);
}

std::string sealer::seal_alone(std::string_view place, std::string_view plain) const {
  const auto key = new_data_key(0);
  return encoded(envelope{1, key.id, key.master_key_id, key.wrapped, seal(key, place, plain)});
}

std::optional<std::string> sealer::open_alone(std::string_view place, std::string_view sealed) const {
  envelope read;
  try {
    read = decoded<envelope>(sealed);
  } catch (const decode_error&) {
    return std::nullopt;
  }
  const auto key = unwrap(read.id, read.wrapped, read.master_key_id);
  return key ? open(*key, place, read.sealed) : std::nullopt;
}

std::string sealer::keyed_hash(std::string_view normalised) const {
  if (normalised.empty())
    return {};
  std::string hash(32, '\0');
  unsigned size = 32;
  expect(HMAC(EVP_sha256(), keys_.hash_key.data(), static_cast<int>(keys_.hash_key.size()), in(normalised), normalised.size(), out(hash), &size) != nullptr);
  return hash;
}

std::string sealer::email_key(std::string_view email) const {
  return keyed_hash(normal_email(email));
}

std::string sealer::phone_key(std::string_view phone) const {
  return keyed_hash(normal_phone(phone));
}

std::string sealer::document_key(std::string_view document) const {
  return keyed_hash(normal_document(document));
}

std::vector<std::string> sealer::name_keys(std::string_view name) const {
  std::vector<std::string> keys;
  for (const auto& word : folded_words(name))
    for (const auto count : {word.size(), std::size_t{3}})
      keys.push_back(keyed_hash(joined(word, count)));
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

std::string normal_email(std::string_view email) {
  const auto first = email.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos)
    return {};
  std::string folded_text(email.substr(first, email.find_last_not_of(" \t\r\n") - first + 1));
  std::ranges::transform(folded_text, folded_text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return folded_text;
}

std::string normal_phone(std::string_view phone) {
  std::string digits;
  for (const char c : phone)
    if (c >= '0' && c <= '9')
      digits.push_back(c);
  return digits.empty() ? digits : "+" + digits;
}

std::string normal_document(std::string_view document) {
  std::string kept;
  for (const char c : document) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))
      kept.push_back(c);
    else if (c >= 'A' && c <= 'Z')
      kept.push_back(static_cast<char>(c - 'A' + 'a'));
  }
  return kept;
}

std::vector<std::string> normal_words(std::string_view name) {
  std::vector<std::string> words;
  for (const auto& word : folded_words(name))
    words.push_back(joined(word, word.size()));
  return words;
}

} // namespace reserve::persistence
