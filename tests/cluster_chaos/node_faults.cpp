// Nodes that die, stand still, are stopped, or see their clock jump.

#include "tests/cluster_chaos/faults.hpp"

#include <csignal>
#include <cstdlib>
#include <iterator>
#include <optional>

#include "runtime/instant.hpp"
#include "tests/support/eventually.hpp"

namespace ropewalk::chaos {
namespace {

using namespace std::chrono_literals;

constexpr int killed = 128 + SIGKILL;

class node_fault : public fault {
public:
  node_fault(chaos_cluster& c, int which, std::uint64_t random) : fault(c), node(which), draw(random) {}

protected:
  void start_again() {
    if (!cluster.node(node).running()) cluster.start(node);
  }
  const int node;
  const std::uint64_t draw;
};

class node_killed : public node_fault {
public:
  using node_fault::node_fault;
  void begin() override {
    if (!cluster.node(node).running()) return;
    cluster.node(node).signal(SIGKILL);
    if (cluster.node(node).wait(10s) == killed) happened("ended by SIGKILL");
    cluster.kill(node);
  }
  void end() override { start_again(); }
};

// Places of the code that have a name and are come to under load.
constexpr const char* places_under_load[] = {"journal.before_commit",  "journal.after_commit", "views.before_commit",
                                             "views.after_commit",     "workflow.decided",     "workflow.before_effect",
                                             "workflow.after_effects", "workflow.completed",   "workflow.checkpoint",
                                             "entity.loaded"};

// At one of them something happens, the nth time that the node comes there.
class failpoint_fault : public node_fault {
public:
  using node_fault::node_fault;

protected:
  bool arm(const char* action) {
    place_ = std::string(places_under_load[draw % std::size(places_under_load)]) + "=" + action + "@" +
             std::to_string(1 + draw / 16 % 40);
    return cluster.ask_node(node, "fault", {{"points", place_}}).code == 200;
  }
  const std::string& place() const { return place_; }

private:
  std::string place_;
};

class node_dies_at_failpoint : public failpoint_fault {
public:
  using failpoint_fault::failpoint_fault;
  void begin() override { armed_ = arm("kill"); }
  void end() override {
    if (armed_ && cluster.node(node).wait(0ms) == killed) happened("died at " + place());
    else if (armed_) cluster.disarm(node);
    start_again();
  }

private:
  bool armed_ = false;
};

// Killed, and once more while it starts.
class node_dies_starting : public node_fault {
public:
  using node_fault::node_fault;
  void begin() override {
    static constexpr const char* places[] = {"incarnation.file_written", "incarnation.journal_written",
                                             "node.recovering", "journal.after_commit"};
    point_ = places[draw % std::size(places)];
    cluster.kill(node);
    cluster.start(node, point_ + "=kill@1");
  }
  void end() override {
    if (cluster.node(node).wait(0ms) == killed) happened("died at " + point_ + " while it started");
    cluster.kill(node);
    start_again();
  }

private:
  std::string point_;
};

bool stands_still(tests::child_process& process) {
  const std::string stat = tests::read_file("/proc/" + std::to_string(process.pid()) + "/stat");
  const auto after_name = stat.rfind(") ");
  return after_name != stat.npos && stat.compare(after_name + 2, 1, "T") == 0;
}

class node_paused : public node_fault {
public:
  using node_fault::node_fault;
  void begin() override {
    cluster.node(node).signal(SIGSTOP);
    if (tests::eventually([&] { return stands_still(cluster.node(node)); }, 2s)) happened("in state T");
  }
  void end() override { cluster.node(node).signal(SIGCONT); }
};

class node_paused_at_failpoint : public failpoint_fault {
public:
  using failpoint_fault::failpoint_fault;
  void begin() override { arm("stop"); }
  void end() override {
    bool stood = false;
    // One that stands still does not answer; one that has answered will not stop any more. Its answer to arm() may have been lost.
    const auto is_over = [&] {
      stood = stands_still(cluster.node(node));
      return stood || cluster.disarm(node) || !cluster.node(node).running();
    };
    const bool over = tests::eventually(is_over, 5s);
    if (stood) happened("in state T at " + place());
    cluster.node(node).signal(SIGCONT);
    if (!over) cluster.kill(node); // nobody would continue it later on
    start_again();
  }
};

class node_stopped : public node_fault {
public:
  using node_fault::node_fault;
  void begin() override {
    if (!cluster.node(node).running()) return;
    const int code = cluster.node(node).stop(30s);
    if (code == 0) happened("ended with code 0");
    cluster.kill(node);
  }
  void end() override { start_again(); }
};

// One to three hours back, or as many seconds ahead, and back again. The node's own time leans towards it (docs/adr/0011). Hours ahead
// would be believed by a node that is new, and what its partitions wait for would come when the others' clocks are there as well.
class clock_jumped : public node_fault {
public:
  using node_fault::node_fault;
  void begin() override {
    before_us_ = off_us();
    cluster.clock(node).set_seconds(jump_s());
  }
  void end() override {
    const auto now_us = off_us();
    if (before_us_ && now_us && (*now_us - *before_us_) * (jump_s() < 0 ? -1 : 1) > shown_us)
      happened(std::to_string(jump_s()) + " s, its own time " + std::to_string((*now_us - *before_us_) / 1000) +
               " ms by now");
    cluster.clock(node).set(0);
  }

private:
  static constexpr std::int64_t shown_us = 100'000;
  int jump_s() const { return static_cast<int>(1 + draw % 3) * (draw & 8 ? -3600 : 1); }
  std::optional<std::int64_t> off_us() {
    const auto said = cluster.ask_node(node, "status");
    if (said.code != 200) return std::nullopt;
    const auto time = parse_rfc3339(said.body.at("time").get<std::string>());
    if (!time) return std::nullopt;
    return time->us - std::chrono::duration_cast<std::chrono::microseconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count();
  }
  std::optional<std::int64_t> before_us_;
};

} // namespace

std::vector<fault_kind> node_fault_kinds() {
  //  name, hits, weight, shortest_ms, longest_ms, servers, clocks, log data, disk, holds back
  return {
      {"node killed", target::node, 10, 100, 8'000, false, false, false, false, false, make_fault<node_killed>},
      {"node dies at a failpoint", target::node, 8, 2'000, 8'000, false, false, false, false, false,
       make_fault<node_dies_at_failpoint>},
      {"node dies while it starts", target::node, 3, 2'500, 6'000, false, false, false, false, false,
       make_fault<node_dies_starting>},
      {"node stands still", target::node, 10, 100, 60'000, false, false, false, false, true, make_fault<node_paused>},
      {"node stands still at a failpoint", target::node, 8, 1'000, 60'000, false, false, false, false, true,
       make_fault<node_paused_at_failpoint>},
      {"node stopped", target::node, 4, 100, 6'000, false, false, false, false, false, make_fault<node_stopped>},
      {"clock jumps", target::clock, 8, 4'000, 15'000, false, true, false, false, false, make_fault<clock_jumped>},
  };
}

std::vector<fault_kind> all_fault_kinds() {
  std::vector<fault_kind> all;
  for (auto kinds : {node_fault_kinds(), link_fault_kinds(), server_fault_kinds(), disk_fault_kinds()})
    for (auto& k : kinds) all.push_back(k);
  return all;
}

} // namespace ropewalk::chaos
