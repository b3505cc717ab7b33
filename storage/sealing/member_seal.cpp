#include "storage/sealing/member_seal.hpp"

#include <algorithm>

#include "storage/sealing/byte_fields.hpp"
#include "storage/sealing/mac.hpp"

namespace ropewalk::storage {

namespace {

constexpr std::string_view member_seal_mark = "RWB";
constexpr std::uint8_t member_seal_format = 1;

digest member_mac(const sealing_key& key, std::string_view place, std::string_view bytes) {
  std::string where;
  put_text(where, place);
  return mac{key.bytes, "ropewalk.member.1"}.add(where).add(bytes).finish();
}

} // namespace

std::string seal_between_members(const keyring& keys, std::string_view place, std::string_view bytes) {
  const sealing_key& key = keys.active();
  const digest signature = member_mac(key, place, bytes);
  std::string sealed;
  sealed.reserve(member_seal_bytes_max + bytes.size());
  sealed.append(member_seal_mark);
  put_number(sealed, member_seal_format);
  put_number(sealed, static_cast<std::uint8_t>(key.id.size())); // at most 64
  sealed.append(key.id);
  sealed.append(reinterpret_cast<const char*>(signature.data()), signature.size());
  sealed.append(bytes);
  return sealed;
}

result<std::string_view> unseal_between_members(const keyring& keys, std::string_view place, std::string_view sealed) {
  const error forged{errc::corrupt, "member_seal_forged", "it was not written by a member for this place, or was changed", {}};
  field_reader in(sealed);
  std::string_view mark, id, written;
  std::uint8_t format = 0, id_bytes = 0;
  if (!in.take(member_seal_mark.size(), mark) || mark != member_seal_mark || !in.number(format) || format == 0)
    return forged;
  if (format > member_seal_format)
    return error{errc::unsupported, "member_seal_newer", "it was signed in the way of a newer program", {}};
  digest signature;
  if (!in.number(id_bytes) || !in.take(id_bytes, id) || !in.take(signature.size(), written)) return forged;
  const auto key = keys.verifying(id, "member_seal");
  if (!key) return key.error();
  std::copy(written.begin(), written.end(), reinterpret_cast<char*>(signature.data()));
  const std::string_view bytes = sealed.substr(in.at());
  if (!same(member_mac(**key, place, bytes), signature)) return forged;
  return bytes;
}

bool is_undecided(const error& why) noexcept {
  return why.type == "member_seal_unknown_key" || why.type == "member_seal_revoked_key" ||
         why.type == "member_seal_newer";
}

} // namespace ropewalk::storage
