#pragma once
// Answers and live events over NATS.

#include <string>

#include "actors/outbox.hpp"

namespace ropewalk::transport {
class nats_connection;
}

namespace ropewalk::actors {

class nats_outbox final : public outbox {
public:
  nats_outbox(transport::nats_connection& connection, std::string prefix)
      : connection_(connection), prefix_(std::move(prefix)) {}

  void reply(const std::string& reply_subject, std::string_view body) override;
  void refuse(const std::string& reply_subject, const error& why) override;
  void publish_event(const entity_key& who, std::string_view body) override;

private:
  transport::nats_connection& connection_;
  const std::string prefix_;
};

} // namespace ropewalk::actors
