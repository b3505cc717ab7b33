#pragma once
// Who an entity is, and which partition owns it.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/result.hpp"

namespace ropewalk {

// Stored in the journal: values are frozen.
enum class entity_kind : std::uint8_t {
  thread = 1,
  workflow = 2,
  debate = 3,
  checkpoint_line = 4,
  definition = 5,
  schedule = 6,
  partition = 7, // who owns a partition: replication/record.hpp
};
std::string_view name(entity_kind kind) noexcept;

struct entity_key {
  std::string org;
  entity_kind kind = entity_kind::thread;
  std::string id;
  friend auto operator<=>(const entity_key&, const entity_key&) = default;
};

struct partition_id {
  std::uint16_t value = 0;
  friend auto operator<=>(const partition_id&, const partition_id&) = default;
};

// FNV-1a 32 over the subject tokens of org and id, one after the other, modulo the partition count: what
// nats-server's {{partition(n,1,2)}} mapping computes over the same tokens, so a server may route for us.
partition_id partition_of(std::string_view org_token, std::string_view id_token, std::uint16_t partitions) noexcept;
partition_id partition_of(const entity_key& key, std::uint16_t partitions);

// Subject tokens: [A-Za-z0-9_-] stand for themselves, every other byte is %XX with upper-case digits. The
// spelling is canonical: decode refuses any other one, so that one entity has one subject.
std::string encode_token(std::string_view raw);
// field names the token in the error. Decoded: 1 to 128 bytes of UTF-8 without control characters.
result<std::string> decode_token(std::string_view token, std::string_view field);

} // namespace ropewalk
