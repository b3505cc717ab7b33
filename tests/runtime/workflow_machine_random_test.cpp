// Random definitions, worked on by workers that fail, fall silent, answer twice and late, while owners
// restart.
#include <set>

#include "tests/random_seed.hpp"
#include "tests/runtime/workflow_driver.hpp"

namespace ropewalk::workflow {
namespace {

using tests::random_seed;

#ifdef ROPEWALK_SANITIZED
constexpr int machine_rounds = 3; // some 4 s each
#else
constexpr int machine_rounds = 20;
#endif

// Every phase writes to places of its own, so that the order of branches does not show in the end.
struct definition_maker {
  random_seed& seed;
  bool deterministic;
  int names = 0;

  json_value list(int depth) {
    json_value phases = json_value::array();
    const auto size = 1 + seed.below(4);
    for (std::uint64_t i = 0; i < size; ++i) phases.push_back(one(depth));
    // A loop back over the last phases, three times at most.
    if (phases.size() > 1 && phases.back()["run"] == "agent" && seed.one_in(3)) {
      json_value& last = phases.back();
      last.erase("when");
      last["next"] = json_value::array({{{"when", {{"at", "/" + last["name"].get<std::string>()}, {"below", 3}}},
                                         {"to", phases[phases.size() - 2]["name"]}},
                                        "end"});
    }
    return phases;
  }
  json_value one(int depth) {
    json_value p{{"name", "p" + std::to_string(++names)}};
    const std::string name = p["name"];
    switch (seed.below(depth > 0 ? 8 : 5)) {
    case 0: p["run"] = "sleep", p["for"] = "2s"; break;
    case 1: p["run"] = "wait", p["signal"] = "go"; break;
    case 2: // skipped in a first round, if at all
      p["run"] = "agent", p["subject"] = "x", p["when"] = {{"at", "/" + name}, {"exists", seed.one_in(2)}};
      break;
    case 3:
    case 4: p["run"] = "agent", p["subject"] = "x"; break;
    case 5:
    case 6:
      p["run"] = "parallel";
      if (!deterministic && seed.one_in(3)) p["join"] = "first";
      for (std::uint64_t b = 0; b < 2 + seed.below(2); ++b) p["branches"]["b" + std::to_string(b)] = list(depth - 1);
      break;
    default:
      p["run"] = "map", p["over"] = "/items", p["concurrency"] = 1 + seed.below(3), p["result"] = "/" + name;
      if (!deterministic && seed.one_in(3)) p["join"] = "first";
      p["do"] = {{"name", name + "do"}, {"run", "agent"}, {"subject", "x"}, {"input", {{"$item", ""}}}};
      retries(p["do"]);
      break;
    }
    const bool gathers = p["run"] == "parallel" || p["run"] == "map";
    if (gathers && !deterministic && seed.one_in(2)) p["retry"] = {{"attempts", 2}, {"first", "1s"}};
    if (p["run"] == "agent") {
      retries(p);
      if (seed.one_in(2)) p["compensate"] = {{"run", "agent"}, {"subject", "undo"}, {"retry", {{"attempts", 3}}}};
    }
    return p;
  }
  void retries(json_value& p) {
    p["retry"] = {{"attempts", deterministic ? 0 : 2}, {"first", "1s"}, {"most", "4s"}};
    p["timeouts"] = {{"attempt", "30s"}, {"heartbeat", "10s"}};
  }
  json_value document() { return {{"name", "d"}, {"state", {{"items", {1, 2, 3, 4}}}}, {"phases", list(2)}}; }
};

json_value done_by_worker(const std::string& phase, const json_value& input) {
  if (!input.is_object()) return input.get<int>() * 10;
  return {{phase, input.value(phase, 0) + 1}};
}

// What a definition comes to: the same rules without runs, attempts, events or time.
struct model {
  json_value state;
  void run(const json_value& list) {
    for (std::size_t i = 0; i < list.size();) {
      const json_value& p = list[i];
      one(p);
      const bool back = p.contains("next") && state.value(p["name"].get<std::string>(), 0) < 3;
      i = p.contains("next") ? (back ? i - 1 : list.size()) : i + 1;
    }
  }
  void one(const json_value& p) {
    const std::string kind = p["run"], name = p["name"];
    if (p.contains("when") && state.contains(name) != p["when"]["exists"].get<bool>()) return;
    if (kind == "agent") state.update(done_by_worker(name, state));
    if (kind == "parallel")
      for (const auto& [branch, list] : p["branches"].items()) run(list);
    if (kind == "map") {
      state[name] = json_value::array();
      for (const json_value& item : state["items"]) state[name].push_back(done_by_worker(name, item));
    }
  }
};

struct unreliable_world {
  random_seed& seed;
  workflow_driver w;
  bool may_break;
  std::vector<dispatch> held{}; // by workers, some of them twice
  std::set<std::uint64_t> over{};
  std::set<std::pair<std::uint64_t, std::string>> steps_done{};
  int signals = 0;

  void collect() {
    for (const dispatch& d : w.take<dispatch>()) {
      REQUIRE_FALSE(over.contains(d.run)); // a recorded phase is never given out again
      held.push_back(d);
    }
    for (std::size_t i = seen; i < w.recorded.size(); ++i)
      if (const auto& type = w.recorded[i].type; type == "completed" || type == "compensation_completed")
        over.insert(json_value::parse(w.recorded[i].body).at("run").get<std::uint64_t>());
    seen = w.recorded.size();
  }
  std::size_t seen = 0;

  void do_steps(const dispatch& d) {
    for (const std::string step : {"one", "two"}) {
      const auto begun = w.attempt(write{step_begin{d.run, step}});
      if (!begun) return; // the run is over
      const auto reply = json_value::parse(begun->reply);
      REQUIRE(reply.at("recorded").get<bool>() == steps_done.contains({d.run, step}));
      if (reply.at("recorded") == true) REQUIRE(reply.at("result") == d.run);
      else if (seed.one_in(4)) return; // the worker dies in the middle
      else {
        w.must(write{step_complete{d.run, step, d.run}});
        steps_done.insert({d.run, step});
      }
    }
  }
  void answer(const dispatch& d) {
    w.must(write{complete{d.run, d.attempt, done_by_worker(d.phase, *d.input), "worker"}});
  }
  void move() {
    const std::size_t at = held.empty() ? 0 : seed.below(held.size());
    switch (seed.below(held.empty() ? 4 : 12)) {
    case 0:
      if (const auto due = wake_at(w.state, &w.alive)) {
        w.now_us = std::max(w.now_us, due->us);
        w.must(wake{});
      }
      break;
    case 1: w.pass(static_cast<std::int64_t>(seed.below(3'000'000))); break;
    case 2:
      if (seed.one_in(3)) w.restart();
      break;
    case 3:
      w.may(write{signal{"go", seed.one_in(4) ? "same" : "s" + std::to_string(++signals), json_value::object()}});
      break;
    case 4: w.must(dispatch_refused{held[at].run, held[at].attempt}); break;
    case 5:
      w.must(write{
          complete{held[at].run, held[at].attempt, failure{{"broken", ""}, may_break && seed.one_in(8)}, "worker"}});
      break;
    case 6: w.may(write{heartbeat{held[at].run, held[at].attempt, {}}}); break;
    case 7: do_steps(held[at]); break;
    case 8:
      if (seed.one_in(6)) {
        w.may(write{pause{""}});
        w.may(write{resume{}});
      }
      break;
    case 9: answer(held[at]); break; // and perhaps once more, later
    default:
      answer(held[at]);
      held.erase(held.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    }
    collect();
  }
  void run_to_end() {
    collect();
    for (int i = 0; i < 400 && !is_over(w.state.status); ++i) move();
    // Then all are as they should be.
    for (int i = 0; i < 2000 && !is_over(w.state.status); ++i) {
      const auto all = std::exchange(held, {});
      for (const dispatch& d : all) answer(d);
      w.may(write{signal{"go", "", json_value::object()}});
      if (const auto due = wake_at(w.state, &w.alive)) w.now_us = std::max(w.now_us, due->us);
      w.must(wake{});
      collect();
    }
    REQUIRE(is_over(w.state.status));
    CHECK_FALSE(wake_at(w.state, &w.alive));
    for (const dispatch& d : std::exchange(held, {})) answer(d); // too late for anything
    w.restart();
    CHECK(w.take<dispatch>().empty());
  }
};

} // namespace

TEST_CASE("a definition comes to the same, whatever workers and owners go through") {
  random_seed seed;
  CAPTURE(seed.rerun());
  for (int round = 0; round < machine_rounds; ++round) {
    const json_value document = definition_maker{seed, true}.document();
    CAPTURE(document.dump());
    unreliable_world world{seed, {}, false};
    world.w.begin(document.dump());
    world.run_to_end();
    CHECK(world.w.status() == "completed");
    model expected{document["state"]};
    expected.run(document["phases"]);
    CHECK(world.w.value() == expected.state.dump());
  }
}

TEST_CASE("every workflow ends, and what it did is undone once where it failed") {
  random_seed seed;
  CAPTURE(seed.rerun());
  for (int round = 0; round < machine_rounds; ++round) {
    const json_value document = definition_maker{seed, false}.document();
    CAPTURE(document.dump());
    unreliable_world world{seed, {}, true};
    world.w.begin(document.dump());
    if (seed.one_in(3)) {
      world.collect();
      for (int i = 0; i < 20 && !is_over(world.w.state.status); ++i) world.move();
      world.w.may(write{cancel{"enough"}});
    }
    world.run_to_end();
    std::vector<std::uint64_t> can_be_undone, undone;
    for (const entry_draft& e : world.w.recorded) {
      const json_value body = json_value::parse(e.body);
      if (e.type == "compensation_scheduled" && body.at("attempt") == 1) undone.push_back(body.at("of"));
      if (e.type != "scheduled" && e.type != "completed") continue;
      if (e.type == "completed") can_be_undone.push_back(body.at("run"));
    }
    CHECK(std::set(undone.begin(), undone.end()).size() == undone.size());
    // The last that was completed is the first to be undone.
    for (std::size_t i = 1; i < undone.size(); ++i)
      CHECK(std::find(can_be_undone.begin(), can_be_undone.end(), undone[i]) <
            std::find(can_be_undone.begin(), can_be_undone.end(), undone[i - 1]));
    if (world.w.status() == "completed") CHECK(undone.empty());
    else CHECK((!undone.empty() || world.w.state.undo_stack.empty()));
  }
}

} // namespace ropewalk::workflow
