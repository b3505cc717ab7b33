// --watch: the same question again and again, with what changed meanwhile.

#include <catch2/catch.hpp>

#include <csignal>

#include "tests/cli/dev_system.hpp"

using namespace ropewalk::tests;

namespace {

bool comes(const std::string& file, const std::string& text) {
  for (int i = 0; i < 1500; ++i) {
    if (read_file(file).find(text) != std::string::npos) return true;
    timespec pause{0, 10'000'000};
    nanosleep(&pause, nullptr);
  }
  return false;
}

} // namespace

TEST_CASE("a watched thread and a watched list show what changes") {
  dev_system dev;
  REQUIRE(dev.run("ropewalk thread create t --name Before").code == 0);
  const std::string one = dev.scratch() / "get.txt", all = dev.scratch() / "list.txt";
  child_process get = dev.start("ropewalk thread get t --watch", one);
  child_process list = dev.start("ropewalk thread list --watch -o jsonl", all);
  REQUIRE(comes(one, "Before"));
  REQUIRE(comes(all, "Before"));
  REQUIRE(dev.run("ropewalk thread update t --name After").code == 0);
  REQUIRE(dev.run("ropewalk thread create second").code == 0);
  CHECK(comes(one, "After"));
  CHECK(comes(all, "After"));
  CHECK(comes(all, "\"second\""));
  for (child_process* watching : {&get, &list}) {
    CHECK(watching->running());
    watching->signal(SIGINT);
    CHECK(watching->wait(std::chrono::seconds(10)) == 130);
  }
}
