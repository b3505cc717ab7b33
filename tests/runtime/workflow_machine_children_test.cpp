// Phases that are workflows of their own: their starts, turns and ends, and who is still waited for.
#include "runtime/limits.hpp"
#include "tests/runtime/workflow_driver.hpp"

namespace ropewalk::workflow {

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

namespace {

// A child with two phases, the first of which can be undone; parked as it works on the second one.
workflow_driver parked_child(const std::string& undo) {
  workflow_driver child;
  child.who.id = "w0.c.3";
  child.define(R"({"name":"kid","phases":[{"name":"a","run":"agent","subject":"x")" + undo +
               R"(},{"name":"b","run":"agent","subject":"x"},{"name":"rest","run":"agent","subject":"x"}]})");
  start s;
  s.definition = "kid";
  s.parent = parent_run{"w0", 3};
  child.must(write{s});
  child.finish(child.open_run("a"));
  child.must(crash{"boom", 5});
  child.sent.clear();
  return child;
}
const std::string can_be_undone = R"(,"compensate":{"run":"agent","subject":"undo"})";
const stop_child stops{{"w0", 3}, false, "its parent no longer waits for it"};

} // namespace

TEST_CASE("a parked child that is told to stop stays parked, and undoes what it did once it is resumed") {
  workflow_driver child = parked_child(can_be_undone);
  const bool by_operator = GENERATE(false, true);
  if (by_operator) child.must(write{cancel{"not needed"}});
  else child.must(stops);
  CHECK(child.status() == "crashed");
  CHECK(child.state.status_reason == "boom");
  CHECK(child.state.restarts == 5);
  REQUIRE(child.state.ending);
  CHECK(child.state.ending->status == instance_status::cancelled);
  CHECK(child.take<cancel_dispatch>().size() == 1); // of b
  CHECK(child.take<dispatch>().empty());
  CHECK_FALSE(wake_at(child.state));
  const auto again = by_operator ? child.must(write{cancel{"not needed"}}) : child.must(stops);
  CHECK(again.events.empty());
  child.restart();
  CHECK(child.take<dispatch>().empty());
  child.must(write{resume{}});
  CHECK(child.work_through() == std::vector<std::string>{"undo a"});
  CHECK(child.status() == "cancelled");
  CHECK(child.take<report_to_parent>().at(0).what.how == child_end::cancelled);
}

TEST_CASE("a parked child that is told to stop and has nothing to undo or to await ends at once") {
  workflow_driver child = parked_child("");
  child.must(stops);
  CHECK(child.status() == "cancelled");
  CHECK(child.take<dispatch>().empty());
  const auto told = child.take<report_to_parent>();
  REQUIRE(told.size() == 1);
  CHECK(told[0].what.how == child_end::cancelled);
}

TEST_CASE(
    "a parked child is terminated as any other, and one parked while it undid goes on undoing when it is resumed") {
  workflow_driver child = parked_child(can_be_undone);
  SECTION("terminated") {
    child.must(stop_child{{"w0", 3}, true, "enough"});
    CHECK(child.status() == "terminated");
    CHECK(child.take<report_to_parent>().at(0).what.how == child_end::terminated);
  }
  SECTION("parked again") {
    child.must(stops);
    child.must(write{resume{}});
    child.must(crash{"again", 5});
    CHECK(child.must(stops).events.empty());
    CHECK(child.state.status_reason == "again");
    child.sent.clear();
    child.must(write{resume{}});
    CHECK(child.work_through() == std::vector<std::string>{"undo a"});
    CHECK(child.status() == "cancelled");
  }
}

TEST_CASE("a parked child passes the order to stop on to its own children, and awaits them when it is resumed") {
  workflow_driver child;
  child.define(R"({"name":"kid","phases":[{"name":"g","run":"workflow","definition":"grandchild"}]})");
  start s;
  s.definition = "kid";
  s.parent = parent_run{"w0", 3};
  child.must(write{s});
  child.must(crash{"boom", 5});
  child.must(stops);
  CHECK(child.take<cancel_child>().size() == 1);
  CHECK(child.status() == "crashed");
  child.must(recover{});
  CHECK(child.take<cancel_child>().size() == 1);                      // its owner may have died with the order
  child.must(child_ended{1, "w1.g.1", child_end::cancelled, {}, {}}); // not taken: it is parked
  child.must(write{resume{}});
  CHECK(child.take<cancel_child>().size() == 1); // asked again
  child.must(child_ended{1, "w1.g.1", child_end::cancelled, {}, {}});
  CHECK(child.status() == "cancelled");
}

TEST_CASE("a child that is resumed asks whether its parent still waits for it") {
  workflow_driver child = parked_child("");
  child.must(write{resume{}});
  const auto asked = child.take<ask_parent>();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].parent == "w0");
  CHECK(asked[0].what.run == 3);
  CHECK(asked[0].what.child == "w0.c.3");
}

} // namespace ropewalk::workflow
