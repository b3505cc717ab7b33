// A nats-server that stands still with megabytes of a node's answers unread: what the node writes is not taken.

#include <catch2/catch.hpp>

#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>
#include <vector>

#include "tests/support/test_system.hpp"
#include "transport/subject.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

// Readers of pages of about 900 KiB: together they wait for far more than sockets hold, and for the next one after each.
class page_readers {
public:
  explicit page_readers(test_system& s) {
    for (int i = 0; i < 64; ++i)
      running_.emplace_back([this, &s] {
        while (!stop_)
          if (s.ask(transport::thread_subject("rw", "acme", "big", "messages"), {{"limit", 1000}}, {}, 1s).code == 200)
            ++pages_;
      });
    REQUIRE(eventually([&] { return pages_ > 0; }));
  }
  ~page_readers() {
    stop_ = true;
    for (std::thread& r : running_) r.join();
  }
  page_readers(const page_readers&) = delete;
  page_readers& operator=(const page_readers&) = delete;

private:
  std::atomic<bool> stop_{false};
  std::atomic<int> pages_{0};
  std::vector<std::thread> running_;
};

void fill(test_system& s) {
  REQUIRE(s.thread("big", "create").code == 200);
  for (int i = 0; i < 60; ++i)
    REQUIRE(s.thread("big", "append", {{"role", "user"}, {"content", std::string(15'000, 'x')}}).code == 200);
}

bool told(const test_system& s, const std::string& what) { return s.node_log().find(what) != std::string::npos; }

} // namespace

TEST_CASE("a node notices that its server reads nothing any more, and goes on when it does") {
  test_system s;
  fill(s);
  {
    const page_readers readers(s);
    s.nats().signal(SIGSTOP);
    CHECK(eventually([&] { return told(s, "nats disconnected"); }, 20s));
    s.nats().signal(SIGCONT);
  }
  CHECK(eventually([&] { return s.thread("big", "get").code == 200; }, 30s));
  CHECK(s.thread("big", "append", {{"role", "user"}, {"content", "after"}}).body["seq"] == 61);
}

TEST_CASE("a node whose server reads nothing any more stops when it is told to") {
  test_system s;
  fill(s);
  {
    const page_readers readers(s);
    s.nats().signal(SIGSTOP);
    std::this_thread::sleep_for(500ms); // its writes are held up
    CHECK(s.node().stop(30s) == 0);
    s.nats().signal(SIGCONT);
  }
  s.start_node();
  CHECK(s.thread("big", "get").body["thread"]["message_count"] == 60);
}

TEST_CASE("a node whose connection the server has ended for good ends too, and says why") {
  test_system s({}, {}, "max_connections: 100\n");
  std::ofstream(s.scratch() / "nats.conf") << "max_connections: 1\n";
  s.nats().signal(SIGHUP);
  REQUIRE(eventually([&] { return !s.node().running(); }, 30s));
  CHECK(s.node().wait(1s) == 6);
  CHECK(told(s, "nats closed"));
  CHECK(told(s, "the server has ended the connection for"));
}
