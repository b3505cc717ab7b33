// ropewalk thread clear

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/terminal_text.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct options {
  std::string id, key;
  bool yes = false, dry_run = false;
};

result<exit_code> run(session& s, const options& o) {
  std::string id = o.id;
  if (!o.yes || o.dry_run) {
    const auto seen = s.ask_thread(o.id, "get", "{}"); // asking shows the whole id
    if (!seen) return seen.error();
    const auto thread = seen->root().find("thread");
    if (!thread) return error{errc::internal, "bad_reply", "the reply has no thread", {}};
    id = reply_document::text_of(*thread, "id");
    const auto count = reply_document::number_of(*thread, "message_count");
    if (o.dry_run) {
      s.out().sentence(seen->root(),
                       fmt::format("would remove {} of thread {}", counted(count, "message"), id));
      return exit_code::ok;
    }
    const auto go_on =
        agreed(o.yes, fmt::format("Remove {} of thread {}?", counted(count, "message"), one_line(id)));
    if (!go_on) return go_on.error();
    if (!*go_on) {
      s.note("nothing was removed");
      return exit_code::failure;
    }
  }
  const auto reply = s.ask_exact_thread(id, "clear", "{}", o.key);
  if (!reply) return reply.error();
  s.out().sentence(reply->root(),
                   fmt::format("removed {} of thread {}", counted(reply->number("cleared"), "message"), id));
  return exit_code::ok;
}

} // namespace

void add_thread_clear(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<options>();
  CLI::App& verb =
      line.verb(thread, {.name = "clear",
                         .summary = "Remove all messages, keep the thread",
                         .details = "Seqs go on where they were. With --yes the id must be whole.",
                         .example = "ropewalk thread clear trip-oslo"});
  add_thread_id(verb, o->id);
  add_flag(verb, "-y,--yes", o->yes, "do not ask");
  add_flag(verb, "--dry-run", o->dry_run, "only say what would be removed");
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run(s, *o); });
}

} // namespace ropewalk::cli
