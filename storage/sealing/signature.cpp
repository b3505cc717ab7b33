#include "storage/sealing/signature.hpp"

#include "storage/sealing/mac.hpp"

namespace ropewalk::storage {

signature sign(const keyring& keys, std::string_view tag, std::string_view bytes) {
  return {keys.active().id, mac{keys.active().bytes, tag}.add(bytes).finish()};
}

status_result verify(const keyring& keys, std::string_view tag, std::string_view bytes, const signature& s) {
  const auto key = keys.verifying(s.key, "signature");
  if (!key) return key.error();
  if (same(mac{(*key)->bytes, tag}.add(bytes).finish(), s.value)) return ok();
  return error{errc::corrupt, "signature_forged", "the signature does not verify with the key \"" + s.key + "\"", {}};
}

} // namespace ropewalk::storage
