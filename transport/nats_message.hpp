#pragma once
// A received NATS message. Its views live as long as the owner does.

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/result.hpp"
#include "transport/header_block.hpp"

struct __natsMsg; // nats.h stays inside the adapter

namespace ropewalk::transport {

class nats_message {
public:
  explicit nats_message(__natsMsg* owned) noexcept : message_(owned) {}
  nats_message(nats_message&& other) noexcept : message_(std::exchange(other.message_, nullptr)) {}
  nats_message& operator=(nats_message&& other) noexcept {
    std::swap(message_, other.message_);
    return *this;
  }
  nats_message(const nats_message&) = delete;
  nats_message& operator=(const nats_message&) = delete;
  ~nats_message();

  std::string_view subject() const noexcept;
  std::string_view reply_to() const noexcept; // "" = nobody waits for an answer
  std::string_view body() const noexcept;
  // Cheap for the many messages that have none. A block that is not a list of headers is an error, not an
  // empty list.
  result<std::vector<header_view>> headers() const;
  std::optional<std::string_view> header(std::string_view name) const; // exact spelling, first value

  // What the server answers where nobody serves a request's subject.
  bool no_responders() const noexcept;
  // The number behind NATS/1.0, with which JetStream tells heartbeats and ends of batches; 0 = none.
  int status_code() const noexcept;
  // A reply's body, or the error that its headers tell (problem.hpp).
  result<std::string_view> reply() const;

private:
  std::string_view header_block() const noexcept;

  __natsMsg* message_;
};

} // namespace ropewalk::transport
