#include "storage/thread_lists.hpp"

#include <algorithm>
#include <array>

#include "runtime/thread/state.hpp"
#include "storage/list_cursor.hpp"

namespace ropewalk::storage {
namespace {

// The threads of a filter, as SQL and its parameters. With a tag its index leads: it is the rarest.
struct thread_filter {
  std::string from;
  std::vector<std::string> texts;    // ?1, ?2, ...
  std::vector<std::int64_t> numbers; // behind the texts
};

result<int> status_number(const std::string& status) {
  if (status == "active") return 1;
  if (status == "suspended") return 2;
  if (status == "closed") return 3;
  return invalid("status", "status must be active, suspended or closed");
}

result<thread_filter> filter_of(std::string_view org, const thread::filter& where) {
  thread_filter f;
  const auto text = [&](std::string_view value) {
    f.texts.emplace_back(value);
    return "?" + std::to_string(f.texts.size());
  };
  const std::string in_org = "(SELECT pk FROM orgs WHERE name = " + text(org) + ")";
  f.from = where.tag ? " FROM thread_tags g CROSS JOIN threads t ON t.pk = g.thread WHERE g.org = " + in_org +
                           " AND g.tag = " + text(*where.tag) + " AND t.status > 0"
                     : " FROM threads t WHERE t.org = " + in_org + " AND t.status > 0";
  if (where.user) f.from += " AND t.user = " + text(*where.user) + (where.user->empty() ? "" : " AND t.user <> ''");
  if (where.agent) f.from += " AND t.agent = " + text(*where.agent);
  const auto number = [&](std::int64_t value) {
    f.numbers.push_back(value);
    return "?" + std::to_string(f.texts.size() + f.numbers.size());
  };
  if (where.status) {
    auto status = status_number(*where.status);
    if (!status) return status.error();
    f.from += " AND t.status = " + number(*status);
  }
  if (where.updated_since) f.from += " AND t.updated_at >= " + number(where.updated_since->us);
  return f;
}

void bind(sqlite::statement& s, const thread_filter& f) {
  int at = 0;
  for (const auto& t : f.texts) s.bind(++at, t);
  for (const auto n : f.numbers) s.bind(++at, n);
}

} // namespace

result<thread_page> thread_lists::list(std::string_view org, const thread::list& what) {
  auto filter = filter_of(org, what.where);
  if (!filter) return filter.error();
  std::string sql = "SELECT t.pk, t.updated_at, t.state, (SELECT id FROM entities WHERE pk = t.pk)" + filter->from;
  if (what.cursor) {
    const auto after = decode_list_cursor<2>(*what.cursor, "l1");
    if (!after) return after.error();
    const auto n = filter->texts.size() + filter->numbers.size();
    sql += " AND (t.updated_at, t.pk) < (?" + std::to_string(n + 1) + ", ?" + std::to_string(n + 2) + ")";
    filter->numbers.insert(filter->numbers.end(), after->begin(), after->end());
  }
  const std::uint32_t limit = std::clamp<std::uint32_t>(what.limit, 1, limits::page_max);
  filter->numbers.push_back(std::int64_t{limit} + 1);
  sql +=
      " ORDER BY t.updated_at DESC, t.pk DESC LIMIT ?" + std::to_string(filter->texts.size() + filter->numbers.size());
  auto rows = statements_.get("list_threads", sql);
  if (!rows) return rows.error();
  sqlite::statement& s = **rows;
  bind(s, *filter);

  thread_page page;
  std::array<std::int64_t, 2> last{}; // updated_at and row
  std::size_t bytes = 0;
  while (true) {
    auto row = s.step();
    if (!row) return row.error();
    if (!*row) return page;
    auto state = thread::decode_state(s.text(2));
    if (!state) {
      s.reset();
      return state.error();
    }
    std::string json = thread::render_thread({std::string(org), entity_kind::thread, std::string(s.text(3))}, *state);
    bytes += json.size() + 1;
    if (page.threads.size() == limit || (!page.threads.empty() && bytes > limits::reply_bytes)) break;
    page.threads.push_back({std::move(json)});
    last = {s.integer(1), s.integer(0)};
  }
  s.reset();
  page.next_cursor = encode_list_cursor("l1", last);
  return page;
}

result<thread_count> thread_lists::count(std::string_view org, const thread::filter& where) {
  auto filter = filter_of(org, where);
  if (!filter) return filter.error();
  auto rows = statements_.get("count_threads", "SELECT count(*), coalesce(sum(t.messages), 0)" + filter->from);
  if (!rows) return rows.error();
  bind(**rows, *filter);
  auto row = (*rows)->step();
  if (!row) return row.error();
  thread_count count;
  if (*row) count = {(*rows)->natural(0), (*rows)->natural(1)};
  (*rows)->reset();
  return count;
}

result<std::uint64_t> thread_lists::of_user(std::string_view org, std::string_view user) {
  auto rows = statements_.get("threads_of_user",
                              "SELECT count(*) FROM threads WHERE org = (SELECT pk FROM orgs WHERE name = ?1)"
                              " AND user = ?2 AND user <> '' AND status > 0 AND status < 3");
  if (!rows) return rows.error();
  (*rows)->bind(1, org);
  (*rows)->bind(2, user);
  auto row = (*rows)->step();
  if (!row) return row.error();
  const std::uint64_t count = *row ? (*rows)->natural(0) : 0;
  (*rows)->reset();
  return count;
}

} // namespace ropewalk::storage
