// ropewalk cluster members

#include "cli/cluster/cluster_report.hpp"
#include "cli/cluster/members_table.hpp"
#include "cli/cluster/verbs.hpp"
#include "cli/reply_fields.hpp"
#include "cli/request_options.hpp"

namespace ropewalk::cli {

const std::vector<column>& cluster_member_columns() {
  static const std::vector<column> columns{
      {.title = "MEMBER"},
      {.title = "ANSWERS"},
      {.title = "SERVES", .right = true},
      {.title = "BEHIND", .right = true},
      {.title = "STANDING"},
      {.title = "QUARANTINE", .right = true},
      {.title = "", .stretch = true},
  };
  return columns;
}

namespace {

// "full", "rests", "learns 3", "removed", "not a member yet", "no member in 3 partitions"
cell standing_cell(std::int64_t learning, bool rests, const std::string& no_member) {
  if (no_member == "removed") return {"removed", colour::yellow};
  if (no_member == "not yet") return {"not a member yet", colour::yellow};
  if (!no_member.empty()) return {"no member " + no_member, colour::yellow};
  if (learning == 0) return rests ? cell{"rests", colour::yellow} : cell{"full"};
  return {"learns " + std::to_string(learning), colour::yellow};
}

} // namespace

row cluster_member_row(json_view m) {
  const std::string trouble = text_of(m, "trouble");
  if (!trouble.empty())
    return {{text_of(m, "member"), colour::red}, {"no", colour::red}, {}, {}, {}, {}, {trouble, colour::red}};
  const std::int64_t behind = number_of(m, "behind"), learning = number_of(m, "without_standing");
  const std::int64_t quarantined = number_of(m, "quarantined");
  return {{text_of(m, "member"), colour::green},
          {"yes"},
          {std::to_string(number_of(m, "serving"))},
          {std::to_string(behind), behind > 10'000 ? colour::yellow : colour::none},
          standing_cell(learning, flag_of(m, "resting"), text_of(m, "no_member")),
          {std::to_string(quarantined), quarantined == 0 ? colour::none : colour::red},
          {}};
}

namespace {

result<exit_code> run_cluster_members(session& s, const watch_options& watch) {
  return watched(s, watch, [&]() -> result<exit_code> {
    const auto report = ask_cluster(s);
    if (!report) return report.error();
    const auto doc = reply_document::parse(render_members(*report));
    if (!doc) return doc.error();
    s.out().list(doc->root(), "members", cluster_member_columns(), cluster_member_row, "no members");
    return report->missing().empty() ? exit_code::ok : exit_code::unavailable;
  });
}

} // namespace

void add_cluster_members(command_line& line, CLI::App& cluster) {
  auto watch = std::make_shared<watch_options>();
  CLI::App& verb = line.verb(
      cluster,
      {.name = "members",
       .summary = "Each member: whether it answers, how many partitions it serves, how far it is behind",
       .details =
           "BEHIND: accepted entries that are not on its disk yet, in the partition where it is worst.\n"
           "STANDING: in how many partitions its disk was wiped or is new, and learns before it counts; or that\n"
           "it is no member, not yet or not any more: see `ropewalk cluster add` and `remove`; or that it rests,\n"
           "as it was drained, and is given nothing before it is started anew.\n"
           "Exit code 6 if a member does not answer.",
       .example = "ropewalk cluster members\nropewalk cluster members --watch"});
  add_watch(verb, *watch);
  line.on(verb, [watch](session& s) { return run_cluster_members(s, *watch); });
}

} // namespace ropewalk::cli
