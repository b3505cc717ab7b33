// ropewalk cluster status

#include <fmt/format.h>

#include "cli/cluster/cluster_report.hpp"
#include "cli/cluster/members_table.hpp"
#include "cli/cluster/verbs.hpp"
#include "cli/counted.hpp"
#include "cli/reply_fields.hpp"
#include "cli/request_options.hpp"

namespace ropewalk::cli {
namespace {

// "16, 2 without an owner: 3, 7"
cell total(std::size_t all, const std::vector<std::string>& wrong, const char* what) {
  if (wrong.empty()) return {std::to_string(all)};
  return {fmt::format("{}, {} {}: {}", all, wrong.size(), what, fmt::join(wrong, ", ")), colour::red};
}

// "3 to look at, 1 of them promised more than local, or not known what: ropewalk quarantine list"
cell quarantine_alarm(const cluster_report& r) {
  std::uint64_t entries = 0, alarming = 0;
  for (const member_report& m : r.members) {
    entries += m.quarantined;
    alarming += m.quarantine_alarm;
  }
  if (entries == 0) return {};
  const std::string alarm = alarming == 0 ? "" : fmt::format(", {} of them promised more than local, or not known what", alarming);
  return {fmt::format("{} to look at{}: ropewalk quarantine list", entries, alarm),
          alarming == 0 ? colour::yellow : colour::red};
}

// "12 entries, nothing gets into the streams of 2 partitions: 0, 3; ropewalk doctor"
cell uncommitted(json_view json, const cluster_report& r) {
  std::vector<std::string> still;
  for (const std::size_t p : r.standing_still()) still.push_back(std::to_string(p));
  const std::uint64_t entries = natural_of(json, "uncommitted");
  const std::string many = fmt::format("{} {}", entries, entries == 1 ? "entry" : "entries");
  if (!still.empty())
    return {fmt::format("{}, nothing gets into {} of {}: {}; is JetStream there? ropewalk doctor", many,
                        still.size() == 1 ? "the stream" : "the streams", counted(still.size(), "partition"),
                        fmt::join(still, ", ")),
            colour::red};
  return entries == 0 ? cell{} : cell{many};
}

void show_cluster(session& s, const cluster_report& r, json_view json) {
  std::vector<std::string> orphans;
  for (const std::size_t p : r.without_owner()) orphans.push_back(std::to_string(p));
  s.out().record(json, {{"Cluster", {r.id}},
                        {"Members", total(r.members.size(), r.missing(), "missing")},
                        {"Partitions", total(r.partitions, orphans, "without an owner")},
                        {"Not committed", uncommitted(json, r)},
                        {"Quarantine", quarantine_alarm(r)},
                        {"Guaranteed peers", {std::to_string(r.guaranteed_peers)}}});
  if (!s.out().for_people()) return;
  s.out().text("\n");
  s.out().list(json, "members", cluster_member_columns(), cluster_member_row, "no members");
}

result<exit_code> run_cluster_status(session& s, const watch_options& watch) {
  return watched(s, watch, [&]() -> result<exit_code> {
    auto report = ask_cluster(s);
    if (!report) return report.error();
    const auto client = s.client();
    if (!client) return client.error();
    look_for_standstill(**client, *report);
    const auto doc = reply_document::parse(render_status(*report));
    if (!doc) return doc.error();
    show_cluster(s, *report, doc->root());
    return report->healthy() ? exit_code::ok : exit_code::unavailable;
  });
}

} // namespace

void add_cluster_status(command_line& line, CLI::App& cluster) {
  auto watch = std::make_shared<watch_options>();
  CLI::App& verb =
      line.verb(cluster, {.name = "status",
                          .summary = "The cluster as a whole; exit code 6 if a member or an owner is missing",
                          .details = "Exit code 6 also where nothing is committed: a partition's stream does not answer, or what its\n"
                                     "owner wrote does not get into it.\n"
                                     "The columns are those of `ropewalk cluster members`.",
                          .example = "ropewalk cluster status\nropewalk cluster status -o json\n"
                                     "ropewalk cluster status --watch"});
  add_watch(verb, *watch);
  line.on(verb, [watch](session& s) { return run_cluster_status(s, *watch); });
}

} // namespace ropewalk::cli
