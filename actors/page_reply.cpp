#include "actors/page_reply.hpp"

#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "transport/cursor.hpp"

namespace ropewalk::actors {

page_reply::page_reply(std::size_t expected_bytes) {
  text_.reserve(expected_bytes + 160);
  text_ = "{\"messages\":[";
}

bool page_reply::add(std::uint64_t seq, std::string_view message_json) {
  if (count_ > 0 && text_.size() + message_json.size() > limits::reply_bytes) return false;
  if (count_ > 0) text_ += ',';
  text_ += message_json;
  ++count_;
  last_added_ = seq;
  return true;
}

std::string page_reply::finish(std::uint64_t first_seq, std::uint64_t last_seq, bool more,
                               const thread::read_messages& asked) && {
  text_ += "],\"count\":" + std::to_string(count_) + ",\"first_seq\":" + std::to_string(first_seq) +
           ",\"last_seq\":" + std::to_string(last_seq);
  if (more) text_ += ",\"next_cursor\":\"" + transport::encode_messages_cursor(asked, last_added_) + '"';
  text_ += '}';
  return std::move(text_);
}

} // namespace ropewalk::actors
