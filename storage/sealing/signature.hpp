#pragma once
// Signatures of small things by the keyring: who holds a key said exactly these bytes, for this purpose.
//
//   signature s = sign(*keys, "ropewalk.thread_snapshot.1", bytes);
//   if (auto genuine = verify(*keys, "ropewalk.thread_snapshot.1", bytes, s); !genuine) return genuine.error();

#include <string>
#include <string_view>

#include "runtime/entry.hpp"
#include "runtime/result.hpp"
#include "storage/sealing/keyring.hpp"

namespace ropewalk::storage {

struct signature {
  std::string key;
  digest value{};
};

// tag: one a purpose, so that a signature for one is none for another. With the active key; see mac.hpp.
signature sign(const keyring& keys, std::string_view tag, std::string_view bytes);
// corrupt "signature_unknown_key", "signature_revoked_key" or "signature_forged".
status_result verify(const keyring& keys, std::string_view tag, std::string_view bytes, const signature& s);

} // namespace ropewalk::storage
