// The retry policy of a parallel or a map: what fails in it is tried again by itself, what has completed stands (I7).
#include "tests/runtime/workflow_driver.hpp"

namespace ropewalk::workflow {
namespace {

std::vector<std::string> phases_of(const std::vector<dispatch>& all) {
  std::vector<std::string> names;
  for (const dispatch& d : all) names.push_back(d.phase);
  return names;
}

// An object as JSON text, without its braces.
workflow_driver begun(const std::string& phase, const std::string& state = "{}") {
  workflow_driver w;
  w.begin(R"({"name":"d","retry":{"attempts":1},"state":)" + state + R"(,"phases":[{"name":"p",)" + phase + "}]}");
  return w;
}

const std::string in_map =
    R"("run":"map","over":"/i","result":"/done","concurrency":3,"do":{"name":"one","run":"agent","subject":"x"})";
const std::string in_branches = R"("run":"parallel","branches":{
    "l":[{"name":"post","run":"thread","thread":"t","message":{}},{"name":"b","run":"agent","subject":"x"}],
    "r":[{"name":"c","run":"agent","subject":"x"}]})";

} // namespace

TEST_CASE("elements of a map that failed are tried again, those that completed are not") {
  workflow_driver w = begun(in_map + R"(,"retry":{"attempts":2})", R"({"i":[1,2,3]})");
  const auto all = w.take<dispatch>();
  REQUIRE(all.size() == 3);
  w.finish(all[0].run, "10");
  w.must(write{step_complete{all[1].run, "half", 5}});
  w.fail(all[1].run, "broken");
  CHECK(w.status() == "running");
  CHECK(w.take<cancel_dispatch>().empty()); // the third goes on
  w.finish(all[2].run, "30");
  w.restart();
  CHECK(w.take<dispatch>().empty());
  w.wake_when_due();
  const dispatch again = w.only_dispatch();
  CHECK(again.run == all[1].run);
  CHECK(again.attempt == 2);
  CHECK(w.reply(write{step_begin{again.run, "half"}}).at("result") == 5);
  w.finish(again.run, "20");
  CHECK(w.status() == "completed");
  CHECK(w.state.value->at("done").dump() == "[10,20,30]");
}

TEST_CASE(
    "a branch that failed goes on where it failed: nothing before it is done again, and the other branch goes on") {
  workflow_driver w = begun(in_branches + R"(,"retry":{"attempts":2})");
  const auto posted = w.take<post_to_thread>();
  REQUIRE(posted.size() == 1);
  w.must(thread_posted{posted[0].run, json_value::object()});
  w.fail(w.open_run("b"), "broken");
  CHECK(w.take<cancel_dispatch>().empty());
  w.sent.clear();
  w.wake_when_due();
  CHECK(w.take<post_to_thread>().empty());
  CHECK(w.only_dispatch().phase == "b");
  SECTION("it gets through") {
    w.finish(w.open_run("b"));
    w.finish(w.open_run("c"));
    CHECK(w.status() == "completed");
  }
  SECTION("it fails as often as the parallel allows") {
    w.fail(w.open_run("b"), "broken");
    CHECK(w.status() == "failed");
    CHECK(w.state.why.message == "branch \"l\": it broke");
    CHECK(w.count("attempt_failed") == 1);
  }
}

TEST_CASE("what is undone after all attempts was done once, and is undone once") {
  workflow_driver w = begun(R"("run":"parallel","retry":{"attempts":3},"branches":{
    "l":[{"name":"a","run":"agent","subject":"x","compensate":{"run":"agent","subject":"u"}},{"name":"b","run":"agent","subject":"x"}],
    "r":[{"name":"c","run":"agent","subject":"x","compensate":{"run":"agent","subject":"u"}}]})");
  w.finish(w.open_run("a"));
  w.finish(w.open_run("c"));
  w.fail(w.open_run("b"), "broken");
  w.wake_when_due();
  w.fail(w.open_run("b"), "broken");
  w.wake_when_due();
  w.sent.clear();
  w.fail(w.open_run("b"), "broken");
  CHECK(w.work_through() == std::vector<std::string>{"undo c", "undo a"});
  CHECK(w.status() == "failed");
}

TEST_CASE("attempts of a phase are its own times those of what it is in, each with the pauses of its policy") {
  workflow_driver w = begun(R"("run":"parallel","retry":{"attempts":2,"first":"1h"},"branches":{
    "l":[{"name":"q","run":"parallel","retry":{"attempts":2,"first":"1m"},"branches":{
      "a":[{"name":"x","run":"agent","subject":"x","retry":{"attempts":2,"first":"1s"}}],
      "b":[{"name":"y","run":"wait","signal":"y"}]}}],
    "r":[{"name":"z","run":"wait","signal":"z"}]})");
  const auto shown = json_value::parse(render_workflow(w.who, w.state, nullptr));
  for (const auto& r : shown.at("runs"))
    CHECK(r.at("attempts") == (r.at("phase") == "x" ? 8 : r.at("phase") == "y" ? 4 : r.at("phase") == "z" ? 2 : 1));
  const std::int64_t second = 1'000'000;
  for (const std::int64_t pause : {1, 60, 1, 3600, 1, 60, 1}) {
    w.fail(w.open_run("x"), "broken");
    const run& x = w.state.runs.at(w.open_run("x"));
    REQUIRE(x.retry_at);
    CHECK(x.retry_at->us - w.now_us == pause * second);
    w.wake_when_due();
  }
  w.fail(w.open_run("x"), "broken");
  CHECK(w.status() == "failed");
  CHECK(w.state.why.message == "branch \"l\": branch \"a\": it broke");
}

TEST_CASE("an error that is final, where it comes up or around it, and the time limit around it end the attempts") {
  const auto outcome = [](const std::string& own, const std::string& around, const std::string& code, bool final) {
    workflow_driver w = begun(R"("run":"map","over":"/i","do":{"name":"one","run":"agent","subject":"x")" + own + "}" +
                                  R"(,"retry":{"attempts":3,"first":"10s")" + around,
                              R"({"i":[1]})");
    w.fail(w.open_run("one"), code, final);
    return w.status();
  };
  CHECK(outcome("", "}", "broken", false) == "running");
  CHECK(outcome("", "}", "broken", true) == "failed");
  CHECK(outcome(R"(,"retry":{"not_on":["no"]})", "}", "no", false) == "failed");
  CHECK(outcome("", R"(,"not_on":["no"]})", "no", false) == "failed");
  CHECK(outcome("", R"(},"timeouts":{"total":"20s"})", "broken", false) == "running");
  CHECK(outcome("", R"(},"timeouts":{"total":"10s"})", "broken", false) == "failed");
}

TEST_CASE("where the first branch counts a branch that failed is tried again while the others go on") {
  workflow_driver w = begun(R"("run":"parallel","join":"first","retry":{"attempts":2},"branches":{
    "l":[{"name":"a","run":"agent","subject":"x"}],"r":[{"name":"c","run":"agent","subject":"x"}]})");
  w.fail(w.open_run("a"), "broken");
  w.fail(w.open_run("c"), "broken");
  CHECK(w.status() == "running");
  w.sent.clear();
  w.wake_when_due();
  CHECK(w.open_run("a") != 0);
  w.finish(w.open_run("c"));
  CHECK(w.status() == "completed");
  CHECK(w.count("completed") == 2); // c and the parallel
}

TEST_CASE("where the first element counts a map begins anew once all have failed: none has completed") {
  workflow_driver w =
      begun(R"("run":"map","over":"/i","join":"first","concurrency":2,"retry":{"attempts":2},"result":"/done",
               "do":{"name":"one","run":"agent","subject":"x"})",
            R"({"i":[1,2,3]})");
  for (int i = 0; i < 3; ++i) w.fail(w.open_run("one"), "broken");
  CHECK(w.open_run("one") == 0);
  CHECK(w.count("attempt_failed") == 1);
  w.sent.clear();
  w.wake_when_due();
  CHECK(phases_of(w.take<dispatch>()) == std::vector<std::string>{"one", "one"});
  w.finish(w.open_run("one"), "7");
  CHECK(w.value() == R"({"done":7,"i":[1,2,3]})");
}

TEST_CASE("elements are not worked on again because the state cannot take what they came to") {
  workflow_driver w = begun(R"("run":"map","over":"/i","result":"/n/done","retry":{"attempts":3},
               "do":{"name":"one","run":"agent","subject":"x"})",
                            R"({"i":[1],"n":1})");
  w.finish(w.open_run("one"), "7");
  CHECK(w.status() == "failed");
  CHECK(w.state.why.code == "bad_result");
}

// As a program of before recorded it.
TEST_CASE("a recorded attempt of a whole map that failed still drops what was in it") {
  workflow_driver w = begun(in_map + R"(,"retry":{"attempts":2})", R"({"i":[1,2,3]})");
  w.finish(w.open_run("one"), "10");
  const event failed_once = attempt_failed{1, 1, {"broken", "it broke"}, instant{w.now_us + 1}};
  for (const event& e : {event{cancelled{3}}, event{cancelled{4}}, failed_once}) {
    entry_draft draft{std::string(type_of(e)), body_of(e), w.state.version + 1, instant{w.now_us}, {}};
    REQUIRE(apply_entry(w.state, draft));
    w.recorded.push_back(draft);
  }
  CHECK(w.state.lines.size() == 1);
  w.sent.clear();
  w.wake_when_due();
  CHECK(w.take<dispatch>().size() == 3);
}

} // namespace ropewalk::workflow
