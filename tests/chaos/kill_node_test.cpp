// The promise itself: whatever was acknowledged is there, once and in order, after the node was killed at
// random moments under load. ROPEWALK_KILLS=30 for the long form.

#include <catch2/catch.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "storage/journal_reader.hpp"
#include "tests/random_seed.hpp"
#include "tests/support/test_system.hpp"
#include "transport/subject.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using nlohmann::json;

namespace {

constexpr int writers = 64;
constexpr int threads = 16;

int kills() {
  const char* given = std::getenv("ROPEWALK_KILLS");
  return given ? std::atoi(given) : 4;
}

struct acknowledged {
  std::uint64_t seq;
  std::string content;
};

// Appends "w<writer>-<n>" for n = 0, 1, ... until told to stop, each with its own idempotency key and again
// with the same key until it is acknowledged.
void write_until(std::atomic<bool>& stop, const std::string& url, int writer, std::vector<acknowledged>& acks,
                 std::atomic<int>& failures, std::atomic<int>& replays) {
  auto client = transport::nats_connection::connect({.url = url, .client_name = "writer"});
  const std::string subject = transport::thread_subject("rw", "acme", "t" + std::to_string(writer % threads), "append");
  for (int n = 0; !stop; ++n) {
    const std::string content = "w" + std::to_string(writer) + "-" + std::to_string(n);
    const std::string key = "key-" + content;
    const transport::header_view headers[] = {{"Rw-Idempotency-Key", key}};
    const std::string body = json{{"role", "user"}, {"content", content}}.dump();
    while (true) {
      auto reply = (*client)->request(subject, headers, body, std::chrono::milliseconds(500));
      if (reply) {
        auto good = reply->reply();
        if (good) {
          const json answer = json::parse(*good);
          acks.push_back({answer.at("seq").get<std::uint64_t>(), content});
          if (answer.value("replayed", false)) ++replays;
          break;
        }
        if (!retryable(good.error().code)) {
          ++failures;
          return;
        }
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
}

} // namespace

TEST_CASE("every acknowledged append survives kill -9 of the node, exactly once and in order") {
  random_seed seed;
  CAPTURE(seed.rerun());
  test_system system;
  for (int t = 0; t < threads; ++t)
    REQUIRE(system.thread("t" + std::to_string(t), "create", {{"limits", {{"max_messages", 0}}}}).code == 200);

  std::atomic<bool> stop{false};
  std::atomic<int> failures{0}, replays{0};
  std::vector<std::vector<acknowledged>> acks(writers);
  std::vector<std::thread> running;
  for (int w = 0; w < writers; ++w)
    running.emplace_back(
        [&, w] { write_until(stop, system.url(), w, acks[static_cast<std::size_t>(w)], failures, replays); });
  for (int k = 0; k < kills(); ++k) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100 + seed.below(700)));
    system.node().kill_now();
    system.start_node();
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  stop = true;
  for (auto& r : running) r.join();
  CHECK(failures == 0);

  std::size_t total = 0;
  for (int t = 0; t < threads; ++t) {
    std::map<std::uint64_t, std::string> stored;
    std::map<std::string, int> times;
    std::uint64_t last = 0;
    while (true) {
      const auto page = system.thread("t" + std::to_string(t), "messages", {{"limit", 1000}, {"after_seq", last}});
      REQUIRE(page.code == 200);
      for (const json& m : page.body["messages"]) {
        last = m["seq"];
        stored[last] = m["content"];
        ++times[m["content"].get<std::string>()];
      }
      if (!page.body.contains("next_cursor")) break;
    }
    CHECK(stored.size() == last); // gapless
    for (const auto& [content, n] : times) CHECK(n == 1);
    for (int w = t; w < writers; w += threads) {
      std::uint64_t before = 0;
      for (const auto& ack : acks[static_cast<std::size_t>(w)]) {
        CHECK(stored[ack.seq] == ack.content);
        CHECK(ack.seq > before);
        before = ack.seq;
        ++total;
      }
    }
  }
  WARN(kills() << " kills, " << total << " acknowledged appends, " << replays << " answered again by key");
  CHECK(total > 0);

  CHECK(system.node().stop() == 0);
  auto reader = storage::journal_reader::open(system.data() + "/journal.db");
  REQUIRE(reader);
  auto report = reader->verify_chain();
  REQUIRE(report);
  CHECK_FALSE(report->first_bad.has_value());
  CHECK(report->entries >= total);
}

TEST_CASE("a node serves again after its nats-server was killed and restarted, and has lost nothing") {
  test_system system;
  REQUIRE(system.thread("t1", "create").code == 200);
  for (int i = 0; i < 20; ++i)
    REQUIRE(system.thread("t1", "append", {{"role", "user"}, {"content", std::to_string(i)}}).code == 200);
  for (int round = 0; round < 2; ++round) {
    system.nats().kill_now();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    system.start_nats();
    REQUIRE(eventually([&] { return system.thread("t1", "get").code == 200; }));
  }
  CHECK(system.thread("t1", "append", {{"role", "user"}, {"content", "after"}}).body["seq"] == 21);
  CHECK(system.thread("t1", "messages", {{"limit", 100}}).body["messages"].size() == 21);
}

TEST_CASE("a second process on the same data directory is refused and told why") {
  test_system system;
  child_process second(
      {test_system::binary(), "node", "--nats", system.url(), "--data", system.data(), "--name", "other"},
      system.scratch() / "second.log");
  CHECK(second.wait(std::chrono::seconds(10)) > 0);
  CHECK(read_file(system.scratch() / "second.log").find("in use") != std::string::npos);
  CHECK(system.ask("rw.node.test.health", {}).code == 200);
}
