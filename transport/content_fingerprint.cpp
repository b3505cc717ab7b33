#include "transport/content_fingerprint.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/hex.hpp"
#include "runtime/invariant.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::transport {

digest sha256(std::string_view bytes) {
  // Fetched once: the look-up in OpenSSL's providers costs more than hashing a request.
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  digest hash{};
  const bool done = algorithm && context && EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), hash.data(), nullptr) == 1;
  INVARIANT(done, bytes.size());
  return hash;
}

// Recurses: the document's depth is bounded when it is parsed (limits::json_depth).
void append_canonical(std::string& out, json_view value) {
  switch (value.type()) {
  case json_type::string:
    if (const auto plain = value.plain_string()) append_json_string(out, *plain);
    else append_json_string(out, value.string());
    return;
  case json_type::array: {
    out += '[';
    bool first = true;
    for (const json_view element : value.elements()) {
      if (!std::exchange(first, false)) out += ',';
      append_canonical(out, element);
    }
    out += ']';
    return;
  }
  case json_type::object: {
    std::vector<json_member> members;
    members.reserve(value.size());
    for (json_member m : value.members()) members.push_back(std::move(m));
    std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    out += '{';
    bool first = true;
    for (const json_member& m : members) {
      if (!std::exchange(first, false)) out += ',';
      append_json_string(out, m.key);
      out += ':';
      append_canonical(out, m.value);
    }
    out += '}';
    return;
  }
  default: out += value.raw();
  }
}

std::array<std::uint8_t, 16> content_fingerprint(std::string_view verb, json_view body) {
  std::string text;
  text.reserve(verb.size() + 1 + body.raw().size());
  text.append(verb).push_back('\0');
  append_canonical(text, body);
  const digest hash = sha256(text);
  std::array<std::uint8_t, 16> half;
  std::copy_n(hash.begin(), half.size(), half.begin());
  return half;
}

std::string derived_uuid(std::span<const std::string_view> texts) {
  std::string all;
  for (const std::string_view t : texts) all.append(std::to_string(t.size())).append(1, ':').append(t);
  const digest hash = sha256(all);
  std::array<std::uint8_t, 16> id;
  std::copy_n(hash.begin(), id.size(), id.begin());
  id[6] = static_cast<std::uint8_t>((id[6] & 0x0F) | 0x80);
  id[8] = static_cast<std::uint8_t>((id[8] & 0x3F) | 0x80);
  std::string text = to_hex(id);
  for (const std::size_t at : {20, 16, 12, 8}) text.insert(at, 1, '-');
  return text;
}

} // namespace ropewalk::transport
