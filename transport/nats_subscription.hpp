#pragma once
// The inside of nats_subscription and nats_inbox.

#include <nats/nats.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "transport/nats_connection.hpp"

namespace ropewalk::transport {

// The client library's reading thread looks a message's subscription up, lets go of the lock, and then uses it
// without holding a reference (natsConn_processMsg, 3.4.1): one that is freed meanwhile is used after that. So those
// that ended wait here until that thread has answered a flush that began later: by then it is past them.
class retired_subscriptions {
public:
  ~retired_subscriptions() { destroy(take()); }

  void add(natsSubscription* ended) { // unsubscribed already
    const std::scoped_lock guard(lock_);
    waiting_.push_back(ended);
  }
  std::vector<natsSubscription*> take() {
    const std::scoped_lock guard(lock_);
    return std::exchange(waiting_, {});
  }
  static void destroy(const std::vector<natsSubscription*>& subscriptions) {
    for (natsSubscription* s : subscriptions) natsSubscription_Destroy(s);
  }

private:
  std::mutex lock_;
  std::vector<natsSubscription*> waiting_;
};

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
  std::shared_ptr<retired_subscriptions> retired;
  std::shared_ptr<callback_context> context;
  bool drain_begun = false;

  static result<std::unique_ptr<nats_subscription>> begin(natsConnection* nc,
                                                          std::shared_ptr<retired_subscriptions> retired,
                                                          const std::string& subject, std::string_view queue_group,
                                                          std::function<void(nats_message)> on_message);
  // Ends a subscription without waiting: its callback may be at work on the library's thread, and goes on. So it has to
  // own what it uses, or look whether that is still there (weak_ptr). The library owns the callback until then.
  static void let_go(std::unique_ptr<nats_subscription> s);
  bool wait_complete(std::chrono::milliseconds timeout);
  ~state();
};

struct nats_inbox::state {
  natsSubscription* subscription = nullptr;
  std::shared_ptr<retired_subscriptions> retired;
  ~state() {
    if (!subscription) return;
    natsSubscription_Unsubscribe(subscription);
    retired->add(subscription);
  }
};

} // namespace ropewalk::transport
