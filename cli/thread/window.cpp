// ropewalk thread window

#include "cli/counted.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/message_view.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct thread_window_options {
  std::string id, shape = "openai";
  std::uint64_t max_messages = 0, max_tokens = 0;
  option messages_given, tokens_given;
};

result<exit_code> run_thread_window(session& s, const thread_window_options& o) {
  json_writer w;
  w.begin_object().field("shape", o.shape);
  if (o.messages_given.given()) w.field("max_messages", o.max_messages);
  if (o.tokens_given.given()) w.field("max_tokens", o.max_tokens);
  w.end_object();
  const auto reply = s.ask_thread(o.id, "window", w.text());
  if (!reply) return reply.error();
  const bool native = o.shape == "native";
  s.out().list(reply->root(), "messages", native ? message_columns() : shaped_columns(),
               native ? message_row : shaped_row, "no messages");
  if (s.out().style().terminal)
    s.note(counted(reply->number("count"), "message") + ", " + counted(reply->number("tokens"), "token"));
  return exit_code::ok;
}

} // namespace

void add_thread_window(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_window_options>();
  CLI::App& verb =
      line.verb(thread, {.name = "window",
                         .summary = "The last messages that fit a model's budget",
                         .details = "System messages come first; a tool's result is never parted from its call.",
                         .example = "ropewalk thread window trip-oslo --max-tokens 4000\n"
                                    "ropewalk thread window trip-oslo --max-messages 20 --shape langchain -o json"});
  add_thread_id(verb, o->id);
  o->messages_given = add_option(verb, "--max-messages", o->max_messages,
                                 "most messages; system messages count, but are never left out");
  o->tokens_given = add_option(verb, "--max-tokens", o->max_tokens, "token budget; default: the thread's own");
  add_option(verb, "--shape", o->shape, "openai, langchain or native").shows_default();
  line.on(verb, [o](session& s) { return run_thread_window(s, *o); });
}

} // namespace ropewalk::cli
