#include "storage/sha256_stream.hpp"

#include <openssl/evp.h>

#include "runtime/invariant.hpp"

namespace ropewalk::storage {

void sha256_stream::release::operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
void sha256_stream::release::operator()(EVP_MD* algorithm) const noexcept { EVP_MD_free(algorithm); }

sha256_stream::sha256_stream() : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
  INVARIANT(algorithm_ && context_);
  start();
}

sha256_stream& sha256_stream::start() {
  const int done = EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr);
  INVARIANT(done == 1, done);
  return *this;
}

sha256_stream& sha256_stream::add(const void* bytes, std::size_t size) {
  const int done = EVP_DigestUpdate(context_.get(), bytes, size);
  INVARIANT(done == 1, done);
  return *this;
}

digest sha256_stream::finish() {
  digest d;
  const int done = EVP_DigestFinal_ex(context_.get(), d.data(), nullptr);
  INVARIANT(done == 1, done);
  return d;
}

} // namespace ropewalk::storage
