#include "bench/echo_service.hpp"

#include <charconv>
#include <cstring>

namespace ropewalk::bench {

namespace {

// NATS' default limit of a message; a reply beyond it could not be sent.
constexpr std::size_t max_reply_bytes = 1'048'576;

} // namespace

std::string echo_subject(std::size_t bytes) { return echo_prefix + std::to_string(bytes); }

echo_service::echo_service(const std::string& url)
    : connection_(url, "echo"),
      requests_(connection_, std::string(echo_prefix) + "*", [this](natsMsg* request) { answer(request); }) {}

void echo_service::answer(natsMsg* request) {
  const char* reply_to = natsMsg_GetReply(request);
  if (reply_to == nullptr) return;
  const std::string_view size = natsMsg_GetSubject(request) + std::strlen(echo_prefix);
  std::size_t bytes = 0;
  const auto parsed = std::from_chars(size.data(), size.data() + size.size(), bytes);
  if (parsed.ec != std::errc{} || bytes > max_reply_bytes) {
    connection_.publish(reply_to, nullptr,
                        {natsMsg_GetData(request), static_cast<std::size_t>(natsMsg_GetDataLength(request))});
    return;
  }
  fixed_reply_.resize(bytes, 'x');
  connection_.publish(reply_to, nullptr, fixed_reply_);
}

} // namespace ropewalk::bench
