#include "storage/entry_hash.hpp"

#include <bit>
#include <concepts>
#include <cstring>

#include "runtime/invariant.hpp"
#include "storage/sha256_stream.hpp"

namespace ropewalk::storage {

namespace {

sha256_stream& this_threads() {
  thread_local sha256_stream h;
  return h;
}

template <std::integral T>
void put(std::string& out, T value) {
  static_assert(std::endian::native == std::endian::little, "numbers are hashed little-endian");
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof bytes);
}

void put_size(std::string& out, std::size_t size) {
  INVARIANT(size <= UINT32_MAX, size);
  put(out, static_cast<std::uint32_t>(size));
}

void append_counted(std::string& out, std::string_view text) {
  put_size(out, text.size());
  out.append(text);
}

// All that stands before the body's bytes.
void put_head(const entry& e, std::string& out) {
  out.append("ropewalk.entry.1");
  put(out, e.partition.value);
  put(out, e.index);
  put(out, e.epoch);
  put(out, static_cast<std::uint8_t>(e.entity.kind));
  append_counted(out, e.entity.org);
  append_counted(out, e.entity.id);
  put(out, e.event.version);
  append_counted(out, e.event.type);
  put(out, e.event.time.us);
  if (const auto& keyed = e.event.idempotency) {
    out.push_back('\x01');
    append_counted(out, keyed->key);
    out.append(reinterpret_cast<const char*>(keyed->fingerprint.data()), keyed->fingerprint.size());
    put(out, keyed->entries);
  } else {
    out.push_back('\x00');
  }
  put_size(out, e.event.body.size());
}

} // namespace

digest sha256(std::span<const std::uint8_t> bytes) {
  return this_threads().start().add(bytes.data(), bytes.size()).finish();
}

digest sha256(std::string_view bytes) { return this_threads().start().add(bytes.data(), bytes.size()).finish(); }

void canonical_bytes(const entry& e, std::string& out) {
  out.clear();
  put_head(e, out);
  out.append(e.event.body);
  out.append(reinterpret_cast<const char*>(e.prev_hash.data()), e.prev_hash.size());
}

digest hash_of(const entry& e) {
  thread_local std::string head;
  head.clear();
  put_head(e, head);
  return this_threads()
      .start()
      .add(head.data(), head.size())
      .add(e.event.body.data(), e.event.body.size())
      .add(e.prev_hash.data(), e.prev_hash.size())
      .finish();
}

digest genesis_hash(std::string_view cluster, partition_id partition, std::uint16_t partitions) {
  std::string bytes = "ropewalk.genesis.1";
  append_counted(bytes, cluster);
  put(bytes, partition.value);
  put(bytes, partitions);
  return sha256(bytes);
}

} // namespace ropewalk::storage
