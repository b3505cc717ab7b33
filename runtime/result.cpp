#include "runtime/result.hpp"

namespace ropewalk {

std::string_view name(errc code) noexcept {
  switch (code) {
  case errc::invalid: return "invalid";
  case errc::not_found: return "not_found";
  case errc::conflict: return "conflict";
  case errc::too_large: return "too_large";
  case errc::limit: return "limit_exceeded";
  case errc::unsupported: return "unsupported";
  case errc::busy: return "busy";
  case errc::unavailable: return "unavailable";
  case errc::timeout: return "timeout";
  case errc::corrupt: return "corrupt";
  case errc::stale_epoch: return "stale_epoch";
  case errc::internal: return "internal";
  }
  return "internal";
}

int status(errc code) noexcept {
  switch (code) {
  case errc::invalid: return 400;
  case errc::not_found: return 404;
  case errc::conflict: return 409;
  case errc::too_large: return 413;
  case errc::limit: return 429;
  case errc::unsupported: return 501;
  case errc::busy:
  case errc::unavailable:
  case errc::stale_epoch: return 503;
  case errc::timeout: return 504;
  case errc::corrupt:
  case errc::internal: return 500;
  }
  return 500;
}

bool retryable(errc code) noexcept {
  return code == errc::busy || code == errc::unavailable || code == errc::timeout || code == errc::stale_epoch;
}

} // namespace ropewalk
