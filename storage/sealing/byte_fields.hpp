#pragma once
// The grammar that sealed and signed bytes share:
//   number = little-endian, of its type's size      text = u32 (count of bytes), the bytes

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "runtime/invariant.hpp"

namespace ropewalk::storage {

template <std::integral T>
void put_number(std::string& out, T value) {
  static_assert(std::endian::native == std::endian::little, "numbers are stored little-endian");
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof bytes);
}

inline void put_text(std::string& out, std::string_view text) {
  INVARIANT(text.size() <= UINT32_MAX, text.size());
  put_number(out, static_cast<std::uint32_t>(text.size()));
  out.append(text);
}

// Never looks beyond the end: what is not there is not taken.
class field_reader {
public:
  explicit field_reader(std::string_view bytes) : bytes_(bytes) {}

  template <std::integral T>
  bool number(T& value) {
    std::string_view raw;
    if (!take(sizeof value, raw)) return false;
    std::memcpy(&value, raw.data(), sizeof value);
    return true;
  }
  bool take(std::uint64_t count, std::string_view& out) {
    if (count > bytes_.size() - at_) return false;
    out = bytes_.substr(at_, count);
    at_ += count;
    return true;
  }
  std::size_t at() const noexcept { return at_; }
  std::size_t left() const noexcept { return bytes_.size() - at_; }

private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

} // namespace ropewalk::storage
