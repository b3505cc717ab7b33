#pragma once
// The inside of nats_subscription and nats_inbox.

#include <nats/nats.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "transport/nats_connection.hpp"

namespace ropewalk::transport {

// Shared by the subscription's owner and the client library, which lets go of it in its completion callback:
// only then no callback can run any more.
struct callback_context {
  std::function<void(nats_message)> on_message;
  std::mutex lock;
  std::condition_variable changed;
  bool complete = false;
};

struct nats_subscription::state {
  natsSubscription* subscription = nullptr;
  std::shared_ptr<callback_context> context;
  bool drain_begun = false;

  static result<std::unique_ptr<nats_subscription>> begin(natsConnection* nc, const std::string& subject,
                                                          std::string_view queue_group,
                                                          std::function<void(nats_message)> on_message);
  bool wait_complete(std::chrono::milliseconds timeout);
  ~state();
};

struct nats_inbox::state {
  natsSubscription* subscription = nullptr;
  ~state() { natsSubscription_Destroy(subscription); }
};

} // namespace ropewalk::transport
