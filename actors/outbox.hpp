#pragma once
// How answers and live events leave the node. Called from actors, the journal writer and view readers;
// implementations must not block.

#include <string>
#include <string_view>

#include "runtime/entity_key.hpp"
#include "runtime/result.hpp"

namespace ropewalk::actors {

class outbox {
public:
  virtual ~outbox() = default;
  // too_large: it fits no message, and nothing was sent. Whatever else goes wrong is the caller's time-out: the outcome is
  // durable already, and a keyed retry finds it.
  virtual status_result reply(const std::string& reply_subject, std::string_view body) = 0;
  virtual void refuse(const std::string& reply_subject, const error& why) = 0;
  virtual void publish_event(const entity_key& who, std::string_view body) = 0;
};

} // namespace ropewalk::actors
