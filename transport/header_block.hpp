#pragma once
// The header block of a NATS message, read strictly:
//
//   NATS/1.0 [status]<CRLF>
//   Name: value<CRLF>        blanks around the value are not part of it; it may be empty
//   <CRLF>
//
// Nothing is guessed: a line without a name, a folded line, a lone CR or LF, and bytes after the end are
// refused, because a header that is read wrongly is an idempotency key that is silently left out.

#include <string_view>
#include <vector>

#include "runtime/result.hpp"

namespace ropewalk::transport {

struct header_view {
  std::string_view name;
  std::string_view value;
};

// A repeated header stands once for each value. error field "headers". "" = no headers.
result<std::vector<header_view>> parse_header_block(std::string_view block);

} // namespace ropewalk::transport
