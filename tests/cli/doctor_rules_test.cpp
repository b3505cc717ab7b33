#include "cli/node/doctor_rules.hpp"

#include <catch2/catch.hpp>

#include "cli/wire_client.hpp"

using namespace ropewalk;
using namespace ropewalk::cli;

namespace {

const instant now{1'769'850'300'000'000}; // 2026-01-31T09:05:00Z

using judged = std::vector<std::pair<std::string, severity>>;

reply_document parsed(const std::string& text) {
  auto doc = reply_document::parse(text);
  if (!doc) FAIL(doc.error().detail);
  return *std::move(doc);
}

std::vector<finding> of_status(const std::string& text, instant asked = now, instant answered = now) {
  const reply_document doc = parsed(text);
  std::vector<finding> found;
  judge_status(found, "n1", doc.root(), asked, answered);
  return found;
}
judged levels(const std::vector<finding>& found) {
  judged all;
  for (const finding& f : found) all.emplace_back(f.check, f.level);
  return all;
}
judged health(const std::string& text) {
  const reply_document doc = parsed(text);
  std::vector<finding> found;
  judge_health(found, "n1", doc.root());
  return levels(found);
}
severity disk(std::uint64_t free_bytes, std::uint64_t total_bytes) {
  std::vector<finding> found;
  judge_disk(found, "n1", free_bytes, total_bytes);
  return found.front().level;
}

} // namespace

TEST_CASE("a node that says all is well has no finding but good ones") {
  const auto found = of_status(
      R"({"views":{"position":9,"lag":0,"bytes":1},"disk":{"free_bytes":50000000000,"total_bytes":90000000000},)"
      R"("time":"2026-01-31T09:05:00.000000Z","keyring":{"source":"/k","active":"k1",)"
      R"("created":"2026-01-30T09:05:00.000000Z","keys":2,"loaded_at":"2026-01-30T09:05:00.000000Z"}})");
  CHECK(levels(found) ==
        judged{{"views", severity::ok}, {"disk", severity::ok}, {"clock", severity::ok}, {"keyring", severity::ok}});
  CHECK(found[0].detail == "0 entries behind");
  CHECK(found[3].detail == "k1 signs since 1 day; 2 keys in all");
  for (const finding& f : found) CHECK(f.next.empty());
}

TEST_CASE("a node of an earlier version is judged by what it says") {
  CHECK(levels(of_status(R"({"views":{"position":9,"lag":3,"bytes":1}})")) == judged{{"views", severity::ok}});
  CHECK(of_status("{}").empty());
}

TEST_CASE("views that cannot follow are a problem, ones that lag a warning") {
  const auto level = [](const std::string& views) { return of_status("{\"views\":" + views + "}").front().level; };
  CHECK(level(R"({"lag":10000})") == severity::ok);
  CHECK(level(R"({"lag":10001})") == severity::warning);
  CHECK(level(R"({"lag":0,"failing":"disk full"})") == severity::problem);
  CHECK(level(R"({"lag":0,"index_failing":"disk full"})") == severity::problem);
  CHECK(of_status(R"({"views":{"lag":0,"failing":"x"}})").front().next == "ropewalk rebuild-views --node n1");
}

TEST_CASE("a node's health is told") {
  CHECK(health(R"({"status":"ok","node":"n1"})") == judged{{"node", severity::ok}});
  CHECK(health(R"({"status":"ok","node":"n1","detail":"the disk is full"})") == judged{{"node", severity::problem}});
  CHECK(health(R"({"status":"draining","node":"n1"})") == judged{{"node", severity::warning}});
  CHECK(health(R"({"status":"failed","node":"n1","detail":"x"})") == judged{{"node", severity::problem}});
}

TEST_CASE("a disk is judged by the bytes that are left, not by their share") {
  constexpr std::uint64_t gib = 1ull << 30;
  CHECK(disk(2 * gib, 2000 * gib) == severity::ok);
  CHECK(disk(2 * gib - 1, 4 * gib) == severity::warning);
  CHECK(disk(gib / 4 - 1, 4 * gib) == severity::problem);
  CHECK(disk(0, 0) == severity::warning);
}

TEST_CASE("a clock is off only by what the way to the node and back cannot explain") {
  const auto level = [](std::int64_t node_us, std::int64_t took_us) {
    const std::string status = "{\"time\":\"" + to_rfc3339(instant{now.us + node_us}) + "\"}";
    return of_status(status, now, instant{now.us + took_us}).front().level;
  };
  CHECK(level(0, 0) == severity::ok);
  CHECK(level(4'000'000, 5'000'000) == severity::ok);
  CHECK(level(2'000'000, 0) == severity::warning);
  CHECK(level(-2'000'000, 5'000'000) == severity::warning);
  CHECK(level(3'600'000'000, 0) == severity::problem);
  CHECK(level(-3'600'000'000, 0) == severity::problem);
}

TEST_CASE("a keyring that could not be loaded again is a problem, an old key a warning with the way to rotate") {
  const auto found =
      of_status(R"({"keyring":{"source":"/etc/my keys.json","active":"k1","created":"2024-01-31T09:05:00.000000Z",)"
                R"("keys":1,"loaded_at":"2026-01-31T09:05:00.000000Z","failing":"mode 0644"}})");
  CHECK(levels(found) == judged{{"keyring", severity::problem}, {"keyring", severity::warning}});
  CHECK(found[1].next == "ropewalk keyring rotate --keyring '/etc/my keys.json'   (on the node's machine)");
}

TEST_CASE("refused checkpoints are a problem, unless an operator revoked their key") {
  const auto judge = [](const std::string& list) {
    const reply_document doc = parsed("{\"count\":1,\"checkpoints\":[" + list + "]}");
    std::vector<finding> found;
    judge_refused(found, "n1", doc.root());
    return found;
  };
  const std::string forged = R"({"org":"acme","workflow":"w1","checkpoint":"c1","reason":"seal_forged","detail":"x"})",
                    revoked = R"({"org":"acme","workflow":"w2","checkpoint":"c2","reason":"seal_revoked_key"})";
  CHECK(levels(judge("")) == judged{{"checkpoints", severity::ok}});
  CHECK(levels(judge(forged)) == judged{{"checkpoints", severity::problem}});
  CHECK(judge(forged).front().next == "ropewalk workflow checkpoints w1 --org acme");
  CHECK(levels(judge(revoked)) == judged{{"checkpoints", severity::warning}});
  CHECK(levels(judge(revoked + "," + forged)).back().second == severity::problem);
  const auto many = judge(forged + "," + forged + "," + forged + "," + forged + "," + forged);
  REQUIRE(many.size() == 4);
  CHECK(many.back().detail == "2 more were refused");
}

TEST_CASE(
    "what the cluster went on without is a warning, and a problem where more than the owner's disk was promised") {
  const auto quarantine = [](const std::string& levels) { return of_status(R"({"quarantine":)" + levels + "}"); };
  CHECK(quarantine(R"({"local":0,"log":0,"peers":0,"unknown":0})").empty());
  const auto local = quarantine(R"({"local":2,"log":0,"peers":0,"unknown":0})");
  CHECK(levels(local) == judged{{"quarantine", severity::warning}});
  CHECK(local.front().detail == "the cluster went on without 2 entries that its owner alone had acknowledged");
  CHECK(local.front().next == "ropewalk quarantine list --node n1");
  for (const char* more :
       {R"({"local":2,"log":1,"peers":0,"unknown":0})", R"({"local":0,"log":0,"peers":1,"unknown":0})",
        R"({"local":0,"log":0,"peers":0,"unknown":1})"}) {
    const auto alarm = quarantine(more);
    CHECK(levels(alarm) == judged{{"quarantine", severity::problem}});
    CHECK(alarm.front().detail ==
          "the cluster went on without 1 entry that may have been acknowledged as more than local");
  }
}

TEST_CASE("a node that is alone needs JetStream for tasks, a cluster for all that it acknowledges") {
  std::vector<finding> alone, cluster;
  judge_no_jetstream(alone, "it is not enabled", false);
  judge_no_jetstream(cluster, "it is not enabled", true);
  CHECK(levels(alone) == judged{{"jetstream", severity::warning}});
  CHECK(alone.front().detail == "it is not enabled: phases of kind task cannot run");
  CHECK(levels(cluster) == judged{{"jetstream", severity::problem}});
  CHECK(cluster.front().detail == "it is not enabled: nothing of the cluster is replicated, writes at `log` and `peers` are not "
                                  "acknowledged, and phases of kind task cannot run");
}

TEST_CASE("partitions without an owner, and those that commit nothing, are a problem") {
  const auto judge = [](const std::string& status) {
    const reply_document doc = parsed(status);
    std::vector<finding> found;
    judge_cluster(found, doc.root());
    return found;
  };
  CHECK(levels(judge(R"({"without_owner":[],"uncommitted":3,"standing_still":[]})")) ==
        judged{{"cluster", severity::ok}});
  const auto orphan = judge(R"({"without_owner":[2],"uncommitted":0,"standing_still":[]})");
  CHECK(levels(orphan) == judged{{"cluster", severity::problem}});
  CHECK(orphan.front().detail == "partition 2 has no owner, and is not served");
  const auto still = judge(R"({"without_owner":[],"uncommitted":3,"standing_still":[0,3]})");
  CHECK(levels(still) == judged{{"cluster", severity::problem}});
  CHECK(still.front().detail == "nothing gets into the streams of partitions 0, 3: writes at `log` and `peers` are not "
                                "acknowledged there, and 3 entries are on their owners' disks alone");
}
