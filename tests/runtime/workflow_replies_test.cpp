// What an instance shows of itself fits a reply, however much it holds.

#include "runtime/limits.hpp"
#include "tests/runtime/workflow_driver.hpp"

namespace ropewalk::workflow {
namespace {

constexpr std::size_t most_of_an_object = 600 << 10;

std::string one_agent() { return R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"x"}]})"; }

// Many runs of which each failed with a long message and waits for its next attempt.
#ifndef ROPEWALK_SANITIZED // its driver encodes the instance after each command, which takes minutes then
workflow_driver many_failures() {
  workflow_driver w;
  std::string items, branches;
  for (int i = 0; i < 64; ++i) items += (i ? "," : "") + std::to_string(i);
  for (int b = 0; b < 5; ++b) {
    const std::string n = std::to_string(b);
    branches += std::string(b ? "," : "") + R"("b)" + n + R"(":[{"name":"m)" + n +
                R"(","run":"map","over":"/items","concurrency":64,"do":{"name":"e)" + n +
                R"(","run":"agent","subject":"x","retry":{"attempts":5,"first":"1h"}}}])";
  }
  w.begin(R"({"name":"d","phases":[{"name":"p","run":"parallel","branches":{)" + branches + "}}]}",
          R"({"items":[)" + items + "]}");
  for (const dispatch& d : w.take<dispatch>())
    w.must(write{complete{d.run, {}, failure{{"broken", std::string(4'000, '\x01')}, false}, "worker"}});
  return w;
}
#endif

} // namespace

#ifndef ROPEWALK_SANITIZED
TEST_CASE("an instance with many failed attempts is shown within bounds, and says how many runs it left out") {
  workflow_driver w = many_failures();
  const std::string text = render_workflow(w.who, w.state, &w.alive);
  CHECK(text.size() < most_of_an_object);
  const json_value shown = json_value::parse(text);
  const auto& runs = shown.at("runs");
  std::size_t open = 0;
  for (const auto& [number, r] : w.state.runs) open += is_open(r.status);
  CHECK(open > 300);
  CHECK(runs.size() + shown.at("runs_left_out").get<std::size_t>() == open);
  const auto message = [](const json_value& run) { return run.at("last_error").at("message").get<std::string>(); };
  std::size_t whole = 0, cut = 0;
  for (const auto& run : runs)
    if (run.contains("last_error")) ++(message(run).size() == 4'000 ? whole : cut);
  CHECK(whole > 0);
  CHECK(cut > 100);
  const decision paused = w.must(write{pause{"the provider is down"}}, "key");
  CHECK(paused.reply.size() < most_of_an_object);
  CHECK(json_value::parse(paused.reply).at("workflow").at("status") == "paused");
}
#endif

TEST_CASE("an instance that is small is shown whole") {
  workflow_driver w;
  w.begin(R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"x","retry":{"attempts":3}}]})");
  w.must(write{complete{1, {}, failure{{"broken", std::string(4'000, 'x')}, false}, "worker"}});
  const json_value shown = json_value::parse(render_workflow(w.who, w.state, &w.alive));
  CHECK(shown.at("runs").at(0).at("last_error").at("message").get<std::string>() == std::string(4'000, 'x'));
  CHECK_FALSE(shown.contains("runs_left_out"));
}

TEST_CASE("a state that does not fit a reply is left out of get and result, and both say how large it is") {
  workflow_driver w;
  w.begin(one_agent());
  w.must(write{update{json_value{{"x", std::string(3 << 20, 'x')}}, "", {}}});
  const auto seen = read_reply(w.who, w.state, &w.alive, get{});
  REQUIRE(seen);
  const json_value shown = json_value::parse(*seen);
  CHECK(shown.at("state_left_out") == true);
  CHECK(shown.at("state_bytes") == (3 << 20) + 8);
  CHECK_FALSE(shown.contains("state"));
  w.finish(1);
  const auto ended = result_reply(w.who, w.state);
  REQUIRE(ended);
  const json_value told = json_value::parse(*ended);
  CHECK(told.at("status") == "completed");
  CHECK(told.at("state_left_out") == true);
  CHECK(told.at("state_bytes") == (3 << 20) + 8);
}

TEST_CASE("a value that does not fit a reply is refused with what to do, a part of it is answered") {
  workflow_driver w;
  w.begin(one_agent());
  w.must(write{update{json_value{{"x", std::string(1 << 20, 'x')}, {"y", 7}}, "", {}}});
  const auto all = read_reply(w.who, w.state, query{""});
  REQUIRE_FALSE(all);
  CHECK(all.error().code == errc::too_large);
  CHECK(all.error().type == "reply_too_large");
  CHECK(all.error().detail.find("1048590 bytes") != std::string::npos);
  CHECK(all.error().detail.find("921600") != std::string::npos);
  CHECK(*read_reply(w.who, w.state, query{"/y"}) == R"({"pointer":"/y","value":7})");
  const auto state = state_reply(w.state, {});
  REQUIRE_FALSE(state);
  CHECK(state.error().type == "reply_too_large");
}

TEST_CASE("the pieces of a large state are its text, cut between characters") {
  workflow_driver w;
  w.begin(one_agent());
  std::string text;
  while (text.size() < (2u << 20)) text += "\"\xc3\xa9\xe2\x82\xac\n\\";
  w.must(write{update{json_value{{"x", text}}, "", {}}});
  const std::string whole = w.value();
  std::string joined;
  std::optional<std::uint64_t> next = 0;
  int pieces = 0;
  while (next) {
    const auto reply = state_reply(w.state, next);
    REQUIRE(reply);
    CHECK(reply->size() <= limits::reply_bytes);
    const json_value piece = json_value::parse(*reply); // which would throw in the middle of a character
    CHECK(piece.at("offset") == *next);
    CHECK(piece.at("state_bytes") == whole.size());
    CHECK(piece.at("version") == w.state.version);
    joined += piece.at("data").get<std::string>();
    next = piece.contains("next_offset") ? std::optional(piece.at("next_offset").get<std::uint64_t>()) : std::nullopt;
    ++pieces;
  }
  CHECK(joined == whole);
  CHECK(pieces > 3);
  CHECK(state_reply(w.state, whole.size()).error().field == "offset");
  CHECK(state_reply(w.state, whole.find('\xc3') + 1).error().field == "offset");
}

} // namespace ropewalk::workflow
