#pragma once
// zstd, one frame, at the level that costs least.

#include <optional>
#include <string>
#include <string_view>

#include "runtime/result.hpp"

namespace ropewalk::storage {

// nullopt: it would not get smaller.
std::optional<std::string> compressed(std::string_view bytes);
// Exactly `size` bytes, or nullopt. Allocates no more than that, and only once the frame names the same size.
std::optional<std::string> decompressed(std::string_view frame, std::size_t size);

} // namespace ropewalk::storage
