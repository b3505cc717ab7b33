#include "cli/node/which_node.hpp"

#include <algorithm>

#include "cli/cluster/cluster_report.hpp"
#include "cli/option.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::cli {
namespace {

// Nodes answer discovery from memory: those that are there do so in a millisecond or two.
constexpr std::chrono::milliseconds discovery_quiet{300};

} // namespace

void add_node_name(CLI::App& verb, std::string& name) {
  add_option(verb, "--node", name, "the node's name; default: all, those of a cluster whether they answer or not")
      .variable("ROPEWALK_NODE");
}

result<std::vector<std::string>> nodes_that_answer(session& s) {
  auto client = s.client();
  if (!client) return client.error();
  auto names = (*client)->nodes(discovery_quiet);
  if (!names) return names;
  if (names->empty())
    return error{
        errc::unavailable, "no_responders", "no node answers at " + url_for_people((*client)->where().url), {}};
  return names;
}

result<std::vector<std::string>> chosen_nodes(session& s, const std::string& name) {
  if (!name.empty()) return std::vector<std::string>{name};
  auto names = nodes_that_answer(s);
  if (!names) return names;
  auto client = s.client();
  if (!client) return client.error();
  for (std::string& silent : members_beside(**client, *names)) names->push_back(std::move(silent));
  std::sort(names->begin(), names->end());
  names->erase(std::unique(names->begin(), names->end()), names->end());
  return names;
}

result<node_replies> ask_nodes(session& s, const std::string& name, std::string_view verb) {
  const auto names = chosen_nodes(s, name);
  if (!names) return names.error();
  auto client = s.client();
  if (!client) return client.error();
  std::vector<std::string> failed;
  error first;
  json_writer w;
  w.begin_object().key("nodes").begin_array();
  for (const std::string& node : *names) {
    const auto reply = (*client)->node(node, verb);
    if (reply) {
      w.raw(reply->bytes());
      continue;
    }
    if (failed.empty()) first = reply.error();
    failed.push_back(node);
    w.begin_object().field("node", node).field("status", "failed").field("detail", reply.error().detail).end_object();
  }
  w.end_array().end_object();
  if (failed.size() == names->size()) return first;
  auto all = reply_document::parse(std::move(w).take());
  if (!all) return all.error();
  return node_replies{*std::move(all), std::move(failed), first};
}

} // namespace ropewalk::cli
