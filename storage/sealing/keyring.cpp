#include "storage/sealing/keyring.hpp"

#include <algorithm>
#include <array>

#include <openssl/rand.h>

#include "runtime/hex.hpp"
#include "runtime/json_text.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::storage {

namespace {

constexpr std::size_t id_bytes_max = 64;
constexpr std::size_t key_json_bytes = 320; // one key as JSON at most: id, 64 digits, state, time, names

error bad(std::string field, std::string rule) {
  return {errc::invalid, "keyring_invalid", "the keyring's " + field + " " + std::move(rule), field};
}

bool is_key_id(std::string_view id) {
  return !id.empty() && id.size() <= id_bytes_max && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::optional<key_state> state_named(std::string_view text) {
  for (const key_state s : {key_state::active, key_state::verify, key_state::revoked})
    if (text == name(s)) return s;
  return std::nullopt;
}

// The member as a text without escapes; nothing in a keyring needs them, and unescaping would copy a secret.
result<std::string_view> text_of(json_view key, std::string_view member, const std::string& at) {
  const auto value = key.find(member);
  const auto text = value && value->is(json_type::string) ? value->plain_string() : std::nullopt;
  if (!text) return bad(at + "." + std::string(member), "must be a text without escapes");
  return *text;
}

result<secret> secret_of(std::string_view hex, const std::string& at) {
  std::array<std::uint8_t, secret::size> bytes{};
  const bool whole = from_hex(hex, bytes);
  const secret s{bytes};
  wipe(bytes.data(), bytes.size());
  if (!whole) return bad(at + ".secret", "must be 64 lower-case hexadecimal digits");
  return s;
}

result<sealing_key> key_of(json_view object, const std::string& at) {
  if (!object.is(json_type::object)) return bad(at, "must be an object");
  for (const json_member m : object.members())
    if (m.key != "id" && m.key != "secret" && m.key != "state" && m.key != "created")
      return bad(at, "has an unknown member; id, secret, state and created are known");
  const auto id = text_of(object, "id", at);
  if (!id) return id.error();
  const auto hex = text_of(object, "secret", at);
  if (!hex) return hex.error();
  const auto state = text_of(object, "state", at);
  if (!state) return state.error();
  const auto created = text_of(object, "created", at);
  if (!created) return created.error();
  auto bytes = secret_of(*hex, at);
  if (!bytes) return bytes.error();
  const auto known = state_named(*state);
  if (!known) return bad(at + ".state", "must be active, verify or revoked");
  const auto time = parse_rfc3339(*created);
  if (!time) return bad(at + ".created", "must be an RFC 3339 time");
  return sealing_key{std::string(*id), *bytes, *known, *time};
}

// Where alone: the reader's rule and path may quote what stands there, and that may be a secret.
error no_document(const error& why) {
  const auto place = why.detail.rfind(", at byte ");
  return {errc::invalid,
          "keyring_invalid",
          "the keyring is not a JSON document" + (place == std::string::npos ? "" : why.detail.substr(place)),
          {}};
}

result<sealing_key> fresh_key(instant now) {
  std::array<std::uint8_t, secret::size> bytes{};
  std::array<std::uint8_t, 6> tail{};
  if (RAND_priv_bytes(bytes.data(), bytes.size()) != 1 || RAND_bytes(tail.data(), tail.size()) != 1)
    return error{errc::unavailable, "no_entropy", "the system gives no random bytes for a new key", {}};
  const std::string day = to_rfc3339(now).substr(0, 10);
  sealing_key key{"k-" + day + "-" + to_hex(tail), secret{bytes}, key_state::active, now};
  wipe(bytes.data(), bytes.size());
  return key;
}

} // namespace

std::string_view name(key_state state) noexcept {
  switch (state) {
  case key_state::active: return "active";
  case key_state::verify: return "verify";
  case key_state::revoked: return "revoked";
  }
  return "unknown";
}

result<keyring> keyring::of(std::vector<sealing_key> keys) {
  if (keys.empty() || keys.size() > keys_max) return bad("keys", "must be 1 to " + std::to_string(keys_max) + " keys");
  std::size_t active = keys.size();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::string at = "keys[" + std::to_string(i) + "]";
    if (!is_key_id(keys[i].id)) return bad(at + ".id", "must be 1 to 64 characters of A-Z a-z 0-9 _ -");
    for (std::size_t before = 0; before < i; ++before)
      if (keys[before].id == keys[i].id) return bad(at + ".id", "is that of another key as well");
    if (keys[i].state != key_state::active) continue;
    if (active != keys.size()) return bad(at + ".state", "is active, as another key's; exactly one is");
    active = i;
  }
  if (active == keys.size()) return bad("keys", "must have exactly one that is active");
  return keyring{std::move(keys), active};
}

result<keyring> keyring::parse(std::string_view json) {
  const auto doc = json_document::parse(json, {.max_bytes = json_bytes_max, .max_depth = 4, .max_values = 1024});
  if (!doc) return no_document(doc.error());
  const json_view root = doc->root();
  const auto format = root.find("format");
  const auto number = format ? format->integer() : std::nullopt;
  if (!number) return bad("format", "must be a number");
  if (*number != 1)
    return error{errc::unsupported, "keyring_format",
                 "the keyring has format " + std::to_string(*number) + ", this program knows 1", "format"};
  const auto list = root.find("keys");
  if (!list || !list->is(json_type::array)) return bad("keys", "must be an array");
  if (root.size() != 2) return bad("members", "must be format and keys alone");
  std::vector<sealing_key> keys;
  keys.reserve(list->size());
  for (const json_view item : list->elements()) {
    auto key = key_of(item, "keys[" + std::to_string(keys.size()) + "]");
    if (!key) return key.error();
    keys.push_back(std::move(*key));
  }
  return of(std::move(keys));
}

wiped_text keyring::to_json() const {
  wiped_text out{128 + keys_.size() * key_json_bytes};
  json_writer w{std::move(out.text)};
  w.begin_object().field("format", 1).key("keys").begin_array();
  for (const sealing_key& key : keys_) {
    char hex[2 * secret::size];
    for (std::size_t i = 0; i < secret::size; ++i) {
      hex[2 * i] = "0123456789abcdef"[key.bytes.bytes()[i] >> 4];
      hex[2 * i + 1] = "0123456789abcdef"[key.bytes.bytes()[i] & 15];
    }
    w.begin_object().field("id", key.id).field("secret", std::string_view{hex, sizeof hex});
    w.field("state", name(key.state)).field("created", key.created).end_object();
    wipe(hex, sizeof hex);
  }
  w.end_array().end_object();
  out.text = std::move(w).take();
  return out;
}

const sealing_key* keyring::find(std::string_view id) const noexcept {
  const auto at = std::find_if(keys_.begin(), keys_.end(), [&](const sealing_key& k) { return k.id == id; });
  return at == keys_.end() ? nullptr : &*at;
}

result<const sealing_key*> keyring::verifying(std::string_view id, std::string_view thing) const {
  const sealing_key* key = find(id);
  const auto refuse = [&](const char* what, const char* because) {
    const std::string shown = is_key_id(id) ? " \"" + std::string(id) + "\"" : "";
    return error{errc::corrupt, std::string(thing) + what, "the key" + shown + because, {}};
  };
  if (!key) return refuse("_unknown_key", " is not in the keyring");
  if (key->state == key_state::revoked) return refuse("_revoked_key", " is revoked");
  return key;
}

result<keyring> keyring::rotated(instant now) const {
  if (keys_.size() == keys_max)
    return error{errc::limit,
                 "keyring_full",
                 "the keyring holds " + std::to_string(keys_max) + " keys already; take old revoked ones out",
                 {}};
  auto fresh = fresh_key(now);
  if (!fresh) return fresh.error();
  std::vector<sealing_key> keys;
  keys.reserve(keys_.size() + 1);
  keys.push_back(std::move(*fresh));
  keys.insert(keys.end(), keys_.begin(), keys_.end());
  keys[active_ + 1].state = key_state::verify;
  return of(std::move(keys));
}

result<keyring> keyring::revoked(std::string_view id) const {
  std::vector<sealing_key> keys = keys_;
  for (sealing_key& key : keys) {
    if (key.id != id) continue;
    if (key.state == key_state::active)
      return error{errc::conflict, "key_active", "the key \"" + key.id + "\" is the active one; rotate first", {}};
    key.state = key_state::revoked;
    return of(std::move(keys));
  }
  return error{errc::not_found, "no_such_key", "the keyring has no such key", "id"};
}

result<keyring> new_keyring(instant now) {
  auto key = fresh_key(now);
  if (!key) return key.error();
  std::vector<sealing_key> keys;
  keys.push_back(std::move(*key));
  return keyring::of(std::move(keys));
}

} // namespace ropewalk::storage
