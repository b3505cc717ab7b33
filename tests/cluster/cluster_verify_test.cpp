// A member that holds something else than the others is named, and put right from them.

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

#include "runtime/hex.hpp"
#include "storage/chain_reader.hpp"
#include "storage/entry_hash.hpp"
#include "storage/journal_schema.hpp"
#include "storage/replication_rows.hpp"
#include "tests/cluster/killed_cluster.hpp"
#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/program.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

struct kept_thread {
  std::size_t partition = 0;
  std::uint64_t second = 0; // index of the entry of its second message
  int owner = 0;
};

kept_thread write_kept(cluster_system& system) {
  kept_thread k;
  REQUIRE(system.thread("kept", "create").code == 200);
  REQUIRE(system.thread("kept", "append", user_message("first")).code == 200);
  const answer second = system.thread("kept", "append", user_message("second"));
  REQUIRE(second.code == 200);
  REQUIRE(system.thread("kept", "append", user_message("third")).code == 200);
  k.partition = second.body["receipt"]["partition"].get<std::size_t>();
  k.second = second.body["receipt"]["index"].get<std::uint64_t>();
  const json partitions = run_program(system, "cluster partitions").json()["partitions"];
  k.owner = partitions.at(k.partition)["owner"].get<std::string>()[1] - '1';
  return k;
}

void execute(const std::string& file, const std::string& sql) {
  auto db = storage::sqlite::connection::open(file, {.create = false, .vfs = {}});
  REQUIRE(db);
  const auto done = db->execute(sql.c_str());
  if (!done) FAIL(sql << ": " << done.error().detail);
}

// Another body at `from`, and all that follows from it: hashes up to the head, the anchor, what is noted as accepted. The disk is
// as good as any by itself.
void rewrite_history(const std::string& file, const kept_thread& k) {
  const partition_id p{static_cast<std::uint16_t>(k.partition)};
  const auto chains = storage::chain_file::open(file);
  REQUIRE(chains);
  const auto entries = (*chains)->read(p, k.second, UINT64_MAX, 16 << 20);
  REQUIRE(entries.size() >= 2);
  digest before = entries.front()->prev_hash;
  replication::chain_point head;
  std::string sql = "DELETE FROM anchor;";
  for (const auto& was : entries) {
    entry e = *was;
    if (e.index == k.second) {
      const auto at = e.event.body.find("second");
      REQUIRE(at != std::string::npos);
      e.event.body.replace(at, 6, "forged");
    }
    e.prev_hash = before;
    e.hash = before = storage::hash_of(e);
    head = replication::point_of(e);
    std::string body = e.event.body;
    for (std::size_t quote = 0; (quote = body.find('\'', quote)) != std::string::npos; quote += 2) body.insert(quote, 1, '\'');
    sql += "UPDATE entries SET body = '" + body + "', prev_hash = x'" + to_hex(e.prev_hash) + "', hash = x'" +
           to_hex(e.hash) + "' WHERE position = " + std::to_string(e.position) + ";";
  }
  execute(file, sql);
  auto db = storage::sqlite::connection::open(file, {.create = false, .vfs = {}});
  REQUIRE(db);
  storage::replication_rows rows;
  REQUIRE(rows.open(*db, "test"));
  auto state = rows.load(p);
  REQUIRE(state);
  REQUIRE(state->has_value());
  REQUIRE((*state)->accepted.index == head.index);
  (*state)->accepted = head;
  REQUIRE(rows.store(p, **state));
}

} // namespace

TEST_CASE("all members hold the same, and verify says so under load") {
  cluster_system system;
  const kept_thread k = write_kept(system);
  const program_result r = run_program(system, "verify --cluster");
  CAPTURE(r.output, r.trouble);
  CHECK(r.code == 0);
  CHECK(r.json()["verified"] == true);
  CHECK(r.json()["divergences"] == json::array());
  CHECK(r.json()["partitions"].size() == 4);
  CHECK(r.json()["partitions"][k.partition]["compared"].get<std::uint64_t>() >= k.second);
  for (const json& m : r.json()["members"]) CHECK(m["entries"].get<int>() > 0);
  const program_result nothing = run_program(system, "verify --cluster --repair n2 --yes");
  CHECK(nothing.code == 0);
  CHECK(nothing.trouble.find("nothing at n2 is known to be wrong") != std::string::npos);
  CHECK(run_program(system, "verify --cluster --repair n9 --yes").code == 3);
  CHECK(run_program(system, "verify --cluster --quick --repair n2").code == 2);
  CHECK(run_program(system, "verify --quick").code == 2);

  system.kill(2);
  const program_result two = run_program(system, "verify --cluster --quick -o table");
  CAPTURE(two.output);
  CHECK(two.code == 6);
  CHECK(two.output.find("1 not verified: n3") != std::string::npos);
}

TEST_CASE("a member with another history, though each of its hashes is right, is named and learns the right one") {
  cluster_system system({.lease = "3s"}); // what is in step for ten leases may get its partition back
  const kept_thread k = write_kept(system);
  const int bad = (k.owner + 1) % 3, third = (k.owner + 2) % 3;
  const std::string name = "n" + std::to_string(bad + 1);
  REQUIRE(system.node(bad).stop() == 0);
  rewrite_history(system.data(bad) + "/journal.db", k);
  CHECK(run_program(system, "verify --data " + system.data(bad) + " --keyring " + (system.scratch() / "keys.json")).code == 0);
  system.start(bad);
  REQUIRE(eventually([&] { return run_program(system, "cluster members").code == 0; }, 60s));

  const program_result found = run_program(system, "verify --cluster");
  CAPTURE(found.output, found.trouble, system.log(bad));
  REQUIRE(found.code == 7);
  const json divergence = found.json()["divergences"].at(0);
  CHECK(divergence["partition"] == k.partition);
  CHECK(divergence["index"] == k.second);
  CHECK(divergence["differ"] == json::array({name}));
  CHECK(divergence["hashes"].size() == 3);
  CHECK(found.json()["divergences"].size() == 1);

  // One of two good ones is away: one against one does not say who is right.
  system.kill(third);
  const program_result refused = run_program(system, "verify --cluster --repair " + name + " --yes");
  CHECK(refused.code == 7);
  CHECK(refused.json()["divergences"].at(0)["differ"] == json::array());
  CHECK(refused.trouble.find("nothing at " + name + " is known to be wrong") != std::string::npos);
  system.start(third);
  REQUIRE(eventually([&] { return run_program(system, "cluster status").code == 0; }, 60s));

  CHECK(run_program(system, "verify --cluster --repair " + name).code == 2); // nobody can be asked
  const program_result repaired = run_program(system, "verify --cluster --repair " + name + " --yes");
  CAPTURE(repaired.output, repaired.trouble);
  CHECK(repaired.code == 0);
  CHECK(repaired.json()["verified"] == true);
  CHECK(repaired.json()["repaired"] == json::array({{{"partition", k.partition}, {"from", k.second}}}));
  bool kept = false;
  const json quarantined = run_program(system, "quarantine list --node " + name).json()["entries"];
  for (const json& e : quarantined) kept = kept || (e["index"] == k.second && e["partition"] == k.partition);
  CHECK(kept);
  const json messages = system.thread("kept", "messages").body["messages"];
  REQUIRE(messages.size() == 3);
  CHECK(messages[1]["content"] == "second");
  REQUIRE(system.thread("kept", "append", user_message("fourth")).code == 200);
  CHECK(chains_when_killed(system) == "");
}

TEST_CASE("damage on a running member's disk is named by place, and repaired from the others") {
  cluster_system system;
  const kept_thread k = write_kept(system);
  const bool of_owner = GENERATE(false, true);
  const int bad = of_owner ? k.owner : (k.owner + 1) % 3;
  const std::string name = "n" + std::to_string(bad + 1);
  execute(system.data(bad) + "/journal.db", "UPDATE entries SET body = '{}' WHERE partition = " +
                                                std::to_string(k.partition) + " AND idx = " + std::to_string(k.second));
  const program_result found = run_program(system, "verify --cluster");
  CAPTURE(found.output, found.trouble);
  REQUIRE(found.code == 7);
  for (const json& m : found.json()["members"]) {
    CHECK(m.contains("first_bad") == (m["member"] == name));
    if (!m.contains("first_bad")) continue;
    CHECK(m["first_bad"]["partition"] == k.partition);
    CHECK(m["first_bad"]["index"] == k.second);
  }
  const program_result repaired = run_program(system, "verify --cluster --repair " + name + " --yes");
  CAPTURE(repaired.output, repaired.trouble);
  CHECK(repaired.code == 0);
  CHECK(repaired.json()["verified"] == true);
  REQUIRE(system.wait_serving());
  const json messages = system.thread("kept", "messages").body["messages"];
  REQUIRE(messages.size() == 3);
  CHECK(messages[1]["content"] == "second");
  CHECK(chains_when_killed(system) == "");
}

TEST_CASE("one repair puts all right that is damaged, though a member names only the first of it") {
  cluster_system system;
  const kept_thread k = write_kept(system);
  const std::size_t other = (k.partition + 1) % 4;
  const int bad = (k.owner + 1) % 3;
  const std::string name = "n" + std::to_string(bad + 1), file = system.data(bad) + "/journal.db";
  for (int i = 0; i < 40; ++i) REQUIRE(system.thread("t" + std::to_string(i), "create").code == 200); // in all partitions
  REQUIRE(eventually([&] { return run_program(system, "verify --cluster --quick").code == 0; }, 60s));
  execute(file, "UPDATE entries SET body = '{}' WHERE partition = " + std::to_string(k.partition) +
                    " AND idx = " + std::to_string(k.second));
  execute(file, "UPDATE entries SET body = '{}' WHERE position = (SELECT position FROM entries WHERE partition = " +
                    std::to_string(other) + " AND type = 'created' ORDER BY idx DESC LIMIT 1)");
  const program_result repaired = run_program(system, "verify --cluster --repair " + name + " --yes");
  CAPTURE(repaired.output, repaired.trouble);
  CHECK(repaired.code == 0);
  CHECK(repaired.json()["verified"] == true);
  CHECK(repaired.json()["repaired"].size() == 2);
  CHECK(chains_when_killed(system) == "");
}
