// ropewalk status

#include <algorithm>

#include <fmt/format.h>

#include "cli/duration_text.hpp"
#include "cli/node/which_node.hpp"
#include "cli/option.hpp"
#include "cli/reply_fields.hpp"
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

// What a member of a cluster does in its partitions; of a node that is alone nothing.
std::string part_in_cluster(session& s, const std::string& node) {
  const auto client = s.client();
  if (!client) return {};
  const auto reply = (*client)->node(node, "partitions");
  const auto partitions = reply ? reply->root().find("partitions") : std::nullopt;
  if (!partitions || !partitions->is(json_type::array)) return {};
  std::uint64_t serves = 0, learns = 0, without_owner = 0;
  for (const json_view p : partitions->elements()) {
    serves += flag_of(p, "serving") ? 1 : 0;
    learns += flag_of(p, "standing") ? 0 : 1;
    without_owner += text_of(p, "owner").empty() ? 1 : 0;
  }
  std::string text = fmt::format("serves {} of {}", serves, partitions->size());
  if (learns > 0) text += fmt::format(", learns {}", learns);
  if (without_owner > 0) text += fmt::format(", knows no owner of {}", without_owner);
  return text;
}

// One node, with all that an operator may want to know.
void show_node(session& s, json_view all, json_view n) {
  const std::string node = text_of(n, "node");
  const auto part = [&](std::string_view name) { return n.find(name); };
  const auto number = [](std::optional<json_view> object, std::string_view member) {
    return object ? number_of(*object, member) : 0;
  };
  const auto text = [](std::optional<json_view> object, std::string_view member) {
    return object ? text_of(*object, member) : std::string{};
  };
  const auto bytes = [](std::int64_t b) { return short_bytes(static_cast<std::uint64_t>(std::max<std::int64_t>(0, b))); };
  const auto journal = part("journal"), views = part("views"), disk = part("disk"), keys = part("keyring"),
             settings = part("settings");
  const std::string why_views = text(views, "failing") + text(views, "index_failing"), why_keys = text(keys, "failing");
  const auto alarm = [](std::int64_t count) { return count == 0 ? colour::none : colour::red; };
  const std::int64_t quarantined = number_of(n, "quarantined"), refused = number_of(n, "refused_checkpoints");
  s.out().record(
      all,
      {{"node", {node}},
       {"version", {text_of(n, "version")}},
       {"up", {fmt::format("{}, since {}", short_duration(number_of(n, "uptime_s")), text_of(n, "started_at"))}},
       {"cluster", {text_of(n, "cluster")}},
       {"partitions", {part_in_cluster(s, node)}},
       {"journal", {fmt::format("{}, up to position {}", bytes(number(journal, "bytes")), number(journal, "position"))}},
       {"views", {fmt::format("{}, {} behind{}", bytes(number(views, "bytes")), number(views, "lag"),
                              why_views.empty() ? "" : ": " + why_views),
                  why_views.empty() ? colour::none : colour::red}},
       {"disk", {fmt::format("{} free of {}", bytes(number(disk, "free_bytes")), bytes(number(disk, "total_bytes")))}},
       {"keyring", {fmt::format("{} signs since {}, {} in all{}", text(keys, "active"), text(keys, "created"),
                                number(keys, "keys"), why_keys.empty() ? "" : "; cannot be loaded again: " + why_keys),
                    why_keys.empty() ? colour::none : colour::red}},
       {"active", {fmt::format("{} in memory, at most {}", number_of(n, "active_entities"), number(settings, "max_active"))}},
       {"in flight", {fmt::format("{} requests, at most {}", number_of(n, "in_flight"), number(settings, "max_in_flight"))}},
       {"quarantine", {quarantined == 0 ? "" : fmt::format("{} to look at: ropewalk quarantine list", quarantined),
                       alarm(quarantined)}},
       {"checkpoints", {refused == 0 ? "" : fmt::format("{} did not verify: ropewalk doctor", refused), alarm(refused)}}});
}

result<exit_code> run_status(session& s, const status_options& o) {
  return watched(s, o.watch, [&]() -> result<exit_code> {
    const auto replies = ask_nodes(s, o.node, "status");
    if (!replies) return replies.error();
    const auto nodes = replies->all.root().find("nodes");
    if (!o.node.empty() && s.out().for_people() && nodes && nodes->size() == 1) {
      show_node(s, replies->all.root(), *nodes->elements().begin());
      return exit_code::ok;
    }
    s.out().list(replies->all.root(), "nodes", status_columns(), status_row, "no nodes");
    return replies->failed.empty() ? exit_code::ok : exit_code::unavailable;
  });
}

} // namespace

void add_node_status(command_line& line, CLI::App& node) {
  auto o = std::make_shared<status_options>();
  CLI::App& verb = line.verb(node, {.name = "status",
                                    .summary = "The same as `ropewalk status`: what the nodes are, hold and do",
                                    .details = "With NAME everything that one node tells, a line each.",
                                    .example = "ropewalk node status\nropewalk node status n1"});
  add_option(verb, "NAME", o->node, "the node's name; default: all, whatever $ROPEWALK_NODE says");
  add_watch(verb, o->watch);
  line.on(verb, [o](session& s) { return run_status(s, *o); });
}

void add_status(command_line& line) {
  auto o = std::make_shared<status_options>();
  CLI::App& verb = line.verb(
      line.root(), {.name = "status",
                    .summary = "What the nodes are, hold and do; exit code 6 if one does not answer",
                    .details = "LAG: journal entries that lists and search do not know of yet.\n"
                               "With --node everything that one node tells, a line each.",
                    .example = "ropewalk status\nropewalk status --node n1 -o json\nropewalk status --watch"});
  add_node_name(verb, o->node);
  add_watch(verb, o->watch);
  line.on(verb, [o](session& s) { return run_status(s, *o); });
}

} // namespace ropewalk::cli
