// ropewalk thread verify

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/file_text.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::size_t snapshot_bytes_max = 16 << 10;

struct thread_verify_options {
  std::string id, snapshot;
};

// The file as `thread snapshot` writes it, or the statement alone.
result<std::string> body_of(const thread_verify_options& o) {
  if (o.snapshot.empty()) return std::string("{}");
  auto text = read_whole(o.snapshot, snapshot_bytes_max);
  if (!text) return text.error();
  const auto doc = json_document::parse(*text, {.max_bytes = snapshot_bytes_max, .max_depth = 4, .max_values = 64});
  if (!doc || !doc->root().is(json_type::object))
    return error{
        errc::invalid, {}, o.snapshot + " holds no snapshot" + (doc ? "" : ": " + doc.error().detail), "--snapshot"};
  const auto inner = doc->root().find("snapshot");
  json_writer w;
  w.begin_object().raw_field("snapshot", inner ? inner->raw() : doc->root().raw()).end_object();
  return std::move(w).take();
}

const std::vector<column>& fault_columns() {
  static const std::vector<column> columns{{.title = "KIND"},
                                           {.title = "VERSION", .right = true},
                                           {.title = "SEQ", .right = true},
                                           {.title = "FAULT", .stretch = true}};
  return columns;
}

row fault_row(json_view f) {
  const auto number = [&](std::string_view member) {
    const auto n = reply_document::number_of(f, member);
    return n == 0 ? std::string{} : std::to_string(n);
  };
  return {{reply_document::text_of(f, "kind"), colour::red},
          {number("version")},
          {number("seq")},
          {reply_document::text_of(f, "detail")}};
}

result<exit_code> run_thread_verify(session& s, const thread_verify_options& o) {
  const auto body = body_of(o);
  if (!body) return body.error();
  const auto reply = s.ask_thread(o.id, "verify", *body);
  if (!reply) return reply.error();
  if (reply->flag("valid")) {
    s.out().sentence(reply->root(), fmt::format("thread {} verifies: version {}, {}{}", s.place().id,
                                                reply->number("version"), counted(reply->number("messages"), "message"),
                                                o.snapshot.empty() ? "" : "; it was what the snapshot says"));
    return exit_code::ok;
  }
  s.out().list(reply->root(), "faults", fault_columns(), fault_row, "no faults");
  s.note(fmt::format("thread {} does NOT verify", s.place().id));
  return exit_code::verification_failed;
}

} // namespace

void add_thread_verify(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_verify_options>();
  CLI::App& verb = line.verb(
      thread,
      {.name = "verify",
       .summary = "Whether a thread is what its journal says; exit code 7 if not",
       .details = "Reads all of its entries, folds them anew and compares the result with what the thread shows.\n"
                  "With a snapshot also: whether that is genuine, and what the thread was then.",
       .example = "ropewalk thread verify trip-oslo\n"
                  "ropewalk thread verify trip-oslo --snapshot trip.snapshot.json"});
  add_thread_id(verb, o->id);
  add_option(verb, "--snapshot", o->snapshot, "a file that `thread snapshot` wrote; \"-\" is standard input");
  line.on(verb, [o](session& s) { return run_thread_verify(s, *o); });
}

} // namespace ropewalk::cli
