#include "storage/sealing/secret.hpp"

#include <openssl/crypto.h>

namespace ropewalk::storage {

void wipe(void* bytes, std::size_t count) noexcept { OPENSSL_cleanse(bytes, count); }

} // namespace ropewalk::storage
