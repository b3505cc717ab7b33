#include "storage/sealing/mac.hpp"

#include <string>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "runtime/invariant.hpp"
#include "storage/sealing/byte_fields.hpp"

namespace ropewalk::storage {

namespace {

EVP_MAC* algorithm() {
  static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  return hmac;
}

} // namespace

// Wipes the key's state as well.
void mac::release::operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }

mac::mac(const secret& key, std::string_view domain) : context_(EVP_MAC_CTX_new(algorithm())) {
  char sha256[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256, 0),
                               OSSL_PARAM_construct_end()};
  const int ready = EVP_MAC_init(context_.get(), key.bytes().data(), secret::size, params);
  INVARIANT(ready == 1, ready);
  std::string prefix;
  put_text(prefix, domain);
  add(prefix);
}

mac& mac::add(std::string_view bytes) {
  const int added = EVP_MAC_update(context_.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  INVARIANT(added == 1, added);
  return *this;
}

digest mac::finish() {
  digest d;
  std::size_t size = 0;
  const int done = EVP_MAC_final(context_.get(), d.data(), &size, d.size());
  INVARIANT(done == 1 && size == d.size(), done, size);
  return d;
}

bool same(const digest& a, const digest& b) noexcept { return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

bool same(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace ropewalk::storage
