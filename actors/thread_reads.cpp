#include "actors/thread_reads.hpp"

#include <algorithm>

#include "actors/export_reply.hpp"
#include "actors/page_reply.hpp"
#include "actors/window_reply.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/overloaded.hpp"
#include "runtime/thread/machine.hpp"
#include "storage/view_readers.hpp"

namespace ropewalk::actors {
namespace {

using storage::view_reader;

constexpr auto behind_patience = std::chrono::seconds(1);

result<std::string> render_page(view_reader& views, const read_context& ctx, const thread::read_messages& what,
                                std::vector<cached_message>& newest) {
  auto page = views.threads().page(
      ctx.who.org, ctx.who.id,
      {what.after_seq, what.before_seq, what.offset, what.limit, what.reverse, limits::reply_bytes});
  if (!page) return page.error();
  page_reply reply(page->messages.size() * 400);
  bool more = page->more;
  for (const auto& m : page->messages)
    if (!reply.add(m.seq, m.json)) {
      more = true;
      break;
    }
  if (what.reverse && !what.before_seq && !what.after_seq && what.offset == 0)
    for (auto m = page->messages.rbegin(); m != page->messages.rend(); ++m)
      newest.push_back({m->seq, std::make_shared<const std::string>(std::move(m->json))});
  return std::move(reply).finish(page->oldest_seq, page->last_seq, more, what);
}

// Reads backwards until the window is decided, or is sure to be too large.
result<std::string> render_window(view_reader& views, const read_context& ctx, const thread::read_window& what) {
  auto system = views.threads().messages_at(ctx.who.org, ctx.who.id, ctx.pinned);
  if (!system) return system.error();
  window_reply window(what);
  for (auto& m : *system)
    if (auto added = window.add_pinned(std::make_shared<const std::string>(std::move(m.json))); !added)
      return added.error();
  storage::page_query query;
  query.limit = 128;
  query.reverse = true;
  while (true) {
    auto page = views.threads().page(ctx.who.org, ctx.who.id, query);
    if (!page) return page.error();
    for (auto& m : page->messages)
      if (auto added = window.add_older(std::make_shared<const std::string>(std::move(m.json))); !added)
        return added.error();
    auto text = window.finish(!page->more || page->messages.empty());
    if (!text) return text.error();
    if (*text) return **std::move(text);
    query.before_seq = page->messages.back().seq;
    query.limit = std::min<std::uint32_t>(query.limit * 2, 8192);
  }
}

result<std::string> render_export(view_reader& views, const read_context& ctx, const thread::export_messages& what) {
  storage::page_query query;
  query.after_seq = what.after_seq;
  query.limit = limits::page_max;
  auto page = views.threads().page(ctx.who.org, ctx.who.id, query);
  if (!page) return page.error();
  auto reply = export_reply::begin(what, ctx.thread_json);
  if (!reply) return reply.error();
  for (const auto& m : page->messages) {
    auto whole = reply->add(m.seq, m.json);
    if (!whole) return whole.error();
    if (!*whole) return std::move(*reply).finish(true);
  }
  return std::move(*reply).finish(page->more);
}

void finish_across(json_writer& out, const std::optional<std::string>& cursor, std::uint64_t lag) {
  if (cursor) out.field("next_cursor", *cursor);
  out.key("view").begin_object().field("lag", lag).end_object().end_object();
}

result<std::string> render_list(view_reader& views, const std::string& org, const thread::list& what,
                                std::uint64_t lag) {
  auto page = views.threads().list(org, what);
  if (!page) return page.error();
  json_writer out;
  out.begin_object().key("threads").begin_array();
  for (const auto& t : page->threads) out.raw(t.json);
  finish_across(out.end_array(), page->next_cursor, lag);
  return std::move(out).take();
}

result<std::string> render_count(view_reader& views, const std::string& org, const thread::count& what) {
  auto count = views.threads().count(org, what.where);
  if (!count) return count.error();
  json_writer out;
  out.begin_object().field("count", count->threads).field("messages", count->messages).end_object();
  return std::move(out).take();
}

result<std::string> render_search(view_reader& views, const std::string& org, const thread::search& what,
                                  std::uint64_t lag) {
  auto page = views.threads().search(org, what);
  if (!page) return page.error();
  json_writer out;
  out.begin_object().key("hits").begin_array();
  for (const auto& h : page->hits) {
    out.begin_object().field("thread", h.thread);
    if (!h.thread_name.empty()) out.field("thread_name", h.thread_name);
    out.field("id", h.id).field("seq", h.seq).field("role", h.role);
    if (!h.sender.empty()) out.field("sender", h.sender);
    if (!h.name.empty()) out.field("name", h.name);
    out.field("created_at", h.created_at).field("snippet", h.snippet).field("score", h.score).end_object();
  }
  finish_across(out.end_array(), page->next_cursor, lag);
  return std::move(out).take();
}

std::optional<error> give(const shared_caller& to, const result<std::string>& text) {
  if (!text) return text.error();
  to->answer(*text);
  return std::nullopt;
}

std::function<void(const error&)> refusal_of(const shared_caller& from) {
  return [from](const error& why) { from->refuse(why); };
}

} // namespace

// What a fork inherits is another partition's, whose entries may come to this disk a moment later than the fork's own: then it is looked
// again each time the views have seen more.
void thread_reads::read_with_parents(std::uint64_t min_position, bool lengthy, attempt read,
                                     std::function<void(const error&)> refuse) {
  read_again(min_position, lengthy, std::nullopt, std::move(read), std::move(refuse));
}

void thread_reads::read_again(std::uint64_t min_position, bool lengthy, std::optional<repeated> again, attempt read,
                              std::function<void(const error&)> refuse) {
  using clock = std::chrono::steady_clock;
  const auto deadline = again ? again->until : clock::now() + std::chrono::seconds(5);
  auto job = [this, lengthy, again, read = std::move(read), refuse = std::move(refuse)](result<view_reader*> views) {
    if (!views) return refuse(views.error());
    const auto why = read(**views);
    if (!why) return;
    const auto seen = (*views)->applied_position();
    const auto until = again ? again->until : clock::now() + behind_patience;
    if (why->type != "views_behind" || !seen || clock::now() >= until) return refuse(*why);
    // Behind what was cut off the journal's end stands nothing, which the rows cannot say.
    const bool same = again && again->seen == *seen;
    const std::uint64_t next = (same ? std::max(*seen, views_.applier().applied_position()) : *seen) + 1;
    read_again(next, lengthy, repeated{until, *seen}, read, refuse);
  };
  if (lengthy) views_.post_lengthy(min_position, deadline, std::move(job));
  else views_.post(min_position, deadline, std::move(job));
}

void thread_reads::page(read_context context, thread::read_messages what, shared_caller from,
                        std::function<void(std::vector<cached_message>)> newest) {
  read_with_parents(
      context.min_position, false,
      [context, what, from, newest](view_reader& views) {
        std::vector<cached_message> held;
        auto why = give(from, render_page(views, context, what, held));
        if (!why && !held.empty()) newest(std::move(held));
        return why;
      },
      refusal_of(from));
}

void thread_reads::window(read_context context, thread::read_window what, shared_caller from) {
  read_with_parents(
      context.min_position, false,
      [context, what, from](view_reader& views) { return give(from, render_window(views, context, what)); },
      refusal_of(from));
}

void thread_reads::export_page(read_context context, thread::export_messages what, shared_caller from) {
  read_with_parents(
      context.min_position, true,
      [context, what, from](view_reader& views) { return give(from, render_export(views, context, what)); },
      refusal_of(from));
}

void thread_reads::across(std::string org, thread::across what, std::uint64_t min_position, shared_caller from) {
  const bool searches = std::holds_alternative<thread::search>(what);
  const auto answer = [&applier = views_.applier(), org, what, from](result<view_reader*> views) {
    if (!views) return from->refuse(views.error());
    const storage::view_progress seen = applier.progress();
    const auto* list = std::get_if<thread::list>(&what);
    const auto* count = std::get_if<thread::count>(&what);
    const auto text = list    ? render_list(**views, org, *list, seen.lag())
                      : count ? render_count(**views, org, *count)
                              : render_search(**views, org, std::get<thread::search>(what), seen.index_lag());
    if (const auto why = give(from, text)) from->refuse(*why);
  };
  if (searches) views_.post_search(min_position, answer);
  else views_.post_lengthy(min_position, answer);
}

result<std::string> thread_reads::as_shown(view_reader& views, const entity_key& who, const thread::read& what) {
  auto found = views.threads().state(who.org, who.id);
  if (!found) return found.error();
  const thread::thread_state state = *found ? std::move(**found) : thread::thread_state{};
  if (auto present = thread::require_present(who, state); !present) return present.error();
  read_context ctx{who, 0, {}, {}};
  std::vector<cached_message> newest;
  return std::visit(
      overloaded{[&](const thread::get&) -> result<std::string> {
                   return "{\"thread\":" + thread::render_thread(who, state) + "}";
                 },
                 [&](const thread::read_messages& x) { return render_page(views, ctx, x, newest); },
                 [&](thread::read_window x) {
                   if (x.budget.max_tokens == 0) x.budget.max_tokens = state.header.limits.max_tokens;
                   ctx.pinned = state.messages.pinned();
                   return render_window(views, ctx, x);
                 },
                 [&](const thread::export_messages& x) {
                   ctx.thread_json = thread::render_thread(who, state);
                   return render_export(views, ctx, x);
                 },
                 [&](const auto&) -> result<std::string> {
                   return error{errc::unsupported, "owner_only", "its owner alone can prove a thread", {}};
                 }},
      what);
}

void thread_reads::message(read_context context, thread::message_ref which,
                           std::function<void(result<std::optional<std::string>>)> done) {
  read_with_parents(
      context.min_position, false,
      [context, which, done](view_reader& views) -> std::optional<error> {
        auto& threads = views.threads();
        auto found = which.seq ? threads.message(context.who.org, context.who.id, *which.seq)
                               : threads.message(context.who.org, context.who.id, std::string_view(*which.id));
        if (!found) return found.error();
        done(*found ? std::optional(std::move((*found)->json)) : std::nullopt);
        return std::nullopt;
      },
      [done](const error& why) { done(why); });
}

void thread_reads::taken_ids(read_context context, std::vector<std::string> ids,
                             std::function<void(result<std::vector<std::string>>)> done) {
  read_with_parents(
      context.min_position, false,
      [context, ids, done](view_reader& views) -> std::optional<error> {
        auto taken = views.threads().existing_ids(context.who.org, context.who.id, ids);
        if (!taken) return taken.error();
        done(*std::move(taken));
        return std::nullopt;
      },
      [done](const error& why) { done(why); });
}

void thread_reads::count_of_user(std::string org, std::string user, std::uint64_t min_position,
                                 std::function<void(result<std::uint64_t>)> done) {
  views_.post(min_position, [org, user, done](result<view_reader*> views) {
    if (!views) return done(views.error());
    done((*views)->threads().threads_of_user(org, user));
  });
}

} // namespace ropewalk::actors
