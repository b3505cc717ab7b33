// What is not used leaves memory, and nobody can tell.

#include <catch2/catch.hpp>

#include "tests/support/test_system.hpp"

using namespace ropewalk::tests;
using nlohmann::json;

TEST_CASE("an idle thread leaves memory and comes back equal") {
  test_system s({"--idle-after", "1s"});
  REQUIRE(s.thread("idle", "create", {{"name", "Idle"}, {"tags", {"a"}}, {"metadata", {{"k", 1}}}}).code == 200);
  for (const char* text : {"0", "1", "2"})
    REQUIRE(s.thread("idle", "append", user_message(text), std::string("key-") + text).code == 200);
  REQUIRE(s.thread("idle", "suspend", {{"reason", "audit"}}).code == 200);
  const json thread = s.thread("idle", "get").body, messages = s.thread("idle", "messages").body;
  const auto active = [&] { return s.ask("rw.node.test.status", {}).body["active_entities"].get<int>(); };
  CHECK(active() == 1);
  REQUIRE(eventually([&] { return active() == 0; }));
  CHECK(s.thread("idle", "get").body == thread);
  CHECK(active() == 1);
  CHECK(s.thread("idle", "messages").body == messages);
  CHECK(s.thread("idle", "append", user_message("1"), "key-1").body["replayed"] == true);
  CHECK(s.thread("idle", "append", user_message("x")).type() == "thread_suspended");
}
