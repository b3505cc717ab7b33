#include "transport/nats_connection.hpp"

#include <nats/nats.h>
#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "runtime/invariant.hpp"
#include "runtime/limits.hpp"
#include "transport/nats_settings.hpp"
#include "transport/nats_status.hpp"
#include "transport/nats_subscription.hpp"
#include "transport/url_for_people.hpp"

namespace ropewalk::transport {
namespace {

constexpr std::int64_t flush_wait_ms = 2000;
constexpr std::chrono::milliseconds flush_retry{20}; // while there is no server; the client sends by itself on return

struct natsMsg_deleter {
  void operator()(natsMsg* m) const noexcept { natsMsg_Destroy(m); }
};
using owned_message = std::unique_ptr<natsMsg, natsMsg_deleter>;

result<owned_message> make_message(std::string_view subject, std::span<const header_view> headers,
                                   std::string_view body, const char* reply_to = nullptr) {
  natsMsg* raw = nullptr;
  natsStatus s = natsMsg_Create(&raw, c_text(subject), reply_to, body.data(), static_cast<int>(body.size()));
  owned_message message(raw);
  for (const header_view& h : headers)
    if (s == NATS_OK) s = natsMsgHeader_Add(raw, std::string(h.name).c_str(), std::string(h.value).c_str());
  if (s != NATS_OK) return to_error(s, "message to " + std::string(subject));
  return message;
}

} // namespace

struct nats_connection::state {
  nats_options options;
  natsConnection* nc = nullptr;

  std::mutex lock;
  std::condition_variable changed;
  bool closed_seen = false;
  bool close_called = false;
  std::atomic<bool> lost{false};

  std::atomic<bool> ever_connected{false};
  std::atomic<std::uint64_t> reconnects{0};
  std::atomic<std::uint64_t> server{0};

  // 1 = something was published since the last flush began.
  std::atomic<std::uint32_t> dirty{0};
  std::atomic<bool> stopping{false};
  std::thread flusher;
  const std::shared_ptr<retired_subscriptions> retired = std::make_shared<retired_subscriptions>();

  void tell(connection_event e, std::string_view detail) const {
    if (options.on_event) options.on_event(e, detail);
  }

  static std::string url(natsConnection* of) {
    char text[512] = {};
    return natsConnection_GetConnectedUrl(of, text, sizeof text) == NATS_OK ? url_for_people(text) : std::string{};
  }

  void mark_dirty() {
    if (options.send_at_once) return;
    if (dirty.exchange(1, std::memory_order_acq_rel) == 0) dirty.notify_one();
  }

  // While a flush waits for the server's PONG further publishes gather: the next flush takes them all.
  void flush_loop() {
    for (;;) {
      dirty.wait(0, std::memory_order_acquire);
      if (stopping.load()) return;
      dirty.store(0, std::memory_order_release);
      const auto ended = retired->take();
      if (natsConnection_FlushTimeout(nc, flush_wait_ms) == NATS_OK) {
        retired_subscriptions::destroy(ended);
        continue;
      }
      for (natsSubscription* s : ended) retired->add(s);
      if (natsConnection_IsClosed(nc)) return;
      std::this_thread::sleep_for(flush_retry);
      dirty.store(1, std::memory_order_release);
    }
  }

  void stop_flusher() {
    stopping.store(true);
    dirty.store(1);
    dirty.notify_all();
    if (flusher.joinable()) flusher.join();
  }

  bool wait_closed(std::chrono::milliseconds timeout) {
    std::unique_lock guard(lock);
    return changed.wait_for(guard, timeout, [&] { return closed_seen; });
  }

  void look_at_server(natsConnection* now) {
    char id[128] = {};
    const bool known = natsConnection_GetConnectedServerId(now, id, sizeof id) == NATS_OK && *id;
    server.store(known ? std::hash<std::string_view>{}(id) | 1 : 0);
  }

  // May run before connect() has stored the connection.
  void connected_now(natsConnection* now) {
    look_at_server(now);
    if (!ever_connected.exchange(true)) tell(connection_event::connected, url(now));
  }

  // The library calls all of these on one thread of its own, `closed` last.
  static state& of(void* closure) { return *static_cast<state*>(closure); }
  static void on_connected(natsConnection* nc, void* closure) { of(closure).connected_now(nc); }
  static void on_disconnected(natsConnection* nc, void* closure) {
    const char* last = nullptr;
    natsConnection_GetLastError(nc, &last);
    of(closure).server.store(0);
    of(closure).tell(connection_event::disconnected, last ? last : "");
  }
  static void on_reconnected(natsConnection* nc, void* closure) {
    state& s = of(closure);
    s.look_at_server(nc);
    s.reconnects.fetch_add(1);
    s.mark_dirty();
    s.tell(connection_event::reconnected, url(nc));
  }
  static void on_trouble(natsConnection* nc, natsSubscription*, natsStatus err, void* closure) {
    const char* last = nullptr;
    natsConnection_GetLastError(nc, &last);
    std::string detail = natsStatus_GetText(err);
    if (last && *last) detail.append(": ").append(last);
    of(closure).tell(connection_event::trouble, detail);
  }
  static void on_closed(natsConnection* nc, void* closure) {
    state& s = of(closure);
    const char* last = nullptr;
    natsConnection_GetLastError(nc, &last);
    s.tell(connection_event::closed, last ? last : "");
    const std::scoped_lock guard(s.lock);
    s.closed_seen = true;
    s.lost.store(!s.close_called);
    s.changed.notify_all();
  }
};

result<std::unique_ptr<nats_connection>> nats_connection::connect(const nats_options& options) {
  auto settings = make_nats_settings(options);
  if (!settings) return std::move(settings).error();
  auto s = std::make_unique<state>();
  s->options = options;
  natsOptions* const o = settings->get();
  natsOptions_SetDisconnectedCB(o, state::on_disconnected, s.get());
  natsOptions_SetReconnectedCB(o, state::on_reconnected, s.get());
  natsOptions_SetClosedCB(o, state::on_closed, s.get());
  natsOptions_SetErrorHandler(o, state::on_trouble, s.get());
  if (options.wait_for_server) natsOptions_SetRetryOnFailedConnect(o, true, state::on_connected, s.get());

  const natsStatus status = natsConnection_Connect(&s->nc, o);
  if (status != NATS_OK && status != NATS_NOT_YET_CONNECTED)
    return error{errc::unavailable, "nats", std::string("no connection to NATS: ") + natsStatus_GetText(status), "url"};
  if (status == NATS_OK) s->connected_now(s->nc);
  s->flusher = std::thread([p = s.get()] {
    ::pthread_setname_np(::pthread_self(), "nats-flush");
    p->flush_loop();
  });
  return std::unique_ptr<nats_connection>(new nats_connection(std::move(s)));
}

nats_connection::nats_connection(std::unique_ptr<state> s) : state_(std::move(s)) {}

nats_connection::~nats_connection() {
  close();
  natsConnection_Destroy(state_->nc);
  // Without its last callback the library may still call into the state: leaking it is the lesser evil.
  if (!state_->wait_closed(std::chrono::milliseconds(0))) static_cast<void>(state_.release());
}

status_result nats_connection::publish(std::string_view subject, std::string_view body) {
  auto published = publish_unhurried(subject, body);
  if (published) state_->mark_dirty();
  return published;
}

status_result nats_connection::publish_unhurried(std::string_view subject, std::string_view body) {
  const natsStatus s = natsConnection_Publish(state_->nc, c_text(subject), body.data(), static_cast<int>(body.size()));
  if (s != NATS_OK) return to_error(s, "publish to " + std::string(subject));
  return ok();
}

status_result nats_connection::publish(std::string_view subject, std::string_view body, std::string_view rest) {
  thread_local std::string whole;
  whole.assign(body).append(rest);
  return publish(subject, whole);
}

status_result nats_connection::publish(std::string_view subject, std::span<const header_view> headers,
                                       std::string_view body) {
  auto message = make_message(subject, headers, body);
  if (!message) return std::move(message).error();
  if (const natsStatus s = natsConnection_PublishMsg(state_->nc, message->get()); s != NATS_OK)
    return to_error(s, "publish to " + std::string(subject));
  state_->mark_dirty();
  return ok();
}

status_result nats_connection::publish_request(const std::string& subject, const std::string& reply_to,
                                               std::span<const header_view> headers, std::string_view body) {
  auto message = make_message(subject, headers, body, reply_to.c_str());
  if (!message) return std::move(message).error();
  if (const natsStatus s = natsConnection_PublishMsg(state_->nc, message->get()); s != NATS_OK)
    return to_error(s, "publish to " + subject);
  state_->mark_dirty();
  return ok();
}

result<std::unique_ptr<nats_subscription>> nats_connection::subscribe(const std::string& subject,
                                                                      std::string_view queue_group,
                                                                      std::function<void(nats_message)> on_message) {
  auto subscription =
      nats_subscription::state::begin(state_->nc, state_->retired, subject, queue_group, std::move(on_message));
  state_->mark_dirty();
  return subscription;
}

result<std::unique_ptr<nats_inbox>> nats_connection::open_inbox(const std::string& subject) {
  auto s = std::make_unique<nats_inbox::state>();
  s->retired = state_->retired;
  if (const natsStatus status = natsConnection_SubscribeSync(&s->subscription, state_->nc, subject.c_str());
      status != NATS_OK)
    return to_error(status, "subscribe to " + subject);
  state_->mark_dirty();
  return std::make_unique<nats_inbox>(std::move(s));
}

result<nats_message> nats_connection::request(std::string_view subject, std::span<const header_view> headers,
                                              std::string_view body, std::chrono::milliseconds timeout) {
  auto message = make_message(subject, headers, body);
  if (!message) return std::move(message).error();
  natsMsg* reply = nullptr;
  const natsStatus s = natsConnection_RequestMsg(&reply, state_->nc, message->get(), timeout.count());
  if (s == NATS_OK) return nats_message(reply);
  if (s == NATS_NO_RESPONDERS)
    return error{errc::unavailable, "no_responders", "nobody serves " + std::string(subject), {}};
  return to_error(s, "request to " + std::string(subject));
}

status_result nats_connection::flush(std::chrono::milliseconds timeout) {
  if (const natsStatus s = natsConnection_FlushTimeout(state_->nc, timeout.count()); s != NATS_OK)
    return to_error(s, "flush");
  return ok();
}

bool nats_connection::lost() const { return state_->lost.load(); }

bool nats_connection::connected() const { return natsConnection_Status(state_->nc) == NATS_CONN_STATUS_CONNECTED; }
std::uint64_t nats_connection::server() const { return state_->server.load(std::memory_order_relaxed); }

std::uint64_t nats_connection::reconnects() const { return state_->reconnects.load(); }
std::string nats_connection::connected_url() const { return state::url(state_->nc); }

std::size_t nats_connection::max_payload() const {
  const std::int64_t bytes = natsConnection_GetMaxPayload(state_->nc);
  return bytes > 0 ? static_cast<std::size_t>(bytes) : limits::request_bytes;
}

bool nats_connection::close(std::chrono::milliseconds timeout) {
  {
    const std::scoped_lock guard(state_->lock);
    if (std::exchange(state_->close_called, true)) return state_->closed_seen; // still under the lock
  }
  bool in_time = connected() && natsConnection_DrainTimeout(state_->nc, timeout.count()) == NATS_OK &&
                 state_->wait_closed(timeout);
  natsConnection_Close(state_->nc);
  in_time = state_->wait_closed(timeout) && in_time;
  state_->stop_flusher();
  return in_time;
}

void close_nats_library(std::chrono::milliseconds timeout) { nats_CloseAndWait(timeout.count()); }

} // namespace ropewalk::transport
