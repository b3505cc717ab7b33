#pragma once
// The hash that chains a partition's entries. FROZEN: journals, replicas and receipts depend on every byte.
//
//   hash      = SHA-256(canonical)
//   canonical = tag partition index epoch kind org id version type time idempotency body prev_hash
//   tag         = "ropewalk.entry.1" (16 bytes)
//   partition   = u16           index, epoch, version = u64          time = i64, microseconds since 1970
//   kind        = u8            org, id, type, body   = text         prev_hash = 32 bytes
//   idempotency = %x00 | %x01 key fingerprint entries;  key = text, fingerprint = 16 bytes, entries = u32
//   text        = u32 (count of bytes), the bytes
//   numbers are little-endian; i64 in two's complement
//
// prev_hash of index 1 is the partition's genesis hash, which no other cluster or partition has:
//   genesis = SHA-256("ropewalk.genesis.1" text(cluster id) u16(partition) u16(partitions of the cluster))
//
// `position` is not hashed: it says where an entry stands in one node's file and differs between nodes.
//
// Example: partition 3, index 1, epoch 1, kind 1, org "acme", id "t", version 1, type "created",
// time 1000000, no key, body "{}", prev_hash all zero:
//   726f706577616c6b2e656e7472792e31 0300 0100000000000000 0100000000000000 01 04000000 61636d65
//   01000000 74 0100000000000000 07000000 63726561746564 40420f0000000000 00 02000000 7b7d 00 * 32
// tests/storage/entry_hash_test.cpp holds its hash.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "runtime/entry.hpp"

namespace ropewalk::storage {

// Any thread; each has its own OpenSSL context.
digest sha256(std::span<const std::uint8_t> bytes);
digest sha256(std::string_view bytes);

// The bytes of the grammar; out is replaced.
void canonical_bytes(const entry& e, std::string& out);
// Of all fields but position and hash.
digest hash_of(const entry& e);
digest genesis_hash(std::string_view cluster, partition_id partition, std::uint16_t partitions);

} // namespace ropewalk::storage
