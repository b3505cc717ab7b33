#pragma once
// What a call may answer besides a value: one of about a dozen codes on which a caller acts, with the
// field and the rule for people. Bytes from a disk, a peer or an agent end here, never in an assertion.
//
//   result<thread_header> h = load(id);
//   if (!h) return h.error();

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace ropewalk {

enum class errc : std::uint8_t {
  invalid,     // the request breaks a rule that stands in the reference (400)
  not_found,   // no such entity or message (404)
  conflict,    // the state or an expectation forbids it (409)
  too_large,   // over a size limit (413)
  limit,       // over a quota (429)
  unsupported, // a known verb or level that this node cannot serve (501)
  busy,        // admission refused; try again (503, retryable)
  unavailable, // storage or a peer is not there now (503, retryable)
  timeout,     // no answer in time; the outcome is unknown (504, retryable)
  corrupt,     // bytes on disk do not verify (500)
  stale_epoch, // a newer owner exists (503, retryable)
  internal,    // our bug (500)
};
inline constexpr std::size_t errc_count = 12;

struct error {
  errc code = errc::internal;
  std::string type;   // specific problem, snake_case: "thread_suspended"; empty = the code's own name
  std::string detail; // one sentence for people: what was wrong and what the rule is
  std::string field;  // the field that broke the rule, as a path: "messages[3].content"; may be empty
};

// Name as it stands in the wire's problem type, e.g. "not_found".
std::string_view name(errc code) noexcept;
// HTTP-like number of the wire's Nats-Service-Error-Code.
int status(errc code) noexcept;
// Whether the same request may succeed later without a change.
bool retryable(errc code) noexcept;

inline error invalid(std::string field, std::string detail) {
  return {errc::invalid, {}, std::move(detail), std::move(field)};
}

template <class T>
class [[nodiscard]] result {
public:
  result(T value) : v_(std::in_place_index<0>, std::move(value)) {}
  result(ropewalk::error e) : v_(std::in_place_index<1>, std::move(e)) {}

  explicit operator bool() const noexcept { return v_.index() == 0; }
  T& operator*() & { return std::get<0>(v_); }
  const T& operator*() const& { return std::get<0>(v_); }
  T&& operator*() && { return std::get<0>(std::move(v_)); }
  T* operator->() { return &std::get<0>(v_); }
  const T* operator->() const { return &std::get<0>(v_); }
  const ropewalk::error& error() const& { return std::get<1>(v_); }
  ropewalk::error&& error() && { return std::get<1>(std::move(v_)); }

private:
  std::variant<T, ropewalk::error> v_;
};

struct done {};
using status_result = result<done>;
inline status_result ok() { return done{}; }

} // namespace ropewalk
