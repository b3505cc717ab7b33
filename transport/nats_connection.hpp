#pragma once
// A connection to NATS that outlives its servers: it reconnects for ever, subscriptions come back by
// themselves, and publishes gather while one flush is under way (one thread of its own waits until something
// was published and flushes: batching without a delay).
//
//   auto nc = nats_connection::connect({.url = "nats://127.0.0.1:4222"});
//   auto sub = (*nc)->subscribe("rw.v1.*.thread.*.*", queue_group, [&](nats_message m) { ... });
//   (*nc)->publish(m.reply_to(), body);
//
// Shutdown: drain the subscriptions (after that no callback runs), publish what is left, then close().

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/result.hpp"
#include "transport/nats_message.hpp"
#include "transport/nats_options.hpp"

namespace ropewalk::transport {

// Ends with its owner: the destructor unsubscribes and waits for a running callback. Never destroy it inside
// its own callback.
class nats_subscription {
public:
  struct state;
  explicit nats_subscription(std::unique_ptr<state> s);
  ~nats_subscription();
  nats_subscription(const nats_subscription&) = delete;
  nats_subscription& operator=(const nats_subscription&) = delete;

  // No new messages; those that arrived are still handed to the callback. True: all done, and no callback
  // will ever run again. False: the time-out came first.
  bool drain(std::chrono::milliseconds timeout);
  // The same without waiting: drained() tells when it is done, at the latest after the time-out.
  void begin_drain(std::chrono::milliseconds timeout);
  bool drained() { return drain(std::chrono::milliseconds(0)); }

private:
  std::unique_ptr<state> state_;
};

// A subscription without a callback: the owner takes messages one by one (tools, tails, tests).
class nats_inbox {
public:
  struct state;
  explicit nats_inbox(std::unique_ptr<state> s);
  ~nats_inbox();
  nats_inbox(const nats_inbox&) = delete;
  nats_inbox& operator=(const nats_inbox&) = delete;

  // nullopt after the time-out, and when the connection is closed. Waits through reconnects: compare
  // nats_connection::reconnects() to learn that messages may have been missed.
  std::optional<nats_message> next(std::chrono::milliseconds timeout);
  // Messages that were lost because nobody took them in time.
  std::uint64_t dropped() const;

private:
  std::unique_ptr<state> state_;
};

class nats_connection {
public:
  // errc::unavailable with a sentence for people. With wait_for_server the connection is returned at once
  // and becomes usable later.
  static result<std::unique_ptr<nats_connection>> connect(const nats_options& options);
  ~nats_connection(); // close()
  nats_connection(const nats_connection&) = delete;
  nats_connection& operator=(const nats_connection&) = delete;

  // Thread-safe and cheap: copies into the client's buffer and wakes the flusher. While disconnected up to
  // 8 MiB wait for the reconnect. Errors: too_large (over the server's max_payload), unavailable.
  status_result publish(std::string_view subject, std::string_view body);
  status_result publish(std::string_view subject, std::span<const header_view> headers, std::string_view body);
  // The same for what nobody waits for: it leaves within a few milliseconds, with the next flush or by the client's own.
  status_result publish_unhurried(std::string_view subject, std::string_view body);
  // The body from two pieces, so that a caller need not join them: "{...}" and a receipt.
  status_result publish(std::string_view subject, std::string_view body, std::string_view rest);
  // A request whose answers, several perhaps, go to an inbox of the caller's: service discovery.
  status_result publish_request(const std::string& subject, const std::string& reply_to,
                                std::span<const header_view> headers, std::string_view body);

  // on_message runs on one of two threads shared by all subscriptions; calls of one subscription never
  // overlap and keep their order. It must not block.
  result<std::unique_ptr<nats_subscription>> subscribe(const std::string& subject, std::string_view queue_group,
                                                       std::function<void(nats_message)> on_message);
  result<std::unique_ptr<nats_inbox>> open_inbox(const std::string& subject);

  // Blocking; for tools and tests, not for a node's own threads. Errors: unavailable "no_responders" (nobody
  // serves the subject), timeout, unavailable. A problem in the reply is not an error here: see
  // nats_message::reply().
  result<nats_message> request(std::string_view subject, std::span<const header_view> headers, std::string_view body,
                               std::chrono::milliseconds timeout);

  // All that was published so far has reached the server.
  status_result flush(std::chrono::milliseconds timeout);

  bool connected() const;
  // Nothing brings it back, though nobody closed it: the client library gives up after most of a server's errors ("authentication
  // timeout", "maximum connections exceeded" of a reload). Only a new connection helps.
  bool lost() const;
  std::uint64_t reconnects() const;  // how often the connection came back
  std::uint64_t server() const;      // tells the connected server from others; 0 while disconnected
  std::string connected_url() const; // "" while disconnected; without credentials
  std::size_t max_payload() const;   // of the server; limits::request_bytes before the first connect

  // Flushes, ends all subscriptions and waits for the end. Called twice it does nothing. True: in time.
  bool close(std::chrono::milliseconds timeout = std::chrono::seconds(5));

private:
  struct state;
  explicit nats_connection(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

// Frees what the client library holds for the whole process; at the very end, after the last connection.
void close_nats_library(std::chrono::milliseconds timeout = std::chrono::seconds(2));

} // namespace ropewalk::transport
