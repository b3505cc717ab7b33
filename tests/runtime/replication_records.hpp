#pragma once
// Records, entries and an empty chain for tests, with a cheap hash in place of SHA-256.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>

#include "runtime/replication/durable_state.hpp"
#include "runtime/replication/record.hpp"

namespace ropewalk::replication {

inline digest record_hash(const entry& e) {
  std::uint64_t h = e.index * 31 + e.epoch;
  for (const char c : e.event.body) h = h * 131 + static_cast<unsigned char>(c);
  for (const std::uint8_t b : e.prev_hash) h = h * 131 + b;
  digest d{};
  std::memcpy(d.data(), &h, sizeof h);
  return d;
}

inline entry_ptr test_entry(std::uint64_t epoch, const chain_point& after, entity_kind kind, std::string body) {
  auto e = std::make_shared<entry>();
  e->partition = partition_id{3};
  e->index = after.index + 1;
  e->epoch = epoch;
  e->entity = {kind == entity_kind::partition ? "" : "acme", kind, "t42"};
  e->event.type = "appended";
  e->event.version = after.index + 1;
  e->event.time = instant{1'000'000};
  e->event.body = std::move(body);
  e->prev_hash = after.hash;
  e->hash = record_hash(*e);
  return e;
}

inline record owned_record(record_kind kind, std::uint64_t epoch, const chain_point& base) {
  record r;
  r.kind = kind;
  r.epoch = epoch;
  r.owner = "n1";
  r.base = base;
  r.entries.push_back(test_entry(epoch, base, entity_kind::partition, R"({"owner":"n1"})"));
  return r;
}

inline record data(std::uint64_t epoch, const chain_point& base, std::size_t entries) {
  record r;
  r.epoch = epoch;
  r.owner = "n1";
  r.base = base;
  chain_point at = base;
  for (std::size_t i = 0; i < entries; ++i) {
    r.entries.push_back(test_entry(epoch, at, entity_kind::thread, "{\"n\":" + std::to_string(i) + "}"));
    at = point_of(*r.entries.back());
  }
  return r;
}

// What one member has on its disk, index 1 first.
class chain_in_memory final : public chain_view {
public:
  explicit chain_in_memory(std::vector<entry_ptr> what = {}, std::size_t most_read = SIZE_MAX)
      : entries(std::move(what)), most_read_(most_read) {}

  std::vector<entry_ptr> entries;
  std::optional<chain_point> at(std::uint64_t index) const override {
    if (index == 0) return chain_point{};
    if (index > entries.size()) return std::nullopt;
    return point_of(*entries[index - 1]);
  }
  std::vector<entry_ptr> read(std::uint64_t first, std::uint64_t last, std::size_t) const override {
    const auto from = entries.begin() + static_cast<std::ptrdiff_t>(first - 1);
    return {from, from + static_cast<std::ptrdiff_t>(std::min<std::size_t>(last - first + 1, most_read_))};
  }

private:
  std::size_t most_read_; // entries at a time
};

class no_chain final : public chain_view {
public:
  std::optional<chain_point> at(std::uint64_t index) const override {
    return index == 0 ? std::optional(chain_point{}) : std::nullopt;
  }
  std::vector<entry_ptr> read(std::uint64_t, std::uint64_t, std::size_t) const override { return {}; }
};

} // namespace ropewalk::replication
