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
    sqlite3_progress_handler(db_, 10'000, [](void* self) { return clock::now() > static_cast<time_limit*>(self)->until_ ? 1 : 0; }, this);
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
  auto threads = statements_.get("search_thread", "SELECT pk FROM entities WHERE org = ?1 AND kind = 1 AND id = ?2");
  if (!threads) return threads.error();
  (*threads)->bind(1, where.org);
  (*threads)->bind(2, *what.thread);
  row = (*threads)->step();
  if (!row) return row.error();
  where.empty = !*row;
  if (where.empty) return where;
  where.thread = (*threads)->integer(0);
  (*threads)->reset();
  return where;
}

result<std::vector<thread_search::candidate>> thread_search::rank(const scope& where, const std::string& match,
                                                                  const thread::search& what) {
  std::vector<std::string_view> texts{match};
  std::vector<std::int64_t> numbers;
  std::string sql = "SELECT message_text.rowid, search_score(message_text, ?2, ?3, length(m.body), ?4) FROM message_text"
                    " CROSS JOIN messages m ON m.position = message_text.rowid";
  std::string conditions = " WHERE message_text MATCH ?1";
  int at = 4;
  const auto text = [&](const char* condition, std::string_view value) {
    conditions += std::string(" AND ") + condition + " ?" + std::to_string(++at);
    texts.push_back(value);
  };
  if (what.sender) text("m.sender =", *what.sender);
  if (what.name) text("m.name =", *what.name);
  if (what.user) {
    sql += " JOIN threads t ON t.pk = m.thread";
    text("t.user =", *what.user);
  }
  if (what.tag) {
    sql += " JOIN thread_tags g ON g.thread = m.thread AND g.org = (SELECT org FROM entities WHERE pk = m.thread)";
    text("g.tag =", *what.tag);
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

  auto rows = statements_.get("rank_messages", sql);
  if (!rows) return rows.error();
  sqlite::statement& s = **rows;
  s.bind(1, texts[0]);
  s.bind(2, where.messages);
  s.bind(3, where.mean_bytes);
  s.bind(4, where.thread != 0 ? 1 : 0);
  at = 4;
  for (std::size_t i = 1; i < texts.size(); ++i) s.bind(++at, texts[i]);
  for (const auto n : numbers) s.bind(++at, n);
  const time_limit patience(db_.handle(), std::chrono::milliseconds(patience_ms));
  std::vector<candidate> all;
  while (true) {
    auto row = s.step();
    if (!row) return translated(row.error());
    if (!*row) return all;
    all.push_back({s.integer(0), s.real(1)});
  }
}

// A beginning of a word costs a walk over all words that begin so, each time the index is asked. Then one walk
// over the hits is cheaper than a look at each; otherwise the other way round.
result<std::vector<search_hit>> thread_search::show(const std::string& match, const std::vector<candidate>& chosen, bool walks) {
  std::vector<search_hit> hits(chosen.size());
  std::string sql = "SELECT snippet(message_text, 1, '[', ']', '…', 24), m.seq, m.role, m.sender, m.name, m.time, m.body, e.id, t.name,"
                    " m.position FROM message_text CROSS JOIN messages m ON m.position = message_text.rowid"
                    " JOIN entities e ON e.pk = m.thread JOIN threads t ON t.pk = m.thread WHERE message_text MATCH ?1 AND ";
  sql += walks ? "+message_text.rowid IN (SELECT value FROM json_each(?2))" : "message_text.rowid = ?2";
  auto rows = statements_.get("show_hits", sql);
  if (!rows) return rows.error();
  sqlite::statement& s = **rows;
  const auto read = [&]() -> status_result {
    const auto at = std::find_if(chosen.begin(), chosen.end(), [&](const candidate& c) { return c.position == s.integer(9); });
    if (at == chosen.end()) return ok();
    search_hit& hit = hits[static_cast<std::size_t>(at - chosen.begin())];
    hit.snippet = without_search_header(s.text(0));
    hit.seq = s.natural(1);
    hit.role = name(static_cast<thread::role>(s.integer(2)));
    hit.sender = s.text(3);
    hit.name = s.text(4);
    hit.created_at = to_rfc3339(instant{s.integer(5)});
    hit.thread = s.text(7);
    hit.thread_name = s.text(8);
    hit.score = at->score;
    const auto body = s.blob(6);
    auto place = thread::read_place({reinterpret_cast<const char*>(body.data()), body.size()});
    if (!place) return place.error();
    hit.id = std::move(place->id);
    return ok();
  };
  const auto run = [&]() -> status_result {
    while (true) {
      auto row = s.step();
      if (!row) return row.error();
      if (!*row) return ok();
      if (auto taken = read(); !taken) {
        s.reset();
        return taken;
      }
    }
  };
  s.bind(1, match);
  if (walks) {
    std::string positions = "[";
    for (const candidate& c : chosen) positions += (positions.size() > 1 ? "," : "") + std::to_string(c.position);
    positions += ']';
    s.bind(2, positions);
    if (auto done = run(); !done) return translated(done.error());
  } else {
    for (const candidate& c : chosen) {
      s.bind(2, c.position);
      if (auto done = run(); !done) return done.error();
    }
  }
  for (const search_hit& hit : hits)
    if (hit.id.empty()) return error{errc::corrupt, "views_damaged", "the index names a message that is not there; rebuild the views", {}};
  return hits;
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
  const std::string match = match_expression(*terms, where->org, where->thread);
  auto ranked = rank(*where, match, what);
  if (!ranked) return ranked.error();
  const bool walks = std::any_of(terms->begin(), terms->end(), [](const search_term& t) { return t.prefix; });
  const std::size_t limit = std::clamp<std::size_t>(what.limit, 1, 100);
  const std::size_t end = std::min(ranked->size(), static_cast<std::size_t>(offset) + limit);
  const auto better = [](const candidate& a, const candidate& b) {
    return a.score != b.score ? a.score > b.score : a.position > b.position;
  };
  std::partial_sort(ranked->begin(), ranked->begin() + static_cast<std::ptrdiff_t>(end), ranked->end(), better);
  if (offset < end) {
    auto hits = show(match, {ranked->begin() + static_cast<std::ptrdiff_t>(offset), ranked->begin() + static_cast<std::ptrdiff_t>(end)}, walks);
    if (!hits) return hits.error();
    page.hits = *std::move(hits);
  }
  if (end < ranked->size() && offset + limit <= offset_max) page.next_cursor = encode(offset + limit);
  return page;
}

} // namespace ropewalk::storage
