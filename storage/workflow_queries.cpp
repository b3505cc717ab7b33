#include "storage/workflow_queries.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <variant>

#include "storage/list_cursor.hpp"
#include "storage/workflow_projection.hpp"

namespace ropewalk::storage {
namespace {

constexpr std::string_view of_org = "(SELECT pk FROM orgs WHERE name = ?1)";

// SQL and its parameters, in the order of their numbers.
class query_text {
public:
  explicit query_text(std::string_view org) { (void)parameter(std::string(org)); } // ?1

  std::string sql;
  std::string parameter(std::variant<std::string, std::int64_t> value) {
    values_.push_back(std::move(value));
    return "?" + std::to_string(values_.size());
  }
  void bind(sqlite::statement& s) const {
    int at = 0;
    for (const auto& value : values_) std::visit([&](const auto& v) { s.bind(++at, v); }, value);
  }

private:
  std::deque<std::variant<std::string, std::int64_t>> values_;
};

// The instances of a filter. With attributes the first one's index leads: they are the rarest.
status_result add_filter(query_text& q, const workflow::filter& where) {
  const auto attribute = [&](const std::string& name, const workflow::json_value& value) -> result<std::string> {
    const std::string text = attribute_text(value);
    if (text.empty()) return invalid("attributes." + name, "must be a text, a number, true or false");
    return ".org = " + std::string(of_org) + " AND %.name = " + q.parameter(name) +
           " AND %.value = " + q.parameter(text);
  };
  const auto on = [](const std::string& alias, std::string text) {
    text.insert(0, alias);
    for (auto at = text.find('%'); at != std::string::npos; at = text.find('%')) text.replace(at, 1, alias);
    return text;
  };
  std::string rest;
  for (const auto& [name, value] : where.attributes.items()) {
    auto matches = attribute(name, value);
    if (!matches) return matches.error();
    if (q.sql.empty())
      q.sql = " FROM workflow_attributes a CROSS JOIN workflows w ON w.pk = a.workflow WHERE " + on("a", *matches);
    else
      rest += " AND EXISTS(SELECT 1 FROM workflow_attributes b WHERE " + on("b", *matches) + " AND b.workflow = w.pk)";
  }
  if (q.sql.empty()) q.sql = " FROM workflows w WHERE w.org = " + std::string(of_org);
  q.sql += rest;
  if (where.definition) q.sql += " AND w.definition = " + q.parameter(*where.definition);
  if (where.version) q.sql += " AND w.definition_version = " + q.parameter(std::int64_t{*where.version});
  if (where.status) {
    const auto status = workflow::instance_status_of(*where.status);
    if (!status || *status == workflow::instance_status::absent)
      return invalid("status",
                     "must be running, paused, compensating, completed, failed, cancelled, terminated or crashed");
    q.sql += " AND w.status = " + q.parameter(static_cast<std::int64_t>(*status));
  }
  if (where.started_since) q.sql += " AND w.started_at >= " + q.parameter(where.started_since->us);
  if (where.started_until) q.sql += " AND w.started_at < " + q.parameter(where.started_until->us);
  if (where.parent) q.sql += " AND w.parent = " + q.parameter(*where.parent);
  if (where.branched_from) q.sql += " AND w.branched_from = " + q.parameter(*where.branched_from);
  if (where.updated_since) q.sql += " AND w.updated_at >= " + q.parameter(where.updated_since->us);
  return ok();
}

std::uint32_t page_limit(std::uint32_t wanted) { return std::clamp<std::uint32_t>(wanted, 1, limits::page_max); }

} // namespace

result<workflow_page> workflow_queries::list(std::string_view org, const workflow::list& what) {
  query_text q(org);
  if (auto fine = add_filter(q, what.where); !fine) return fine.error();
  if (what.cursor) {
    const auto after = decode_list_cursor<2>(*what.cursor, "w1");
    if (!after) return after.error();
    const std::string updated_at = q.parameter((*after)[0]);
    q.sql += " AND (w.updated_at, w.pk) < (" + updated_at + ", " + q.parameter((*after)[1]) + ")";
  }
  const std::uint32_t limit = page_limit(what.limit);
  auto rows = statements_.get(
      "list_workflows", "SELECT w.pk, w.updated_at, w.summary, (SELECT id FROM entities WHERE pk = w.pk)" + q.sql +
                            " ORDER BY w.updated_at DESC, w.pk DESC LIMIT " + q.parameter(std::int64_t{limit} + 1));
  if (!rows) return rows.error();
  sqlite::statement& s = **rows;
  q.bind(s);
  workflow_page page;
  std::string cursor;
  std::size_t bytes = 0;
  while (true) {
    auto row = s.step();
    if (!row) return row.error();
    if (!*row) return page;
    auto summary = decode_summary(s.text(2));
    if (!summary) {
      s.reset();
      return summary.error();
    }
    std::string json = render({std::string(org), entity_kind::workflow, std::string(s.text(3))}, *summary);
    bytes += json.size() + 1;
    if (page.workflows.size() == limit || (!page.workflows.empty() && bytes > limits::reply_bytes)) break;
    page.workflows.push_back(std::move(json));
    cursor = encode_list_cursor("w1", std::array{s.integer(1), s.integer(0)});
  }
  s.reset();
  page.next_cursor = std::move(cursor);
  return page;
}

result<std::uint64_t> workflow_queries::count(std::string_view org, const workflow::filter& where) {
  query_text q(org);
  if (auto fine = add_filter(q, where); !fine) return fine.error();
  auto rows = statements_.get("count_workflows", "SELECT count(*)" + q.sql);
  if (!rows) return rows.error();
  q.bind(**rows);
  auto row = (*rows)->step();
  if (!row) return row.error();
  const std::uint64_t count = (*rows)->natural(0);
  (*rows)->reset();
  return count;
}

result<definition_page> workflow_queries::definitions(std::string_view org, const workflow::list_definitions& what) {
  query_text q(org);
  if (what.name) {
    q.sql = "SELECT d.name, d.version, d.shown FROM definitions d WHERE d.org = " + std::string(of_org) +
            " AND d.name = " + q.parameter(*what.name);
    if (what.cursor) {
      const auto before = decode_list_cursor<1>(*what.cursor, "v1", 8);
      if (!before) return before.error();
      q.sql += " AND d.version < " + q.parameter((*before)[0]);
    }
    q.sql += " ORDER BY d.version DESC";
  } else {
    std::string after;
    if (what.cursor) {
      if (!what.cursor->starts_with("d1") || what.cursor->size() == 2) return bad_list_cursor();
      after = what.cursor->substr(2);
    }
    q.sql =
        "SELECT d.name, d.version, d.shown FROM (SELECT name, max(version) AS version FROM definitions WHERE org = " +
        std::string(of_org) + " AND name > " + q.parameter(after) +
        " GROUP BY name) n JOIN definitions d ON d.org = " + std::string(of_org) +
        " AND d.name = n.name AND d.version = n.version ORDER BY n.name";
  }
  const std::uint32_t limit = page_limit(what.limit);
  auto rows = statements_.get("list_definitions", q.sql + " LIMIT " + q.parameter(std::int64_t{limit} + 1));
  if (!rows) return rows.error();
  sqlite::statement& s = **rows;
  q.bind(s);
  definition_page page;
  std::string cursor;
  std::size_t bytes = 0;
  while (true) {
    auto row = s.step();
    if (!row) return row.error();
    if (!*row) return page;
    bytes += s.text(2).size() + 1;
    if (page.definitions.size() == limit || (!page.definitions.empty() && bytes > limits::reply_bytes)) break;
    page.definitions.emplace_back(s.text(2));
    cursor = what.name ? encode_list_cursor("v1", std::array{s.integer(1)}, 8) : "d1" + std::string(s.text(0));
  }
  s.reset();
  page.next_cursor = std::move(cursor);
  return page;
}

result<std::optional<viewed_definition>> workflow_queries::definition(std::string_view org, std::string_view name,
                                                                      std::optional<std::uint32_t> version) {
  query_text q(org);
  q.sql = "SELECT version, shown, document FROM definitions WHERE org = " + std::string(of_org) +
          " AND name = " + q.parameter(std::string(name));
  if (version) q.sql += " AND version = " + q.parameter(std::int64_t{*version});
  auto rows = statements_.get("find_definition", q.sql + " ORDER BY version DESC LIMIT 1");
  if (!rows) return rows.error();
  sqlite::statement& s = **rows;
  q.bind(s);
  auto row = s.step();
  if (!row) return row.error();
  std::optional<viewed_definition> found;
  if (*row) found = {static_cast<std::uint32_t>(s.integer(0)), std::string(s.text(1)), std::string(s.text(2))};
  s.reset();
  return found;
}

result<std::vector<outstanding_workflow>> workflow_queries::outstanding(std::int64_t after_row, std::size_t limit,
                                                                        bool with_children) {
#define ROPEWALK_OUTSTANDING                                                                                           \
  "SELECT w.pk, o.name, e.id FROM workflows w JOIN entities e ON e.pk = w.pk JOIN orgs o ON o.pk = w.org"              \
  " WHERE w.outstanding > 0 AND w.pk > ?1 AND "
  auto rows = with_children
                  ? statements_.get("waiting_for_children", ROPEWALK_OUTSTANDING "w.outstanding = 2 ORDER BY w.pk LIMIT ?2")
                  : statements_.get("outstanding_workflows", ROPEWALK_OUTSTANDING "1 ORDER BY w.pk LIMIT ?2");
#undef ROPEWALK_OUTSTANDING
  if (!rows) return rows.error();
  sqlite::statement& s = **rows;
  s.bind(1, after_row);
  s.bind(2, std::uint64_t{limit});
  std::vector<outstanding_workflow> all;
  while (true) {
    auto row = s.step();
    if (!row) return row.error();
    if (!*row) return all;
    all.push_back({s.integer(0), {std::string(s.text(1)), entity_kind::workflow, std::string(s.text(2))}});
  }
}

} // namespace ropewalk::storage
