#include <algorithm>
#include <cstring>
#include <fstream>

#include "tests/storage/fault_vfs.hpp"

namespace ropewalk::tests {

namespace {
constexpr std::size_t sector = 512;
}

void volatile_disk::opened(const std::string& file, std::string content) {
  const std::scoped_lock lock{mutex_};
  files_.try_emplace(file, file_state{std::move(content), {}});
}

void volatile_disk::written(const std::string& file, std::int64_t offset, const void* bytes, std::size_t size) {
  const std::scoped_lock lock{mutex_};
  files_[file].pending.push_back({offset, std::string(static_cast<const char*>(bytes), size), false});
}

void volatile_disk::truncated(const std::string& file, std::int64_t size) {
  const std::scoped_lock lock{mutex_};
  files_[file].pending.push_back({size, {}, true});
}

void volatile_disk::synced(const std::string& file) {
  const std::scoped_lock lock{mutex_};
  auto& state = files_[file];
  for (const auto& c : state.pending) apply(state.durable, c);
  state.pending.clear();
}

void volatile_disk::removed(const std::string& file) {
  const std::scoped_lock lock{mutex_};
  files_.erase(file);
}

void volatile_disk::apply(std::string& content, const change& c) {
  const auto offset = static_cast<std::size_t>(c.offset);
  if (c.truncation) {
    content.resize(offset);
    return;
  }
  if (content.size() < offset + c.bytes.size()) content.resize(offset + c.bytes.size());
  std::memcpy(content.data() + offset, c.bytes.data(), c.bytes.size());
}

void volatile_disk::cut_power(const std::filesystem::path& to, int percent_lost, std::mt19937_64& engine) const {
  const std::scoped_lock lock{mutex_};
  const auto lost = [&] { return engine() % 100 < static_cast<std::uint64_t>(percent_lost); };
  std::filesystem::create_directories(to);
  for (const auto& [file, state] : files_) {
    std::string content = state.durable;
    for (const auto& c : state.pending) {
      if (c.truncation) {
        if (!lost()) apply(content, c);
        continue;
      }
      for (std::size_t at = 0; at < c.bytes.size();) {
        // Sectors are the disk's: a write may begin and end inside one.
        const std::size_t place = static_cast<std::size_t>(c.offset) + at;
        const std::size_t size = std::min(sector - place % sector, c.bytes.size() - at);
        if (!lost()) apply(content, {static_cast<std::int64_t>(place), c.bytes.substr(at, size), false});
        at += size;
      }
    }
    std::ofstream{to / std::filesystem::path{file}.filename(), std::ios::binary} << content;
  }
}

} // namespace ropewalk::tests
