#pragma once
// HMAC-SHA256 over a domain and bytes that may come in pieces. FROZEN:
//   mac = HMAC-SHA256(secret, text(domain) bytes);  text as in byte_fields.hpp
// The domain's length stands before it, so that no domain is the beginning of another one's input.

#include <memory>
#include <string_view>

#include <openssl/types.h>

#include "runtime/entry.hpp"
#include "storage/sealing/secret.hpp"

namespace ropewalk::storage {

class mac {
public:
  mac(const secret& key, std::string_view domain);
  mac& add(std::string_view bytes);
  digest finish(); // once

private:
  struct release {
    void operator()(EVP_MAC_CTX* context) const noexcept;
  };
  std::unique_ptr<EVP_MAC_CTX, release> context_;
};

// In a time that does not tell where they differ.
bool same(const digest& a, const digest& b) noexcept;
bool same(std::string_view a, std::string_view b) noexcept; // of one length, or false at once

} // namespace ropewalk::storage
