#include "storage/snapshots.hpp"

#include <algorithm>
#include <string>

#include "storage/entry_hash.hpp"

namespace ropewalk::storage {

namespace {

void add_text(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  out.append(text);
}

void bind_owner(sqlite::statement& s, const entity_key& entity) {
  s.bind(1, static_cast<std::int64_t>(entity.kind));
  s.bind(2, entity.org);
  s.bind(3, entity.id);
}

} // namespace

digest snapshot_hash(const entity_key& entity, std::uint64_t version, std::string_view state) {
  std::string bytes = "ropewalk.snapshot.1";
  bytes.reserve(bytes.size() + 64 + entity.org.size() + entity.id.size() + state.size());
  bytes.push_back(static_cast<char>(entity.kind));
  add_text(bytes, entity.org);
  add_text(bytes, entity.id);
  bytes.append(reinterpret_cast<const char*>(&version), sizeof version);
  bytes.append(state);
  return sha256(bytes);
}

status_result store_snapshot(sqlite::statement& put, const entity_key& entity, const entity_snapshot& snapshot) {
  const digest sha = snapshot_hash(entity, snapshot.version, snapshot.state);
  bind_owner(put, entity);
  put.bind(4, snapshot.version);
  put.bind(5, std::span{reinterpret_cast<const std::uint8_t*>(snapshot.state.data()), snapshot.state.size()});
  put.bind(6, std::span<const std::uint8_t>{sha});
  auto stored = put.run();
  put.clear();
  return stored;
}

result<found_snapshot> load_snapshot(sqlite::statement& select, const entity_key& entity) {
  bind_owner(select, entity);
  const auto row = select.step();
  if (!row) return row.error();
  found_snapshot found;
  if (!*row) return found;
  const auto state = select.blob(1);
  const auto sha = select.blob(2);
  entity_snapshot snapshot{select.natural(0), {reinterpret_cast<const char*>(state.data()), state.size()}};
  const digest expected = snapshot_hash(entity, snapshot.version, snapshot.state);
  found.damaged = !std::equal(sha.begin(), sha.end(), expected.begin(), expected.end());
  if (!found.damaged) found.snapshot = std::move(snapshot);
  select.clear();
  return found;
}

} // namespace ropewalk::storage
