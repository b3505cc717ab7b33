#pragma once
// Answers that follow from the recorded events alone, so that a repeat of a keyed command can be given the
// first answer without keeping it twice.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/thread/events.hpp"

namespace ropewalk::thread {

// What every stored message tells about itself.
struct message_place {
  std::string id;
  std::uint64_t seq = 0;
  std::uint32_t revision = 1;
  std::string created_at, updated_at; // as written; updated_at may be ""
};
result<message_place> read_place(std::string_view message_json);

// One message: {"id","seq","created_at","first_seq"?}. A batch: {"messages":[{"id","seq"},…],"first_seq"?,"last_seq"}.
result<std::string> append_reply(const std::vector<event>& events, bool batch);
result<std::string> edit_reply(const std::vector<event>& events);
result<std::string> remove_reply(const std::vector<event>& events);

} // namespace ropewalk::thread
