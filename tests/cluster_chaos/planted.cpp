#include "tests/cluster_chaos/planted.hpp"

#include <algorithm>
#include <stdexcept>

#include "storage/sqlite.hpp"

namespace ropewalk::chaos {
namespace {

struct found_round {
  history told;
  evidence found;
  allowance allowed;
};

struct plant {
  const char* name;
  const char* noticed_as; // a part of what is to be said about it
  void (*in)(found_round&);
};

bool noticed(const verdict& v, const std::string& as) {
  return std::any_of(v.violations.begin(), v.violations.end(), [&](const std::string& w) { return w.find(as) != w.npos; });
}

// Of two appends of one writer, the earlier and the later.
std::pair<std::size_t, std::size_t> two_appends(const history& h) {
  for (std::size_t i = 0; i < h.writes.size(); ++i)
    for (std::size_t k = i + 1; k < h.writes.size(); ++k)
      if (!h.writes[i].is_edit && !h.writes[k].is_edit && h.writes[i].writer == h.writes[k].writer) return {i, k};
  throw std::runtime_error("no two appends of one writer to plant something in");
}

write_record& a_write(found_round& r, level l, bool is_edit) {
  for (write_record& w : r.told.writes)
    if (w.asked_level == l && w.is_edit == is_edit) return w;
  throw std::runtime_error("no such write to plant something in");
}

std::string& in_chain(found_round& r, std::size_t member, const write_record& w) {
  return r.found.members.at(member).chain.at(w.partition).at(w.index - 1);
}

void replace_everywhere(found_round& r, const write_record& w) {
  for (std::size_t m = 0; m < r.found.members.size(); ++m) in_chain(r, m, w) = std::string(64, '0');
}

const plant plants[] = {
    {"an append acknowledged at `peers` is lost", "is lost",
     [](found_round& r) { replace_everywhere(r, a_write(r, level::peers, false)); }},
    {"an edit acknowledged at `peers` is lost", "is lost",
     [](found_round& r) { replace_everywhere(r, a_write(r, level::peers, true)); }},
    {"a write acknowledged at `log` is lost although nothing lost data", "although NATS lost nothing",
     [](found_round& r) {
       const auto& w = a_write(r, level::log, false);
       replace_everywhere(r, w);
       r.found.members[1].quarantine.insert(w.hash);
     }},
    {"a write acknowledged at `local` is gone without a trace", "without a trace",
     [](found_round& r) { replace_everywhere(r, a_write(r, level::local, false)); }},
    {"a write acknowledged at `local` is gone with another disk than its owner's", "without a trace",
     [](found_round& r) {
       const auto& w = a_write(r, level::local, false);
       replace_everywhere(r, w);
       for (const member_evidence& m : r.found.members)
         if (!m.owned.contains({w.partition, w.epoch})) r.allowed.disks.insert(m.name);
     }},
    {"one member has another entry", "is another one than",
     [](found_round& r) { in_chain(r, 2, a_write(r, level::peers, false)) = std::string(64, '0'); }},
    {"one member's chain is shorter", "is another one than",
     [](found_round& r) { r.found.members[1].chain.begin()->second.pop_back(); }},
    {"one member's journal does not verify", "does not verify: torn",
     [](found_round& r) { r.found.members[2].damage = "torn"; }},
    {"one member's views differ", "differ in messages",
     [](found_round& r) { r.found.members[1].views["messages"] = ""; }},
    {"an entry in quarantine is not told", "I9",
     [](found_round& r) { r.found.members[0].quarantine.insert(std::string(64, 'f')); }},
    {"a message stands twice", "stands twice",
     [](found_round& r) {
       auto& m = r.found.threads.at(r.told.writes.front().thread).messages;
       m[m.rbegin()->first + 1] = m.rbegin()->second;
     }},
    {"a message is missing", "has no message",
     [](found_round& r) {
       const auto& w = r.told.writes[two_appends(r.told).first];
       r.found.threads.at(w.thread).messages.erase(w.number);
     }},
    {"two messages have changed places", "is not what its thread shows there",
     [](found_round& r) {
       const auto [a, b] = two_appends(r.told);
       auto& m = r.found.threads.at(r.told.writes[a].thread).messages;
       std::swap(m[r.told.writes[a].number], m[r.told.writes[b].number]);
     }},
    {"a later append stands before an earlier one", "linearizability",
     [](found_round& r) {
       const auto [a, b] = two_appends(r.told);
       auto& m = r.found.threads.at(r.told.writes[a].thread).messages;
       std::swap(m[r.told.writes[a].number], m[r.told.writes[b].number]);
       std::swap(r.told.writes[a].number, r.told.writes[b].number);
     }},
    {"an edit was done twice", "has revision",
     [](found_round& r) { ++r.found.threads.at(a_write(r, level::peers, true).thread).first_revision; }},
    {"two edits have one revision", "has the revision of",
     [](found_round& r) {
       write_record twin = a_write(r, level::peers, true);
       twin.content += "-twin";
       r.told.writes.push_back(twin);
     }},
    {"a read is stale", "linearizability",
     [](found_round& r) {
       const auto& last = r.told.writes[two_appends(r.told).second];
       r.told.reads.push_back({last.thread, false, last.answered_us + 1, last.answered_us + 2, last.number - 1, {}});
     }},
    {"a read goes back behind another one", "after a read says",
     [](found_round& r) {
       const auto& last = r.told.writes[two_appends(r.told).second];
       const auto end = last.answered_us + 1'000'000'000;
       r.told.reads.push_back({last.thread, false, end, end + 1, 1'000'000, {}});
       r.told.reads.push_back({last.thread, false, end + 2, end + 3, 999'999, {}});
     }},
    {"an append stands where a read had seen the thread's end", "after a read says",
     [](found_round& r) {
       const auto& later = r.told.writes[two_appends(r.told).second];
       r.told.reads.push_back({later.thread, false, later.asked_us - 2, later.asked_us - 1, later.number, {}});
     }},
    {"two reads show one message at two places", "and at",
     [](found_round& r) {
       const auto& w = r.told.writes[two_appends(r.told).first];
       r.told.reads.push_back({w.thread, false, w.asked_us, w.answered_us, 1'000'000, {{1'000'000, w.content}}});
     }},
    {"a read shows another first message than its revision had", "where",
     [](found_round& r) {
       const auto& edit = a_write(r, level::peers, true);
       r.told.reads.push_back(
           {edit.thread, true, edit.asked_us, edit.answered_us, edit.number, {{edit.number, "other"}}});
     }},
    {"a read shows what is not there", "which is not there",
     [](found_round& r) {
       const auto& w = r.told.writes[two_appends(r.told).first];
       r.told.reads.push_back({w.thread, false, 1, 2, w.number, {{w.number, "never written"}}});
     }},
    {"an answer promises less than was asked", "I4",
     [](found_round& r) { a_write(r, level::peers, false).durability = "log"; }},
    {"a write is refused", "refused", [](found_round& r) { r.told.refusals.push_back("not this one"); }},
};

struct disk_plant {
  const char* name;
  const char* file;
  const char* sql;
};

// What follows from each is to be seen in the members' files alone.
constexpr disk_plant disk_plants[] = {
    {"bytes of an entry on one member's disk are changed", "/journal.db",
     "UPDATE entries SET body = replace(body, '\"', ' ') WHERE position = (SELECT max(position) / 2 FROM entries)"},
    {"a message in one member's views is changed", "/views.db",
     "UPDATE messages SET seq = seq + 1000 WHERE position = (SELECT max(position) FROM messages WHERE superseded IS NULL)"},
    {"an entry on one member's disk is gone", "/journal.db",
     "DELETE FROM entries WHERE position = (SELECT max(position) FROM entries)"},
};

} // namespace

std::vector<std::string> missed_in_evidence(const history& told, const evidence& found, std::size_t& planted) {
  std::vector<std::string> missed;
  for (const plant& p : plants) {
    found_round r{told, found, {}};
    p.in(r);
    ++planted;
    if (!noticed(check(r.told, {}, r.found, r.allowed), p.noticed_as)) missed.emplace_back(p.name);
  }
  found_round wiped{told, found, {.disks = {"n1", "n2", "n3"}}};
  replace_everywhere(wiped, a_write(wiped, level::log, false));
  ++planted;
  if (!noticed(check(wiped.told, {}, wiped.found, wiped.allowed), "although NATS lost nothing"))
    missed.emplace_back("a write acknowledged at `log` is lost with a disk alone");
  found_round lost{told, found, {.log_data = true, .disks = {"n1", "n2", "n3"}}};
  replace_everywhere(lost, a_write(lost, level::peers, false));
  ++planted;
  if (!noticed(check(lost.told, {}, lost.found, lost.allowed), "is lost"))
    missed.emplace_back("an append acknowledged at `peers` is lost with a disk and NATS's data");
  history nothing;
  ++planted;
  found_round before{told, found, {}};
  replace_everywhere(before, before.told.writes.front());
  if (!noticed(check(nothing, told.writes, before.found, {}), "held by all members before"))
    missed.emplace_back("a write of an earlier round is lost");
  return missed;
}

std::vector<std::string> missed_on_disks(chaos_cluster& c, const std::vector<std::string>& threads, const history& told,
                                         std::size_t& planted) {
  std::vector<std::string> missed;
  int victim = 0;
  for (const disk_plant& p : disk_plants) {
    victim = (victim + 1) % c.nodes(); // one each: a second change of one disk would be seen because of the first
    auto db = storage::sqlite::connection::open(c.data(victim) + p.file, {});
    if (!db) throw std::runtime_error("cannot open " + c.data(victim) + p.file);
    if (auto done = db->execute(p.sql); !done) throw std::runtime_error(std::string(p.name) + ": " + done.error().detail);
    const bool changed = db->changes() > 0;
    const evidence found = gather(c, threads);
    ++planted;
    if (!changed || !noticed(check(told, {}, found, {}), c.node_name(victim))) missed.emplace_back(p.name);
  }
  return missed;
}

} // namespace ropewalk::chaos
