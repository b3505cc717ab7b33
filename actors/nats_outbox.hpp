#pragma once
// Answers and live events over NATS. Many at a time gather and go out together; an answer that hardly any other
// accompanies goes out by a connection of its own, from the thread that has it: waking another one to send it may cost
// more than all the rest.

#include <atomic>
#include <cstdint>
#include <string>

#include "actors/outbox.hpp"

namespace ropewalk::transport {
class nats_connection;
}

namespace ropewalk::actors {

class nats_outbox final : public outbox {
public:
  // at_once: of nats_options::send_at_once.
  nats_outbox(transport::nats_connection& gathering, transport::nats_connection& at_once, std::string prefix)
      : gathering_(gathering), at_once_(at_once), prefix_(std::move(prefix)) {}

  // How many requests are being worked on; until it is given, all gathers.
  void watch(const std::atomic<std::uint64_t>& in_flight) { in_flight_ = &in_flight; }

  status_result reply(const std::string& reply_subject, std::string_view body) override;
  void refuse(const std::string& reply_subject, const error& why) override;
  void publish_event(const entity_key& who, std::string_view body) override;

private:
  transport::nats_connection& for_answers();
  template <class Publish>
  status_result publish_answer(Publish publish);

  transport::nats_connection& gathering_;
  transport::nats_connection& at_once_;
  std::atomic<const std::atomic<std::uint64_t>*> in_flight_{nullptr};
  const std::string prefix_;
};

} // namespace ropewalk::actors
