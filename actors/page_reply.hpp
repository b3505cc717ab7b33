#pragma once
// The reply of `messages`, from stored bytes: the same from the cache and from the views.

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/thread/commands.hpp"

namespace ropewalk::actors {

// {"messages":[…],"count":n,"first_seq":a,"last_seq":b,"next_cursor"?:"…"}
class page_reply {
public:
  explicit page_reply(std::size_t expected_bytes = 0);
  // false: the page is full (limits::reply_bytes); the message was not taken. The first one always is.
  bool add(std::uint64_t seq, std::string_view message_json);
  std::uint64_t count() const noexcept { return count_; }
  // first_seq and last_seq: of the thread. more: messages follow in the direction of reading.
  std::string finish(std::uint64_t first_seq, std::uint64_t last_seq, bool more, const thread::read_messages& asked) &&;

private:
  std::string text_;
  std::uint64_t count_ = 0, last_added_ = 0;
};

} // namespace ropewalk::actors
