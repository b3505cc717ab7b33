#pragma once
// The rule that every entry of a journal's file obeys: next position, next index of its partition, chained to
// the entry before it, and its own hash right. Recovery at start and verification follow the same one (I8).
// Positions that a cut emptied are passed with skip_to(), by who knows that they are in quarantine.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/entry.hpp"
#include "storage/journal.hpp"

namespace ropewalk::storage {

class chain {
public:
  // At the very start of a journal.
  explicit chain(const journal_meta& meta);

  // Moves on by e, or says why e is not the next entry; the chain stays where it was then.
  std::optional<std::string> follow(const entry& e);
  // Position and links alone, for an entry whose hash is already known to be right.
  void move_to(const entry& e);
  // Nothing stands in between.
  void skip_to(std::uint64_t position);
  // A partition's end is another entry now; position() stays.
  void move_head(partition_id partition, const partition_head& to);
  // To what an anchor says.
  void move_to(std::uint64_t position, std::vector<partition_head> heads);

  std::uint64_t position() const noexcept { return position_; }
  const std::vector<partition_head>& heads() const noexcept { return heads_; }

private:
  std::uint64_t position_ = 0;
  std::vector<partition_head> heads_;
};

} // namespace ropewalk::storage
