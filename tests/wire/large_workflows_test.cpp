// Instances that hold more than a reply does.

#include <catch2/catch.hpp>

#include "tests/support/test_system.hpp"

using namespace ropewalk::tests;
using nlohmann::json;

namespace {

answer ask_instance(test_system& s, const std::string& id, const std::string& verb, const json& body = json::object()) {
  return s.ask("rw.v1.acme.workflow." + id + '.' + verb, body, {}, std::chrono::seconds(20));
}

} // namespace

TEST_CASE("a completed instance with a state of 3 MB tells that it completed, and its state is read in pieces") {
  test_system s;
  REQUIRE(s.ask("rw.v1.acme.workflows.define",
                {{"definition", {{"name", "d"}, {"phases", {{{"name", "w"}, {"run", "wait"}, {"signal", "go"}}}}}}})
              .code == 200);
  REQUIRE(ask_instance(s, "big", "start", {{"definition", "d"}}).code == 200);
  json whole = {{"small", 7}};
  for (int i = 0; i < 6; ++i) {
    const json patch{{"part" + std::to_string(i), std::string(500'000, '"')}};
    REQUIRE(ask_instance(s, "big", "update", {{"patch", patch}}).code ==
            (i < 4 ? 200 : 413)); // escaped: a megabyte each
    if (i < 4) whole.merge_patch(patch);
  }
  REQUIRE(ask_instance(s, "big", "update", {{"patch", {{"small", 7}}}}).code == 200);
  REQUIRE(ask_instance(s, "big", "signal", {{"name", "go"}}).code == 200);
  const auto ended = ask_instance(s, "big", "result", {{"wait_seconds", 10}});
  INFO(ended.body.dump().substr(0, 500));
  REQUIRE(ended.code == 200);
  CHECK(ended.body["status"] == "completed");
  CHECK(ended.body["state_left_out"] == true);
  CHECK(ended.body["state_bytes"] == whole.dump().size());
  const auto got = ask_instance(s, "big", "get");
  REQUIRE(got.code == 200);
  CHECK(got.body["state_left_out"] == true);
  const auto queried = ask_instance(s, "big", "query", {{"pointer", ""}});
  CHECK(queried.code == 413);
  CHECK(queried.type() == "reply_too_large");
  CHECK(ask_instance(s, "big", "query", {{"pointer", "/small"}}).body["value"] == 7);
  const json at = got.body["workflow"]["version"];
  CHECK(ask_instance(s, "big", "state", {{"at", at}}).type() == "reply_too_large");
  std::string text;
  json next = 0;
  while (!next.is_null()) {
    const auto piece = ask_instance(s, "big", "state", {{"at", at}, {"offset", next}});
    REQUIRE(piece.code == 200);
    text += piece.body["data"].get<std::string>();
    next = piece.body.value("next_offset", json());
  }
  CHECK(json::parse(text) == whole);
  // An event that fits no reply comes without its fields, and in pieces.
  const json events = ask_instance(s, "big", "history").body["events"];
  REQUIRE(events.size() > 5);
  CHECK(events[2]["type"] == "updated");
  CHECK(events[2]["fields_left_out"] == true);
  CHECK_FALSE(events[2].contains("patch"));
  std::string event;
  for (next = 0; !next.is_null();) {
    const auto piece = ask_instance(s, "big", "history", {{"after_version", 2}, {"offset", next}});
    INFO(piece.body.dump().substr(0, 500));
    REQUIRE(piece.code == 200);
    CHECK(piece.body["event_bytes"].get<std::size_t>() > 1'000'000);
    event += piece.body["data"].get<std::string>();
    next = piece.body.value("next_offset", json());
  }
  CHECK((json::parse(event)["patch"] == json{{"part0", std::string(500'000, '"')}}));
  CHECK(ask_instance(s, "big", "history", {{"after_version", 2}, {"offset", event.size()}}).body["field"] == "offset");
  CHECK(ask_instance(s, "big", "history", {{"after_version", 999}, {"offset", 0}}).body["field"] == "offset");
  const auto diff = ask_instance(s, "big", "diff", {{"from", 1}});
  CHECK(diff.code == 413);
  CHECK(diff.type() == "reply_too_large");
}
