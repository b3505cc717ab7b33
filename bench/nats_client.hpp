#pragma once
// A NATS connection as the benches use it, on both sides of the measurement: publishes gather in the client's
// buffer, and one thread of our own sends them.
//
// The idea: the client's own flusher sleeps up to 1 ms before it writes, and SendAsap makes one write a
// message. In between lies "wait until something was published; natsConnection_Flush()": while the flush
// waits for its PONG, further publishes gather, so that the batch grows with the load by itself and a single
// request is sent at once.
//
// A bench that fails has nobody who could act on an error code: everything here throws std::runtime_error and
// the program ends.

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <nats/nats.h>

namespace ropewalk::bench {

/// Throws with `what` and the client's text unless `status` is NATS_OK.
void require(natsStatus status, std::string_view what);

using message_headers = std::vector<std::pair<std::string, std::string>>;

class nats_connection {
public:
  /// `name` is what the server's monitoring shows. Never reconnects: a lost connection must end the run.
  nats_connection(const std::string& url, const std::string& name);
  ~nats_connection();
  nats_connection(const nats_connection&) = delete;
  nats_connection& operator=(const nats_connection&) = delete;

  natsConnection* get() const noexcept { return connection_; }

  /// Buffers the message and wakes the flusher. From any thread; `reply` may be null.
  void publish(const char* subject, const char* reply, std::string_view body, const message_headers& headers = {});

  /// Waits until the server has seen all that was published or subscribed before.
  void flush();

  /// One blocking request, for setting up and checking, never for measuring. An error reply throws.
  std::string ask(const std::string& subject, std::string_view body, std::chrono::milliseconds time_out);

  /// The same where no answer and a refusal are to be expected: none.
  std::optional<std::string> ask_if_there(const std::string& subject, std::string_view body,
                                          std::chrono::milliseconds time_out);

private:
  void flush_when_dirty() noexcept;

  natsConnection* connection_ = nullptr;
  std::atomic<int> dirty_{0}; // an int, not a bool: only then wait() is a plain futex
  std::atomic<bool> stopping_{false};
  std::thread flusher_;
};

/// A subject of one's own for replies, which others may be put behind with a dot.
std::string new_inbox();

/// Empty if `reply` is a success, else what is wrong with it ("no responders", or the code, text and body).
std::string problem_of(natsMsg* reply);

/// A subscription whose destructor returns only when no callback runs any more, so that what the callback
/// refers to may go right after it.
class nats_subscription {
public:
  /// Calls never overlap. `on_message` does not own the message.
  using callback = std::function<void(natsMsg*)>;

  /// `queue_group`: of whose members one gets a message; null: this one gets every message.
  nats_subscription(nats_connection& connection, const std::string& subject, callback on_message,
                    const char* queue_group = nullptr);
  ~nats_subscription();
  nats_subscription(const nats_subscription&) = delete;
  nats_subscription& operator=(const nats_subscription&) = delete;

private:
  callback on_message_;
  std::promise<void> completed_;
  natsSubscription* subscription_ = nullptr;
};

} // namespace ropewalk::bench
