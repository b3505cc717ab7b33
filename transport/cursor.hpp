#pragma once
// Cursors of pages within one thread or workflow: opaque to clients, base64url of
//
//   messages   byte 0      2
//              byte 1      'f' oldest first | 'r' newest first
//              bytes 2-9   seq of the last message given
//              bytes 10-17 where the pages end: the first one's before_seq ('f') or after_seq ('r'), 0 = nowhere
//   export     byte 0      1
//              byte 1      'j' 'o' 'm' 'c', the format
//              bytes 2-9   seq of the last message given
//   export     the same with byte 0 = 3, and
//              bytes 10-17 seq of a message that was given in part
//              bytes 18-25 how many bytes of its row
//              bytes 26-33 a hash of the whole row: another one means that the message was changed since
//   versions   byte 0      1
//              byte 1      'h' a workflow's history | 'k' its checkpoints
//              bytes 2-9   version of the last event or checkpoint given
//
// Numbers are big-endian.

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/result.hpp"
#include "runtime/thread/commands.hpp"

namespace ropewalk::transport {

// The cursor that goes on with what was asked behind last_seq, and what it asks for (limit and offset aside).
std::string encode_messages_cursor(const thread::read_messages& asked, std::uint64_t last_seq);
result<thread::read_messages> decode_messages_cursor(std::string_view text); // error field "cursor"

struct export_cursor {
  std::uint64_t last_seq = 0;
  thread::export_format format = thread::export_format::jsonl;
  std::uint64_t cut_seq = 0, offset = 0; // of the message that follows, so many bytes were given; 0 = none
  std::uint64_t hash = 0;                // of its whole row
};
std::string encode_cursor(const export_cursor& c);
result<export_cursor> decode_export_cursor(std::string_view text);

std::string encode_history_cursor(std::uint64_t last_version);
result<std::uint64_t> decode_history_cursor(std::string_view text);
std::string encode_checkpoints_cursor(std::uint64_t last_version);
result<std::uint64_t> decode_checkpoints_cursor(std::string_view text);

} // namespace ropewalk::transport
