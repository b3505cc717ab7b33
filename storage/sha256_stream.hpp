#pragma once
// SHA-256 of bytes that come in pieces. One thread at a time.

#include <memory>
#include <string_view>

#include <openssl/types.h>

#include "runtime/entry.hpp"

namespace ropewalk::storage {

// Fetching the algorithm and making a context cost more than hashing an entry: use one again with start().
class sha256_stream {
public:
  sha256_stream(); // started
  sha256_stream& start();
  sha256_stream& add(const void* bytes, std::size_t size);
  sha256_stream& add(std::string_view bytes) { return add(bytes.data(), bytes.size()); }
  digest finish(); // start() begins another one

private:
  struct release {
    void operator()(EVP_MD_CTX* context) const noexcept;
    void operator()(EVP_MD* algorithm) const noexcept;
  };
  std::unique_ptr<EVP_MD, release> algorithm_;
  std::unique_ptr<EVP_MD_CTX, release> context_;
};

} // namespace ropewalk::storage
