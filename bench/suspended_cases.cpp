// What workflows cost that wait, and how fast those under way come back after a crash.

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <nlohmann/json.hpp>

#include "bench/thread_workload.hpp"
#include "bench/work_service.hpp"
#include "bench/workflow_cases.hpp"
#include "bench/workflow_workload.hpp"

namespace ropewalk::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds ask_time_out{15};
constexpr std::array<std::size_t, 2> suspended_counts{1'000, 10'000};
constexpr std::size_t small_content_bytes = 100;
constexpr std::size_t threads_beside = 10'000, suspended_beside = 1'000;
constexpr double memory_goal_bytes = 100.0 * 1024 * 1024;

constexpr std::size_t under_way = 200;
constexpr std::size_t killed_in_phase = 4; // of seven: its work and three more are still to be done
constexpr std::chrono::seconds recovery_time_out{60};

struct held {
  std::uint64_t made = 0;      ///< resident bytes while all are in memory
  std::uint64_t restarted = 0; ///< after a start that found them waiting
  double start_seconds = 0;    ///< from the process to its first answer
  double idle_seconds = 0;     ///< until it was idle from then on
  nanoseconds signal{0};       ///< from a signal to the result of the instance that it was for
};

nanoseconds answer_one(nats_connection& client, const std::string& id) {
  const auto from = clock::now();
  client.ask(workflow_subject(id, "signal"), R"({"name":"go"})", ask_time_out);
  const auto ended =
      nlohmann::json::parse(client.ask(workflow_subject(id, "result"), R"({"wait_seconds":10})", ask_time_out));
  if (ended.at("status") != "completed") throw std::runtime_error(id + " is " + ended.at("status").dump());
  return clock::now() - from;
}

held measure_held(stage& on, const std::string& name, std::size_t threads, std::size_t workflows) {
  held h;
  {
    auto node = on.start_node(name);
    if (threads > 0) {
      const message_set messages{small_content_bytes};
      const thread_group group{"beside", threads};
      create_threads(on.client(), group, message_limit::standard);
      append_to(on.client(), {.in_flight = 64, .requests = threads}, group, messages);
    }
    define_workflow(on.client(), "waits", signal_work, 1);
    start_workflows(on.client(), "waits", "w", workflows);
    node.wait_until_idle();
    h.made = node.resident_bytes();
    node.stop();
  }
  auto node = on.start_node(name);
  h.start_seconds = std::chrono::duration<double>(node.start_time()).count();
  h.idle_seconds = node.wait_until_idle().count();
  h.restarted = node.resident_bytes();
  h.signal = answer_one(on.client(), "w0");
  if (count_workflows(on.client(), "waits", "running") != workflows - 1)
    throw std::runtime_error("not every other workflow waits");
  progress(std::to_string(workflows) + " waiting, " + std::to_string(threads) +
           " threads: " + bytes_text(static_cast<double>(h.made)) + " made, " +
           bytes_text(static_cast<double>(h.restarted)) + " after a start of " + ratio_text(h.start_seconds) + " s");
  node.stop();
  return h;
}

/// The ends of workflows and the phases that were handed out, as the bench sees them.
class follower {
public:
  explicit follower(nats_connection& client)
      : events_(client, "rw.v1.bench.event.workflow.>",
                [this](natsMsg* m) {
                  if (text_of(m).starts_with(R"({"type":"ended")")) note_end();
                }),
        work_(client, "bench.work.slow", [this](natsMsg* m) {
          const auto work = nlohmann::json::parse(text_of(m));
          const std::scoped_lock lock{mutex_};
          auto& run = newest_[work.at("workflow").get<std::string>()];
          run = std::max(run, work.at("run").get<std::uint64_t>());
        }) {}

  /// Every instance has been in this phase.
  bool all_in(std::uint64_t run) {
    const std::scoped_lock lock{mutex_};
    return newest_.size() == under_way &&
           std::all_of(newest_.begin(), newest_.end(), [&](const auto& n) { return n.second >= run; });
  }
  std::uint64_t ended() const noexcept { return ended_; }
  clock::time_point last_end() {
    const std::scoped_lock lock{mutex_};
    return last_end_;
  }

private:
  static std::string_view text_of(natsMsg* m) {
    return {natsMsg_GetData(m), static_cast<std::size_t>(natsMsg_GetDataLength(m))};
  }
  void note_end() {
    const std::scoped_lock lock{mutex_};
    last_end_ = clock::now();
    ++ended_;
  }

  std::mutex mutex_;
  std::map<std::string, std::uint64_t> newest_; // the run that was handed out last
  clock::time_point last_end_;
  std::atomic<std::uint64_t> ended_{0};
  nats_subscription events_, work_;
};

template <class Done>
void wait_for(const char* what, Done done) {
  const auto until = clock::now() + recovery_time_out;
  while (!done()) {
    if (clock::now() > until) throw std::runtime_error(std::string("in vain for ") + what);
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}

struct recovery {
  double to_start = 0; ///< from the kill to the new node's first answer
  double whole = 0;    ///< to the last completion
  double own = 0;      ///< that, without the workers' time
};

recovery measure_one_recovery(stage& on, std::size_t round) {
  const std::string name = "recovery-" + std::to_string(round);
  auto node = on.start_node(name);
  define_workflow(on.client(), "slow", slow_agent_work);
  follower follows{on.client()};
  start_workflows(on.client(), "slow", name + "-", under_way);
  wait_for("the phase in which the node is killed", [&] { return follows.all_in(killed_in_phase); });
  const auto killed = clock::now();
  node.kill_now();
  auto again = on.start_node(name);
  recovery r;
  r.to_start = std::chrono::duration<double>(clock::now() - killed).count();
  wait_for("the last completion", [&] { return follows.ended() >= under_way; });
  r.whole = std::chrono::duration<double>(follows.last_end() - killed).count();
  const auto to_be_done = (phases_a_workflow - killed_in_phase + 1) * slow_phase;
  r.own = r.whole - std::chrono::duration<double>(to_be_done).count();
  if (count_workflows(on.client(), "slow", "completed") != under_way)
    throw std::runtime_error("not every workflow is completed");
  progress(std::to_string(under_way) + " under way: " + ratio_text(r.whole) + " s from the kill to the last, " +
           ratio_text(r.own) + " s of it the node's own");
  again.stop();
  return r;
}

} // namespace

std::vector<section> measure_suspended(stage& on) {
  section s{.title = "Waiting workflows",
            .explanation = "Instances that wait for a signal, and threads with one message of 100 bytes beside them. "
                           "*made*: VmRSS of the node that made them all, with each in memory; *restarted*: of a node "
                           "that was started on them, once it was idle. *start*: from the process to its first answer. "
                           "*signal*: from a signal to the result of one that was not in memory. *of 100 MiB*: made / "
                           "that.",
            .columns = {"waiting", "threads", "made", "restarted", "of 100 MiB", "start", "idle after", "signal"},
            .rows = {}};
  const auto add = [&](std::size_t threads, std::size_t workflows) {
    const auto h =
        measure_held(on, "held-" + std::to_string(threads) + "-" + std::to_string(workflows), threads, workflows);
    s.rows.push_back({number_text(static_cast<double>(workflows)), number_text(static_cast<double>(threads)),
                      bytes_text(static_cast<double>(h.made)), bytes_text(static_cast<double>(h.restarted)),
                      ratio_text(static_cast<double>(h.made) / memory_goal_bytes), ratio_text(h.start_seconds) + " s",
                      ratio_text(h.idle_seconds) + " s", duration_text(h.signal)});
  };
  add(0, 1); // what the program itself takes
  for (const auto count : suspended_counts) add(0, count);
  add(threads_beside, suspended_beside);
  return {std::move(s)};
}

std::vector<section> measure_recovery(stage& on) {
  section s{.title = "Recovery",
            .explanation =
                "kill -9 of a node with " + std::to_string(under_way) +
                " workflows of seven phases of 100 ms under way, each in its fourth phase, and a new start at "
                "once. *own*: from the kill to the last completion, less the 400 ms that the worker takes for "
                "the phases that were not done.",
            .columns = {"round", "first answer", "last completion", "own"},
            .rows = {}};
  const auto worker = on.start_worker();
  std::vector<double> whole, own;
  for (std::size_t round = 0; round < on.settings().rounds; ++round) {
    const auto r = measure_one_recovery(on, round);
    s.rows.push_back({std::to_string(round + 1), ratio_text(r.to_start) + " s", ratio_text(r.whole) + " s",
                      ratio_text(r.own) + " s"});
    whole.push_back(r.whole);
    own.push_back(r.own);
  }
  s.rows.push_back({"median", "", ratio_text(median(whole)) + " s", ratio_text(median(own)) + " s"});
  return {std::move(s)};
}

} // namespace ropewalk::bench
