#include "storage/anchor.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "storage/entry_hash.hpp"
#include "storage/entry_row.hpp"

namespace ropewalk::storage {

namespace {

constexpr std::size_t head_bytes = 8 + 8 + 32;

std::string encode_heads(const std::vector<partition_head>& heads) {
  std::string bytes(heads.size() * head_bytes, '\0');
  char* at = bytes.data();
  for (const auto& head : heads) {
    std::memcpy(at, &head.index, 8);
    std::memcpy(at + 8, &head.position, 8);
    std::memcpy(at + 16, head.hash.data(), 32);
    at += head_bytes;
  }
  return bytes;
}

std::vector<partition_head> decode_heads(std::span<const std::uint8_t> bytes) {
  std::vector<partition_head> heads(bytes.size() / head_bytes);
  const std::uint8_t* at = bytes.data();
  for (auto& head : heads) {
    std::memcpy(&head.index, at, 8);
    std::memcpy(&head.position, at + 8, 8);
    std::memcpy(head.hash.data(), at + 16, 32);
    at += head_bytes;
  }
  return heads;
}

digest seal(const journal_meta& meta, std::uint64_t position, std::string_view heads) {
  std::string bytes = "ropewalk.anchor.1";
  bytes.append(reinterpret_cast<const char*>(&position), sizeof position);
  bytes.append(heads);
  bytes.append(meta.cluster);
  return sha256(bytes);
}

error damaged(std::string why) {
  return {errc::corrupt, "journal_damaged", "the journal does not verify: " + std::move(why), {}};
}

std::string place(const entry& e) {
  return "partition " + std::to_string(e.partition.value) + ", index " + std::to_string(e.index) + ", position " +
         std::to_string(e.position);
}

// The rows that the anchor stands on must be there, and be what it says.
status_result compare_with_rows(sqlite::connection& db, const anchor& from) {
  auto row = db.prepare(select_entry);
  if (!row) return row.error();
  entry e;
  for (std::size_t p = 0; p < from.heads.size(); ++p) {
    const auto& head = from.heads[p];
    if (head.index == 0) continue;
    row->bind(1, head.position);
    const auto found = row->step();
    if (!found) return found.error();
    if (!*found) return damaged("the entry at position " + std::to_string(head.position) + " is missing");
    if (auto read = read_entry(*row, e); !read) return read;
    row->reset();
    if (e.partition.value != p || e.index != head.index || e.hash != head.hash || hash_of(e) != e.hash)
      return damaged(place(e) + " is not the entry that the anchor names");
  }
  return ok();
}

} // namespace

status_result store_anchor(sqlite::statement& put, const journal_meta& meta, std::uint64_t position,
                           const std::vector<partition_head>& heads) {
  const std::string bytes = encode_heads(heads);
  const digest sha = seal(meta, position, bytes);
  put.bind(1, position);
  put.bind(2, std::span{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  put.bind(3, std::span<const std::uint8_t>{sha});
  auto stored = put.run();
  put.clear();
  return stored;
}

result<std::optional<anchor>> load_anchor(sqlite::connection& db, const journal_meta& meta) {
  auto row = db.prepare({"load_anchor", "SELECT position, heads, sha256 FROM anchor WHERE id = 1"});
  if (!row) return row.error();
  const auto found = row->step();
  if (!found) return found.error();
  if (!*found) return std::optional<anchor>{};
  const auto heads = row->blob(1);
  const auto sha = row->blob(2);
  const std::uint64_t position = row->natural(0);
  const digest expected = seal(meta, position, {reinterpret_cast<const char*>(heads.data()), heads.size()});
  if (heads.size() != meta.partitions * head_bytes ||
      !std::equal(sha.begin(), sha.end(), expected.begin(), expected.end()))
    return damaged("the anchor's hash is wrong");
  return std::optional{anchor{position, decode_heads(heads)}};
}

result<chain> recover_chain(sqlite::connection& db, const journal_meta& meta) {
  chain all{meta};
  auto from = load_anchor(db, meta);
  if (!from) return from.error();
  if (*from) {
    if (auto same = compare_with_rows(db, **from); !same) return same.error();
    all.move_to((*from)->position, std::move((*from)->heads));
  }
  auto rows = db.prepare(select_entries_after);
  if (!rows) return rows.error();
  rows->bind(1, all.position());
  rows->bind(2, std::numeric_limits<std::int64_t>::max());
  entry e;
  while (true) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return all;
    if (auto read = read_entry(*rows, e); !read) return read.error();
    if (const auto why = all.follow(e)) return damaged(place(e) + ": " + *why);
  }
}

} // namespace ropewalk::storage
