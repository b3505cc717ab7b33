#pragma once
// What members of a cluster write into its streams and say to each other, signed, so that nobody without a key of theirs is
// believed. Sealed for one place: the same bytes are worth nothing in another stream, at another member or in another cluster.
//
//   const std::string sealed = seal_between_members(*keys, "record prod 3 2", bytes);
//   if (auto genuine = unseal_between_members(*keys, "record prod 3 2", sealed)) use(*genuine);   // a view into `sealed`
//
// FROZEN as format 1:
//   sealed = "RWB" format key mac bytes      format = u8 (1)      key = u8 (count of bytes), its id      mac = 32 bytes
//   mac    = mac("ropewalk.member.1", text(place) bytes), see mac.hpp
//
// Errors are corrupt, by type: member_seal_forged (no sealed bytes, changed, or of another place), member_seal_unknown_key,
// member_seal_revoked_key; unsupported "member_seal_newer".

#include <string>
#include <string_view>

#include "runtime/result.hpp"
#include "storage/sealing/keyring.hpp"

namespace ropewalk::storage {

inline constexpr std::size_t member_seal_bytes_max = 3 + 1 + 1 + 64 + 32; // what sealing adds, at most

std::string seal_between_members(const keyring& keys, std::string_view place, std::string_view bytes);
result<std::string_view> unseal_between_members(const keyring& keys, std::string_view place, std::string_view sealed);

// True where others may judge otherwise: the key is one that this node does not know, or was told not to trust, or a newer program
// signed it.
bool is_undecided(const error& why) noexcept;

} // namespace ropewalk::storage
