#pragma once
// What all sections of bench_cluster have in common.

#include <chrono>
#include <cstddef>
#include <filesystem>

#include "bench/child_process.hpp"

namespace ropewalk::bench {

struct cluster_settings {
  std::filesystem::path ropewalk = own_directory() / "../cli/ropewalk";
  std::filesystem::path data = std::filesystem::temp_directory_path();
  std::chrono::milliseconds measured{3000};
  std::size_t rounds = 3;
  std::size_t kills = 9;
  std::uint64_t catch_up_entries = 50'000;
};

inline constexpr std::size_t content_bytes = 300;
inline constexpr std::size_t threads_count = 64; // over 16 partitions: some four in each
inline constexpr std::size_t full_load = 256;    // in flight

} // namespace ropewalk::bench
