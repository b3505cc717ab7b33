#include "transport/service_query.hpp"

#include <random>

#include "runtime/instant.hpp"
#include "runtime/json_text.hpp"
#include "transport/service_discovery.hpp"

namespace ropewalk::transport {
namespace {

std::string text_of(json_view object, std::string_view key) {
  const auto value = object.find(key);
  return value && value->is(json_type::string) ? std::string(value->string()) : std::string{};
}

std::string new_inbox() {
  std::random_device dice;
  return "_INBOX.ropewalk." + std::to_string(dice()) + std::to_string(dice()) + std::to_string(dice());
}

} // namespace

result<std::vector<found_node>> find_nodes(nats_connection& connection, std::chrono::milliseconds wait) {
  const std::string subject = "$SRV.PING." + std::string(service_name);
  if (auto first = connection.request(subject, {}, "", wait); !first && first.error().type == "no_responders")
    return std::vector<found_node>{};

  const std::string reply_to = new_inbox();
  auto inbox = connection.open_inbox(reply_to);
  if (!inbox) return inbox.error();
  if (auto asked = connection.publish_request(subject, reply_to, {}, ""); !asked) return asked.error();
  std::vector<found_node> found;
  using clock = std::chrono::steady_clock;
  const auto until = clock::now() + wait;
  for (auto left = wait; left.count() > 0;
       left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now())) {
    const auto answer = (*inbox)->next(left);
    if (!answer) break;
    const auto document = json_document::parse(answer->body(), json_limits{});
    if (!document) continue; // another program's answer
    const json_view root = document->root();
    if (!root.is(json_type::object)) continue;
    const auto about = root.find("metadata");
    if (!about || !about->is(json_type::object)) continue;
    found_node n{text_of(root, "id"),        text_of(*about, "node"),    text_of(*about, "prefix"),
                 text_of(*about, "cluster"), text_of(*about, "started"), text_of(*about, "serving") == "yes"};
    if (!n.id.empty() && !n.node.empty() && parse_rfc3339(n.started)) found.push_back(std::move(n));
  }
  return found;
}

} // namespace ropewalk::transport
