// ropewalk verify: reads a journal from its first entry to its last and checks that its chains hold.

#include <fmt/format.h>

#include "cli/node/stop_signals.hpp"
#include "cli/option.hpp"
#include "cli/progress.hpp"
#include "cli/usage.hpp"
#include "cli/verbs.hpp"
#include "runtime/hex.hpp"
#include "runtime/json_writer.hpp"
#include "storage/journal_reader.hpp"

namespace ropewalk::cli {
namespace {

std::string report_json(const storage::journal_meta& meta, const storage::chain_report& r) {
  json_writer w;
  w.begin_object().field("verified", !r.first_bad.has_value()).field("cluster", meta.cluster);
  w.field("entries", r.entries)
      .field("entities", r.entities)
      .field("snapshots", r.snapshots)
      .field("bad_snapshots", r.bad_snapshots);
  if (r.first_bad)
    w.key("first_bad")
        .begin_object()
        .field("partition", int{r.first_bad->partition.value})
        .field("index", r.first_bad->index)
        .field("position", r.first_bad->position)
        .field("why", r.first_bad->why)
        .end_object();
  w.key("heads").begin_array();
  for (std::size_t p = 0; p < r.heads.size(); ++p)
    w.begin_object()
        .field("partition", std::uint64_t{p})
        .field("index", r.heads[p].index)
        .field("hash", to_hex(r.heads[p].hash))
        .end_object();
  w.end_array().end_object();
  return std::move(w).take();
}

result<exit_code> run(session& s, const std::string& data) {
  if (data.empty()) return bad_usage("--data", "is required: the directory of the journal");
  const std::filesystem::path file = std::filesystem::path(data) / "journal.db";
  if (!std::filesystem::exists(file))
    return error{errc::not_found, "no_journal", "there is no journal in " + data, "--data"};
  auto reader = storage::journal_reader::open(file);
  if (!reader) return reader.error();
  const stop_signals signals;
  progress bar("verifying", 0, "entries");
  const auto report = reader->verify_chain([&](std::uint64_t done, std::uint64_t all) {
    bar.total(all);
    bar.at(done);
    return signals.wait(std::chrono::milliseconds(0)) == 0;
  });
  bar.clear();
  if (!report && report.error().type == "interrupted") {
    s.note("interrupted; nothing is known of the rest");
    return exit_code::interrupted;
  }
  if (!report) return report.error();
  const auto doc = reply_document::parse(report_json(reader->meta(), *report));
  if (!doc) return doc.error();
  std::uint64_t partitions = 0;
  for (const auto& head : report->heads) partitions += head.index > 0 ? 1 : 0;
  const detail_lines lines{
      {"journal", {file.string()}},
      {"cluster", {reader->meta().cluster}},
      {"entries", {fmt::format("{} of {} entities, in {} partitions", report->entries, report->entities, partitions)}},
      {"snapshots",
       {report->bad_snapshots == 0
            ? std::to_string(report->snapshots)
            : fmt::format("{}, of which {} do not verify (they are replaced as threads are used)", report->snapshots,
                          report->bad_snapshots)}},
      {"first bad",
       {report->first_bad ? fmt::format("partition {}, index {}, position {}: {}", report->first_bad->partition.value,
                                        report->first_bad->index, report->first_bad->position, report->first_bad->why)
                          : "",
        colour::red}},
      {"chains", {report->first_bad ? "do NOT verify" : "verify", report->first_bad ? colour::red : colour::green}},
  };
  s.out().record(doc->root(), lines);
  return report->first_bad ? exit_code::verification_failed : exit_code::ok;
}

} // namespace

void add_verify(command_line& line) {
  auto data = std::make_shared<std::string>();
  CLI::App& verb =
      line.verb(line.root(), {.name = "verify",
                              .summary = "Check the hash chains of a journal; exit code 7 if one does not hold",
                              .details = "Reads the files itself; the node may run or not.",
                              .example = "ropewalk verify --data /var/lib/ropewalk\nropewalk verify --data "
                                         "~/.local/state/ropewalk/dev/node"});
  add_option(verb, "--data", *data, "the node's directory").variable("ROPEWALK_DATA");
  line.on(verb, [data](session& s) { return run(s, *data); });
}

} // namespace ropewalk::cli
