#include "bench/nats_client.hpp"

#include <memory>
#include <stdexcept>

namespace ropewalk::bench {

namespace {

using message_ptr = std::unique_ptr<natsMsg, decltype(&natsMsg_Destroy)>;

std::string_view body_of(natsMsg* message) {
  return {natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))};
}

} // namespace

void require(natsStatus status, std::string_view what) {
  if (status == NATS_OK) return;
  throw std::runtime_error(std::string(what) + ": " + natsStatus_GetText(status));
}

nats_connection::nats_connection(const std::string& url, const std::string& name) {
  natsOptions* created = nullptr;
  require(natsOptions_Create(&created), "NATS options");
  const std::unique_ptr<natsOptions, decltype(&natsOptions_Destroy)> options{created, &natsOptions_Destroy};
  require(natsOptions_SetURL(options.get(), url.c_str()), "NATS URL " + url);
  require(natsOptions_SetName(options.get(), name.c_str()), "NATS client name");
  require(natsOptions_SetAllowReconnect(options.get(), false), "NATS options");
  require(natsConnection_Connect(&connection_, options.get()), "connect to " + url);
  flusher_ = std::thread([this] { flush_when_dirty(); });
}

nats_connection::~nats_connection() {
  stopping_ = true;
  dirty_ = 1;
  dirty_.notify_one();
  flusher_.join();
  natsConnection_Destroy(connection_);
}

void nats_connection::flush_when_dirty() noexcept {
  for (;;) {
    dirty_.wait(0);
    if (stopping_) return;
    // Cleared before the flush, not after: what is published while it runs must be flushed once more.
    dirty_ = 0;
    // A failed flush means a lost connection; the next publish reports it.
    natsConnection_Flush(connection_);
  }
}

void nats_connection::publish(const char* subject, const char* reply, std::string_view body,
                              const message_headers& headers) {
  const auto length = static_cast<int>(body.size());
  natsStatus status = NATS_OK;
  if (!headers.empty()) {
    natsMsg* created = nullptr;
    require(natsMsg_Create(&created, subject, reply, body.data(), length), "message");
    const message_ptr message{created, &natsMsg_Destroy};
    for (const auto& [name, value] : headers)
      require(natsMsgHeader_Set(created, name.c_str(), value.c_str()), "header " + name);
    status = natsConnection_PublishMsg(connection_, created);
  } else if (reply == nullptr) {
    status = natsConnection_Publish(connection_, subject, body.data(), length);
  } else {
    status = natsConnection_PublishRequest(connection_, subject, reply, body.data(), length);
  }
  require(status, std::string("publish to ") + subject);
  if (dirty_.exchange(1) == 0) dirty_.notify_one();
}

void nats_connection::flush() { require(natsConnection_Flush(connection_), "flush"); }

std::string nats_connection::ask(const std::string& subject, std::string_view body,
                                 std::chrono::milliseconds time_out) {
  natsMsg* received = nullptr;
  require(natsConnection_Request(&received, connection_, subject.c_str(), body.data(), static_cast<int>(body.size()),
                                 time_out.count()),
          "request to " + subject);
  const message_ptr reply{received, &natsMsg_Destroy};
  if (const auto problem = problem_of(reply.get()); !problem.empty())
    throw std::runtime_error("request to " + subject + ": " + problem);
  return std::string(body_of(reply.get()));
}

std::optional<std::string> nats_connection::ask_if_there(const std::string& subject, std::string_view body,
                                                         std::chrono::milliseconds time_out) {
  natsMsg* received = nullptr;
  const auto status = natsConnection_Request(&received, connection_, subject.c_str(), body.data(),
                                             static_cast<int>(body.size()), time_out.count());
  const message_ptr reply{received, &natsMsg_Destroy};
  if (status != NATS_OK || !problem_of(received).empty()) return std::nullopt;
  return std::string(body_of(received));
}

std::string new_inbox() {
  natsInbox* created = nullptr;
  require(natsInbox_Create(&created), "inbox");
  std::string inbox = created;
  natsInbox_Destroy(created);
  return inbox;
}

std::string problem_of(natsMsg* reply) {
  if (natsMsg_IsNoResponders(reply)) return "no responders";
  const char* code = nullptr;
  if (natsMsgHeader_Get(reply, "Nats-Service-Error-Code", &code) != NATS_OK) return {};
  const char* text = nullptr;
  if (natsMsgHeader_Get(reply, "Nats-Service-Error", &text) != NATS_OK) text = "(no text)";
  return std::string(code) + " " + text + ": " + std::string(body_of(reply));
}

nats_subscription::nats_subscription(nats_connection& connection, const std::string& subject, callback on_message,
                                     const char* queue_group)
    : on_message_(std::move(on_message)) {
  const auto deliver = [](natsConnection*, natsSubscription*, natsMsg* received, void* closure) {
    const message_ptr message{received, &natsMsg_Destroy};
    static_cast<nats_subscription*>(closure)->on_message_(message.get());
  };
  require(queue_group == nullptr
              ? natsConnection_Subscribe(&subscription_, connection.get(), subject.c_str(), deliver, this)
              : natsConnection_QueueSubscribe(&subscription_, connection.get(), subject.c_str(), queue_group, deliver,
                                              this),
          "subscribe to " + subject);
  // A full pending queue drops messages; the number of requests in flight is the bound here.
  require(natsSubscription_SetPendingLimits(subscription_, -1, -1), "pending limits");
  require(
      natsSubscription_SetOnCompleteCB(
          subscription_, [](void* closure) { static_cast<nats_subscription*>(closure)->completed_.set_value(); }, this),
      "completion callback");
  connection.flush();
}

nats_subscription::~nats_subscription() {
  natsSubscription_Unsubscribe(subscription_);
  completed_.get_future().wait();
  natsSubscription_Destroy(subscription_);
}

} // namespace ropewalk::bench
