#pragma once
// Questions to whoever serves a subject, whose answers, several perhaps, come to a callback: one subscription for all
// of them, and no thread that waits.
//
//   auto inbox = reply_inbox::open(connection, "_INBOX.n1", on_answer);
//   auto number = (*inbox)->ask("agents.design", {}, body);   // on_answer(number, message), until one says no more
//
// Nothing is remembered here: whoever asks keeps what belongs to a number, and drops answers to numbers it forgot.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "transport/nats_connection.hpp"

namespace ropewalk::transport {

class reply_inbox {
public:
  // On a NATS thread; must not block. A message of no_responders(): nobody serves the subject.
  using listener = std::function<void(std::uint64_t number, nats_message)>;

  // subject: the beginning of an own inbox, without wildcards.
  static result<std::unique_ptr<reply_inbox>> open(nats_connection& connection, std::string subject,
                                                   listener on_answer);
  ~reply_inbox();
  reply_inbox(const reply_inbox&) = delete;
  reply_inbox& operator=(const reply_inbox&) = delete;

  bool connected() const { return connection_.connected(); }
  // The question's number, never given twice. An answer may come before ask() returns where the number was taken from
  // next_number() first.
  std::uint64_t next_number() noexcept { return next_.fetch_add(1, std::memory_order_relaxed); }
  status_result ask(std::uint64_t number, const std::string& subject, std::span<const header_view> headers,
                    std::string_view body);
  // After it no answer comes any more.
  void close();

private:
  reply_inbox(nats_connection& connection, std::string subject)
      : connection_(connection), subject_(std::move(subject)) {}

  nats_connection& connection_;
  const std::string subject_;
  std::atomic<std::uint64_t> next_{1};
  std::unique_ptr<nats_subscription> subscription_;
};

} // namespace ropewalk::transport
