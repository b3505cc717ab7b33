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

TEST_CASE("a child's state is merged into its parent's; a child that fails fails the phase") {
  const std::string text =
      R"({"name":"d","phases":[{"name":"c","run":"workflow","definition":"kid","input":{"a":1}}]})";
  workflow_driver parent, child;
  parent.begin(text);
  const auto begun = parent.take<start_child>();
  REQUIRE(begun.size() == 1);
  CHECK(begun[0].child == "w1.c.1");
  child.who.id = begun[0].child;
  SECTION("without a definition it cannot begin") {
    child.must(write{begun[0].how});
    const auto told = child.take<report_to_parent>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].parent == "w1");
    parent.must(told[0].what);
    CHECK(parent.status() == "failed");
    CHECK(parent.state.why.code == "child_failed");
  }
  SECTION("it is started once, and tells its end again when it is asked") {
    child.define(R"({"name":"kid","phases":[{"name":"k","run":"agent","subject":"x"}]})");
    child.must(write{begun[0].how});
    child.must(write{begun[0].how});
    CHECK(child.count("started") == 1);
    child.finish(child.open_run("k"), R"({"b":2})");
    child.sent.clear();
    child.must(write{begun[0].how});
    const auto told = child.take<report_to_parent>();
    REQUIRE(told.size() == 1);
    parent.must(told[0].what);
    CHECK(parent.value() == R"({"a":1,"b":2})");
    CHECK(parent.must(told[0].what).events.empty());
  }
}

namespace {

const std::string bomb =
    R"({"name":"bomb","retry":{"attempts":5},"state":{"i":[1,2,3,4]},"phases":[
        {"name":"m","run":"map","over":"/i","concurrency":64,"do":{"name":"c","run":"workflow","definition":"bomb"}}]})";

// As a child of that depth.
start at_depth(std::uint32_t depth) {
  start s;
  s.definition = "bomb";
  s.parent = parent_run{"above", 1};
  s.depth = depth;
  return s;
}

} // namespace

TEST_CASE("children go as deep as the limit and no deeper: the last one's phase fails for good") {
  workflow_driver w;
  w.begin(bomb);
  CHECK(w.state.depth == 0);
  for (std::uint32_t depth = 1; depth <= limits::child_depth; ++depth) {
    const auto begun = w.take<start_child>();
    REQUIRE_FALSE(begun.empty());
    CHECK(begun[0].how.depth == depth);
    const auto definitions = w.definitions;
    w = workflow_driver{};
    w.definitions = definitions;
    w.who.id = begun[0].child;
    w.must(write{begun[0].how});
    CHECK(w.state.depth == depth);
  }
  CHECK(w.take<start_child>().empty());
  CHECK(w.status() == "failed");
  CHECK(w.state.why.code == "too_deep");
  CHECK(w.state.why.message.find("at most 8 workflows deep") != std::string::npos);
  const auto told = w.take<report_to_parent>();
  REQUIRE(told.size() == 1);
  CHECK(told[0].what.how == child_end::failed);
}

TEST_CASE("a start of before the depth was recorded is read as that of one that nobody started") {
  workflow_driver w;
  w.begin(bomb);
  CHECK(w.recorded.at(0).body.find("depth") == std::string::npos);
  CHECK(encode_state(w.state).find("depth") == std::string::npos);
  workflow_driver child;
  child.define(bomb);
  child.must(write{at_depth(3)});
  CHECK(child.recorded.at(0).body.find("\"depth\":3") != std::string::npos);
  child.restart();
  CHECK(child.state.depth == 3);
}

TEST_CASE("an instance has as many children under way as its depth allows, the others wait for their turn") {
  workflow_driver w;
  w.define(bomb);
  w.must(write{at_depth(2)}); // two at once
  auto begun = w.take<start_child>();
  REQUIRE(begun.size() == 2);
  w.pass(60'000'000); // nothing is sent again, nothing times out
  w.restart();
  CHECK(w.take<start_child>().size() == 2); // the same ones
  CHECK(w.count("child_started") == 2);
  w.must(child_ended{2, begun[0].child, child_end::completed, json_value::object(), {}});
  begun = w.take<start_child>();
  REQUIRE(begun.size() == 1);
  CHECK(w.count("child_started") == 3);
  SECTION("a pause starts none") {
    w.must(write{pause{}});
    w.must(child_ended{4, begun[0].child, child_end::completed, json_value::object(), {}});
    CHECK(w.take<start_child>().empty());
    w.must(write{resume{}});
    CHECK(w.take<start_child>().size() == 1);
  }
  SECTION("one that is stopped keeps its place until it has ended") {
    w.must(write{cancel{""}});
    CHECK(w.take<cancel_child>().size() == 2);
    CHECK(w.take<start_child>().empty());
    CHECK(w.status() == "compensating");
  }
}

TEST_CASE("the time of an attempt begins when its child is started, not while it waits for its turn") {
  const std::string text =
      R"({"name":"d","state":{"i":[1,2]},"phases":[{"name":"m","run":"map","over":"/i","concurrency":2,"do":
          {"name":"c","run":"workflow","definition":"kid","timeouts":{"attempt":"10s"},"retry":{"attempts":1}}}]})";
  workflow_driver w;
  w.define(text);
  start s = at_depth(3); // one after the other
  s.definition = "d";
  w.must(write{s});
  const auto first = w.take<start_child>();
  REQUIRE(first.size() == 1);
  w.pass(9'000'000);
  w.must(child_ended{2, first[0].child, child_end::completed, json_value::object(), {}});
  const auto second = w.take<start_child>();
  REQUIRE(second.size() == 1);
  w.pass(9'000'000);
  CHECK(w.status() == "running");
  w.restart();
  w.pass(9'000'000);
  CHECK(w.status() == "running"); // a new owner's patience begins anew
  w.pass(2'000'000);
  REQUIRE(w.state.ending); // its child is waited for
  CHECK(w.state.ending->why.code == "attempt_timeout");
}

// An acknowledgement of the owner alone does not outlive the owner: the end of what was recorded may be gone.
TEST_CASE("a child whose start its parent's new owner does not know of yet goes on, and is started no second time") {
  const std::string text = R"({"name":"d","phases":[{"name":"before","run":"agent","subject":"x"},
      {"name":"c","run":"workflow","definition":"kid","timeouts":{"attempt":"10s"},"retry":{"attempts":2,"first":"5s"}}]})";
  workflow_driver w;
  w.begin(text);
  w.finish(w.open_run("before"));
  std::vector<start_child> begun = w.take<start_child>();
  const bool second = GENERATE(false, true); // attempt
  if (second) {
    w.pass(10'000'000);
    w.must(child_ended{2, begun[0].child, child_end::cancelled, {}, {}});
    w.pass(5'000'000);
    begun = w.take<start_child>();
  }
  REQUIRE(begun.size() == 1);
  CHECK(begun[0].child == (second ? "w1.c.2.2" : "w1.c.2"));
  const std::size_t all = w.recorded.size();
  for (std::size_t kept = second ? all - 4 : 2; kept < all; ++kept) {
    CAPTURE(kept, all);
    workflow_driver later;
    later.now_us = w.now_us;
    later.define(text);
    for (std::size_t i = 0; i < kept; ++i) {
      REQUIRE(apply_entry(later.state, w.recorded[i]));
      later.recorded.push_back(w.recorded[i]);
    }
    later.must(child_begun{2, begun[0].child});
    CHECK(later.take<cancel_child>().empty());
    // The first attempt's, which the new owner may still wait for itself.
    const bool first_known = second && kept == all - 4;
    if (second && !first_known) { // another one than the attempt's is not waited for
      later.must(child_begun{2, "w1.c.2"});
      CHECK(later.take<cancel_child>().size() == 1);
    }
    later.restart();
    if (const std::uint64_t run = later.open_run("before")) later.finish(run);
    if (first_known) later.must(child_ended{2, "w1.c.2", child_end::failed, {}, {}});
    if (first_known) later.sent.clear();
    later.now_us += 5'000'000;
    later.may(wake{});
    const auto again = later.take<start_child>();
    REQUIRE_FALSE(again.empty());
    CHECK(again[0].child == begun[0].child);
    later.must(write{cancel{"no longer"}});
    later.sent.clear();
    later.must(child_begun{9, "w1.c.9"});
    CHECK(later.take<cancel_child>().size() == 1);
  }
}

TEST_CASE("a child that was perhaps awaited is not when its parent comes to something else, or to its end") {
  const std::string text =
      R"({"name":"d","retry":{"attempts":1},"phases":[{"name":"before","run":"agent","subject":"x"},
      {"name":"c","run":"workflow","definition":"kid"}]})";
  workflow_driver w;
  w.begin(text);
  const child_begun early{2, "w1.c.2"};
  const auto awaited_now = [&] { return awaits(w.who, w.state, early, {}); };
  CHECK(awaited_now() == awaited::perhaps);
  w.must(early);
  CHECK(w.take<cancel_child>().empty());
  SECTION("it comes to it") {
    w.finish(1);
    CHECK(awaited_now() == awaited::yes);
    CHECK(awaits(w.who, w.state, {2, "w1.other.2"}, {}) == awaited::no);
  }
  SECTION("it fails before") {
    w.fail(1, "broken", true);
    CHECK(awaited_now() == awaited::no);
  }
  SECTION("it is cancelled") {
    w.must(write{cancel{""}});
    CHECK(awaited_now() == awaited::no);
  }
  SECTION("it pauses, and goes on") {
    w.must(write{pause{}});
    CHECK(awaited_now() == awaited::perhaps);
  }
}

TEST_CASE("a child that begins asks whether it is still waited for, and is stopped if it is not") {
  workflow_driver parent, child;
  parent.begin(bomb);
  const auto begun = parent.take<start_child>();
  REQUIRE(begun.size() == 4);
  child.define(bomb);
  child.who.id = begun[0].child;
  child.must(write{begun[0].how});
  const auto asked = child.take<ask_parent>();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].parent == "w1");
  SECTION("it is") {
    parent.must(asked[0].what);
    CHECK(parent.take<cancel_child>().empty());
  }
  SECTION("its parent was terminated, and thought that it had never begun") {
    parent.must(write{terminate{""}});
    CHECK(parent.take<cancel_child>().size() == 4);
    for (const auto& b : begun) parent.must(child_ended{b.how.parent->run, b.child, child_end::cancelled, {}, {}});
    parent.must(asked[0].what);
    const auto stops = parent.take<cancel_child>();
    REQUIRE(stops.size() == 1);
    CHECK(stops[0].how.terminate);
    child.must(stops[0].how);
    CHECK(child.status() == "terminated");
    CHECK(child.take<cancel_child>().size() == 4); // and its own children
  }
  SECTION("its parent is being cancelled") {
    parent.must(write{cancel{""}});
    parent.sent.clear();
    parent.must(asked[0].what);
    const auto stops = parent.take<cancel_child>();
    REQUIRE(stops.size() == 1);
    CHECK_FALSE(stops[0].how.terminate);
  }
  SECTION("there is no such parent") {
    workflow_driver nobody;
    nobody.must(asked[0].what);
    CHECK(nobody.take<cancel_child>().size() == 1);
  }
}

} // namespace ropewalk::workflow
