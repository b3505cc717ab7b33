#pragma once
// A received NATS message. Its views live as long as the owner does. Header look-ups parse lazily and are
// not thread-safe for one message.

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/result.hpp"
#include "transport/request_decoder.hpp"

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
  std::optional<std::string_view> header(const char* name) const noexcept; // exact spelling, first value
  std::vector<header_view> headers() const; // empty, and cheap, for most messages

  // A reply's body, or the error that its headers tell (problem.hpp).
  result<std::string_view> reply() const;

private:
  __natsMsg* message_;
};

} // namespace ropewalk::transport
