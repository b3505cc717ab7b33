// ropewalk thread delete

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/terminal_text.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct options {
  std::string id, reason, key;
  bool yes = false, dry_run = false;
};

result<exit_code> run(session& s, const options& o) {
  std::string id = o.id;
  if (!o.yes || o.dry_run) {
    // Asking shows the whole id, so that here a prefix is safe.
    const auto seen = s.ask_thread(o.id, "get", "{}");
    if (!seen) return seen.error();
    const auto thread = seen->root().find("thread");
    if (!thread) return error{errc::internal, "bad_reply", "the reply has no thread", {}};
    id = reply_document::text_of(*thread, "id");
    const auto count = reply_document::number_of(*thread, "message_count");
    if (o.dry_run) {
      s.out().sentence(seen->root(),
                       fmt::format("would delete thread {} with {}", id, counted(count, "message")));
      return exit_code::ok;
    }
    const auto go_on =
        agreed(o.yes, fmt::format("Delete thread {} with {}?", one_line(id), counted(count, "message")));
    if (!go_on) return go_on.error();
    if (!*go_on) {
      s.note("nothing was deleted");
      return exit_code::failure;
    }
  }
  json_writer w;
  w.begin_object();
  field_if(w, "reason", o.reason);
  w.end_object();
  const auto reply = s.ask_exact_thread(id, "delete", w.text(), o.key);
  if (!reply) return reply.error();
  s.out().sentence(reply->root(), fmt::format("deleted thread {} with {}", id,
                                              counted(reply->number("messages"), "message")));
  return exit_code::ok;
}

} // namespace

void add_thread_delete(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<options>();
  CLI::App& verb =
      line.verb(thread, {.name = "delete",
                         .summary = "Delete a thread and its messages",
                         .details = "Forks of it keep what they share. With --yes the id must be whole.",
                         .example = "ropewalk thread delete trip-oslo --reason \"asked for by the user\"\n"
                                    "ropewalk thread delete trip-oslo --dry-run"});
  add_thread_id(verb, o->id);
  add_flag(verb, "-y,--yes", o->yes, "do not ask");
  add_flag(verb, "--dry-run", o->dry_run, "only say what would be deleted");
  add_option(verb, "--reason", o->reason, "recorded in the journal");
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run(s, *o); });
}

} // namespace ropewalk::cli
