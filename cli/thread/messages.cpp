// ropewalk thread messages

#include <fmt/format.h>

#include "cli/option.hpp"
#include "cli/problem_text.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/message_view.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::uint64_t page = 1000; // of --all; the node's own bound

struct thread_messages_options {
  std::string id, cursor;
  std::uint64_t limit = 50, offset = 0, before = 0, after = 0;
  bool reverse = false, all = false;
  watch_options watch;
  option offset_given, before_given, after_given;
};

std::string messages_request(const thread_messages_options& o, std::uint64_t limit, const std::string& cursor) {
  json_writer w;
  w.begin_object().field("limit", limit);
  if (!cursor.empty()) {
    w.field("cursor", cursor).end_object(); // a cursor knows where it came from
    return std::move(w).take();
  }
  if (o.offset_given.given()) w.field("offset", o.offset);
  if (o.before_given.given()) w.field("before_seq", o.before);
  if (o.after_given.given()) w.field("after_seq", o.after);
  if (o.reverse) w.field("reverse", true);
  w.end_object();
  return std::move(w).take();
}

result<exit_code> one_page(session& s, const thread_messages_options& o) {
  const auto reply = s.ask_thread(o.id, "messages", messages_request(o, o.limit, o.cursor));
  if (!reply) return reply.error();
  s.out().list(reply->root(), "messages", message_columns(), message_row, "no messages");
  const std::string next = reply->text("next_cursor");
  if (!next.empty() && s.out().style().terminal) s.note("there are more: --all, or --cursor " + shell_word(next));
  return exit_code::ok;
}

// Page after page. json and yaml are one document, so that those wait for the end.
result<exit_code> all_pages(session& s, const thread_messages_options& o) {
  const output_format format = s.out().style().format;
  const bool joined = format == output_format::json || format == output_format::yaml;
  std::string cursor = o.cursor, elements;
  for (bool first = true;; first = false) {
    const auto reply = s.ask_thread(first ? o.id : s.place().id, "messages", messages_request(o, page, cursor));
    if (!reply) return reply.error();
    if (joined) {
      if (const auto messages = reply->root().find("messages"))
        for (const json_view m : messages->elements()) (elements += elements.empty() ? "" : ",") += m.raw();
    } else if (first) s.out().list(reply->root(), "messages", message_columns(), message_row, "no messages");
    else if (const auto messages = reply->root().find("messages"))
      for (const json_view m : messages->elements()) s.out().element(m, message_columns(), message_row);
    cursor = reply->text("next_cursor");
    if (!cursor.empty()) continue;
    if (!joined) return exit_code::ok;
    const auto whole =
        reply_document::parse(fmt::format(R"({{"messages":[{}],"first_seq":{},"last_seq":{}}})", elements,
                                          reply->number("first_seq"), reply->number("last_seq")));
    if (!whole) return whole.error();
    s.out().list(whole->root(), "messages", message_columns(), message_row, "no messages");
    return exit_code::ok;
  }
}

result<exit_code> run_thread_messages(session& s, const thread_messages_options& o) {
  return watched(s, o.watch, [&] { return o.all ? all_pages(s, o) : one_page(s, o); });
}

} // namespace

void add_thread_messages(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_messages_options>();
  CLI::App& verb =
      line.verb(thread, {.name = "messages",
                         .summary = "Read messages",
                         .details = "On a terminal a message is one line, cut to its width; -o wide cuts nothing.",
                         .example = "ropewalk thread messages trip-oslo\n"
                                    "ropewalk thread messages trip-oslo --reverse --limit 10\n"
                                    "ropewalk thread messages trip-oslo --after 120 --all -o jsonl"});
  add_thread_id(verb, o->id);
  add_option(verb, "-n,--limit", o->limit, "most messages").shows_default();
  o->offset_given = add_option(verb, "--offset", o->offset, "messages to skip");
  o->before_given = add_option(verb, "--before", o->before, "only messages before this seq");
  o->after_given = add_option(verb, "--after", o->after, "only messages after this seq");
  add_flag(verb, "--reverse", o->reverse, "newest first");
  option cursor = add_option(verb, "--cursor", o->cursor, "next_cursor of the page before");
  for (const option& other : {o->offset_given, o->before_given, o->after_given}) cursor.excludes(other);
  add_flag(verb, "--all", o->all, "all pages, whatever --limit says");
  add_watch(verb, o->watch);
  line.on(verb, [o](session& s) { return run_thread_messages(s, *o); });
}

} // namespace ropewalk::cli
