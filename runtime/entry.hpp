#pragma once
// One recorded change, as every journal, replica and rebuild sees it.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/command.hpp"
#include "runtime/entity_key.hpp"
#include "runtime/instant.hpp"

namespace ropewalk {

using digest = std::array<std::uint8_t, 32>; // SHA-256

// Remembered with the first entry of a keyed command (I6).
struct idempotency_record {
  std::string key;                            // 1 to 128 visible ASCII characters
  std::array<std::uint8_t, 16> fingerprint{}; // of the command's content: the same key with other content is a conflict
  std::uint32_t entries = 1;                  // how many entries the command produced, this one included
};

// An entity's event before the journal gave it a place.
struct entry_draft {
  std::string type;          // event type within the entity's kind, frozen names: "message_appended"
  std::string body;          // JSON object, compact, UTF-8
  std::uint64_t version = 0; // gapless per entity, from 1
  instant time;              // never less than the entity's previous one
  std::optional<idempotency_record> idempotency;
};

// An entry in its place: gapless index within its partition, chained by hash.
//   hash = SHA-256(canonical bytes of all other fields, prev_hash included); see storage/entry_hash.hpp
struct entry {
  std::uint64_t position = 0; // of this node's journal file, ascending; not hashed, differs between nodes
  partition_id partition;
  std::uint64_t index = 0; // from 1
  std::uint64_t epoch = 0;
  entity_key entity;
  entry_draft event;
  digest prev_hash{};
  digest hash{};
  // Of an owner in a cluster: what was asked for when it wrote the entry. Its own disk alone knows; not hashed.
  std::optional<ack_level> promised{};
};

// What a write's reply proves.
struct receipt {
  partition_id partition;
  std::uint64_t epoch = 0;
  std::uint64_t index = 0;               // of the command's last entry
  digest hash{};                         // of that entry
  std::uint64_t position = 0;            // local: for waiting on views
  std::string_view durability = "local"; // or "log", "peers": what the entry has reached. A constant
};

// {"partition":3,"epoch":1,"index":42,"hash":"<64 hex>","durability":"local"}
std::string to_json(const receipt& r);
// A write's reply, a JSON object, with its receipt (and the mark of a repeat) as last fields.
std::string with_receipt(std::string reply, const receipt& r, bool replayed);

} // namespace ropewalk
