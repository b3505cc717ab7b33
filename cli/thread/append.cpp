// ropewalk thread append

#include <fmt/format.h>

#include "cli/file_text.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/verbs.hpp"
#include "cli/usage.hpp"
#include "runtime/limits.hpp"
#include "runtime/utf8.hpp"

namespace ropewalk::cli {
namespace {

struct thread_append_options {
  std::string id, text, role = "user", sender, name, metadata, json, tool_calls, tool_call_id, message_id, key;
  std::uint64_t expected_seq = 0;
  std::uint32_t tokens = 0;
  option text_given, seq_given, tokens_given;
};

// The content as JSON: text, standard input, or parts from a file.
result<std::string> content_json(const thread_append_options& o) {
  if (!o.json.empty()) {
    if (o.text_given.given()) return bad_usage("TEXT", "give either a text or --json FILE");
    auto file = read_whole(o.json, limits::request_bytes);
    if (!file) return file.error();
    const auto doc = json_document::parse(*file, {});
    if (!doc) return bad_usage("--json", o.json + " is not JSON: " + doc.error().detail);
    return doc->root().compact();
  }
  if (o.text_given.given() == 0) {
    if (!o.tool_calls.empty()) return std::string("null");
    return bad_usage("TEXT", "give the message's text, - to read it from standard input, or --json FILE");
  }
  std::string text = o.text;
  if (text == "-") {
    auto input = read_whole("-", limits::request_bytes);
    if (!input) return input.error();
    text = *std::move(input);
    if (text.ends_with('\n')) text.pop_back(); // a shell's last line break is none of the message's
  }
  if (!is_utf8(text)) return bad_usage("TEXT", "must be UTF-8");
  std::string json;
  append_json_string(json, text);
  return json;
}

result<exit_code> run_thread_append(session& s, const thread_append_options& o) {
  const auto content = content_json(o);
  if (!content) return content.error();
  json_writer w;
  w.begin_object().field("role", o.role).raw_field("content", *content);
  field_if(w, "sender", o.sender);
  field_if(w, "name", o.name);
  field_if(w, "tool_call_id", o.tool_call_id);
  field_if(w, "id", o.message_id);
  if (auto fine = write_object(w, "tool_calls", o.tool_calls, "--tool-calls"); !fine) return fine.error();
  if (auto fine = write_object(w, "metadata", o.metadata, "--metadata"); !fine) return fine.error();
  if (o.tokens_given.given()) w.field("tokens", o.tokens);
  if (o.seq_given.given()) w.field("expected_seq", o.expected_seq);
  w.end_object();
  const auto reply = s.change_thread(o.id, "append", w.text(), o.key.empty() ? fresh_key() : o.key);
  if (!reply) return reply.error();
  s.out().sentence(reply->root(), fmt::format("appended message {} to thread {}{}", reply->number("seq"), o.id,
                                              reply->flag("replayed") ? " (it was there already)" : ""));
  return exit_code::ok;
}

} // namespace

void add_thread_append(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_append_options>();
  CLI::App& verb =
      line.verb(thread, {.name = "append",
                         .summary = "Append a message",
                         .details = "",
                         .example = "ropewalk thread append trip-oslo \"Is there a night train?\" --sender ann\n"
                                    "ropewalk thread append trip-oslo - --role assistant < answer.txt\n"
                                    "ropewalk thread append trip-oslo --json parts.json"});
  add_whole_thread_id(verb, o->id);
  o->text_given = add_option(verb, "TEXT", o->text, "what it says; - reads standard input");
  add_option(verb, "-r,--role", o->role, "system, user, assistant or tool").shows_default();
  add_option(verb, "--sender", o->sender, "who, in your application's terms");
  add_option(verb, "--name", o->name, "the participant's or tool's name, as models see it");
  add_option(verb, "--json", o->json, "file with the content as JSON: a string or an array of parts");
  add_option(verb, "--tool-calls", o->tool_calls, "an assistant's calls, OpenAI's shape: JSON or @FILE");
  add_option(verb, "--tool-call-id", o->tool_call_id, "the call that a tool's message answers");
  add_option(verb, "--metadata", o->metadata, "a JSON object of your own, or @FILE");
  o->tokens_given = add_option(verb, "--tokens", o->tokens, "its tokens, if you counted them");
  add_option(verb, "--id", o->message_id, "the message's id; left out, one is made");
  o->seq_given = add_option(verb, "--expected-seq", o->expected_seq, "refuse if the thread's last seq is another one");
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_thread_append(s, *o); });
}

} // namespace ropewalk::cli
