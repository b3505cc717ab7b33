// ropewalk thread edit

#include <fmt/format.h>

#include "cli/file_text.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/thread_options.hpp"
#include "cli/thread/verbs.hpp"
#include "cli/usage.hpp"
#include "runtime/limits.hpp"
#include "runtime/utf8.hpp"

namespace ropewalk::cli {
namespace {

struct thread_edit_options {
  std::string id, message, text, json, tool_calls, metadata, name, key;
  std::uint64_t expected_revision = 0;
  std::uint32_t tokens = 0;
  option text_given, name_given, tokens_given, revision_given;
};

status_result write_content(json_writer& w, const thread_edit_options& o) {
  if (!o.json.empty()) return write_object(w, "content", "@" + o.json, "--json");
  if (o.text_given.given() == 0) return ok();
  std::string text = o.text;
  if (text == "-") {
    auto input = read_whole("-", limits::request_bytes);
    if (!input) return input.error();
    text = *std::move(input);
    if (text.ends_with('\n')) text.pop_back();
  }
  if (!is_utf8(text)) return bad_usage("TEXT", "must be UTF-8");
  w.field("content", text);
  return ok();
}

result<exit_code> run_thread_edit(session& s, const thread_edit_options& o) {
  json_writer w;
  w.begin_object();
  write_message_ref(w, o.message);
  const std::size_t empty = w.text().size();
  if (auto fine = write_content(w, o); !fine) return fine.error();
  if (auto fine = write_object(w, "tool_calls", o.tool_calls, "--tool-calls"); !fine) return fine.error();
  if (auto fine = write_object(w, "metadata", o.metadata, "--metadata"); !fine) return fine.error();
  if (o.name_given.given()) w.field("name", o.name); // "" removes it
  if (o.tokens_given.given()) w.field("tokens", o.tokens);
  if (w.text().size() == empty)
    return bad_usage({}, "nothing to change: give a text, --json, --tool-calls, --metadata, --name or --tokens");
  if (o.revision_given.given()) w.field("expected_revision", o.expected_revision);
  w.end_object();
  const auto reply = s.change_thread(o.id, "edit", w.text(), o.key);
  if (!reply) return reply.error();
  s.out().sentence(reply->root(),
                   fmt::format("message {} is at revision {}", reply->number("seq"), reply->number("revision")));
  return exit_code::ok;
}

} // namespace

void add_thread_edit(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_edit_options>();
  CLI::App& verb = line.verb(
      thread, {.name = "edit",
               .summary = "Change a message; the journal keeps the old one",
               .details = "",
               .example = "ropewalk thread edit trip-oslo 4 \"There is one at 22:45.\"\n"
                          "ropewalk thread edit trip-oslo 4 --metadata '{\"checked\":true}' --expected-revision 2"});
  add_whole_thread_id(verb, o->id);
  add_option(verb, "MESSAGE", o->message, "its seq or its id").required();
  o->text_given = add_option(verb, "TEXT", o->text, "what it says from now on; - reads standard input");
  add_option(verb, "--json", o->json, "file with the content as JSON");
  add_option(verb, "--tool-calls", o->tool_calls, "an assistant's calls: JSON or @FILE");
  add_option(verb, "--metadata", o->metadata, "a JSON object, or @FILE; replaces the old one");
  o->name_given = add_option(verb, "--name", o->name, "\"\" removes it");
  o->tokens_given = add_option(verb, "--tokens", o->tokens, "its tokens");
  o->revision_given =
      add_option(verb, "--expected-revision", o->expected_revision, "refuse if its revision is another one");
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_thread_edit(s, *o); });
}

} // namespace ropewalk::cli
