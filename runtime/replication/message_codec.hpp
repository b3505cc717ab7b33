#pragma once
// A message between members as bytes. FROZEN within a format number: members of different versions talk to each other.
//
//   message = "RWM" format partition from incarnation addressee kind body *extra
//   format = %x02, or %x01 without extras and without a beat's `accepted`     kind = u8, the place in message_body
//   partition = u16     incarnation, addressee = u64     from = text     body: the fields of messages.hpp in their order
//   point = epoch index hash     position = generation sequence record sealed     incarnations = u32 *(text u64)
//   entries = u32 *(epoch entry), each chained to the one before it, the first one to `fork`; entry as in record_codec.hpp
//   extra = tag text     tag = u8: %x01 configuration, %x02 level; each once at most. Others are of later programs and are passed over:
//   so a message gets a new field without a new format
//   configuration = index version level voters flag [voters]     voters = u32 *(text) u32     level = u32
//   flags are u8, 0 or 1; an optional field follows its flag; numbers are little-endian
//
// What signs a message stands around these bytes.

#include <string>
#include <string_view>

#include "runtime/replication/messages.hpp"
#include "runtime/result.hpp"

namespace ropewalk::replication {

struct addressed_message {
  partition_id partition;
  message what;
};

std::string encode(partition_id partition, const message& m);
// corrupt "malformed_message" for anything that encode() does not write; unsupported "newer_message" for a format or
// kind of a later program.
result<addressed_message> decode_message(std::string_view bytes);

} // namespace ropewalk::replication
