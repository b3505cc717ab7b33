// ropewalk thread search

#include <fmt/format.h>

#include "cli/duration_text.hpp"
#include "cli/option.hpp"
#include "cli/problem_text.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/message_view.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct thread_search_options {
  std::vector<std::string> words;
  std::string role, sender, name, thread, user, tag, since, until, cursor;
  std::uint64_t limit = 20;
};

const std::vector<column>& hit_columns() {
  static const std::vector<column> columns{
      {.title = "THREAD"},
      {.title = "SEQ", .right = true},
      {.title = "ROLE"},
      {.title = "FROM"},
      {.title = "CREATED"},
      {.title = "SCORE", .right = true, .wide_only = true},
      {.title = "ID", .wide_only = true},
      {.title = "THREAD NAME", .wide_only = true},
      {.title = "TEXT", .stretch = true},
  };
  return columns;
}

row hit_row(json_view h) {
  const auto text = [&](std::string_view member) { return reply_document::text_of(h, member); };
  const std::string role = text("role");
  const auto score = h.find("score");
  return {{text("thread")},
          {std::to_string(reply_document::number_of(h, "seq"))},
          {role, colour_of_role(role)},
          {text("sender").empty() ? text("name") : text("sender")},
          {short_time(text("created_at")), colour::dim},
          {score && score->is(json_type::number) ? fmt::format("{:.2f}", score->number()) : ""},
          {text("id")},
          {text("thread_name")},
          {text("snippet")}};
}

result<exit_code> run_thread_search(session& s, const thread_search_options& o) {
  std::string query;
  for (const std::string& word : o.words) query += (query.empty() ? "" : " ") + word;
  json_writer w;
  w.begin_object().field("query", query).field("limit", o.limit);
  field_if(w, "role", o.role);
  field_if(w, "sender", o.sender);
  field_if(w, "name", o.name);
  field_if(w, "thread", o.thread);
  field_if(w, "user", o.user);
  field_if(w, "tag", o.tag);
  for (const auto& [member, option, given] :
       {std::tuple{"since", "--since", &o.since}, std::tuple{"until", "--until", &o.until}}) {
    if (given->empty()) continue;
    const auto moment = parse_moment(*given, wall_clock(), option);
    if (!moment) return moment.error();
    w.field(member, *moment);
  }
  field_if(w, "cursor", o.cursor);
  w.end_object();
  const auto reply = s.ask_threads("search", w.text());
  if (!reply) return reply.error();
  s.out().list(reply->root(), "hits", hit_columns(), hit_row, "nothing found");
  const std::string next = reply->text("next_cursor");
  if (!next.empty() && s.out().style().terminal) s.note("there are more: --cursor " + shell_word(next));
  return exit_code::ok;
}

} // namespace

void add_thread_search(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_search_options>();
  CLI::App& verb = line.verb(
      thread,
      {.name = "search",
       .summary = "Find messages by their text",
       .details = "All words must occur: a \"quoted phrase\" as it stands, -word not at all, word* as a beginning.\n"
                  "Put -- before a query that begins with a minus.",
       .example = "ropewalk thread search night train\n"
                  "ropewalk thread search '\"night train\" oslo -bus' --role user --since 30d"});
  add_option(verb, "QUERY", o->words, "what to look for").required();
  add_option(verb, "-r,--role", o->role, "only this role");
  add_option(verb, "--sender", o->sender, "only this sender");
  add_option(verb, "--name", o->name, "only messages with this name");
  add_option(verb, "--thread", o->thread, "only this thread; its whole id");
  add_option(verb, "--user", o->user, "only this user's threads");
  add_option(verb, "--tag", o->tag, "only threads with this tag");
  add_option(verb, "--since", o->since, "only messages since: 2h, 7d, 2026-01-31 or a time");
  add_option(verb, "--until", o->until, "only messages before");
  add_option(verb, "-n,--limit", o->limit, "most hits").shows_default();
  add_option(verb, "--cursor", o->cursor, "next_cursor of the page before");
  line.on(verb, [o](session& s) { return run_thread_search(s, *o); });
}

} // namespace ropewalk::cli
