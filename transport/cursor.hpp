#pragma once
// Cursors of pages within one thread: opaque to clients, base64url of
//
//   byte 0     version, 1
//   byte 1     'f' messages oldest first | 'r' messages newest first | 'j' 'o' 'm' 'c' export by format
//   bytes 2-9  seq of the last message given, big-endian

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/result.hpp"
#include "runtime/thread/commands.hpp"

namespace ropewalk::transport {

struct messages_cursor {
  std::uint64_t last_seq = 0;
  bool reverse = false; // the next page continues downwards
};
std::string encode_cursor(const messages_cursor& c);
result<messages_cursor> decode_messages_cursor(std::string_view text); // error field "cursor"

struct export_cursor {
  std::uint64_t last_seq = 0;
  thread::export_format format = thread::export_format::jsonl;
};
std::string encode_cursor(const export_cursor& c);
result<export_cursor> decode_export_cursor(std::string_view text);

} // namespace ropewalk::transport
