#include "actors/cluster/request_forwarding.hpp"

#include <algorithm>
#include <charconv>

#include "runtime/hex.hpp"
#include "storage/sealing/member_seal.hpp"
#include "transport/subject.hpp"

namespace ropewalk::actors {

namespace {

std::string at_head(std::string_view prefix, std::string_view member) {
  std::string head(prefix);
  return head.append(".at.").append(member).append(".");
}

// What the signature is made for: everything that must not be said by others, or moved to another request.
std::string request_place(std::string_view cluster, std::string_view member, std::string_view how,
                          std::string_view reply_to, std::string_view subject) {
  std::string place = "request ";
  return place.append(cluster)
      .append(" ")
      .append(member)
      .append(" ")
      .append(how)
      .append(" ")
      .append(reply_to)
      .append(" ")
      .append(subject);
}

const error no_member_wrote_it{
    errc::invalid, {}, "must be written by the member that hands a request on", std::string(handed_on_header)};

status_result check_signature(const storage::keyring& keys, const std::string& place, std::string_view hex) {
  const auto bytes = from_hex(hex);
  if (!bytes) return no_member_wrote_it;
  const auto genuine = storage::unseal_between_members(keys, place, *bytes);
  if (genuine && genuine->empty()) return ok();
  if (genuine || !storage::is_undecided(genuine.error())) return no_member_wrote_it;
  return error{errc::unavailable,
               "key_not_here_yet",
               "the member that owns this does not have the key with which the request was handed on; try again",
               {}};
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

result<arrived_request> unwrap(const transport::nats_message& m, const forwarding_names& names, std::string_view member,
                               const storage::keyring& keys) {
  const std::string head = at_head(names.prefix, member);
  const auto headers = m.headers();
  // Clients' requests alone: operators ask a member under its own name.
  if (!m.subject().starts_with(head + std::string(transport::version_token) + '.') || !headers)
    return no_member_wrote_it;
  arrived_request r;
  r.subject.append(names.prefix).append(".").append(m.subject().substr(head.size()));
  bool known = false;
  for (const transport::header_view& h : *headers) {
    if (h.name != handed_on_header) {
      r.headers.push_back(h);
      continue;
    }
    const std::size_t numbers = std::min(h.value.rfind(' '), h.value.size());
    std::string_view rest = h.value.substr(0, numbers);
    const std::string place = request_place(names.cluster, member, rest, m.reply_to(), r.subject);
    known = take_number(rest, r.around.now.us) && take_number(rest, r.around.entropy_a) &&
            take_number(rest, r.around.entropy_b) && take_number(rest, r.hands) && rest.empty() &&
            numbers < h.value.size();
    if (!known) return no_member_wrote_it;
    if (auto genuine = check_signature(keys, place, h.value.substr(numbers + 1)); !genuine) return genuine.error();
  }
  if (!known) return no_member_wrote_it;
  return r;
}

status_result hand_on(transport::nats_connection& connection, const forwarding_names& names, std::string_view to,
                      const storage::keyring& keys, const arrived_request& r, std::string_view reply_to,
                      std::string_view body) {
  std::string how = std::to_string(r.around.now.us) + ' ' + std::to_string(r.around.entropy_a) + ' ' +
                    std::to_string(r.around.entropy_b) + ' ' + std::to_string(r.hands + 1);
  const std::string place = request_place(names.cluster, to, how, reply_to, r.subject);
  how.append(" ").append(to_hex(storage::seal_between_members(keys, place, "")));
  std::vector<transport::header_view> headers = r.headers;
  headers.push_back({handed_on_header, how});
  const std::string subject = at_head(names.prefix, to) + r.subject.substr(names.prefix.size() + 1);
  return connection.publish_request(subject, std::string(reply_to), headers, body);
}

} // namespace ropewalk::actors
