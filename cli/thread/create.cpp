// ropewalk thread create

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/thread_options.hpp"
#include "cli/thread/thread_view.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct thread_create_options {
  std::string id, name, user, agent, metadata, key;
  std::vector<std::string> tags;
  limit_options limits;
  bool if_absent = false;
  option id_given;
};

result<exit_code> run_thread_create(session& s, const thread_create_options& o) {
  json_writer w;
  w.begin_object();
  field_if(w, "name", o.name);
  field_if(w, "user", o.user);
  field_if(w, "agent", o.agent);
  if (!o.tags.empty()) write_strings(w, "tags", o.tags);
  if (auto fine = write_object(w, "metadata", o.metadata, "--metadata"); !fine) return fine.error();
  if (auto fine = write_limits(w, o.limits); !fine) return fine.error();
  if (o.if_absent) w.field("if_absent", true);
  w.end_object();
  const std::string key = o.key.empty() ? fresh_key() : o.key;
  const auto reply =
      o.id_given.given() ? s.ask_exact_thread(o.id, "create", w.text(), key) : s.ask_threads("create", w.text(), key);
  if (!reply) return reply.error();
  s.out().record(reply->root(), thread_lines_of(reply->root()));
  return exit_code::ok;
}

} // namespace

void add_thread_create(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_create_options>();
  CLI::App& verb =
      line.verb(thread, {.name = "create",
                         .summary = "Begin a thread",
                         .details = "",
                         .example = "ropewalk thread create trip-oslo --name \"Trip to Oslo\" --user ann --tag travel\n"
                                    "ropewalk thread create --user ann --ttl 30d --max-messages 500"});
  o->id_given = add_option(verb, "ID", o->id, "the thread's id; left out, one is made");
  add_option(verb, "--name", o->name, "for people");
  add_option(verb, "--user", o->user, "whose thread it is");
  add_option(verb, "--agent", o->agent, "the agent that it belongs to");
  add_tags(verb, o->tags, "a tag; may be given again");
  add_option(verb, "--metadata", o->metadata, "a JSON object of your own, or @FILE");
  add_flag(verb, "--if-absent", o->if_absent, "answer an existing thread as it is");
  add_idempotency_key(verb, o->key);
  add_limits(verb, o->limits);
  line.on(verb, [o](session& s) { return run_thread_create(s, *o); });
}

} // namespace ropewalk::cli
