#include "actors/cluster/request_forwarding.hpp"

#include <charconv>

#include "transport/subject.hpp"

namespace ropewalk::actors {

namespace {

std::string at_head(std::string_view prefix, std::string_view member) {
  std::string head(prefix);
  return head.append(".at.").append(member).append(".");
}

template <class Number>
bool take_number(std::string_view& text, Number& value) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return true;
}

} // namespace

std::string handed_on_subjects(std::string_view prefix, std::string_view member) {
  return at_head(prefix, member) + ">";
}

std::optional<arrived_request> unwrap(const transport::nats_message& m, std::string_view prefix,
                                      std::string_view member) {
  const std::string head = at_head(prefix, member);
  const auto headers = m.headers();
  // Clients' requests alone: operators ask a member under its own name.
  if (!m.subject().starts_with(head + std::string(transport::version_token) + '.') || !headers) return std::nullopt;
  arrived_request r;
  r.subject.append(prefix).append(".").append(m.subject().substr(head.size()));
  bool known = false;
  for (const transport::header_view& h : *headers) {
    if (h.name != handed_on_header) {
      r.headers.push_back(h);
      continue;
    }
    std::string_view rest = h.value;
    known = take_number(rest, r.around.now.us) && take_number(rest, r.around.entropy_a) &&
            take_number(rest, r.around.entropy_b) && take_number(rest, r.hands);
  }
  if (!known) return std::nullopt;
  return r;
}

status_result hand_on(transport::nats_connection& connection, std::string_view prefix, std::string_view to,
                      const arrived_request& r, std::string_view reply_to, std::string_view body) {
  const std::string how = std::to_string(r.around.now.us) + ' ' + std::to_string(r.around.entropy_a) + ' ' +
                          std::to_string(r.around.entropy_b) + ' ' + std::to_string(r.hands + 1);
  std::vector<transport::header_view> headers = r.headers;
  headers.push_back({handed_on_header, how});
  const std::string subject = at_head(prefix, to) + r.subject.substr(prefix.size() + 1);
  return connection.publish_request(subject, std::string(reply_to), headers, body);
}

} // namespace ropewalk::actors
