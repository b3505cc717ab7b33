// Servers of NATS that die, stop, stand still, lose their data or get older data back.

#include "tests/cluster_chaos/faults.hpp"

#include <csignal>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include "tests/support/eventually.hpp"
#include "tests/support/full_account.hpp"

namespace ropewalk::chaos {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

std::uintmax_t bytes_below(const fs::path& folder) {
  std::uintmax_t all = 0;
  std::error_code gone;
  for (auto at = fs::recursive_directory_iterator(folder, gone); !gone && at != fs::recursive_directory_iterator();
       at.increment(gone))
    if (at->is_regular_file(gone)) all += at->file_size(gone);
  return all;
}

class server_fault : public fault {
public:
  server_fault(chaos_cluster& c, int which, std::uint64_t random)
      : fault(c), servers(c.nats().servers()), server(which), draw(random) {}
  void end() override { servers.start_all(); }

protected:
  void kill_one() {
    if (!servers[server].running()) return;
    servers[server].kill();
    happened("killed");
  }
  tests::nats_servers& servers;
  const int server;
  const std::uint64_t draw;
};

class server_killed : public server_fault {
public:
  using server_fault::server_fault;
  void begin() override { kill_one(); }
};

class server_stopped : public server_fault {
public:
  using server_fault::server_fault;
  void begin() override {
    if (!servers[server].running()) return;
    servers[server].stop();
    if (!servers[server].running()) happened("ended by SIGTERM");
  }
};

class server_paused : public server_fault {
public:
  using server_fault::server_fault;
  void begin() override {
    const pid_t pid = servers[server].pid();
    servers[server].pause();
    const auto stands_still = [&] {
      return tests::read_file("/proc/" + std::to_string(pid) + "/stat").find(") T ") != std::string::npos;
    };
    if (tests::eventually(stands_still, 2s)) happened("in state T");
  }
  void end() override { servers[server].go_on(); }
};

class server_wiped : public server_fault {
public:
  using server_fault::server_fault;
  void begin() override {
    servers[server].kill();
    const auto had = bytes_below(servers[server].store());
    fs::remove_all(servers[server].store());
    if (had > 0 && !fs::exists(servers[server].store())) happened(std::to_string(had) + " bytes gone");
  }
};

class all_servers_killed : public server_fault {
public:
  using server_fault::server_fault;
  void begin() override {
    servers.kill_all();
    happened("killed " + std::to_string(servers.count()));
  }
};

class all_servers_wiped : public server_fault {
public:
  using server_fault::server_fault;
  void begin() override {
    servers.kill_all();
    std::uintmax_t had = 0, has = 0;
    for (int i = 0; i < servers.count(); ++i) had += bytes_below(servers[i].store());
    servers.wipe_stores();
    for (int i = 0; i < servers.count(); ++i) has += bytes_below(servers[i].store());
    if (had > 0 && has == 0) happened(std::to_string(had) + " bytes gone");
  }
};

// Copied while nothing runs, and put back later: of all servers, or of one.
class older_store : public server_fault {
public:
  using server_fault::server_fault;
  void begin() override {
    servers.kill_all();
    if (one()) copy(servers[server].store(), copies_ / "one");
    else servers.copy_stores();
    servers.start_all();
    copied_ = total();
  }
  void end() override {
    servers.kill_all();
    const auto had = total();
    if (one()) copy(copies_ / "one", servers[server].store());
    else servers.put_back_stores();
    if (had != total()) happened(std::to_string(had) + " bytes, then " + std::to_string(total()));
    servers.start_all();
  }

private:
  bool one() const { return servers.count() > 1 && draw % 2 == 0; }
  static void copy(const fs::path& from, const fs::path& to) {
    fs::remove_all(to);
    if (fs::exists(from)) fs::copy(from, to, fs::copy_options::recursive);
  }
  std::uintmax_t total() const {
    std::uintmax_t all = 0;
    for (int i = 0; i < servers.count(); ++i) all += bytes_below(servers[i].store());
    return all;
  }
  tests::scratch_directory copies_;
  std::uintmax_t copied_ = 0;
};

// No stream takes another record, until there is room again.
class account_full : public server_fault {
public:
  using server_fault::server_fault;
  void begin() override {
    try {
      full_.emplace(servers);
      happened("the server takes nothing more");
    } catch (const std::runtime_error&) { // JetStream does not answer, as while it elects
    }
  }
  void end() override {
    if (full_ && !tests::eventually([&] { return full_->make_room(); }, 60s))
      throw std::runtime_error("the account that was filled cannot be emptied");
    full_.reset();
  }

private:
  std::optional<tests::full_account> full_;
};

} // namespace

std::vector<fault_kind> server_fault_kinds() {
  //  name, hits, weight, shortest_ms, longest_ms, servers, clocks, log data, disk, holds back
  return {
      {"NATS server killed", target::server, 8, 100, 6'000, false, false, false, false, true,
       make_fault<server_killed>},
      {"NATS server stopped", target::server, 3, 100, 6'000, false, false, false, false, true,
       make_fault<server_stopped>},
      {"NATS server stands still", target::server, 6, 100, 15'000, false, false, false, false, true,
       make_fault<server_paused>},
      {"NATS server wiped", target::server, 6, 100, 4'000, false, false, true, false, true, make_fault<server_wiped>},
      {"all of NATS killed", target::all_servers, 4, 100, 5'000, false, false, false, false, true,
       make_fault<all_servers_killed>},
      {"all of NATS wiped", target::all_servers, 5, 100, 4'000, false, false, true, false, true,
       make_fault<all_servers_wiped>},
      {"older NATS store put back", target::all_servers, 5, 2'500, 8'000, false, false, true, false, true,
       make_fault<older_store>},
      {"NATS account full", target::all_servers, 4, 500, 10'000, false, false, false, false, true,
       make_fault<account_full>},
  };
}

} // namespace ropewalk::chaos
