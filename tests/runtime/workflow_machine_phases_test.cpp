#include "runtime/limits.hpp"
#include "tests/runtime/workflow_driver.hpp"

namespace ropewalk::workflow {

TEST_CASE("phases run one after the other, each result merged into the state") {
  workflow_driver w;
  w.begin(R"({"name":"d","state":{"n":1,"old":true},"phases":[
    {"name":"a","run":"agent","subject":"x.a"},
    {"name":"b","run":"local","function":"f","input":{"of":{"$":"/made"},"n":{"$":"/n"}}},
    {"name":"c","run":"exec","command":"make","args":["-s"],"result":"/out/c"},
    {"name":"e","run":"task","queue":"q","result":"discard"}]})",
          R"({"n":2})");
  auto d = w.only_dispatch();
  CHECK(d.phase == "a");
  CHECK(d.target == "x.a");
  CHECK(d.input->dump() == R"({"n":2,"old":true})");
  w.finish(d.run, R"({"made":[1,2],"old":null})");
  d = w.only_dispatch();
  CHECK(d.kind == phase_kind::local);
  CHECK(d.input->dump() == R"({"n":2,"of":[1,2]})");
  w.finish(d.run);
  d = w.only_dispatch();
  CHECK(d.arguments == std::vector<std::string>{"-s"});
  w.finish(d.run, "7");
  d = w.only_dispatch();
  CHECK(d.target == "q");
  w.finish(d.run, R"({"ignored":1})");
  CHECK(w.status() == "completed");
  CHECK(w.value() == R"({"made":[1,2],"n":2,"out":{"c":7}})");
  CHECK_FALSE(wake_at(w.state, &w.alive));
}

TEST_CASE("when skips a phase, next chooses the one after it, and a loop makes new runs") {
  workflow_driver w;
  w.begin(R"({"name":"d","phases":[
    {"name":"draft","run":"agent","subject":"x"},
    {"name":"never","run":"agent","subject":"x","when":{"at":"/never","exists":true}},
    {"name":"review","run":"agent","subject":"x","next":[{"when":{"at":"/good","is":false},"to":"draft"},"end"]},
    {"name":"unreached","run":"agent","subject":"x"}]})");
  w.finish(w.only_dispatch().run);
  const auto first = w.only_dispatch();
  CHECK(first.phase == "review");
  w.finish(first.run, R"({"good":false})");
  w.finish(w.only_dispatch().run);
  w.finish(w.only_dispatch().run, R"({"good":true})");
  CHECK(w.status() == "completed");
  CHECK(w.count("scheduled") == 4);
  CHECK(w.count("skipped") == 2);
}

TEST_CASE("a loop of skipped phases ends at the bound of phases, over many decisions") {
  workflow_driver w;
  w.begin(
      R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"x","when":{"at":"/x","exists":true},"next":"a"}]})");
  CHECK(w.status() == "running");
  CHECK(w.recorded.size() <= limits::decision_events);
  for (int i = 0; i < 3; ++i) w.wake_when_due();
  CHECK(w.count("skipped") > 3000);
  w.state.next_run = limits::phase_runs; // the rest is the same
  const auto d = decide(w.who, w.state, wake{}, {}, {instant{w.now_us}, 1, 2}, false);
  REQUIRE(d);
  REQUIRE(std::holds_alternative<ended>(d->events.back()));
  CHECK(std::get<ended>(d->events.back()).why.code == "too_many_phases");
}

TEST_CASE("parallel branches work at once; all are joined, the first one calls the others off") {
  const std::string branches = R"("branches":{
      "left":[{"name":"l1","run":"agent","subject":"l"},{"name":"l2","run":"agent","subject":"l"}],
      "right":[{"name":"r1","run":"agent","subject":"r"}]})";
  SECTION("all") {
    workflow_driver w;
    w.begin(R"({"name":"d","phases":[{"name":"p","run":"parallel",)" + branches +
            R"(},{"name":"z","run":"agent","subject":"z"}]})");
    CHECK(w.take<dispatch>().size() == 2);
    w.finish(w.open_run("r1"), R"({"r":1})");
    CHECK(w.take<dispatch>().empty());
    w.finish(w.open_run("l1"), R"({"l":1})");
    CHECK(w.only_dispatch().phase == "l2");
    w.finish(w.open_run("l2"));
    CHECK(w.only_dispatch().phase == "z");
    CHECK(w.value() == R"({"l":1,"r":1})");
  }
  SECTION("first") {
    workflow_driver w;
    w.begin(R"({"name":"d","phases":[{"name":"p","run":"parallel","join":"first",)" + branches + "}]}");
    const std::uint64_t left = w.open_run("l1");
    w.finish(w.open_run("r1"));
    CHECK(w.status() == "completed");
    const auto off = w.take<cancel_dispatch>();
    REQUIRE(off.size() == 1);
    CHECK(off[0].run == left);
    CHECK(w.reply(write{complete{left, {}, json_value::object(), "l"}}).at("status") == "cancelled");
  }
  SECTION("a branch that fails fails all, unless another may be first") {
    for (const std::string how : {"all", "first"}) {
      workflow_driver w;
      w.begin(R"({"name":"d","retry":{"attempts":1},"phases":[{"name":"p","run":"parallel","join":")" + how + "\"," +
              branches + "}]}");
      w.fail(w.open_run("r1"), "broken");
      CHECK(w.status() == (how == "all" ? "failed" : "running"));
      if (how == "first") {
        w.fail(w.open_run("l1"), "broken too");
        CHECK(w.status() == "failed");
      }
      CHECK(w.state.why.code == (how == "all" ? "broken" : "broken too"));
    }
  }
}

TEST_CASE("a map works on so many elements at once, and gathers the results by index") {
  const std::string text =
      R"({"name":"d","phases":[{"name":"m","run":"map","over":"/items","concurrency":2,"result":"/sizes",)"
      R"("join":"JOIN","do":{"name":"one","run":"agent","subject":"x","input":{"it":{"$item":""},"i":{"$index":true}}}}]})";
  const auto joined = [&](const std::string& how) { return std::string(text).replace(text.find("JOIN"), 4, how); };
  SECTION("all") {
    workflow_driver w;
    w.begin(joined("all"), R"({"items":["a","b","c"]})");
    auto d = w.take<dispatch>();
    REQUIRE(d.size() == 2);
    CHECK(d[1].input->dump() == R"({"i":1,"it":"b"})");
    w.finish(d[1].run, "\"B\"");
    const auto third = w.only_dispatch();
    CHECK(third.input->dump() == R"({"i":2,"it":"c"})");
    w.finish(third.run, "[3]");
    w.finish(d[0].run, "null");
    CHECK(w.status() == "completed");
    CHECK(w.value() == R"({"items":["a","b","c"],"sizes":[null,"B",[3]]})");
  }
  SECTION("first") {
    workflow_driver w;
    w.begin(joined("first"), R"({"items":["a","b","c"]})");
    const auto d = w.take<dispatch>();
    w.finish(d[1].run, "\"B\"");
    CHECK(w.value() == R"({"items":["a","b","c"],"sizes":"B"})");
    CHECK(w.take<cancel_dispatch>().size() == 1);
  }
  SECTION("nothing to do, and nothing to do it over") {
    workflow_driver none, missing;
    none.begin(joined("all"), R"({"items":[]})");
    CHECK(none.value() == R"({"items":[],"sizes":[]})");
    missing.begin(joined("all"));
    CHECK(missing.status() == "failed");
    CHECK(missing.state.why.code == "missing_input");
  }
}

TEST_CASE("lines nest: a parallel within a branch of a parallel, beside a map") {
  workflow_driver w;
  w.begin(R"({"name":"d","state":{"items":[1,2,3,4]},"phases":[{"name":"p","run":"parallel","branches":{
    "in":[{"name":"q","run":"parallel","join":"first","branches":{
        "x":[{"name":"x1","run":"agent","subject":"x"}],"y":[{"name":"y1","run":"wait","signal":"go"}]}},
      {"name":"after","run":"agent","subject":"x"}],
    "map":[{"name":"m","run":"map","over":"/items","result":"/done","do":{"name":"one","run":"agent","subject":"m"}}]}}]})");
  CHECK(w.take<dispatch>().size() == 5);
  w.must(write{signal{"go", "s1", json_value{{"by", "me"}}}});
  CHECK(w.take<cancel_dispatch>().size() == 1);
  CHECK(w.only_dispatch().phase == "after");
  w.finish(w.open_run("after"));
  while (const std::uint64_t one = w.open_run("one")) w.finish(one, "1");
  CHECK(w.status() == "completed");
  CHECK(w.value() == R"({"by":"me","done":[1,1,1,1],"items":[1,2,3,4]})");
  CHECK(w.state.runs.empty());
  CHECK(w.state.lines.empty());
}

TEST_CASE("a sleep ends when it is time and not before, once") {
  workflow_driver w;
  w.begin(
      R"({"name":"d","phases":[{"name":"s","run":"sleep","for":"10s"},{"name":"t","run":"sleep","until":{"$":"/until"}},
    {"name":"u","run":"sleep","until":{"$":"/soon"}}]})",
      R"({"until":"2001-09-09T01:47:20Z","soon":"soon"})");
  const auto at = wake_at(w.state, &w.alive);
  REQUIRE(at);
  w.now_us = at->us - 2;
  w.must(wake{});
  CHECK(w.count("timer_fired") == 0);
  w.wake_when_due();
  CHECK(w.count("timer_fired") == 1);
  CHECK(wake_at(w.state) == instant{1'000'000'040'000'000});
  w.must(wake{});
  CHECK(w.count("timer_fired") == 1);
  w.wake_when_due();
  CHECK(w.status() == "failed");
  CHECK(w.state.why.code == "bad_input");
}

TEST_CASE("signals wait for their phase, and a phase for its signal; each is taken once, in order") {
  workflow_driver w;
  w.begin(
      R"({"name":"d","phases":[{"name":"a","run":"wait","signal":"ok"},{"name":"b","run":"wait","signal":"ok","result":"/second"},
    {"name":"c","run":"wait","signal":"more","deadline":"5s","on_deadline":"late"},{"name":"d","run":"wait","signal":"more","next":"end"},
    {"name":"late","run":"agent","subject":"x"}]})");
  CHECK(w.refused(write{signal{"okay", "", json_value::object()}}) == "unknown_signal");
  CHECK(w.refused(write{signal{"ok", "", json_value("text")}}) == "invalid");
  CHECK(w.refused(write{signal{"more", "", json_value::object({{"x", std::string(limits::signal_bytes, 'x')}})}}) ==
        "signal_too_large");
  CHECK(w.reply(write{signal{"more", "m1", json_value{{"early", 1}}}}).at("taken") == false);
  CHECK(w.reply(write{signal{"ok", "o1", json_value{{"n", 1}}}}).at("taken") == true);
  CHECK(w.reply(write{signal{"ok", "o1", json_value{{"n", 3}}}}).at("repeated") == true);
  w.must(write{signal{"ok", "o2", json_value{{"n", 2}}}});
  CHECK(w.value() == R"({"early":1,"n":1,"second":{"n":2}})");
  CHECK(w.open_run("d") != 0);
  w.pass(60'000'000); // d has no deadline
  CHECK(w.status() == "running");
  w.must(write{signal{"more", "", json_value::object()}});
  CHECK(w.status() == "completed");
}

TEST_CASE("a wait's deadline leads elsewhere, or fails the phase") {
  workflow_driver w;
  w.begin(
      R"({"name":"d","phases":[{"name":"c","run":"wait","signal":"more","deadline":"5s","on_deadline":"late"},
    {"name":"between","run":"agent","subject":"x"},{"name":"late","run":"wait","signal":"more","deadline":"1s","result":"/x"}]})");
  w.pass(4'000'000);
  CHECK(w.open_run("c") != 0);
  w.wake_when_due();
  CHECK(w.open_run("late") != 0);
  w.wake_when_due();
  CHECK(w.status() == "failed");
  CHECK(w.state.why.code == "deadline");
  CHECK(w.refused(write{signal{"more", "", json_value::object()}}) == "workflow_closed");
}

TEST_CASE("the buffer of signals is bounded") {
  workflow_driver w;
  w.begin(R"({"name":"d","phases":[{"name":"s","run":"sleep","for":"1h"},{"name":"a","run":"wait","signal":"ok"}]})");
  const json_value large{{"x", std::string(200 << 10, 'x')}};
  int taken = 0;
  while (w.attempt(write{signal{"ok", "", large}})) ++taken;
  CHECK(taken == 20); // 4 MiB
  CHECK(w.refused(write{signal{"ok", "", large}}) == "signals_full");
}

TEST_CASE("a message is posted to a thread under a key of its own, again after a restart") {
  workflow_driver w;
  w.begin(
      R"({"name":"d","state":{"t":"talk"},"phases":[{"name":"say","run":"thread","thread":{"$":"/t"},"create":false,
    "message":{"role":"user","content":{"$":"/t"}}}]})");
  const auto posted = w.take<post_to_thread>();
  REQUIRE(posted.size() == 1);
  CHECK(posted[0].thread == "talk");
  CHECK(posted[0].message.dump() == R"({"content":"talk","role":"user"})");
  CHECK_FALSE(posted[0].create);
  CHECK(posted[0].key == "w1:1");
  w.restart();
  CHECK(w.take<post_to_thread>().at(0).key == "w1:1");
  CHECK(w.refused(write{complete{1, {}, json_value::object(), "forger"}}) == "not_a_worker");
  w.must(thread_posted{1, json_value{{"seq", 4}}});
  CHECK(w.status() == "completed");
  CHECK(w.value() == R"({"t":"talk"})");
}

} // namespace ropewalk::workflow
