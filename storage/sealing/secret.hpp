#pragma once
// 32 secret bytes that leave no trace: every copy is wiped at its end, and nothing prints one.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ropewalk::storage {

// A write that no optimiser takes for dead.
void wipe(void* bytes, std::size_t count) noexcept;

class secret {
public:
  static constexpr std::size_t size = 32;

  explicit secret(std::span<const std::uint8_t, size> bytes) { std::copy(bytes.begin(), bytes.end(), bytes_.begin()); }
  secret(const secret&) = default;
  secret& operator=(const secret&) = default;
  ~secret() { wipe(bytes_.data(), size); }

  std::span<const std::uint8_t, size> bytes() const noexcept { return bytes_; }

private:
  std::array<std::uint8_t, size> bytes_;
};

} // namespace ropewalk::storage
