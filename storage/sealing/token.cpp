#include "storage/sealing/token.hpp"

#include <span>

#include "storage/sealing/byte_fields.hpp"
#include "storage/sealing/mac.hpp"

namespace ropewalk::storage {

namespace {

constexpr std::size_t mac_bytes = 16;
constexpr std::size_t mac_characters = 22;

std::string base64url(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  std::uint32_t bits = 0, held = 0;
  for (const std::uint8_t byte : bytes) {
    bits = bits << 8 | byte;
    for (held += 8; held >= 6; held -= 6) text.push_back(alphabet[bits >> (held - 6) & 63]);
  }
  if (held > 0) text.push_back(alphabet[bits << (6 - held) & 63]);
  return text;
}

std::string mac_text(const secret& key, const task_identity& task) {
  std::string bytes;
  put_text(bytes, task.cluster);
  put_text(bytes, task.org);
  put_text(bytes, task.workflow);
  put_number(bytes, task.run);
  put_text(bytes, task.step);
  const digest whole = mac{key, "ropewalk.token.1"}.add(bytes).finish();
  return base64url(std::span{whole}.first<mac_bytes>());
}

error token_refused(std::string type, std::string why) { return {errc::invalid, std::move(type), std::move(why), "token"}; }

} // namespace

std::string task_token(const keyring& keys, const task_identity& task) {
  return keys.active().id + "." + mac_text(keys.active().bytes, task);
}

status_result verify_task_token(const keyring& keys, const task_identity& task, std::string_view token) {
  const auto dot = token.find('.');
  if (dot == std::string_view::npos || token.size() - dot - 1 != mac_characters)
    return token_refused("token_malformed", "the token is not one that came with a task");
  const auto key = keys.verifying(token.substr(0, dot), "token");
  if (!key) return token_refused(key.error().type, key.error().detail);
  // As text: a decoder would take several spellings of the last character for the same.
  if (same(mac_text((*key)->bytes, task), token.substr(dot + 1))) return ok();
  return token_refused("token_forged", "the token is not that of this phase or step");
}

} // namespace ropewalk::storage
