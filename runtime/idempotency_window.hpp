#pragma once
// The keys of an entity's recent keyed commands (I6). Part of the entity's state: filled by its entries
// alone, evicted by count and by recorded time, never by a clock, so that every node that folds the same
// entries knows the same keys. Empty windows cost one pointer.

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "runtime/command.hpp"
#include "runtime/entry.hpp"
#include "runtime/json_text.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk {

// Where the first answer's entries are: versions [version, version + entries).
struct remembered_command {
  std::array<std::uint8_t, 16> fingerprint{};
  std::uint64_t version = 0;
  std::uint32_t entries = 1;
  instant time;
};

class idempotency_window {
public:
  const remembered_command* find(const std::string& key) const noexcept;
  void record(const idempotency_record& what, std::uint64_t version, instant time);
  void forget(const std::string& key) noexcept;
  // The key whose command began at that version, or "" if none is remembered.
  std::string key_at(std::uint64_t version) const;
  std::size_t size() const noexcept { return keys_ ? keys_->by_key.size() : 0; }

  // [[key, fingerprint in hex, version, entries, time in us], ...], oldest first.
  void encode(json_writer& out) const;
  static result<idempotency_window> decode(json_view array);

private:
  struct contents {
    std::unordered_map<std::string, remembered_command> by_key;
    std::deque<std::string> oldest_first; // may hold keys that were forgotten since
  };
  std::unique_ptr<contents> keys_;
};

} // namespace ropewalk
