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

// Dies by itself at a place of the code that has a name, the nth time that it comes there.
class node_dies_at_failpoint : public node_fault {
public:
  using node_fault::node_fault;
  void begin() override {
    static constexpr const char* places[] = {
        "journal.before_commit", "journal.after_commit",   "views.before_commit",   "views.after_commit",
        "workflow.decided",      "workflow.before_effect", "workflow.after_effects", "workflow.completed",
        "workflow.checkpoint",   "entity.loaded"};
    point_ = std::string(places[draw % std::size(places)]) + "=kill@" + std::to_string(1 + draw / 16 % 40);
    armed_ = cluster.ask_node(node, "fault", {{"points", point_}}).code == 200;
  }
  void end() override {
    if (armed_ && cluster.node(node).wait(0ms) == killed) happened("died at " + point_);
    else if (armed_) cluster.ask_node(node, "fault", {{"points", ""}});
    start_again();
  }

private:
  std::string point_;
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

class node_paused : public node_fault {
public:
  using node_fault::node_fault;
  void begin() override {
    cluster.node(node).signal(SIGSTOP);
    tests::eventually([&] { return stands_still(); }, 2s);
    if (stands_still()) happened("in state T");
  }
  void end() override { cluster.node(node).signal(SIGCONT); }

private:
  bool stands_still() {
    const std::string stat = tests::read_file("/proc/" + std::to_string(cluster.node(node).pid()) + "/stat");
    const auto after_name = stat.rfind(") ");
    return after_name != stat.npos && stat.compare(after_name + 2, 1, "T") == 0;
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
