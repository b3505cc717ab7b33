// ropewalk verify: reads a journal from its first entry to its last and checks that its chains hold, and that each
// checkpoint is sealed with a key of the keyring and follows these chains. With --cluster all members do, and are compared.

#include <fmt/format.h>

#include "cli/cluster/verify.hpp"
#include "cli/counted.hpp"
#include "cli/node/journal_on_disk.hpp"
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

bool verified(const storage::chain_report& r) { return !r.first_bad && r.refused_checkpoints.empty(); }

std::string verified_json(const storage::journal_meta& meta, const storage::chain_report& r, bool with_keys) {
  json_writer w;
  w.begin_object().field("verified", verified(r)).field("cluster", meta.cluster);
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
  w.key("checkpoints").begin_object().field("all", r.checkpoints).field("seals_checked", with_keys);
  if (with_keys) {
    w.field("good", r.good_checkpoints).field("bad", r.bad_checkpoints).field("unknown_key", r.unknown_key_checkpoints);
    w.key("refused").begin_array();
    for (const storage::checkpoint_fault& f : r.refused_checkpoints)
      w.begin_object()
          .field("org", f.entity.org)
          .field("workflow", f.entity.id)
          .field("version", f.version)
          .field("checkpoint", f.id)
          .field("reason", f.why.type)
          .field("detail", f.why.detail)
          .end_object();
    w.end_array();
  }
  w.end_object();
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

struct verify_options {
  std::string data, keyring;
  bool cluster = false;
  cluster_verify_options members;
};

detail_lines verified_lines(const std::string& file, const storage::journal_meta& meta, const storage::chain_report& r,
                            bool with_keys) {
  std::uint64_t partitions = 0;
  for (const auto& head : r.heads) partitions += head.index > 0 ? 1 : 0;
  detail_lines lines{
      {"journal", {file}},
      {"cluster", {meta.cluster}},
      {"entries", {fmt::format("{} of {} entities, in {} partitions", r.entries, r.entities, partitions)}},
      {"snapshots",
       {r.bad_snapshots == 0 ? std::to_string(r.snapshots)
                             : fmt::format("{}, of which {} do not verify (they are replaced as threads are used)",
                                           r.snapshots, r.bad_snapshots)}},
      {"first bad",
       {r.first_bad ? fmt::format("partition {}, index {}, position {}: {}", r.first_bad->partition.value,
                                  r.first_bad->index, r.first_bad->position, r.first_bad->why)
                    : "",
        colour::red}},
      {"chains", {r.first_bad ? "do NOT verify" : "verify", r.first_bad ? colour::red : colour::green}},
  };
  if (!with_keys) {
    lines.push_back({"checkpoints", {fmt::format("{}, seals not checked: no keyring", r.checkpoints), colour::yellow}});
    return lines;
  }
  for (const storage::checkpoint_fault& f : r.refused_checkpoints)
    lines.push_back({"refused",
                     {fmt::format("{} of workflow {} ({}) at version {}: {} ({})", f.id, f.entity.id, f.entity.org,
                                  f.version, f.why.detail, f.why.type),
                      colour::red}});
  const std::uint64_t refused = r.bad_checkpoints + r.unknown_key_checkpoints;
  lines.push_back({"checkpoints",
                   {refused == 0 ? fmt::format("{} verify", r.checkpoints)
                                 : fmt::format("{} of {} do NOT verify", refused, r.checkpoints),
                    refused == 0 ? colour::green : colour::red}});
  return lines;
}

result<exit_code> run_verify(session& s, const verify_options& o) {
  if (o.cluster && o.members.quick && !o.members.repair.empty())
    return bad_usage("--quick", "cannot be given with --repair: what is wrong must be known whole");
  if (o.cluster) return run_cluster_verify(s, o.members);
  if (o.members.quick || !o.members.repair.empty())
    return bad_usage("--cluster", "is required with --quick and --repair");
  const auto found = find_journal(o.data, o.keyring);
  if (!found) return found.error();
  const bool with_keys = found->keys.has_value();
  auto reader = storage::journal_reader::open(found->file);
  if (!reader) return reader.error();
  const stop_signals signals;
  progress bar("verifying", 0, "entries");
  const auto report = reader->verify_chain(
      [&](std::uint64_t done, std::uint64_t all) {
        bar.total(all);
        bar.at(done);
        return signals.wait(std::chrono::milliseconds(0)) == 0;
      },
      found->keyring());
  bar.clear();
  if (!report && report.error().type == "interrupted") {
    s.note("interrupted; nothing is known of the rest");
    return exit_code::interrupted;
  }
  if (!report) return report.error();
  const auto doc = reply_document::parse(verified_json(reader->meta(), *report, with_keys));
  if (!doc) return doc.error();
  s.out().record(doc->root(), verified_lines(found->file.string(), reader->meta(), *report, with_keys));
  note_unchecked_seals(s, *found, report->checkpoints);
  return verified(*report) ? exit_code::ok : exit_code::verification_failed;
}

} // namespace

void add_verify(command_line& line) {
  auto o = std::make_shared<verify_options>();
  CLI::App& verb = line.verb(
      line.root(), {.name = "verify",
                    .summary = "Check a journal's hash chains and its checkpoints' seals; exit code 7 if one is bad",
                    .details =
                        "With --data it reads the files itself; the node may run or not. Seals are checked with the\n"
                        "keyring of the directory, or the one given.\n"
                        "With --cluster all members read their own journals, in the background, and their chains are\n"
                        "compared at indices that they have in common: names the first one at which they differ. --quick\n"
                        "only compares. Exit code 6 if all that was seen is well and a member did not answer.\n"
                        "--repair: what the member has wrong goes to its quarantine, and it learns that from the others.",
                    .example = "ropewalk verify --data /var/lib/ropewalk\n"
                               "ropewalk verify --cluster\n"
                               "ropewalk verify --cluster --repair n2"});
  add_option(verb, "--data", o->data, "the node's directory").variable("ROPEWALK_DATA");
  add_option(verb, "--keyring", o->keyring, "the node's keyring: a file, or fd:N; default: the one in the directory")
      .variable("ROPEWALK_KEYRING");
  add_flag(verb, "--cluster", o->cluster, "all members of the cluster, over NATS; --data is not looked at");
  add_flag(verb, "--quick", o->members.quick, "with --cluster: no member reads its whole journal");
  add_option(verb, "--repair", o->members.repair, "with --cluster: a member whose chain is wrong");
  add_yes(verb, o->members.confirm);
  add_dry_run(verb, o->members.confirm);
  line.on(verb, [o](session& s) { return run_verify(s, *o); });
}

} // namespace ropewalk::cli
