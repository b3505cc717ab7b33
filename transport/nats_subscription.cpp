#include "transport/nats_subscription.hpp"

#include <string>

#include "runtime/limits.hpp"
#include "transport/nats_status.hpp"

namespace ropewalk::transport {
namespace {

// Beyond these the client library drops messages. Admission answers "busy" long before (I10); they only keep
// a stuck node from eating all memory.
constexpr int pending_messages = 1'000'000;
constexpr int pending_bytes = 512 << 20;
constexpr std::chrono::milliseconds end_wait{2000};

using shared_context = std::shared_ptr<callback_context>;

void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* closure) noexcept {
  (*static_cast<shared_context*>(closure))->on_message(nats_message(message));
}

void on_complete(void* closure) noexcept {
  const std::unique_ptr<shared_context> held(static_cast<shared_context*>(closure));
  const std::scoped_lock guard((*held)->lock);
  (*held)->complete = true;
  (*held)->changed.notify_all();
}

} // namespace

result<std::unique_ptr<nats_subscription>>
nats_subscription::state::begin(natsConnection* nc, std::shared_ptr<retired_subscriptions> retired,
                                const std::string& subject, std::string_view queue_group,
                                std::function<void(nats_message)> handler) {
  auto s = std::make_unique<state>();
  s->retired = std::move(retired);
  s->context = std::make_shared<callback_context>();
  s->context->on_message = std::move(handler);
  auto held = std::make_unique<shared_context>(s->context);
  const std::string group(queue_group);
  natsStatus status =
      group.empty()
          ? natsConnection_Subscribe(&s->subscription, nc, subject.c_str(), on_message, held.get())
          : natsConnection_QueueSubscribe(&s->subscription, nc, subject.c_str(), group.c_str(), on_message, held.get());
  if (status == NATS_OK) status = natsSubscription_SetOnCompleteCB(s->subscription, on_complete, held.get());
  if (status == NATS_OK) held.release(); // now the completion callback frees it
  if (status == NATS_OK) status = natsSubscription_SetPendingLimits(s->subscription, pending_messages, pending_bytes);
  if (status != NATS_OK) return to_error(status, "subscribe to " + subject);
  return std::make_unique<nats_subscription>(std::move(s));
}

bool nats_subscription::state::wait_complete(std::chrono::milliseconds timeout) {
  std::unique_lock guard(context->lock);
  return context->changed.wait_for(guard, timeout, [&] { return context->complete; });
}

void nats_subscription::state::let_go(std::unique_ptr<nats_subscription> s) {
  state& left = *s->state_;
  natsSubscription_Unsubscribe(left.subscription); // on_complete() follows, and frees what is left
  left.retired->add(std::exchange(left.subscription, nullptr));
}

nats_subscription::state::~state() {
  if (!subscription) return;
  if (!wait_complete(std::chrono::milliseconds(0))) {
    natsSubscription_Unsubscribe(subscription);
    wait_complete(end_wait);
  }
  retired->add(subscription);
}

nats_subscription::nats_subscription(std::unique_ptr<state> s) : state_(std::move(s)) {}
nats_subscription::~nats_subscription() = default;

void nats_subscription::begin_drain(std::chrono::milliseconds timeout) {
  if (!state_->drain_begun) natsSubscription_DrainTimeout(state_->subscription, timeout.count());
  state_->drain_begun = true;
}

bool nats_subscription::drain(std::chrono::milliseconds timeout) {
  begin_drain(timeout);
  return state_->wait_complete(timeout);
}

nats_inbox::nats_inbox(std::unique_ptr<state> s) : state_(std::move(s)) {}
nats_inbox::~nats_inbox() = default;

std::optional<nats_message> nats_inbox::next(std::chrono::milliseconds timeout) {
  natsMsg* message = nullptr;
  if (natsSubscription_NextMsg(&message, state_->subscription, std::max<std::int64_t>(1, timeout.count())) != NATS_OK)
    return std::nullopt;
  return nats_message(message);
}

std::uint64_t nats_inbox::dropped() const {
  std::int64_t count = 0;
  natsSubscription_GetDropped(state_->subscription, &count);
  return static_cast<std::uint64_t>(count);
}

} // namespace ropewalk::transport
