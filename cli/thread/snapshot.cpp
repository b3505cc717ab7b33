// ropewalk thread snapshot

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/duration_text.hpp"
#include "cli/file_text.hpp"
#include "cli/json_text_view.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct thread_snapshot_options {
  std::string id, out;
};

result<exit_code> run_thread_snapshot(session& s, const thread_snapshot_options& o) {
  const auto reply = s.ask_thread(o.id, "snapshot", "{}");
  if (!reply) return reply.error();
  const auto snapshot = reply->root().find("snapshot");
  if (!snapshot) return error{errc::internal, "bad_reply", "the reply has no snapshot", {}};
  const auto text = [&](std::string_view member) { return reply_document::text_of(*snapshot, member); };
  const std::string messages = counted(reply_document::number_of(*snapshot, "messages"), "message");
  if (!o.out.empty() && o.out != "-") {
    auto file = whole_file::create(o.out);
    if (!file) return file.error();
    if (auto written = file->write(indented_json(reply->root()) + "\n"); !written) return written.error();
    if (auto kept = file->keep(); !kept) return kept.error();
    s.note(fmt::format("wrote a snapshot of thread {} with {} to {}", text("thread"), messages, o.out));
    return exit_code::ok;
  }
  s.out().record(reply->root(),
                 {
                     {"thread", {text("thread"), colour::bold}},
                     {"version", {std::to_string(reply_document::number_of(*snapshot, "version"))}},
                     {"messages", {std::to_string(reply_document::number_of(*snapshot, "messages"))}},
                     {"digest", {text("digest")}},
                     {"entry",
                      {fmt::format("partition {}, index {}, hash {}", reply_document::number_of(*snapshot, "partition"),
                                   reply_document::number_of(*snapshot, "index"), text("hash"))}},
                     {"cluster", {text("cluster")}},
                     {"time", {short_time(text("time"))}},
                     {"signed by", {text("key")}},
                     {"signature", {text("signature")}},
                 });
  return exit_code::ok;
}

} // namespace

void add_thread_snapshot(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_snapshot_options>();
  CLI::App& verb = line.verb(
      thread,
      {.name = "snapshot",
       .summary = "A signed statement of what a thread is now",
       .details =
           "Says version, count and digest of the messages, and the journal's entry. `thread verify` compares a\n"
           "thread with it later. A file given with --out appears only when it is complete.",
       .example = "ropewalk thread snapshot trip-oslo --out trip.snapshot.json\n"
                  "ropewalk thread verify trip-oslo --snapshot trip.snapshot.json"});
  add_thread_id(verb, o->id);
  add_option(verb, "--out", o->out, "the file to write; default: standard output");
  line.on(verb, [o](session& s) { return run_thread_snapshot(s, *o); });
}

} // namespace ropewalk::cli
