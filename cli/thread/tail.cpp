// ropewalk thread tail: shows a thread's messages as they come.
//
// The subscription to live events begins before the first read, so that there is no moment between the two. A
// gap in the events, a reconnect, events that were dropped and a poll every 2 seconds each cause another read
// behind the last seq that was shown.

#include <fmt/format.h>

#include "cli/duration_text.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/follow.hpp"
#include "cli/thread/message_view.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::chrono::milliseconds poll_interval{2000};

struct thread_tail_options {
  std::string id, since;
  std::uint64_t from = 0, lines = 10;
  bool once = false;
  option from_given;
};

class follower {
public:
  follower(session& s, const thread_tail_options& o) : s_(s), o_(o) {}

  result<exit_code> run() {
    // Asked first: an id prefix becomes the id, and a thread that does not exist is an error, not a wait.
    if (const auto seen = s_.ask_thread(o_.id, "get", "{}"); !seen) return seen.error();
    id_ = s_.place().id;
    auto client = s_.client();
    if (!client) return client.error();
    auto events = (*client)->thread_events(id_);
    if (!events) return events.error();
    if (auto begun = begin(); !begun) return begun.error();
    if (auto read = read_on(); !read) return read.error();
    if (o_.once) return exit_code::ok;
    return follow(**client, **events);
  }

private:
  result<reply_document> messages(const std::string& body) { return s_.ask_exact_thread(id_, "messages", body); }

  void show(json_view message) {
    if (!since_.empty() && reply_document::text_of(message, "created_at") < since_) return;
    s_.out().element(message, message_columns(), message_row);
  }

  // Where to begin: --from, --since, or the last few messages.
  status_result begin() {
    if (!o_.since.empty()) {
      auto since = parse_moment(o_.since, wall_clock(), "--since");
      if (!since) return since.error();
      since_ = *std::move(since);
    }
    if (o_.from_given.given()) {
      position_ = follow_position(o_.from > 0 ? o_.from - 1 : 0);
      return ok();
    }
    if (!since_.empty()) return begin_since();
    if (o_.lines == 0) {
      const auto newest = messages(R"({"limit":1,"reverse":true})");
      if (!newest) return newest.error();
      position_ = follow_position(static_cast<std::uint64_t>(newest->number("last_seq")));
      return ok();
    }
    const auto newest =
        messages(fmt::format(R"({{"limit":{},"reverse":true}})", std::min<std::uint64_t>(o_.lines, 1000)));
    if (!newest) return newest.error();
    std::uint64_t oldest = static_cast<std::uint64_t>(newest->number("last_seq")) + 1;
    if (const auto list = newest->root().find("messages"))
      for (const json_view m : list->elements()) oldest = std::min(oldest, seq_of(m));
    position_ = follow_position(oldest - 1);
    return ok();
  }

  // Backwards until a page holds nothing that is new enough.
  status_result begin_since() {
    std::string cursor;
    std::uint64_t oldest = 0;
    do {
      const auto page =
          messages(cursor.empty()
                       ? R"({"limit":1000,"reverse":true})"
                       : json_writer().begin_object().field("limit", 1000).field("cursor", cursor).end_object().text());
      if (!page) return page.error();
      if (oldest == 0) oldest = static_cast<std::uint64_t>(page->number("last_seq")) + 1;
      cursor = page->text("next_cursor");
      if (const auto list = page->root().find("messages"))
        for (const json_view m : list->elements()) {
          if (reply_document::text_of(m, "created_at") < since_) cursor.clear();
          else oldest = std::min(oldest, seq_of(m));
        }
    } while (!cursor.empty());
    position_ = follow_position(oldest - 1);
    return ok();
  }

  static std::uint64_t seq_of(json_view m) { return static_cast<std::uint64_t>(reply_document::number_of(m, "seq")); }

  // All that is behind the position, page by page.
  status_result read_on() {
    for (;;) {
      const auto page = messages(fmt::format(R"({{"limit":1000,"after_seq":{}}})", position_.seen()));
      if (!page) return page.error();
      if (const auto list = page->root().find("messages"))
        for (const json_view m : list->elements())
          if (position_.on_read(seq_of(m))) show(m);
      if (!page->text("next_cursor").empty()) continue;
      position_.on_read_end(static_cast<std::uint64_t>(page->number("last_seq")));
      return s_.out().finish();
    }
  }

  result<exit_code> follow(wire_client& client, transport::nats_inbox& events) {
    std::uint64_t reconnects = client.connection().reconnects(), dropped = 0;
    bool away = false;
    for (;;) {
      const auto event = events.next(poll_interval);
      bool read = !event;
      if (event) {
        const auto doc = reply_document::parse(std::string(event->body()));
        if (!doc) read = true; // whatever it is, reading is right
        else if (doc->text("type") == "deleted") {
          s_.note("the thread was deleted");
          return exit_code::not_found;
        } else read = on_event(*doc);
      }
      if (client.connection().reconnects() != reconnects || events.dropped() != dropped) {
        reconnects = client.connection().reconnects();
        dropped = events.dropped();
        read = true;
      }
      if (!read) {
        if (auto written = s_.out().finish(); !written) return written.error();
        continue;
      }
      const auto done = read_on();
      if (done) {
        if (away) s_.note("the node is back");
        away = false;
      } else if (!retryable(done.error().code)) return done.error();
      else if (!away) {
        s_.note("waiting for the node: " + done.error().detail);
        away = true;
      }
    }
  }

  // True if there is something to read.
  bool on_event(const reply_document& event) {
    if (event.text("type") != "appended") return false;
    const auto message = event.root().find("message");
    if (!message) return true;
    switch (position_.on_appended(seq_of(*message))) {
    case follow_position::step::show: show(*message); return false;
    case follow_position::step::read: return true;
    case follow_position::step::ignore: return false;
    }
    return true;
  }

  session& s_;
  const thread_tail_options& o_;
  std::string id_, since_;
  follow_position position_;
};

result<exit_code> run_thread_tail(session& s, const thread_tail_options& o) {
  s.out().go_on_without_end();
  return follower(s, o).run();
}

} // namespace

void add_thread_tail(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_tail_options>();
  CLI::App& verb = line.verb(
      thread,
      {.name = "tail",
       .summary = "Follow a thread: show its messages as they come",
       .details = "Begins with the last 10 messages. Misses none: after a reconnect it reads on from where it was.",
       .example = "ropewalk thread tail trip-oslo\n"
                  "ropewalk thread tail trip-oslo --from 1 -o jsonl\n"
                  "ropewalk thread tail trip-oslo --since 1h"});
  add_thread_id(verb, o->id);
  add_option(verb, "-n,--lines", o->lines, "messages to begin with").shows_default();
  o->from_given = add_option(verb, "--from", o->from, "begin with this seq");
  option since_given = add_option(verb, "--since", o->since, "begin with messages since: 1h, 2026-01-31 or a time");
  since_given.excludes(o->from_given);
  add_flag(verb, "--once", o->once, "show what is there and end");
  line.on(verb, [o](session& s) { return run_thread_tail(s, *o); });
}

} // namespace ropewalk::cli
