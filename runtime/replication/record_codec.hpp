#pragma once
// A record's bytes in a stream. FROZEN within a format number: members of different versions read each other's records.
//
//   record  = "RWR" format kind epoch owner base count entry*      format = %x01
//   base    = epoch index hash                                     hash   = 32 bytes
//   entry   = kind org id version type time idempotency body hash
//   idempotency = %x00 | %x01 key fingerprint entries              fingerprint = 16 bytes, entries = u32
//   kind = u8     epoch, index, version = u64     time = i64     count = u32     text = u32 (count of bytes), the bytes
//
// owner, org, id, type, key and body are text; numbers are little-endian. An entry's partition is the stream's, its epoch the record's, its
// index and prev_hash follow from base and the entries before it. What signs a record stands around these bytes
// (storage/sealing), so only its own cluster's records are ever decoded.

#include <string>
#include <string_view>

#include "runtime/replication/record.hpp"
#include "runtime/result.hpp"

namespace ropewalk::replication {

std::string encode(const record& r);
// corrupt "malformed_record" for anything that encode() does not write; unsupported "newer_record" for a format or kind
// of a later program.
result<record> decode(std::string_view bytes, partition_id partition);

} // namespace ropewalk::replication
