#include "runtime/workflow/replay.hpp"

#include "tests/random_seed.hpp"
#include "tests/runtime/workflow_driver.hpp"
#include "tests/runtime/workflow_history_text.hpp"

namespace ropewalk::workflow {
namespace {

using tests::random_seed;
using entries = std::vector<entry_draft>;

#ifdef ROPEWALK_SANITIZED
constexpr int replay_rounds = 2;
#else
constexpr int replay_rounds = 12;
#endif

workflow_state state_after(const entries& history, std::size_t count) {
  workflow_state s;
  for (std::size_t i = 0; i < count; ++i) REQUIRE(apply_entry(s, history[i]));
  return s;
}

replay_report replayed(const entity_key& who, const entries& history, std::size_t from = 0) {
  replayer r(who, state_after(history, from));
  for (std::size_t i = from; i < history.size(); ++i)
    if (const auto fine = r.take(history[i]); !fine) FAIL(history[i].version << ": " << fine.error().detail);
  auto report = r.finish();
  if (!report) FAIL(report.error().detail);
  return *std::move(report);
}

std::string told(const replay_report& r) {
  if (!r.first) return "matches";
  return std::to_string(r.first->version) + ": " + r.first->expected + " / " + r.first->got;
}

// Definitions of every kind of phase, and all that can befall their instances.
struct replayed_definition {
  random_seed& seed;
  int names = 0;

  json_value pick(std::initializer_list<json_value> all) { return *(all.begin() + seed.below(all.size())); }
  json_value list(int depth) {
    json_value phases = json_value::array();
    for (std::uint64_t i = 1 + seed.below(3); i > 0; --i) phases.push_back(one(depth));
    if (phases.size() > 1 && seed.one_in(3))
      phases.back()["next"] =
          json_value::array({{{"when", {{"at", "/n"}, {"below", 2}}}, {"to", phases[0]["name"]}}, "end"});
    return phases;
  }
  json_value given_out(const std::string& name) {
    json_value p{{"name", name}};
    switch (seed.below(5)) {
    case 0: p["run"] = "task", p["queue"] = "q"; break;
    case 1: p["run"] = "exec", p["command"] = "c"; break;
    case 2: p["run"] = "thread", p["thread"] = pick({"t", {{"$", "/n"}}}), p["message"] = {{"role", "user"}}; break;
    default: p["run"] = "agent", p["subject"] = "s"; break;
    }
    p["retry"] = {{"attempts", seed.below(4)}, {"first", "1s"}, {"most", "4s"}, {"not_on", {"hopeless"}}};
    for (const char* limit : {"total", "attempt", "start", "heartbeat"})
      if (seed.one_in(2) && (p["run"] != "thread" || limit[1] == 't')) p["timeouts"][limit] = pick({"2s", "5s", "9s"});
    return p;
  }
  json_value one(int depth) {
    const std::string name = "p" + std::to_string(++names);
    json_value p{{"name", name}};
    switch (seed.below(depth > 0 ? 11 : 7)) {
    case 0:
      p["run"] = "sleep";
      if (seed.one_in(3)) p["until"] = {{"$", "/until"}};
      else p["for"] = "2s";
      break;
    case 1:
      p["run"] = "wait", p["signal"] = "go";
      if (seed.one_in(2)) p["deadline"] = "3s";
      if (p.contains("deadline") && seed.one_in(2)) p["on_deadline"] = "end";
      break;
    case 2: p["run"] = "workflow", p["definition"] = "child", p["retry"] = {{"attempts", 2}}; break;
    case 7:
    case 8:
      p["run"] = "parallel";
      for (const char* branch : {"a", "b", "c"}) p["branches"][branch] = list(depth - 1);
      break;
    case 9:
    case 10:
      p["run"] = "map", p["over"] = "/items", p["concurrency"] = 1 + seed.below(3), p["result"] = "/" + name;
      p["do"] = given_out(name + "do");
      if (p["do"]["run"] != "thread" && seed.one_in(2)) p["do"]["input"] = {{"$item", ""}};
      break;
    default:
      p = given_out(name);
      if (p["run"] == "agent" && seed.one_in(4)) p["input"] = {{"x", {{"$", "/maybe"}}}};
    }
    if (p.contains("branches") || p.contains("over")) {
      if (seed.one_in(3)) p["join"] = "first";
      if (seed.one_in(3)) p["timeouts"] = {{"total", "8s"}}, p["retry"] = {{"attempts", 2}};
    }
    if (seed.one_in(6)) p["when"] = {{"at", "/n"}, {"below", 2}};
    if (p.contains("retry") && !p.contains("over") && seed.one_in(2)) {
      p["compensate"] = given_out("x");
      p["compensate"].erase("name");
    }
    return p;
  }
  json_value document() {
    json_value d{{"name", "d"}, {"phases", list(2)}};
    d["state"] = {{"n", 0}, {"items", {1, 2, 3, 4}}, {"until", to_rfc3339({1'000'000'008'000'000})}};
    if (seed.one_in(3)) d["state"]["maybe"] = true;
    if (seed.one_in(4)) d["timeout"] = "20s";
    return d;
  }
};

struct busy_world {
  random_seed& seed;
  bool clock_goes_back = false;
  workflow_driver w{};
  std::vector<std::size_t> begins{}; // of batches
  std::vector<dispatch> held{};
  std::vector<post_to_thread> posts{};
  std::vector<start_child> children{};
  std::vector<cancel_child> leaving{};
  int made = 0;

  void ask(command c) {
    const std::size_t before = w.recorded.size();
    const bool keyed = std::holds_alternative<write>(c) && !w.recorded.empty() && seed.one_in(3);
    static_cast<void>(w.attempt(c, keyed ? "k" + std::to_string(++made) : ""));
    if (w.recorded.size() > before) begins.push_back(before);
    for (auto& d : w.take<dispatch>()) held.push_back(std::move(d));
    for (auto& p : w.take<post_to_thread>()) posts.push_back(std::move(p));
    for (auto& c : w.take<start_child>()) children.push_back(std::move(c));
    for (auto& c : w.take<cancel_child>()) leaving.push_back(std::move(c));
  }
  outcome some_outcome() {
    switch (seed.below(8)) {
    case 0: return failure{{"hopeless", "no"}, false};
    case 1: return failure{{"broken", "it broke"}, seed.one_in(4)};
    case 2: return failure{{"attempt_timeout", "as the worker says"}, false};
    case 3: return json_value("not an object");
    default: return json_value{{"n", seed.below(4)}, {"r" + std::to_string(++made), "x"}};
    }
  }
  template <class E>
  std::optional<E> some(std::vector<E>& list) {
    if (list.empty()) return std::nullopt;
    const std::size_t at = seed.below(list.size());
    E e = list[at];
    if (!seed.one_in(5)) list.erase(list.begin() + static_cast<std::ptrdiff_t>(at)); // or once more, later
    return e;
  }
  void work() {
    if (const auto p = some(posts); p && seed.one_in(2)) return ask(thread_posted{p->run, some_outcome()});
    if (const auto c = some(children); c && seed.one_in(2))
      return ask(child_ended{c->how.parent->run,
                             c->child,
                             static_cast<child_end>(seed.below(4)),
                             {{"n", seed.below(3)}},
                             {"why", seed.one_in(2) ? "so" : ""}});
    if (const auto c = some(leaving))
      return ask(child_ended{c->how.parent.run, c->child, child_end::cancelled, {}, {"cancelled", ""}});
    const auto d = some(held);
    if (!d) return;
    switch (seed.below(8)) {
    case 0: return ask(dispatch_refused{d->run, d->attempt});
    case 1: held.push_back(*d); return ask(write{heartbeat{d->run, d->attempt, {}}});
    case 2: held.push_back(*d); return ask(write{step_begin{d->run, "one"}});
    case 3: held.push_back(*d); return ask(write{step_complete{d->run, seed.one_in(2) ? "one" : "two", seed.below(2)}});
    default: return ask(write{complete{d->run, d->attempt, some_outcome(), "worker"}});
    }
  }
  void operate() {
    switch (seed.below(12)) {
    case 0: ask(write{pause{"p"}}); break;
    case 1: ask(write{update{{{"n", seed.below(3)}}, "u", {}}}); break;
    case 2: ask(write{checkpoint{"c"}}); break;
    case 3: ask(write{retry{{}, "again"}}); break;
    case 4:
      ask(crash{"fell", 1});
      if (seed.one_in(4)) ask(write{cancel{"enough"}});
      else if (seed.one_in(4) && w.state.parent) ask(stop_child{*w.state.parent, seed.one_in(4), "given up"});
      break;
    case 5:
      if (seed.one_in(4)) ask(write{cancel{"enough"}});
      break;
    case 6:
      if (seed.one_in(8)) ask(write{terminate{"now"}});
      break;
    default: ask(write{resume{}}); break;
    }
  }
  void move() {
    if (clock_goes_back && seed.one_in(30)) w.now_us -= 4'000'000;
    switch (seed.below(10)) {
    case 0:
      w.now_us += static_cast<std::int64_t>(seed.below(4'000'000));
      ask(wake{});
      break;
    case 1:
      if (const auto due = wake_at(w.state, &w.alive)) w.now_us = std::max(w.now_us, due->us), ask(wake{});
      break;
    case 2: ask(write{signal{"go", seed.one_in(2) ? "" : "s" + std::to_string(++made), {{"n", 1}}}}); break;
    case 3:
      if (seed.one_in(4)) w.alive = {}, ask(recover{});
      if (seed.one_in(4)) ask(ask_children{});
      break;
    case 4: operate(); break;
    default: work(); break;
    }
  }
  void live(const command& first, int moves) {
    ask(first);
    for (int i = 0; i < moves && (!is_over(w.state.status) || seed.one_in(2)); ++i) move();
  }
  void check() {
    for (const std::size_t from : begins)
      if (begins.size() < 30 || from == 0 || seed.one_in(begins.size() / 15)) {
        const replay_report report = replayed(w.who, w.recorded, from);
        CAPTURE(from, told(report));
        REQUIRE_FALSE(report.first);
        if (!clock_goes_back) REQUIRE(report.events == w.recorded.size() - from);
      }
    const auto loaded = load_history(history_text(w.who, w.recorded)); // and as a document
    if (!loaded) FAIL(loaded.error().field << ": " << loaded.error().detail);
    const auto report = replay_history(*loaded);
    if (!report) FAIL(report.error().field << ": " << report.error().detail);
    REQUIRE(told(*report) == "matches");
    for (int i = 0; i < 10; ++i) { // from the middle of a batch
      const std::size_t from = seed.below(w.recorded.size() + 1);
      const replay_report report = replayed(w.who, w.recorded, from);
      CAPTURE(from, told(report));
      REQUIRE_FALSE(report.first);
    }
  }
};

entries without(entries history, std::size_t version) {
  history.erase(history.begin() + static_cast<std::ptrdiff_t>(version - 1));
  for (std::size_t i = version - 1; i < history.size(); ++i) history[i].version = i + 1;
  return history;
}
entries with(entries history, std::size_t version, const event& e) {
  entry_draft extra{std::string(type_of(e)), body_of(e), version, history[version - 1].time, {}};
  history.insert(history.begin() + static_cast<std::ptrdiff_t>(version - 1), std::move(extra));
  for (std::size_t i = version; i < history.size(); ++i) history[i].version = i + 1;
  return history;
}
entries changed(entries history, std::size_t version, const std::string& from, const std::string& to) {
  std::string& body = history.at(version - 1).body;
  const auto at = body.find(from);
  REQUIRE(at != std::string::npos);
  body.replace(at, from.size(), to);
  return history;
}

// 1 started, 2 a scheduled, 3 failed, 4 scheduled again, 5 a step of it, 6 completed, 7 b scheduled,
// 8 signalled, 9 b completed, 10 the wait scheduled, 11 its signal taken, 12 it completed, 13 ended.
workflow_driver told_apart() {
  workflow_driver w;
  w.begin(R"({"name":"d","phases":[
    {"name":"a","run":"agent","subject":"s","retry":{"attempts":2},
     "next":[{"when":{"at":"/n","below":2},"to":"b"},"c"]},
    {"name":"b","run":"agent","subject":"s","next":"w"},
    {"name":"c","run":"agent","subject":"s"},
    {"name":"w","run":"wait","signal":"go"}]})");
  w.fail(1, "broken");
  w.wake_when_due();
  w.must(write{step_complete{1, "one", 1}});
  w.finish(1, R"({"n":1})");
  w.must(write{signal{"go", "s1", {{"said", "yes"}}}});
  w.finish(2);
  return w;
}

} // namespace

TEST_CASE("whatever an instance went through comes of it again, from wherever it is replayed") {
  random_seed seed;
  CAPTURE(seed.rerun());
  for (int round = 0; round < replay_rounds; ++round) {
    const json_value document = replayed_definition{seed}.document();
    CAPTURE(round, document.dump());
    busy_world world{seed, seed.one_in(3)};
    world.w.define(document.dump());
    start s;
    s.definition = "d";
    if (seed.one_in(3)) s.parent = parent_run{"parent", 1};
    world.live(write{s}, 150);
    world.check();

    const std::size_t at = 1 + seed.below(world.w.recorded.size());
    const branch_off b{"w1", at, encode_state(state_after(world.w.recorded, at)), {{"n", 0}}, {{"a", 1}}};
    busy_world branch{seed};
    branch.w.who.id = "w2";
    branch.w.now_us = world.w.now_us;
    branch.ask(write{b});
    if (branch.w.recorded.empty()) continue; // nothing left to run
    branch.live(wake{}, 60);
    branch.check();
  }
}

TEST_CASE("a history that was tampered with is found out at the first event that does not follow") {
  const workflow_driver w = told_apart();
  const entries& h = w.recorded;
  REQUIRE(h.size() == 13);
  REQUIRE(told(replayed(w.who, h)) == "matches");
  const std::string a = R"({"type":"scheduled","run":1,"line":0,"phase":"a","attempt":)";
  const std::string b = R"({"type":"scheduled","run":2,"line":0,"phase":"b")";
  const std::string c = R"({"type":"scheduled","run":2,"line":0,"phase":"c")";
  const std::size_t due_at = h[1].body.find("{\"attempt_us\"");
  const std::string due = h[1].body.substr(due_at, h[1].body.find('}') + 1 - due_at);

  struct row {
    entries history;
    std::uint64_t version;
    std::string expected, got; // their beginnings
  };
  const row rows[] = {
      {changed(h, 2, due, "{}"), 2, R"({"type":"scheduled")", R"({"type":"scheduled")"},
      {changed(h, 4, "\"attempt\":2", "\"attempt\":3"), 4, a + "3", a + "2"},
      {changed(h, 6, "\"n\":1", "\"n\":2"), 7, b, c},
      {changed(h, 6, "\"n\":1", "\"n\":0"), 7, b, b}, // its input
      {changed(h, 7, "\"b\"", "\"c\""), 7, c, b},
      {changed(h, 9, "\"run\":2", "\"run\":1"), 9, R"({"type":"completed","run":1)",
       R"({"type":"late_result","run":1)"},
      {changed(h, 11, "s1", "s2"), 11, R"({"type":"signal_taken")", R"({"type":"signal_taken","run":3,"id":"s1")"},
      {changed(h, 13, "completed", "cancelled"), 13, R"({"type":"ended")", R"({"type":"ended","status":"completed")"},
      {without(h, 2), 2, R"({"type":"attempt_failed")", a + "1"},
      {without(h, 3), 3, a + "2", "nothing_to_retry: "},
      {without(h, 7), 7, R"({"type":"signalled")", b},
      {without(h, 8), 10, R"({"type":"signal_taken")", "nothing"},
      {without(h, 12), 12, R"({"type":"ended")", R"({"type":"completed","run":3)"},
      {without(h, 13), 13, "nothing", R"({"type":"ended","status":"completed")"},
      {with(h, 5, skipped{2, 0, "b"}), 5, R"({"type":"skipped")", "nothing"},
      {with(h, 7, timer_fired{1, "sleep"}), 7, R"({"type":"timer_fired")", b},
      {with(h, 8, noted{"{}"}), 8, R"({"type":"noted")", "nothing"},
      {with(h, 8, resumed{}), 8, R"({"type":"resumed")", "nothing"},
      {with(h, 10, cancelled{2}), 10, R"({"type":"cancelled")", R"({"type":"scheduled","run":3)"},
  };
  for (const row& r : rows) {
    CAPTURE(&r - rows);
    const replay_report report = replayed(w.who, r.history);
    REQUIRE(report.first);
    CHECK(report.first->version == r.version);
    CHECK(report.events == r.version - 1);
    CHECK_THAT(report.first->expected, Catch::StartsWith(r.expected));
    CHECK_THAT(report.first->got, Catch::StartsWith(r.got));
  }
  CHECK(told(replayed(w.who, changed(h, 2, due, "{\"attempt_us\":1}"))) == "matches");
}

TEST_CASE("a history does not come of another definition") {
  const workflow_driver w = told_apart();
  const auto found = [&](const std::string& from, const std::string& to) {
    return told(replayed(w.who, changed(w.recorded, 1, from, to)));
  };
  CHECK_THAT(found("\"below\":2", "\"below\":1"), Catch::StartsWith("7: "));
  CHECK_THAT(found("\"attempts\":2", "\"attempts\":1"),
             Catch::StartsWith("3: ") && Catch::Contains(R"( / {"type":"failed","run":1)"));
  CHECK_THAT(found("\"next\":\"w\"", "\"next\":\"c\""), Catch::StartsWith("10: "));
  CHECK_THAT(found("\"go\"", "\"no\""), Catch::StartsWith("8: ") && Catch::Contains(" / unknown_signal: "));
}

TEST_CASE("what exceeds one decision is replayed as it was cut") {
  random_seed seed;
  busy_world world{seed};
  json_value document{{"name", "d"}, {"state", {{"x", json_value::array()}}}};
  for (int i = 0; i < 800; ++i) document["state"]["x"].push_back(i);
  document["phases"] = {
      {{"name", "m"},
       {"run", "map"},
       {"over", "/x"},
       {"do", {{"name", "e"}, {"run", "agent"}, {"subject", "s"}, {"when", {{"at", "/y"}, {"exists", true}}}}}}};
  world.w.define(document.dump());
  start s;
  s.definition = "d";
  world.ask(write{s});
  while (!is_over(world.w.state.status)) world.ask(wake{});
  REQUIRE(world.begins.size() == 3);
  world.check();
}

TEST_CASE("of long events a report has the part that differs") {
  workflow_driver w;
  w.begin(R"({"name":"d","phases":[{"name":"w","run":"wait","signal":"go"}]})");
  const std::string half(100'000, 'x');
  w.must(write{signal{"go", "s1", {{"said", half + "THIS" + half}}}});
  const replay_report report = replayed(w.who, changed(w.recorded, 5, "THIS", "THAT"));
  REQUIRE(report.first);
  CHECK(report.first->version == 5);
  CHECK_THAT(report.first->expected, Catch::Contains("xTHATx"));
  CHECK_THAT(report.first->got, Catch::Contains("xTHISx"));
  CHECK(report.first->got.size() < 5000);
}

TEST_CASE("events that cannot be read are corrupt, not a divergence") {
  const workflow_driver w = told_apart();
  replayer r(w.who, {});
  REQUIRE(r.take(w.recorded[0]));
  const auto gap = r.take(w.recorded[2]);
  REQUIRE_FALSE(gap);
  CHECK(gap.error().type == "version_gap");
  CHECK_FALSE(r.take(changed(w.recorded, 2, "\"run\":1", "\"run\":-")[1]));
}

} // namespace ropewalk::workflow
