// ropewalk health

#include "cli/node/which_node.hpp"
#include "cli/verbs.hpp"

namespace ropewalk::cli {
namespace {

const std::vector<column>& health_columns() {
  static const std::vector<column> columns{
      {.title = "NODE"}, {.title = "STATUS"}, {.title = "DETAIL", .stretch = true}};
  return columns;
}

row health_row(json_view n) {
  const std::string status = reply_document::text_of(n, "status");
  return {{reply_document::text_of(n, "node")},
          {status, status == "ok"         ? colour::green
                   : status == "draining" ? colour::yellow
                                          : colour::red},
          {reply_document::text_of(n, "detail")}};
}

result<exit_code> run_health(session& s, const std::string& node) {
  const auto replies = ask_nodes(s, node, "health");
  if (!replies) return replies.error();
  s.out().list(replies->all.root(), "nodes", health_columns(), health_row, "no nodes");
  const auto nodes = replies->all.root().find("nodes");
  for (const json_view n : nodes->elements())
    if (reply_document::text_of(n, "status") != "ok") return exit_code::unavailable;
  return exit_code::ok;
}

} // namespace

void add_health(command_line& line) {
  auto node = std::make_shared<std::string>();
  CLI::App& verb = line.verb(line.root(), {.name = "health",
                                           .summary = "Whether the nodes serve; exit code 6 if one does not",
                                           .details = "",
                                           .example = "ropewalk health --node n1 --timeout 1s"});
  add_node_name(verb, *node);
  line.on(verb, [node](session& s) { return run_health(s, *node); });
}

} // namespace ropewalk::cli
