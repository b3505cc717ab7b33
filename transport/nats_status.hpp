#pragma once
// The client library's codes as ours. Only the adapter's own files include this.

#include <nats/nats.h>

#include <string>
#include <string_view>

#include "runtime/result.hpp"

namespace ropewalk::transport {

// what: what was tried, for the sentence.
inline error to_error(natsStatus s, std::string_view what) {
  const std::string detail = std::string(what) + ": " + natsStatus_GetText(s);
  switch (s) {
  case NATS_NO_RESPONDERS: return {errc::unavailable, "no_responders", detail, {}};
  case NATS_TIMEOUT: return {errc::timeout, {}, detail, {}};
  case NATS_MAX_PAYLOAD: return {errc::too_large, {}, detail, {}};
  case NATS_INVALID_SUBJECT:
  case NATS_INVALID_ARG: return {errc::invalid, {}, detail, "subject"};
  default: return {errc::unavailable, "nats", detail, {}};
  }
}

// A C string for one call; the copy is reused by the thread.
inline const char* c_text(std::string_view text) {
  thread_local std::string copy;
  copy.assign(text);
  return copy.c_str();
}

} // namespace ropewalk::transport
