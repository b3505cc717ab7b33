#include "tests/cluster_chaos/evidence.hpp"

#include <regex>
#include <stdexcept>

#include "storage/journal_reader.hpp"
#include "storage/quarantine_reader.hpp"
#include "storage/sha256_stream.hpp"
#include "storage/sqlite.hpp"
#include "tests/support/eventually.hpp"
#include "transport/subject.hpp"

namespace ropewalk::chaos {

using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr std::size_t entries_at_once = 4096, bytes_at_once = 8 << 20;

template <class Bytes>
std::string hexadecimal(const Bytes& bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t b : bytes) {
    text += digits[b >> 4];
    text += digits[b & 15];
  }
  return text;
}

template <class T>
T needed(result<T> got, const std::string& of) {
  if (!got) throw std::runtime_error(of + ": " + got.error().detail);
  return *std::move(got);
}

// Positions are a node's own: nothing of what depends on them is compared.
constexpr storage::sqlite::named_sql view_parts[] = {
    {"entities", "SELECT o.name, e.kind, e.id, e.version, e.wake_at FROM entities e JOIN orgs o ON o.pk = e.org"
                 " ORDER BY 1, 2, 3"},
    {"threads", "SELECT o.name, e.id, t.status, t.user, t.agent, t.name, t.updated_at, t.messages FROM threads t"
                " JOIN entities e ON e.pk = t.pk JOIN orgs o ON o.pk = t.org ORDER BY 1, 2"},
    {"messages", "SELECT o.name, e.id, m.seq, m.version, m.role, m.sender, m.name, m.time, m.own_id, m.body FROM messages m"
                 " JOIN entities e ON e.pk = m.thread JOIN orgs o ON o.pk = e.org WHERE m.superseded IS NULL"
                 " ORDER BY 1, 2, 3, 4"},
    {"workflows", "SELECT o.name, e.id, w.definition, w.definition_version, w.status, w.started_at, w.updated_at, w.parent,"
                  " w.phase, w.error, w.outstanding FROM workflows w JOIN entities e ON e.pk = w.pk"
                  " JOIN orgs o ON o.pk = w.org ORDER BY 1, 2"},
    {"definitions", "SELECT o.name, d.name, d.version, d.document FROM definitions d JOIN orgs o ON o.pk = d.org"
                    " ORDER BY 1, 2, 3"},
};

std::string rows_digest(storage::sqlite::connection& db, const storage::sqlite::named_sql& part, int columns) {
  auto read = needed(db.prepare(part), part.name);
  storage::sha256_stream sum;
  while (needed(read.step(), part.name))
    for (int c = 0; c < columns; ++c) {
      const std::string_view text = read.text(c);
      sum.add(std::to_string(read.is_null(c) ? -1 : static_cast<int>(text.size())) + ":").add(text);
    }
  return hexadecimal(sum.finish());
}

std::set<std::pair<std::uint32_t, std::uint64_t>> owned_by(const std::string& log) {
  static const std::regex line("info  owns a partition partition=\"([0-9]+)\" epoch=\"([0-9]+)\"");
  std::set<std::pair<std::uint32_t, std::uint64_t>> owned;
  for (std::sregex_iterator at(log.begin(), log.end(), line), none; at != none; ++at)
    owned.emplace(static_cast<std::uint32_t>(std::stoul((*at)[1])), std::stoull((*at)[2]));
  return owned;
}

member_evidence of_member(chaos_cluster& c, int i) {
  member_evidence m;
  m.name = c.node_name(i);
  m.owned = owned_by(c.log(i));
  const std::string file = c.data(i) + "/journal.db";
  auto reader = needed(storage::journal_reader::open(file), m.name);
  const auto report = needed(reader.verify_chain(), m.name);
  if (report.first_bad)
    m.damage = "partition " + std::to_string(report.first_bad->partition.value) + " index " +
               std::to_string(report.first_bad->index) + ": " + report.first_bad->why;
  for (std::uint64_t after = 0;;) {
    auto seen = reader.read_after(after, entries_at_once, bytes_at_once, [&](entry&& e) {
      auto& chain = m.chain[e.partition.value];
      if (chain.size() + 1 != e.index && m.damage.empty())
        m.damage = "partition " + std::to_string(e.partition.value) + " has index " + std::to_string(e.index) + " behind " +
                   std::to_string(chain.size());
      chain.push_back(hexadecimal(e.hash));
    });
    if (!seen) {
      if (m.damage.empty()) m.damage = seen.error().detail;
      break;
    }
    if (seen->entries == 0 && seen->last_position == after) break;
    after = seen->last_position;
  }
  auto kept = needed(storage::quarantine_reader::open(file, {}), m.name);
  for (std::uint64_t after = 0;;) {
    const auto page = needed(kept.list({.after = after, .limit = 1000}), m.name);
    if (page.empty()) break;
    for (const auto& q : page) m.quarantine.insert(hexadecimal(needed(kept.at(q.position), m.name).what.hash));
    after = page.back().position;
  }
  const auto told = c.ask_node(i, "quarantine", {{"limit", 1}}, 5s);
  if (told.code != 200) throw std::runtime_error(m.name + " does not tell its quarantine: " + told.body.dump());
  m.quarantine_told = told.body.at("open");
  auto views = needed(storage::sqlite::connection::open(c.data(i) + "/views.db", {.read_only = true, .vfs = {}}), m.name);
  constexpr int columns[] = {5, 8, 10, 11, 4};
  for (std::size_t p = 0; p < std::size(view_parts); ++p)
    m.views[view_parts[p].name] = rows_digest(views, view_parts[p], columns[p]);
  return m;
}

thread_evidence of_thread(chaos_cluster& c, const std::string& id) {
  thread_evidence t;
  for (std::uint64_t last = 0;;) {
    tests::answer page;
    if (!tests::eventually(
            [&] {
              page = c.ask(transport::thread_subject(c.shape().prefix, "acme", id, "messages"),
                           {{"limit", 1000}, {"after_seq", last}});
              return page.code == 200;
            },
            30s))
      throw std::runtime_error("thread " + id + " cannot be read: " + std::to_string(page.code) + " " + page.body.dump());
    for (const json& m : page.body.at("messages")) {
      last = m.at("seq");
      t.messages[last] = m.at("content");
      if (last == 1) t.first_revision = m.value("revision", std::uint64_t{1});
    }
    if (!page.body.contains("next_cursor")) return t;
  }
}

} // namespace

evidence gather(chaos_cluster& c, const std::vector<std::string>& threads) {
  evidence all;
  for (const std::string& id : threads) all.threads[id] = of_thread(c, id);
  for (int i = 0; i < c.nodes(); ++i) all.members.push_back(of_member(c, i));
  return all;
}

} // namespace ropewalk::chaos
