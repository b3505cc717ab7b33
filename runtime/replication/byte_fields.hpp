#pragma once
// Little-endian numbers, counted texts and fixed blocks, one after the other: what records and messages between members are made of.
// A reader that runs out of bytes stays bad and reads nothing more.

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "runtime/replication/chain_point.hpp"

namespace ropewalk::replication {

static_assert(std::endian::native == std::endian::little, "numbers are written as they stand in memory");

class byte_writer {
public:
  template <std::integral T>
  void number(T value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out_.append(bytes, sizeof bytes);
  }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    out_.append(value);
  }
  template <std::size_t N>
  void raw(const std::array<std::uint8_t, N>& value) {
    out_.append(reinterpret_cast<const char*>(value.data()), N);
  }
  void point(const chain_point& p) {
    number(p.epoch);
    number(p.index);
    raw(p.hash);
  }
  std::string& bytes() noexcept { return out_; }

private:
  std::string out_;
};

class byte_reader {
public:
  explicit byte_reader(std::string_view bytes) : rest_(bytes) {}

  template <std::integral T>
  void number(T& value) {
    if (const char* at = take(sizeof value)) std::memcpy(&value, at, sizeof value);
  }
  void text(std::string& value) {
    std::uint32_t size = 0;
    number(size);
    if (const char* at = take(size)) value.assign(at, size);
  }
  template <std::size_t N>
  void raw(std::array<std::uint8_t, N>& value) {
    if (const char* at = take(N)) std::memcpy(value.data(), at, N);
  }
  void point(chain_point& p) {
    number(p.epoch);
    number(p.index);
    raw(p.hash);
  }
  bool good() const noexcept { return good_; }
  bool at_end() const noexcept { return good_ && rest_.empty(); }

private:
  const char* take(std::size_t count) {
    if (!good_ || count > rest_.size()) {
      good_ = false;
      return nullptr;
    }
    const char* at = rest_.data();
    rest_.remove_prefix(count);
    return at;
  }

  std::string_view rest_;
  bool good_ = true;
};

} // namespace ropewalk::replication
