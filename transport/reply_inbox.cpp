#include "transport/reply_inbox.hpp"

#include <charconv>

namespace ropewalk::transport {

result<std::unique_ptr<reply_inbox>> reply_inbox::open(nats_connection& connection, std::string subject,
                                                       listener on_answer) {
  std::unique_ptr<reply_inbox> inbox(new reply_inbox(connection, std::move(subject)));
  const std::size_t before = inbox->subject_.size() + 1;
  auto subscription =
      connection.subscribe(inbox->subject_ + ".*", {}, [before, on_answer = std::move(on_answer)](nats_message m) {
        const std::string_view digits = m.subject().substr(before);
        std::uint64_t number = 0;
        const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (code == std::errc{} && end == digits.data() + digits.size()) on_answer(number, std::move(m));
      });
  if (!subscription) return subscription.error();
  inbox->subscription_ = *std::move(subscription);
  return inbox;
}

reply_inbox::~reply_inbox() { close(); }

void reply_inbox::close() { subscription_.reset(); }

status_result reply_inbox::ask(std::uint64_t number, const std::string& subject, std::span<const header_view> headers,
                               std::string_view body) {
  return connection_.publish_request(subject, subject_ + '.' + std::to_string(number), headers, body);
}

} // namespace ropewalk::transport
