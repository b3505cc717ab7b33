#include "actors/nats_outbox.hpp"

#include <array>

#include "transport/nats_connection.hpp"
#include "transport/problem.hpp"
#include "transport/subject.hpp"

namespace ropewalk::actors {

transport::nats_connection& nats_outbox::for_answers() {
  constexpr std::uint64_t few = 2;
  const auto* in_flight = in_flight_.load(std::memory_order_relaxed);
  const bool alone = in_flight && in_flight->load(std::memory_order_relaxed) <= few;
  // Another server may not know of the asker's inbox yet.
  const std::uint64_t server = alone ? at_once_.server() : 0;
  return server != 0 && server == gathering_.server() ? at_once_ : gathering_;
}

// Somebody waits for it: what the one connection cannot take (it has just ended) goes out on the other. An answer that
// arrives twice does no harm.
template <class Publish>
status_result nats_outbox::publish_answer(Publish publish) {
  transport::nats_connection& connection = for_answers();
  status_result sent = publish(connection);
  if (sent || sent.error().code == errc::too_large || &connection == &gathering_) return sent;
  return publish(gathering_);
}

status_result nats_outbox::reply(const std::string& reply_subject, std::string_view body) {
  if (reply_subject.empty()) return ok();
  const auto sent = publish_answer([&](transport::nats_connection& by) { return by.publish(reply_subject, body); });
  if (sent || sent.error().code != errc::too_large) return ok();
  return error{errc::too_large,
               "reply_too_large",
               "the answer is " + std::to_string(body.size()) + " bytes, and the NATS server takes " +
                   std::to_string(gathering_.max_payload()) + " (its max_payload): ask for a part of it",
               {}};
}

void nats_outbox::refuse(const std::string& reply_subject, const error& why) {
  if (reply_subject.empty()) return;
  const transport::problem p = transport::to_problem(why);
  const std::array<transport::header_view, 2> headers{
      {{transport::error_code_header, p.code}, {transport::error_title_header, p.title}}};
  [[maybe_unused]] const auto sent =
      publish_answer([&](transport::nats_connection& by) { return by.publish(reply_subject, headers, p.body); });
}

void nats_outbox::publish_event(const entity_key& who, std::string_view body) {
  // Live events are a courtesy: who misses one reads the messages since its position.
  [[maybe_unused]] const auto sent =
      gathering_.publish_unhurried(transport::event_subject(prefix_, who.kind, who.org, who.id), body);
}

} // namespace ropewalk::actors
