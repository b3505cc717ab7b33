// ropewalk status

#include "cli/duration_text.hpp"
#include "cli/node/which_node.hpp"
#include "cli/request_options.hpp"
#include "cli/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct status_options {
  std::string node;
  watch_options watch;
};

const std::vector<column>& status_columns() {
  static const std::vector<column> columns{
      {.title = "NODE"},
      {.title = "VERSION"},
      {.title = "UP", .right = true},
      {.title = "ACTIVE", .right = true},
      {.title = "IN FLIGHT", .right = true},
      {.title = "JOURNAL", .right = true},
      {.title = "ENTRIES", .right = true},
      {.title = "VIEWS", .right = true},
      {.title = "LAG", .right = true},
      {.title = "PARTITIONS", .right = true, .wide_only = true},
      {.title = "CLUSTER", .wide_only = true},
      {.title = "", .stretch = true},
  };
  return columns;
}

row status_row(json_view n) {
  const auto number = [](std::optional<json_view> object, std::string_view member) {
    return object ? reply_document::number_of(*object, member) : 0;
  };
  const auto journal = n.find("journal"), views = n.find("views");
  const auto bytes = [](std::int64_t b) { return short_bytes(static_cast<std::uint64_t>(b)); };
  const std::string detail = reply_document::text_of(n, "detail");
  if (!detail.empty() || !journal)
    return {{reply_document::text_of(n, "node"), colour::red},
            {},
            {},
            {},
            {},
            {},
            {},
            {},
            {},
            {},
            {},
            {detail, colour::red}};
  const auto lag = number(views, "lag");
  return {{reply_document::text_of(n, "node"), colour::green},
          {reply_document::text_of(n, "version")},
          {short_duration(number(n, "uptime_s"))},
          {std::to_string(number(n, "active_entities"))},
          {std::to_string(number(n, "in_flight"))},
          {bytes(number(journal, "bytes"))},
          {std::to_string(number(journal, "position"))},
          {bytes(number(views, "bytes"))},
          {std::to_string(lag), lag > 10'000 ? colour::yellow : colour::none},
          {std::to_string(number(n, "partitions"))},
          {reply_document::text_of(n, "cluster")},
          {}};
}

result<exit_code> run_status(session& s, const status_options& o) {
  return watched(s, o.watch, [&]() -> result<exit_code> {
    const auto replies = ask_nodes(s, o.node, "status");
    if (!replies) return replies.error();
    s.out().list(replies->all.root(), "nodes", status_columns(), status_row, "no nodes");
    return replies->failures == 0 ? exit_code::ok : exit_code_of(replies->first_failure.code);
  });
}

} // namespace

void add_status(command_line& line) {
  auto o = std::make_shared<status_options>();
  CLI::App& verb = line.verb(
      line.root(), {.name = "status",
                    .summary = "What the nodes are, hold and do",
                    .details = "LAG: journal entries that lists and search do not know of yet.",
                    .example = "ropewalk status\nropewalk status --node n1 -o json\nropewalk status --watch"});
  add_node_name(verb, o->node);
  add_watch(verb, o->watch);
  line.on(verb, [o](session& s) { return run_status(s, *o); });
}

} // namespace ropewalk::cli
