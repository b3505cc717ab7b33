// ropewalk cluster partitions

#include "cli/cluster/cluster_report.hpp"
#include "cli/cluster/verbs.hpp"
#include "cli/duration_text.hpp"
#include "cli/reply_fields.hpp"
#include "cli/request_options.hpp"
#include "cli/terminal_text.hpp"

namespace ropewalk::cli {
namespace {

// A column a member: how far it is behind.
std::vector<column> cluster_partition_columns(const cluster_report& r) {
  std::vector<column> columns{{.title = "PARTITION", .right = true},
                              {.title = "OWNER"},
                              {.title = "EPOCH", .right = true},
                              {.title = "GENERATION", .right = true},
                              {.title = "HEAD", .right = true},
                              {.title = "UNCOMMITTED", .right = true}};
  for (const member_report& m : r.members) columns.push_back({.title = one_line(m.name) + " BEHIND", .right = true});
  return columns;
}

// "0", "3", "3, stands still", "0, stream silent 17s"
cell uncommitted_cell(json_view p) {
  const std::string entries = std::to_string(number_of(p, "uncommitted"));
  if (!flag_of(p, "standing_still")) return {entries};
  const std::int64_t silent_ms = number_of(p, "stream_silent_ms");
  return {entries + (silent_ms > 0 ? ", stream silent " + short_duration(silent_ms / 1000) : ", stands still"), colour::red};
}

row cluster_partition_row(json_view p) {
  const std::string owner = text_of(p, "owner");
  row cells{{std::to_string(number_of(p, "partition"))},
            {owner.empty() ? "none" : owner, owner.empty() ? colour::red : colour::none},
            {std::to_string(number_of(p, "epoch"))},
            {std::to_string(number_of(p, "generation"))},
            {std::to_string(number_of(p, "head"))},
            uncommitted_cell(p)};
  if (const auto behind = p.find("behind"); behind && behind->is(json_type::object))
    for (const json_member& m : behind->members()) {
      const auto entries = m.value.is(json_type::number) ? m.value.integer() : std::nullopt;
      cells.push_back(entries ? cell{std::to_string(*entries), *entries > 10'000 ? colour::yellow : colour::none}
                              : cell{"?", colour::red});
    }
  return cells;
}

result<exit_code> run_cluster_partitions(session& s, const watch_options& watch) {
  return watched(s, watch, [&]() -> result<exit_code> {
    auto report = ask_cluster(s);
    if (!report) return report.error();
    const auto client = s.client();
    if (!client) return client.error();
    look_for_standstill(**client, *report);
    const auto doc = reply_document::parse(render_partitions(*report));
    if (!doc) return doc.error();
    s.out().list(doc->root(), "partitions", cluster_partition_columns(*report), cluster_partition_row, "no partitions");
    return report->without_owner().empty() && report->standing_still().empty() ? exit_code::ok : exit_code::unavailable;
  });
}

} // namespace

void add_cluster_partitions(command_line& line, CLI::App& cluster) {
  auto watch = std::make_shared<watch_options>();
  CLI::App& verb = line.verb(
      cluster, {.name = "partitions",
                .summary = "Each partition: its owner, epoch, stream generation and head, and who is behind",
                .details = "BEHIND: accepted entries that are not on that member's disk yet; ? = it does not answer.\n"
                           "UNCOMMITTED: entries on the owner's disk that are not in the partition's stream. A few are always on\n"
                           "their way; they stand still where JetStream is away, and nothing is replicated then.\n"
                           "Exit code 6 if a partition has no owner, or stands still.",
                .example = "ropewalk cluster partitions\nropewalk cluster partitions -o json"});
  add_watch(verb, *watch);
  line.on(verb, [watch](session& s) { return run_cluster_partitions(s, *watch); });
}

} // namespace ropewalk::cli
