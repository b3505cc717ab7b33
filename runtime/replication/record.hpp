#pragma once
// What an owner writes into a partition's stream, and every member reads from it.
//
//   GENESIS  first record of a generation: the chain up to `base` is where it goes on, its entry says who owns it
//   OPEN     a new owner of the same generation
//   DATA     entries of the current owner
//   SEAL     nothing is accepted after it; entries follow in a newer generation
//   MEMBERS  of the current owner: one entry that says who counts from here on (configuration.hpp)
//
// GENESIS and OPEN hold one entry, of entity kind `partition`: so a chain's last epoch is that of its last entry, and an owner
// that has written nothing else is still the last one (Raft's no-op entry).

#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/entry.hpp"
#include "runtime/replication/chain_point.hpp"

namespace ropewalk::replication {

using member_name = std::string; // of the cluster's file
using entry_ptr = std::shared_ptr<const entry>;
// What a member's disk is: a wiped one, or one put back from a backup, has a higher number.
using incarnation_map = std::map<member_name, std::uint64_t>;

enum class record_kind : std::uint8_t { genesis = 1, open = 2, data = 3, seal = 4, members = 5 }; // frozen

struct record {
  record_kind kind = record_kind::data;
  std::uint64_t epoch = 0; // of who wrote it
  member_name owner;       // likewise
  chain_point base;        // the chain's head that it goes on from; of a SEAL: none
  std::vector<entry_ptr> entries;
};

// Written by who owns the partition already.
inline bool goes_on(record_kind k) noexcept { return k == record_kind::data || k == record_kind::members; }

namespace record_limits {
inline constexpr std::size_t entries = 4096;        // of one record
inline constexpr std::size_t bytes = 900 << 10;     // encoded: below nats-server's max_payload with its headers
inline constexpr std::size_t group = 512 << 10;     // a record is closed beyond it; one command's entries stay together
inline constexpr std::size_t entry_overhead = 1024; // at most, beside an entry's body: its names and its key
} // namespace record_limits

// Of an entry in a record, about; never less than what is written.
inline std::size_t record_bytes(const entry& e) {
  const std::size_t key = e.event.idempotency ? e.event.idempotency->key.size() : 0;
  return e.event.body.size() + e.entity.id.size() + e.entity.org.size() + e.event.type.size() + key + 128;
}

// One command's events are of one entity, of one time and neighbours: together in one record, and together on a disk that has them from
// a peer, so that no takeover keeps a part of them. A key stands on its command's first event. (Two commands of one microsecond without
// keys may stay together as well.)
template <class Iterator>
Iterator end_of_command(Iterator first, Iterator last) {
  auto next = std::next(first);
  std::size_t bytes = record_bytes(**first);
  while (next != last && (*next)->event.time == (*first)->event.time && (*next)->entity == (*first)->entity &&
         (*next)->event.version == (*std::prev(next))->event.version + 1 && !(*next)->event.idempotency) {
    bytes += record_bytes(**next);
    if (bytes > record_limits::bytes || next - first == record_limits::entries) break;
    ++next;
  }
  return next;
}

} // namespace ropewalk::replication
