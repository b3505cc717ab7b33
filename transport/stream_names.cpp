#include "transport/stream_names.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace ropewalk::transport {
namespace {

constexpr std::size_t cluster_token_bytes = 64;
constexpr std::size_t partition_digits = 5, generation_digits = 20; // all of their types
constexpr std::size_t place_bytes = 1 + partition_digits + 1 + 1 + generation_digits;

std::string place_text(replication::stream_id which, char between) {
  char text[64];
  std::snprintf(text, sizeof text, "p%05u%cg%020llu", static_cast<unsigned>(which.partition.value), between,
                static_cast<unsigned long long>(which.generation));
  return text;
}

template <class T>
bool read_digits(std::string_view digits, T& value) {
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return code == std::errc{} && end == digits.data() + digits.size();
}

} // namespace

stream_names::stream_names(std::string_view prefix, std::string_view cluster) {
  for (const char c : prefix)
    stream_head_ += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  stream_head_.append("_").append(cluster).append("_");
  subject_head_.append(prefix).append(".log.").append(cluster).append(".");
}

std::string stream_names::stream(replication::stream_id which) const { return stream_head_ + place_text(which, '_'); }

std::string stream_names::subject(replication::stream_id which) const { return subject_head_ + place_text(which, '.'); }

std::optional<replication::stream_id> stream_names::parse(std::string_view name) const {
  if (!name.starts_with(stream_head_)) return std::nullopt;
  name.remove_prefix(stream_head_.size());
  replication::stream_id which;
  if (name.size() != place_bytes || !read_digits(name.substr(1, partition_digits), which.partition.value) ||
      !read_digits(name.substr(place_bytes - generation_digits), which.generation) || place_text(which, '_') != name)
    return std::nullopt;
  return which;
}

bool is_valid_cluster_token(std::string_view cluster) noexcept {
  return !cluster.empty() && cluster.size() <= cluster_token_bytes && std::ranges::all_of(cluster, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

} // namespace ropewalk::transport
