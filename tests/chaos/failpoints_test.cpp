// The node dies at each place of the code that has a name, FAILPOINT("..."): all workflows go on, nothing that is recorded
// runs again. The places are read from the sources, so that one without a visit here fails.

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <set>
#include <thread>

#include "tests/support/counted_workflows.hpp"

using namespace ropewalk::tests;
using nlohmann::json;
namespace fs = std::filesystem;
namespace transport = ropewalk::transport;

namespace {

enum class reached { serving, starting }; // by what the load does to a node that serves, or while it starts

struct visit {
  const char* point;
  reached when;
  int nth; // time at which it dies there
};

constexpr visit visits[] = {
    {"workflow.started", reached::serving, 2},
    {"workflow.decided", reached::serving, 5},
    {"workflow.checkpoint", reached::serving, 2},
    {"workflow.before_effect", reached::serving, 1}, // nothing of it is handed out
    {"workflow.before_effect", reached::serving, 6},
    {"workflow.after_effects", reached::serving, 2}, // in flight
    {"workflow.completed", reached::serving, 2},     // after the worker's reply
    {"workflow.step_completed", reached::serving, 2},
    {"workflow.woken", reached::serving, 1},  // a timer has fired
    {"workflow.waking", reached::serving, 2}, // a timer is about to
    {"workflow.thread_posted", reached::serving, 1},
    {"workflow.child_ended", reached::serving, 2},
    {"workflow.cancelled", reached::serving, 2},
    {"workflow.before_compensation", reached::serving, 2},
    {"entity.leaving", reached::serving, 1}, // passivation
    {"entity.loaded", reached::serving, 1},
    {"journal.before_commit", reached::serving, 3},
    {"journal.after_commit", reached::serving, 3},
    {"views.before_commit", reached::serving, 2},
    {"views.after_commit", reached::serving, 2},
    {"entity.loaded", reached::starting, 1},
    {"workflow.recovered", reached::starting, 1},
    {"node.recovering", reached::starting, 1},
};

// What a load on a node alone does not come to: the test in that file arms the point and requires that a process died there.
struct visit_elsewhere {
  const char* point;
  const char* file;
};

constexpr visit_elsewhere visits_elsewhere[] = {
    {"schedule.decided", "chaos/schedule_kill_test.cpp"},
    {"schedule.before_effect", "chaos/schedule_kill_test.cpp"},
    {"schedule.after_effects", "chaos/schedule_kill_test.cpp"},
    {"incarnation.file_written", "storage/incarnation_test.cpp"},
    {"incarnation.journal_written", "storage/incarnation_test.cpp"},
    {"incarnation.standing_lost", "storage/incarnation_test.cpp"},
    {"views.before_repair_commit", "cluster/cluster_quarantine_test.cpp"},
};

std::set<std::string> points_in_the_code() {
  constexpr std::string_view mark = "FAILPOINT(\"";
  std::set<std::string> found;
  for (const char* folder : {"actors", "storage", "transport", "runtime", "cli"})
    for (const auto& file : fs::recursive_directory_iterator(fs::path(ROPEWALK_SOURCE_DIR) / folder)) {
      if (file.path().filename() == "failpoint.hpp" || !file.is_regular_file()) continue;
      const std::string text = read_file(file.path());
      for (std::size_t at = text.find(mark); at != text.npos; at = text.find(mark, at)) {
        at += mark.size();
        found.insert(text.substr(at, text.find('"', at) - at));
      }
    }
  return found;
}

// Workflows of all sorts, some that are cancelled, and some whose agent records a step: each of the last is done by
// requests, which are repeated until they are answered.
class load {
public:
  explicit load(test_system& s) : s_(s), agent_(s) {
    define_counted(s);
    const json stepped{{"name", "stepped"},
                       {"phases", {{{"name", "a"}, {"run", "agent"}, {"subject", "agents.steps"}}}}};
    const json undone{{"name", "undone"},
                      {"phases",
                       {{{"name", "a"},
                         {"run", "agent"},
                         {"subject", "agents.chaos"},
                         {"compensate", {{"run", "agent"}, {"subject", "agents.chaos"}}}},
                        {{"name", "b"}, {"run", "wait"}, {"signal", "never"}}}}};
    for (const json& d : {stepped, undone})
      REQUIRE(s.ask("rw.v1.acme.workflows.define", {{"definition", d}}).code == 200);
    // Nobody serves it: each start of the node has something to hand out again.
    const json waiting{{"name", "waiting"},
                       {"phases", {{{"name", "a"}, {"run", "agent"}, {"subject", "agents.nobody"}}}}};
    REQUIRE(s.ask("rw.v1.acme.workflows.define", {{"definition", waiting}}).code == 200);
    REQUIRE(insist(s, "waiting", "start", {{"definition", "waiting"}}, {}) == "");
    auto begun = s.client().subscribe("agents.steps", "", [this](transport::nats_message m) {
      const json work = json::parse(m.body());
      const std::scoped_lock lock(mutex_);
      steps_[work["workflow"]] = work;
    });
    REQUIRE(begun);
    subscription_ = *std::move(begun);
  }

  // Instances of the nth visit. The first refusal, or "".
  std::string run(int nth) {
    std::string refused = start_counted(s_, 10 * nth, counted);
    for (int i = 0; i < others && refused.empty(); ++i) {
      const std::string id = other_id(nth, i);
      refused = insist(s_, "u" + id, "start", {{"definition", "undone"}}, "start");
      if (refused.empty()) refused = insist(s_, "s" + id, "start", {{"definition", "stepped"}}, "start");
    }
    for (int i = 0; i < others && refused.empty(); ++i) refused = step(other_id(nth, i));
    for (int i = 0; i < others && refused.empty(); ++i) {
      const std::string id = "u" + other_id(nth, i);
      eventually([&] {
        return s_.ask("rw.v1.acme.workflow." + id + ".get", json::object()).body.dump().find("never") !=
               std::string::npos;
      });
      refused = insist(s_, id, "cancel", json::object(), "cancel");
    }
    return refused;
  }

  void check(int nth) {
    for (int i = 0; i < counted; ++i) check_counted(s_, agent_, 10 * nth + i);
    for (int i = 0; i < others; ++i) {
      const std::string id = other_id(nth, i);
      INFO(id);
      CHECK(end_of(s_, "u" + id).body["status"] == "cancelled");
      CHECK(end_of(s_, "s" + id).body["state"] == json{{"step", "once"}});
    }
  }

private:
  static constexpr int counted = 4, others = 2;

  static std::string other_id(int nth, int i) { return std::to_string(nth) + "-" + std::to_string(i); }

  std::string step(const std::string& id) {
    json work;
    const bool asked = eventually([&] {
      const std::scoped_lock lock(mutex_);
      work = steps_["s" + id];
      return !work.is_null();
    });
    if (!asked) return "no agent was asked by s" + id;
    const json run{{"run", work["run"]}, {"token", work["token"]}};
    json step = run, result = run;
    step.update({{"step", "only"}, {"result", "once"}});
    result.update({{"result", {{"step", "once"}}}});
    const std::string refused = insist(s_, "s" + id, "step.complete", step, {});
    return refused.empty() ? insist(s_, "s" + id, "complete", result, {}) : refused;
  }

  test_system& s_;
  counting_agent agent_;
  std::mutex mutex_;
  std::map<std::string, json> steps_; // newest work by workflow
  std::unique_ptr<transport::nats_subscription> subscription_;
};

child_process start_to_fail(test_system& s, const std::string& points) {
  return child_process({test_system::binary(), "node", "--nats", s.url(), "--data", s.data(), "--name", "test"},
                       s.scratch() / "failing.log", {{"ROPEWALK_FAILPOINTS", points}});
}

} // namespace

TEST_CASE("each failpoint of the code is visited, and each visited one is in the code") {
  std::set<std::string> visited;
  for (const visit& v : visits) visited.insert(v.point);
  for (const visit_elsewhere& v : visits_elsewhere) {
    INFO(v.point << " in " << v.file);
    const std::string text = read_file(fs::path(ROPEWALK_SOURCE_DIR) / "tests" / v.file);
    const std::string named = '"' + std::string(v.point);
    CHECK((text.find(named + '"') != text.npos || text.find(named + "=kill") != text.npos));
    visited.insert(v.point);
  }
  CHECK(visited == points_in_the_code());
}

TEST_CASE("a workflow goes on from every place where its node can die") {
  test_system s({"--idle-after", "1s"});
  load l(s);
  int nth = 0;
  for (const visit& v : visits) {
    const std::string armed = std::string(v.point) + "=kill@" + std::to_string(v.nth);
    INFO(armed);
    ++nth;
    if (v.when == reached::serving) REQUIRE(s.ask("rw.node.test.fault", {{"points", armed}}).code == 200);
    std::string refused;
    std::thread client([&] { refused = l.run(nth); });
    bool died = true;
    if (v.when == reached::starting) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      s.node().kill_now();
      s.node() = start_to_fail(s, armed);
    }
    died = eventually([&] { return !s.node().running(); }, std::chrono::seconds(20));
    if (!died) s.node().kill_now();
    s.start_node();
    client.join();
    CHECK(died);
    REQUIRE(refused == "");
    l.check(nth);
  }
}
