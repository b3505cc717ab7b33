#include "storage/thread_search.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <sqlite3.h>

#include "runtime/thread/message.hpp"
#include "runtime/thread/replies.hpp"
#include "storage/search_query.hpp"
#include "storage/search_text.hpp"

namespace ropewalk::storage {
namespace {

using clock = std::chrono::steady_clock;

std::string encode(std::uint64_t offset) {
  char digits[8];
  const auto end = std::to_chars(digits, digits + 8, offset, 16).ptr;
  return "s1" + std::string(static_cast<std::size_t>(8 - (end - digits)), '0') + std::string(digits, end);
}

result<std::uint64_t> decode(const std::string& text) {
  std::uint64_t offset = 0;
  const char* const end = text.data() + text.size();
  const auto read = text.size() == 10 ? std::from_chars(text.data() + 2, end, offset, 16) : std::from_chars_result{};
  if (!text.starts_with("s1") || read.ptr != end || read.ec != std::errc{} || offset > thread_search::offset_max)
    return invalid("cursor", "cursor must be a next_cursor that a search has given");
  return offset;
}

// Ends what runs on a connection when the time is over.
class time_limit {
public:
  time_limit(sqlite3* db, std::chrono::milliseconds most) : db_(db), until_(clock::now() + most) {
    sqlite3_progress_handler(
        db_, 10'000, [](void* self) { return clock::now() > static_cast<time_limit*>(self)->until_ ? 1 : 0; }, this);
  }
  ~time_limit() { sqlite3_progress_handler(db_, 0, nullptr, nullptr); }
  time_limit(const time_limit&) = delete;
  time_limit& operator=(const time_limit&) = delete;

private:
  sqlite3* db_;
  clock::time_point until_;
};

error translated(const error& e) {
  if (e.type != "interrupted") return e;
  return {errc::limit, "search_too_broad", "the search took too long; use rarer words or more filters", "query"};
}

// The filters of threads, for one whose state is at hand.
bool fits(const thread::thread_state& t, const thread::search& what) {
  return (!what.user || t.header.user == *what.user) &&
         (!what.tag || std::find(t.header.tags.begin(), t.header.tags.end(), *what.tag) != t.header.tags.end());
}

} // namespace

result<thread_search::scope> thread_search::scope_of(std::string_view org, const thread::search& what) {
  scope where;
  auto orgs = statements_.get("search_org", "SELECT pk, messages, bytes FROM orgs WHERE name = ?1");
  if (!orgs) return orgs.error();
  (*orgs)->bind(1, org);
  auto row = (*orgs)->step();
  if (!row) return row.error();
  where.empty = !*row;
  if (where.empty) return where;
  where.org = (*orgs)->integer(0);
  where.messages = (*orgs)->real(1);
  where.mean_bytes = (*orgs)->real(2) / std::max(1.0, where.messages);
  (*orgs)->reset();
  if (!what.thread) return where;
  auto asked = messages_.find(org, *what.thread);
  if (!asked) return asked.error();
  where.empty = !*asked;
  if (where.empty) return where;
  where.thread = **std::move(asked);
  where.threads.push_back(where.thread->pk);
  for (const auto& a : where.thread->state.lineage) {
    auto pk = messages_.ancestor_pk(where.org, a);
    if (!pk && pk.error().type == "views_behind") continue; // what it shows is found when it is here
    if (!pk) return pk.error();
    where.threads.push_back(*pk);
  }
  return where;
}

result<std::vector<thread_search::candidate>> thread_search::rank(const scope& where, const std::string& match,
                                                                  std::string_view org, const thread::search& what) {
  std::vector<std::string_view> texts{match};
  std::vector<std::int64_t> numbers;
  std::string sql =
      "SELECT message_text.rowid, search_score(message_text, ?2, ?3, length(m.body), ?4), m.thread, m.seq, m.version,"
      " coalesce(m.superseded, 0) FROM message_text CROSS JOIN messages m ON m.position = message_text.rowid";
  // Of a row that has ended, the thread in which it is a hit is not known yet: see fits().
  std::string conditions = " WHERE message_text MATCH ?1 AND m.superseded IS NOT 0";
  int at = 4;
  const auto text = [&](std::string_view condition, std::string_view value) {
    conditions += " AND (" + std::string(condition) + " ?" + std::to_string(++at) + ")";
    texts.push_back(value);
  };
  if (what.sender) text("m.sender =", *what.sender);
  if (what.name) text("m.name =", *what.name);
  if (where.thread) {
    if (where.thread->state.lineage.empty()) conditions += " AND m.superseded IS NULL";
  } else {
    if (what.user) {
      sql += " JOIN threads t ON t.pk = m.thread";
      text("m.superseded IS NOT NULL OR t.user =", *what.user);
    }
    if (what.tag) {
      sql += " JOIN entities e ON e.pk = m.thread";
      text("m.superseded IS NOT NULL OR EXISTS(SELECT 1 FROM thread_tags g WHERE g.thread = m.thread AND g.org = e.org "
           "AND g.tag =",
           *what.tag);
      conditions += ")";
    }
  }
  const auto number = [&](const char* condition, std::int64_t value) {
    conditions += std::string(" AND ") + condition + " ?" + std::to_string(++at);
    numbers.push_back(value);
  };
  if (what.role) {
    const auto author = thread::parse_role(*what.role);
    if (!author) return invalid("role", "role must be system, user, assistant or tool");
    number("m.role =", static_cast<int>(*author));
  }
  if (what.since) number("m.time >=", what.since->us);
  if (what.until) number("m.time <", what.until->us);
  sql += conditions + " ORDER BY message_text.rowid DESC LIMIT " + std::to_string(ranked_max);

  std::vector<candidate> all;
  if (where.thread && !fits(where.thread->state, what)) return all;
  auto rows = statements_.get("rank_messages", sql);
  if (!rows) return rows.error();
  sqlite::statement& s = **rows;
  s.bind(1, texts[0]);
  s.bind(2, where.messages);
  s.bind(3, where.mean_bytes);
  s.bind(4, static_cast<std::int64_t>(where.threads.size()));
  at = 4;
  for (std::size_t i = 1; i < texts.size(); ++i) s.bind(++at, texts[i]);
  for (const auto n : numbers) s.bind(++at, n);
  const sqlite::reading reading{s};
  seen_threads seen;
  while (true) {
    auto row = s.step();
    if (!row) return translated(row.error());
    if (!*row) return all;
    found_row found{{s.integer(0), s.real(1), s.integer(2)}, s.natural(3), s.natural(4), s.natural(5)};
    auto shown = shown_in(where, found, org, what, seen);
    if (!shown) return translated(shown.error());
    if (*shown == 0) continue;
    found.hit.thread = *shown;
    all.push_back(found.hit);
  }
}

result<std::int64_t> thread_search::shown_in(const scope& where, const found_row& row, std::string_view org,
                                             const thread::search& what, seen_threads& seen) {
  if (where.thread) {
    if (where.thread->state.lineage.empty()) return where.thread->pk;
    auto shown = shows(*where.thread, row);
    if (!shown) return shown.error();
    return *shown ? where.thread->pk : 0;
  }
  if (row.superseded == 0) return row.hit.thread;
  auto forks = statements_.get("forks_that_show",
                               "SELECT f.child FROM pins p JOIN forks f ON f.pk = p.fork WHERE p.ancestor = ?1"
                               " AND p.seq >= ?2 AND p.version >= ?3 AND p.version < ?4 AND f.adopted = 1"
                               " ORDER BY f.pk");
  if (!forks) return forks.error();
  sqlite::statement& s = **forks;
  s.bind(1, row.hit.thread);
  s.bind(2, row.seq);
  s.bind(3, row.version);
  s.bind(4, row.superseded);
  const sqlite::reading reading{s};
  while (true) {
    auto more = s.step();
    if (!more) return more.error();
    if (!*more) return std::int64_t{0};
    const auto [at, fresh] = seen.try_emplace(std::string(s.text(0)));
    if (fresh) {
      auto t = messages_.find(org, at->first);
      if (!t) return t.error();
      at->second = *std::move(t);
    }
    if (!at->second || !fits(at->second->state, what)) continue;
    auto shown = shows(*at->second, row);
    if (!shown) return shown.error();
    if (!*shown) continue;
    return at->second->pk;
  }
}

result<bool> thread_search::shows(const viewed_thread& t, const found_row& row) {
  if (!t.state.messages.is_live(row.seq)) return false;
  auto position = messages_.position(t, row.seq);
  if (!position && position.error().type == "views_behind")
    return false; // its parent's partition stands behind its own here
  if (!position) return position.error();
  return *position == static_cast<std::uint64_t>(row.hit.position);
}

// A beginning of a word costs a walk over all words that begin so, each time the index is asked. Then one walk
// over the hits is cheaper than a look at each; otherwise the other way round.
result<std::vector<search_hit>> thread_search::show(const std::string& match, const std::vector<candidate>& chosen,
                                                    bool walks) {
  std::vector<search_hit> hits(chosen.size());
  std::string sql =
      "SELECT snippet(message_text, 1, '[', ']', '…', 24), m.seq, m.role, m.sender, m.name, m.time, m.body,"
      " m.position FROM message_text CROSS JOIN messages m ON m.position = message_text.rowid WHERE message_text MATCH "
      "?1 AND ";
  sql += walks ? "+message_text.rowid IN (SELECT value FROM json_each(?2))" : "message_text.rowid = ?2";
  auto rows = statements_.get("show_hits", sql);
  if (!rows) return rows.error();
  sqlite::statement& s = **rows;
  const auto read = [&]() -> status_result {
    const auto at =
        std::find_if(chosen.begin(), chosen.end(), [&](const candidate& c) { return c.position == s.integer(7); });
    if (at == chosen.end()) return ok();
    search_hit& hit = hits[static_cast<std::size_t>(at - chosen.begin())];
    hit.snippet = without_search_header(s.text(0));
    hit.seq = s.natural(1);
    hit.role = name(static_cast<thread::role>(s.integer(2)));
    hit.sender = s.text(3);
    hit.name = s.text(4);
    hit.created_at = to_rfc3339(instant{s.integer(5)});
    hit.score = at->score;
    const auto body = s.blob(6);
    auto place = thread::read_place({reinterpret_cast<const char*>(body.data()), body.size()});
    if (!place) return place.error();
    hit.id = std::move(place->id);
    return ok();
  };
  const auto run = [&]() -> status_result {
    const sqlite::reading reading{s};
    while (true) {
      auto row = s.step();
      if (!row) return translated(row.error());
      if (!*row) return ok();
      if (auto taken = read(); !taken) return taken;
    }
  };
  s.bind(1, match);
  if (walks) {
    std::string positions = "[";
    for (const candidate& c : chosen) positions += (positions.size() > 1 ? "," : "") + std::to_string(c.position);
    positions += ']';
    s.bind(2, positions);
    if (auto done = run(); !done) return done.error();
  } else {
    for (const candidate& c : chosen) {
      s.bind(2, c.position);
      if (auto done = run(); !done) return done.error();
    }
  }
  for (const search_hit& hit : hits)
    if (hit.id.empty())
      return error{
          errc::corrupt, "views_damaged", "the index names a message that is not there; rebuild the views", {}};
  if (auto named = name_threads(chosen, hits); !named) return named.error();
  return hits;
}

status_result thread_search::name_threads(const std::vector<candidate>& chosen, std::vector<search_hit>& hits) {
  auto names = statements_.get("name_thread",
                               "SELECT e.id, t.name FROM entities e JOIN threads t ON t.pk = e.pk WHERE e.pk = ?1");
  if (!names) return names.error();
  sqlite::statement& s = **names;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    s.bind(1, chosen[i].thread);
    auto row = s.step();
    if (!row) return translated(row.error());
    if (!*row) return error{errc::corrupt, "views_damaged", "a message's thread is not there; rebuild the views", {}};
    hits[i].thread = s.text(0);
    hits[i].thread_name = s.text(1);
    s.reset();
  }
  return ok();
}

result<search_page> thread_search::search(std::string_view org, const thread::search& what) {
  auto terms = parse_search(what.query);
  if (!terms) return terms.error();
  std::uint64_t offset = 0;
  if (what.cursor) {
    auto given = decode(*what.cursor);
    if (!given) return given.error();
    offset = *given;
  }
  auto where = scope_of(org, what);
  if (!where) return where.error();
  search_page page;
  if (where->empty) return page;
  const std::string match = match_expression(*terms, where->org, where->threads);
  const time_limit patience(db_.handle(), std::chrono::milliseconds(patience_ms));
  auto ranked = rank(*where, match, org, what);
  if (!ranked) return ranked.error();
  const bool walks = std::any_of(terms->begin(), terms->end(), [](const search_term& t) { return t.prefix; });
  const std::size_t limit = std::clamp<std::size_t>(what.limit, 1, 100);
  const std::size_t end = std::min(ranked->size(), static_cast<std::size_t>(offset) + limit);
  const auto better = [](const candidate& a, const candidate& b) {
    return a.score != b.score ? a.score > b.score : a.position > b.position;
  };
  std::partial_sort(ranked->begin(), ranked->begin() + static_cast<std::ptrdiff_t>(end), ranked->end(), better);
  if (offset < end) {
    auto hits = show(
        match,
        {ranked->begin() + static_cast<std::ptrdiff_t>(offset), ranked->begin() + static_cast<std::ptrdiff_t>(end)},
        walks);
    if (!hits) return hits.error();
    page.hits = *std::move(hits);
  }
  if (end < ranked->size() && offset + limit <= offset_max) page.next_cursor = encode(offset + limit);
  return page;
}

} // namespace ropewalk::storage
