// `ropewalk dev` and `ropewalk thread tail` as processes that get killed.

#include <chrono>
#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/cli/dev_system.hpp"
#include "tests/support/eventually.hpp"

using namespace ropewalk::tests;
using namespace std::chrono_literals;

namespace {

std::vector<int> seqs_in(const std::string& file) {
  std::vector<int> seqs;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("{")) seqs.push_back(nlohmann::json::parse(line).at("seq"));
  return seqs;
}

} // namespace

TEST_CASE("dev takes nats-server down with it on SIGTERM") {
  dev_system dev;
  const pid_t server = dev.nats_server();
  REQUIRE(process_lives(server));
  CHECK(dev.dev().stop() == 0);
  CHECK_FALSE(process_lives(server));
  CHECK(dev.dev_log().find("ropewalk thread append hello") != std::string::npos);
}

TEST_CASE("nats-server does not outlive a dev that is killed") {
  dev_system dev;
  const pid_t server = dev.nats_server();
  REQUIRE(process_lives(server));
  dev.dev().kill_now();
  CHECK(eventually([&] { return !process_lives(server); }, 5s));
}

TEST_CASE("a second dev on the same directory is refused and disturbs nothing") {
  dev_system dev;
  const command_result second = dev.run("ropewalk dev --data dev");
  CHECK(second.code == 4);
  CHECK(second.output.find("is in use by process") != std::string::npos);
  CHECK(dev.run("ropewalk health").code == 0);
}

TEST_CASE("a nats-server that dies is started again, and what was written stays") {
  dev_system dev;
  REQUIRE(dev.run("ropewalk thread create t1 && ropewalk thread append t1 hello").code == 0);
  const pid_t server = dev.nats_server();
  kill(server, SIGKILL);
  CHECK(eventually(
      [&] { return dev.nats_server() != 0 && dev.nats_server() != server && dev.run("ropewalk health").code == 0; }));
  CHECK(dev.run("ropewalk thread count").output == "1 thread, 1 message\n");
  CHECK(dev.dev_log().find("starting it again") != std::string::npos);
}

TEST_CASE("the other verbs find a dev that has another port") {
  dev_system dev;
  CHECK(dev.run("unset ROPEWALK_URL; ropewalk health").code == 0);
}

TEST_CASE("plain verbs go to the dev that was started first, and to the next when it is killed") {
  dev_system first;
  const std::string log = first.scratch() / "second.log";
  child_process second = first.start("ropewalk dev --data second --port 0", log);
  REQUIRE(eventually([&] { return read_file(log).find("Ctrl-C stops it") != std::string::npos; }));
  CHECK(read_file(log).find("another `ropewalk dev` runs at " + first.url()) != std::string::npos);
  CHECK(read_file(log).find("ropewalk thread create hello --url nats://127.0.0.1:") != std::string::npos);
  REQUIRE(first.run("ropewalk thread create t1").code == 0);
  CHECK(first.run("unset ROPEWALK_URL; ropewalk thread get t1").code == 0);
  first.dev().kill_now();
  CHECK(eventually([&] { return first.run("unset ROPEWALK_URL; ropewalk health").code == 0; }, 5s));
  CHECK(first.run("unset ROPEWALK_URL; ropewalk thread get t1").code == 3);
}

TEST_CASE("an answer that comes too late is a time-out, not a server that is away") {
  dev_system dev;
  dev.dev().signal(SIGSTOP); // the node, not nats-server
  const command_result late = dev.run("ropewalk thread list --timeout 1ms");
  dev.dev().signal(SIGCONT);
  CHECK(late.code == 5);
}

TEST_CASE("a tail shows every message once and in order while servers die under it") {
  dev_system dev;
  REQUIRE(dev.run("ropewalk thread create t1 && for i in 1 2 3 4 5; do ropewalk thread append t1 \"early "
                  "$i\" || exit 1; done")
              .code == 0);
  const std::string log = dev.scratch() / "tail.jsonl";
  child_process tail = dev.start("ropewalk thread tail t1 --from 1 -o jsonl", log);
  REQUIRE(eventually([&] { return seqs_in(log).size() == 5; }));
  for (int i = 6; i <= 40; ++i) {
    if (i == 15 || i == 30) kill(dev.nats_server(), SIGKILL);
    // A key makes it one message, however often it is sent.
    const std::string append = "ropewalk thread append t1 'late' --timeout 2s --idempotency-key k" + std::to_string(i);
    REQUIRE(eventually([&] { return dev.run(append).code == 0; }));
  }
  CHECK(eventually([&] { return seqs_in(log).size() >= 40; }));
  std::vector<int> all;
  for (int i = 1; i <= 40; ++i) all.push_back(i);
  CHECK(seqs_in(log) == all);
}

TEST_CASE("an import that was killed is finished by running it again, without doubles") {
  dev_system dev;
  {
    std::ofstream file(dev.scratch() / "long.jsonl");
    for (int i = 1; i <= 3000; ++i) file << R"({"role":"user","content":"message )" << i << "\"}\n";
  }
  REQUIRE(dev.run("ropewalk thread create t1 --max-messages 0").code == 0);
  child_process first = dev.start("ropewalk thread import t1 long.jsonl", dev.scratch() / "import.log");
  REQUIRE(eventually(
      [&] { return dev.run("ropewalk thread count -o json").output.find("\"messages\": 0") == std::string::npos; }));
  first.kill_now();
  CHECK(dev.run("ropewalk thread import t1 long.jsonl").code == 0);
  const command_result texts = dev.run("ropewalk thread export t1 -f jsonl | tail -n +2 | grep -c message; "
                                       "ropewalk thread export t1 | tail -n 1");
  CHECK(texts.output.starts_with("3000\n"));
  CHECK(texts.output.find("\"seq\":3000,") != std::string::npos);
  CHECK(texts.output.find("message 3000") != std::string::npos);
}
