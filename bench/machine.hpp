#pragma once
// What a figure was taken on. A figure without it is a rumour.

#include <filesystem>
#include <string>

namespace ropewalk::bench {

/// One paragraph: processor, cores, load, memory, kernel, file system of `data`, and the versions of all that
/// takes part. `ropewalk` may be empty.
std::string machine_description(const std::filesystem::path& data, const std::filesystem::path& ropewalk);

} // namespace ropewalk::bench
