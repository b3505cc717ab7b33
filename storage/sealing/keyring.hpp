#pragma once
// The keys that seal checkpoints and sign tokens. A value: rotation makes a new keyring.
//
//   active   signs and verifies; exactly one
//   verify   what it signed is still good, it signs nothing new
//   revoked  what it signed is refused: somebody else may know it
//
// As JSON, FROZEN as format 1:
//   {"format":1,"keys":[{"id":"k1","secret":"<64 hex>","state":"active","created":"2026-01-31T09:05:00.000000Z"}]}
//
// Where keyrings are kept: storage/sealing/keyring_file.hpp.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/instant.hpp"
#include "runtime/result.hpp"
#include "storage/sealing/secret.hpp"

namespace ropewalk::storage {

enum class key_state : std::uint8_t { active, verify, revoked };
std::string_view name(key_state state) noexcept;

struct sealing_key {
  std::string id; // [A-Za-z0-9_-]{1,64}
  secret bytes;
  key_state state;
  instant created;
};

// A text whose bytes are wiped at its end. Its capacity is given at the start: growing would leave a copy behind.
class wiped_text {
public:
  explicit wiped_text(std::size_t capacity) { text.reserve(capacity); }
  wiped_text(wiped_text&&) = default; // of a text on the heap, so no bytes stay
  wiped_text& operator=(wiped_text&&) = delete;
  ~wiped_text() { wipe(text.data(), text.size()); }
  std::string text;
};

class keyring {
public:
  static constexpr std::size_t keys_max = 64; // a rotation each month for five years
  static constexpr std::size_t json_bytes_max = 64 << 10;

  // invalid "keyring_invalid" with the field that breaks a rule; never a byte of a secret in it.
  static result<keyring> of(std::vector<sealing_key> keys);
  static result<keyring> parse(std::string_view json);
  wiped_text to_json() const;

  const sealing_key& active() const noexcept { return keys_[active_]; }
  const sealing_key* find(std::string_view id) const noexcept; // of any state
  // What may verify. Else errc::corrupt "<thing>_unknown_key" or "<thing>_revoked_key".
  result<const sealing_key*> verifying(std::string_view id, std::string_view thing) const;
  std::span<const sealing_key> keys() const noexcept { return keys_; }

  // With a fresh random active key; the active one becomes verify. limit "keyring_full".
  result<keyring> rotated(instant now) const;
  // not_found "no_such_key"; the active key: conflict "key_active". One that is revoked already stays so.
  result<keyring> revoked(std::string_view id) const;

private:
  keyring(std::vector<sealing_key> keys, std::size_t active) : keys_(std::move(keys)), active_(active) {}
  std::vector<sealing_key> keys_;
  std::size_t active_;
};

// One active key from the operating system's random source.
result<keyring> new_keyring(instant now);

} // namespace ropewalk::storage
