#pragma once
// Errors as they stand on the wire: two NATS headers that service tools know, and an RFC 9457 body.
//
//   Nats-Service-Error-Code: 409
//   Nats-Service-Error: Conflict
//   {"type":"urn:ropewalk:problem:thread_suspended","title":"Conflict","status":409,
//    "detail":"the thread is suspended: ...","field":"...","retryable":false}

#include <optional>
#include <string>
#include <string_view>

#include "runtime/result.hpp"

namespace ropewalk::transport {

inline constexpr std::string_view error_code_header = "Nats-Service-Error-Code";
inline constexpr std::string_view error_title_header = "Nats-Service-Error";
inline constexpr std::string_view problem_urn = "urn:ropewalk:problem:";

struct problem {
  std::string code;       // "409"
  std::string_view title; // "Conflict"
  std::string body;
};

// Detail and field may hold pieces of a request: they are cut at 512 and 256 bytes, and control characters and
// bytes that are not UTF-8 become U+FFFD, so that the reply is valid JSON and harmless to print.
problem to_problem(const error& e);

std::string_view title(errc code) noexcept;

// Text of somebody else's, cut to so many bytes, as above.
std::string harmless_text(std::string_view bytes, std::size_t most);

// The client's side: the error behind a reply with an error-code header. A body that is no problem document
// still gives an error, with the code that fits the number.
error from_problem(std::string_view code, std::string_view body);

} // namespace ropewalk::transport
