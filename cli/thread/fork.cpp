// ropewalk thread fork

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/thread_options.hpp"
#include "cli/thread/thread_view.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct thread_fork_options {
  std::string id, at, child, name, user, metadata, key;
  std::vector<std::string> tags;
};

result<exit_code> run_thread_fork(session& s, const thread_fork_options& o) {
  json_writer w;
  w.begin_object();
  if (!o.at.empty()) write_message_ref(w, o.at);
  field_if(w, "thread", o.child);
  field_if(w, "name", o.name);
  field_if(w, "user", o.user);
  if (!o.tags.empty()) write_strings(w, "tags", o.tags);
  if (auto fine = write_object(w, "metadata", o.metadata, "--metadata"); !fine) return fine.error();
  w.end_object();
  const auto reply = s.change_thread(o.id, "fork", w.text(), o.key.empty() ? fresh_key() : o.key);
  if (!reply) return reply.error();
  s.out().record(reply->root(), thread_lines_of(reply->root()));
  return exit_code::ok;
}

} // namespace

void add_thread_fork(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_fork_options>();
  CLI::App& verb = line.verb(
      thread, {.name = "fork",
               .summary = "Begin a thread that shares this one's messages up to a point",
               .details = "Nothing is copied; later changes of either are not seen by the other.",
               .example = "ropewalk thread fork trip-oslo\n"
                          "ropewalk thread fork trip-oslo --at 4 --as trip-bergen --name \"Bergen instead\""});
  add_whole_thread_id(verb, o->id);
  add_option(verb, "--at", o->at, "the last message to share, by seq or id; default: the last one");
  add_option(verb, "--as", o->child, "the new thread's id; left out, one is made");
  add_option(verb, "--name", o->name, "the new thread's name; default: this one's");
  add_option(verb, "--user", o->user, "the new thread's user; default: this one's");
  add_tags(verb, o->tags, "a tag of the new thread; may be given again");
  add_option(verb, "--metadata", o->metadata, "the new thread's metadata: JSON or @FILE");
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_thread_fork(s, *o); });
}

} // namespace ropewalk::cli
