#include "tests/runtime/workflow_driver.hpp"

namespace ropewalk::workflow {
namespace {

constexpr std::int64_t second = 1'000'000;

std::string one_phase(const std::string& fields) {
  return R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"x",)" + fields + "}]}";
}

} // namespace

TEST_CASE("failed attempts are repeated after growing pauses, then the workflow fails") {
  workflow_driver w;
  w.begin(one_phase(R"("retry":{"attempts":3,"first":"1s","factor":2})"));
  const std::uint64_t run = w.only_dispatch().run;
  std::vector<std::int64_t> pauses;
  for (int i = 0; i < 2; ++i) {
    w.fail(run, "busy");
    const auto at = wake_at(w.state, &w.alive);
    REQUIRE(at);
    pauses.push_back(at->us - w.now_us);
    w.pass(at->us - w.now_us - 2);
    CHECK(w.take<dispatch>().empty());
    w.wake_when_due();
    const auto again = w.only_dispatch();
    CHECK(again.run == run);
    CHECK(again.attempt == static_cast<std::uint32_t>(i) + 2);
    w.must(wake{});
    CHECK(w.take<dispatch>().empty());
  }
  CHECK(pauses == std::vector<std::int64_t>{second, 2 * second});
  w.fail(run, "busy");
  CHECK(w.status() == "failed");
  CHECK(w.state.why.code == "busy");
  CHECK(w.count("attempt_failed") == 2);
}

TEST_CASE("errors that are final end the attempts") {
  for (const bool by_policy : {true, false}) {
    workflow_driver w;
    w.begin(one_phase(R"("retry":{"attempts":9,"not_on":["no_money"]})"));
    w.fail(1, by_policy ? "no_money" : "whatever", !by_policy);
    CHECK(w.status() == "failed");
  }
  workflow_driver w;
  w.begin(one_phase(R"("input":{"$":"/gone"},"retry":{"attempts":9})"));
  CHECK(w.state.why.code == "missing_input");
  CHECK(w.take<dispatch>().empty());
}

TEST_CASE("results that the state cannot take") {
  workflow_driver w;
  w.begin(one_phase(R"("retry":{"attempts":4,"first":"1s"})"));
  w.finish(1, "[1]");
  CHECK(w.state.runs.at(1).last_error->code == "bad_result");
  w.wake_when_due();
  w.must(write{complete{1, {}, json_value{{"x", std::string(2 << 20, 'x')}}, "worker"}});
  CHECK(w.state.runs.at(1).last_error->code == "result_too_large");
  w.wake_when_due();
  w.must(write{update{json_value{{"a", std::string(3 << 20, 'x')}}, "", {}}});
  CHECK(w.refused(write{update{json_value{{"b", std::string(2 << 20, 'x')}}, "", {}}}) == "state_too_large");
  const std::string before = w.value();
  w.must(
      write{complete{1, {}, json_value{{"b", std::string(1 << 19, 'x')}, {"c", std::string(1 << 17, 'x')}}, "worker"}});
  CHECK(w.status() == "completed");

  workflow_driver full;
  full.begin(one_phase(R"("retry":{"attempts":4})"));
  full.must(write{update{json_value{{"a", std::string((4 << 20) - 100, 'x')}}, "", {}}});
  const std::string value = full.value();
  full.must(write{complete{1, {}, json_value{{"b", std::string(200, 'x')}}, "worker"}});
  CHECK(full.status() == "failed");
  CHECK(full.state.why.code == "state_too_large");
  CHECK(full.value() == value);
  // What replaces takes no more room.
  full.must(write{retry{}});
  full.must(write{complete{2, {}, json_value{{"a", std::string(200, 'x')}}, "worker"}});
  CHECK(full.status() == "completed");
}

TEST_CASE("an attempt, the start, a heartbeat and the whole phase have their time") {
  struct row {
    const char* limits;
    const char* code;
    std::int64_t after;
    bool again;
  };
  const row rows[] = {
      {R"("timeouts":{"attempt":"10s"})", "attempt_timeout", 10 * second, true},
      {R"("timeouts":{"attempt":"60s","start":"3s"})", "start_timeout", 3 * second, true},
      {R"("timeouts":{"attempt":"60s","heartbeat":"2s"})", "heartbeat_timeout", 2 * second, true},
      {R"("timeouts":{"attempt":"60s","total":"5s"})", "total_timeout", 5 * second, false},
  };
  for (const row& r : rows) {
    CAPTURE(r.code);
    workflow_driver w;
    w.begin(one_phase(std::string(r.limits) + R"(,"retry":{"attempts":2,"first":"1s"})"));
    const auto at = wake_at(w.state, &w.alive);
    REQUIRE(at);
    CHECK(at->us == w.now_us + r.after);
    w.sent.clear();
    w.wake_when_due();
    CHECK(w.take<cancel_dispatch>().size() == 1);
    CHECK(w.status() == (r.again ? "running" : "failed"));
    CHECK((r.again ? w.state.runs.at(1).last_error->code : w.state.why.code) == r.code);
  }
}

TEST_CASE("signs of life extend a worker's time, and count anew after a restart of the owner") {
  workflow_driver w;
  w.begin(one_phase(R"("timeouts":{"attempt":"60s","start":"3s","heartbeat":"5s"},"retry":{"attempts":1})"));
  w.now_us += 2 * second;
  w.must(write{heartbeat{1, 1, json_value{{"done", 3}}}});
  for (int i = 0; i < 5; ++i) {
    w.pass(4 * second);
    w.must(write{heartbeat{1, {}, {}}});
  }
  CHECK(w.status() == "running");
  CHECK(w.refused(write{heartbeat{1, 2, {}}}) == "attempt_over");
  CHECK(w.refused(write{heartbeat{7, {}, {}}}) == "run_not_found");
  CHECK(json_value::parse(render_workflow(w.who, w.state, &w.alive)).at("runs").at(0).at("progress").dump() ==
        R"({"done":3})");
  w.now_us += 3600 * second;
  w.restart();
  CHECK(w.take<dispatch>().size() == 1);
  w.pass(2 * second);
  CHECK(w.status() == "running");
  w.pass(2 * second);
  CHECK(w.state.why.code == "start_timeout");
  CHECK(w.count("step_begun") == 0);
}

TEST_CASE("without a bound for silence each sign of life extends the attempt") {
  workflow_driver w;
  w.begin(one_phase(R"("timeouts":{"attempt":"10s"},"retry":{"attempts":1})"));
  for (int i = 0; i < 5; ++i) {
    w.pass(9 * second);
    w.must(write{heartbeat{1, {}, {}}});
  }
  CHECK(w.status() == "running");
  w.pass(11 * second);
  CHECK(w.state.why.code == "attempt_timeout");
}

TEST_CASE("a dispatch that nobody takes is no attempt: it is sent again until its time is up") {
  workflow_driver w;
  w.begin(one_phase(R"("timeouts":{"attempt":"1s","start":"20s"},"retry":{"attempts":1})"));
  std::vector<std::int64_t> pauses;
  for (int i = 0; i < 8; ++i) {
    const auto d = w.only_dispatch();
    CHECK(d.attempt == 1);
    const std::size_t before = w.recorded.size();
    w.must(dispatch_refused{d.run, d.attempt});
    const auto at = wake_at(w.state, &w.alive);
    REQUIRE(at);
    pauses.push_back((at->us - w.now_us) / 1000);
    w.wake_when_due();
    CHECK(w.recorded.size() == before);
  }
  CHECK(pauses == std::vector<std::int64_t>{100, 200, 400, 800, 1600, 3200, 5000, 5000});
  w.only_dispatch();
  w.must(dispatch_refused{1, 1});
  w.pass(10 * second);
  CHECK(w.state.why.code == "start_timeout");
}

TEST_CASE("the first completion stands, later ones are answered with it and listed") {
  workflow_driver w;
  w.begin(
      R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"x","retry":{"attempts":1}},{"name":"b","run":"wait","signal":"s"}]})");
  w.finish(1, R"({"n":1})");
  const auto late = w.reply(write{complete{1, {}, json_value{{"n", 2}}, "slow"}});
  CHECK(late.at("late") == true);
  CHECK(late.at("result").dump() == R"({"n":1})");
  CHECK(w.value() == R"({"n":1})");
  CHECK(w.reply(write{complete{1, {}, json_value{{"n", 2}}, "slow"}}).at("late") == true);
  CHECK(w.state.late.size() == 1);
  for (int i = 0; i < 130; ++i) w.must(write{complete{1, {}, failure{{"e", std::to_string(i)}, false}, "slow"}});
  CHECK(w.state.late.size() == limits::late_results);
  CHECK(w.state.late_count == 131);
  CHECK(w.refused(write{complete{9, {}, json_value::object(), "?"}}) == "run_not_found");

  workflow_driver f;
  f.begin(one_phase(R"("retry":{"attempts":1})"));
  f.fail(1, "broken");
  CHECK(f.reply(write{complete{1, {}, json_value::object(), "slow"}}).at("error").at("code") == "broken");
  CHECK(f.status() == "failed");
}

TEST_CASE("a result of an attempt that timed out counts, its error does not") {
  for (const bool during_pause : {true, false}) {
    workflow_driver w;
    w.begin(one_phase(R"("timeouts":{"attempt":"1s"},"retry":{"attempts":3,"first":"1s"})"));
    w.pass(2 * second);
    if (!during_pause) w.wake_when_due();
    w.sent.clear();
    const std::uint32_t attempt = w.state.runs.at(1).attempt;
    w.must(write{complete{1, 1, failure{{"broken", ""}, true}, "slow"}});
    CHECK(w.state.runs.at(1).attempt == attempt);
    CHECK(w.status() == "running");
    w.must(write{complete{1, 1, json_value{{"n", 1}}, "slow"}});
    CHECK(w.status() == "completed");
    CHECK(w.take<cancel_dispatch>().size() == (during_pause ? 0u : 1u));
  }
}

TEST_CASE("of a run whose end is no longer remembered a late worker is told just that, and what it says is listed") {
  workflow_driver w;
  w.begin(R"({"name":"d","phases":[{"name":"a","run":"task","queue":"q"},
      {"name":"b","run":"sleep","for":"1s","when":{"at":"/x","exists":true},"next":"b"}]})");
  w.finish(1, R"({"n":1})"); // then b is skipped, over and over
  CHECK(w.reply(write{complete{1, 1, json_value{{"n", 2}}, "slow"}}).at("status") == "completed");
  w.must(wake{});
  CHECK(w.count("skipped") > limits::runs_remembered);
  for (const char* from : {"slow", "slower"}) {
    const auto told = w.reply(write{complete{1, 1, json_value{{"n", from}}, from}});
    CHECK(told.at("late") == true);
    CHECK(told.at("status") == "forgotten");
    CHECK_FALSE(told.contains("result"));
  }
  CHECK(w.state.late.size() == 3);
  CHECK(w.state.late.back().from == "slower");
}

TEST_CASE("an error of an attempt that is over is listed, but for the one that ended it") {
  workflow_driver w;
  w.begin(one_phase(R"("retry":{"attempts":3,"first":"1s"})"));
  const auto says = [&](std::uint32_t attempt, const std::string& code) {
    return w.reply(write{complete{1, attempt, failure{{code, "it broke"}, false}, "slow"}});
  };
  CHECK(says(1, "broken").at("late") == false);
  CHECK(says(1, "broken").at("late") == false); // its answer was lost
  CHECK(w.state.late_count == 0);
  const auto during_pause = says(1, "other");
  CHECK(during_pause.at("late") == true);
  CHECK(during_pause.at("status") == "waiting");
  CHECK(during_pause.contains("next_attempt_at"));
  w.wake_when_due();
  CHECK(says(1, "broken").at("late") == false);
  CHECK(says(1, "other").at("late") == true); // known by now
  const auto of_the_first = says(1, "third");
  CHECK(of_the_first.at("late") == true);
  CHECK(of_the_first.at("status") == "scheduled");
  REQUIRE(w.state.late.size() == 2);
  CHECK(w.state.late[0].from == "slow");
  CHECK(w.state.late_count == 2);
  w.restart();
  CHECK(w.state.late.size() == 2);
  CHECK(w.state.runs.at(1).attempt == 2);
}

TEST_CASE("another result of a step that is recorded is answered with the first, and listed") {
  workflow_driver w;
  w.begin(one_phase(R"("retry":{"attempts":3})"));
  CHECK(w.reply(write{step_complete{1, "one", json_value{7}}}).at("recorded") == false);
  CHECK(w.must(write{step_complete{1, "one", json_value{7}}}).events.empty()); // its answer was lost
  const auto other = w.reply(write{step_complete{1, "one", json_value{8}}});
  CHECK(other.at("recorded") == true);
  CHECK(other.at("result").dump() == "[7]");
  CHECK(w.must(write{step_complete{1, "one", json_value{8}}}).events.empty()); // listed already
  REQUIRE(w.state.late.size() == 1);
  CHECK(w.state.late[0].run == 1);
  CHECK(w.state.late[0].from == "step one");
  w.restart();
  CHECK(w.state.late_count == 1);
  CHECK(w.reply(write{step_begin{1, "one"}}).at("result").dump() == "[7]");
}

TEST_CASE("a result of an attempt that there never was is refused") {
  workflow_driver w;
  w.begin(one_phase(R"("retry":{"attempts":9,"first":"1s"})"));
  CHECK(w.refused(write{complete{1, 7, json_value{{"n", 1}}, "liar"}}) == "invalid");
  CHECK(w.refused(write{complete{1, 2, failure{{"broken", ""}, true}, "liar"}}) == "invalid");
  CHECK(w.status() == "running");
  w.must(write{complete{1, 1, json_value{{"n", 1}}, "worker"}});
  CHECK(w.status() == "completed");
}

TEST_CASE("steps are recorded once and given back to whoever comes next") {
  workflow_driver w;
  w.begin(one_phase(R"("retry":{"attempts":3,"first":"1s"})"));
  const auto before = w.recorded.size();
  CHECK(w.reply(write{step_begin{1, "one", true}}).dump() ==
        R"({"begun_before":false,"recorded":false,"step":"one"})"); // a look leaves nothing behind
  CHECK(w.recorded.size() == before);
  CHECK(w.reply(write{step_begin{1, "one"}}).dump() == R"({"begun_before":false,"recorded":false,"step":"one"})");
  CHECK(w.reply(write{step_begin{1, "one"}}).at("begun_before") == true);
  CHECK(w.count("step_begun") == 1);
  CHECK(w.reply(write{step_complete{1, "one", json_value{7}}}).at("recorded") == false);
  CHECK(w.reply(write{step_complete{1, "one", json_value{8}}}).at("result").dump() == "[7]");
  w.fail(1, "lost");
  w.wake_when_due();
  w.restart();
  CHECK(w.reply(write{step_begin{1, "one"}}).at("result").dump() == "[7]");
  CHECK(w.refused(write{step_complete{1, "two", json_value(std::string(300 << 10, 'x'))}}) == "step_result_too_large");
  for (std::size_t i = 1; i < limits::steps_a_run; ++i) w.state.runs.at(1).steps.push_back({std::to_string(i), 0});
  CHECK(w.reply(write{step_begin{1, "one", true}}).at("result").dump() == "[7]");
  CHECK(w.refused(write{step_begin{1, "more", true}}) == "too_many_steps");
  CHECK(w.refused(write{step_begin{1, "more"}}) == "too_many_steps");
  w.state.runs.at(1).steps.resize(1);
  w.finish(1);
  CHECK(w.refused(write{step_begin{1, "one"}}) == "run_over");
}

TEST_CASE("what is outstanding is sent again after a restart, with the input that it had") {
  workflow_driver w;
  w.begin(R"({"name":"d","state":{"n":0},"phases":[{"name":"p","run":"parallel","branches":{
    "x":[{"name":"x1","run":"agent","subject":"x"}],"y":[{"name":"y1","run":"task","queue":"y","input":{"n":{"$":"/n"}}}]}}]})");
  const auto before = w.take<dispatch>();
  REQUIRE(before.size() == 2);
  w.finish(before[0].run, R"({"n":5})");
  w.restart();
  const auto again = w.only_dispatch();
  CHECK(again.run == before[1].run);
  CHECK(again.attempt == 1);
  CHECK(again.input->dump() == R"({"n":0})");
}

TEST_CASE("the whole workflow has its time, and a total limit ends what is inside a parallel") {
  workflow_driver w;
  w.begin(R"({"name":"d","timeout":"1h","phases":[{"name":"p","run":"parallel","branches":{
    "x":[{"name":"x1","run":"agent","subject":"x"}],"y":[{"name":"y1","run":"wait","signal":"s"}]}}]})");
  w.now_us = wake_at(w.state, &w.alive)->us; // the attempt's five minutes
  w.pass(3600 * second);
  CHECK(w.state.why.code == "timeout");
  CHECK(w.status() == "failed");
  CHECK(w.open_run("y1") == 0);
}

} // namespace ropewalk::workflow
