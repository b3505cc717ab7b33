// ropewalk thread update

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/thread_options.hpp"
#include "cli/thread/thread_view.hpp"
#include "cli/thread/verbs.hpp"
#include "cli/usage.hpp"

namespace ropewalk::cli {
namespace {

struct thread_update_options {
  std::string id, name, metadata, key;
  std::vector<std::string> tags;
  bool no_tags = false;
  limit_options limits;
  std::uint64_t expected_version = 0;
  option name_given, version_given;
};

result<exit_code> run_thread_update(session& s, const thread_update_options& o) {
  json_writer w;
  w.begin_object();
  if (o.name_given.given()) w.field("name", o.name); // "" removes it
  if (!o.tags.empty() || o.no_tags) write_strings(w, "tags", o.tags);
  if (auto fine = write_object(w, "metadata", o.metadata, "--metadata"); !fine) return fine.error();
  if (auto fine = write_limits(w, o.limits); !fine) return fine.error();
  if (w.text() == "{") return bad_usage({}, "nothing to change: give --name, --tag, --no-tags, --metadata or a limit");
  if (o.version_given.given()) w.field("expected_version", o.expected_version);
  w.end_object();
  const auto reply = s.change_thread(o.id, "update", w.text(), o.key);
  if (!reply) return reply.error();
  s.out().record(reply->root(), thread_lines_of(reply->root()));
  return exit_code::ok;
}

} // namespace

void add_thread_update(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_update_options>();
  CLI::App& verb = line.verb(
      thread, {.name = "update",
               .summary = "Change a thread's name, tags, metadata or limits",
               .details = "What is not named stays. Tags and metadata are replaced as a whole.",
               .example = "ropewalk thread update trip-oslo --name \"Oslo, by train\" --tag travel --tag booked\n"
                          "ropewalk thread update trip-oslo --max-messages 200 --ttl 7d"});
  add_whole_thread_id(verb, o->id);
  o->name_given = add_option(verb, "--name", o->name, "for people; \"\" removes it");
  add_tags(verb, o->tags, "the tags from now on; may be given again");
  add_flag(verb, "--no-tags", o->no_tags, "remove all tags");
  add_option(verb, "--metadata", o->metadata, "a JSON object, or @FILE");
  o->version_given =
      add_option(verb, "--expected-version", o->expected_version, "refuse if the thread's version is another one");
  add_idempotency_key(verb, o->key);
  add_limits(verb, o->limits);
  line.on(verb, [o](session& s) { return run_thread_update(s, *o); });
}

} // namespace ropewalk::cli
