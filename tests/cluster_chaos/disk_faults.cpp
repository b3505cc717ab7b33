// One node's disk: full, failing, corrupted, wiped, or put back from an older backup.

#include "tests/cluster_chaos/faults.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>

#include "storage/journal_reader.hpp"
#include "tests/support/eventually.hpp"

namespace ropewalk::chaos {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class disk_fault : public fault {
public:
  disk_fault(chaos_cluster& c, int which, std::uint64_t random) : fault(c), node(which), draw(random) {}

protected:
  void start_again() {
    if (!cluster.node(node).running()) cluster.start(node);
  }
  std::string journal() const { return cluster.data(node) + "/journal.db"; }
  void wipe() {
    cluster.kill(node);
    fs::remove_all(cluster.data(node));
  }
  std::uint64_t last_position() const {
    auto reader = storage::journal_reader::open(journal());
    const auto last = reader ? reader->last_position() : result<std::uint64_t>(reader.error());
    return last ? *last : 0;
  }
  const int node;
  const std::uint64_t draw;
};

class disk_full : public disk_fault {
public:
  using disk_fault::disk_fault;
  void begin() override {
    before_ = cluster.disk(node).faults.load();
    cluster.disk(node).fill_disk(static_cast<std::int64_t>(1 + draw % 20));
  }
  void end() override {
    cluster.disk(node).mend();
    const auto refused = cluster.disk(node).faults.load() - before_;
    if (refused > 0) happened(std::to_string(refused) + " writes refused");
    start_again();
  }

private:
  std::int64_t before_ = 0;
};

// A write or an fsync fails: the node is to stop by itself.
class disk_fails : public disk_fault {
public:
  using disk_fault::disk_fault;
  void begin() override {
    before_ = cluster.disk(node).faults.load();
    cluster.disk(node).which.store(tests::fault_plan::journal);
    if (draw & 1) cluster.disk(node).fail_sync(static_cast<std::int64_t>(1 + draw / 2 % 20));
    else cluster.disk(node).fail_write(static_cast<std::int64_t>(1 + draw / 2 % 20));
  }
  void end() override {
    const auto failed = cluster.disk(node).faults.load() - before_;
    int code = -1;
    if (failed > 0) code = cluster.node(node).wait(30s);
    cluster.disk(node).mend();
    cluster.disk(node).which.store(tests::fault_plan::any_file);
    if (failed > 0 && code > 0 && code < 128)
      happened(std::to_string(failed) + " calls failed, ended with code " + std::to_string(code));
    start_again();
  }

private:
  std::int64_t before_ = 0;
};

class node_wiped : public disk_fault {
public:
  using disk_fault::disk_fault;
  void begin() override {
    const bool had = fs::exists(journal());
    wipe();
    if (had && !fs::exists(journal())) happened("the directory is gone");
  }
  void end() override { start_again(); }
};

// A copy of its directory is put back, as an operator does it: without the file `incarnation` (docs/ARCHITECTURE.md).
class older_backup : public disk_fault {
public:
  using disk_fault::disk_fault;
  void begin() override {
    cluster.kill(node);
    fs::copy(cluster.data(node), copy_ / "data", fs::copy_options::recursive);
    had_ = last_position();
    cluster.start(node);
  }
  void end() override {
    cluster.kill(node);
    const auto has = last_position();
    wipe();
    fs::copy(copy_ / "data", cluster.data(node), fs::copy_options::recursive);
    fs::remove(cluster.data(node) + "/incarnation");
    if (has > had_ && last_position() == had_)
      happened("position " + std::to_string(has) + ", then " + std::to_string(had_));
    cluster.start(node);
  }

private:
  tests::scratch_directory copy_;
  std::uint64_t had_ = 0;
};

// Bytes of the journal are changed behind a node that was killed. If it does not notice by itself what is wrong, `verify` does, and
// an operator wipes it.
class disk_corrupted : public disk_fault {
public:
  using disk_fault::disk_fault;
  void begin() override {
    cluster.kill(node);
    const std::string file = journal() + (draw & 1 ? "-wal" : "");
    std::error_code missing;
    const auto size = fs::file_size(file, missing);
    constexpr std::uintmax_t page = 4096, damage = 64;
    if (!missing && size > 3 * page) {
      const auto at = page + draw / 2 % (size - 2 * page);
      std::fstream io(file, std::ios::in | std::ios::out | std::ios::binary);
      std::string bytes(damage, '\0');
      io.seekg(static_cast<std::streamoff>(at)).read(bytes.data(), damage);
      for (char& b : bytes) b = static_cast<char>(b ^ 0x5a);
      io.seekp(static_cast<std::streamoff>(at)).write(bytes.data(), damage).flush();
      if (io) happened(std::to_string(damage) + " bytes of " + fs::path(file).filename().string() + " changed");
    }
    cluster.start(node);
  }
  void end() override {
    if (!cluster.node(node).running() || !verifies()) wipe();
    start_again();
  }

private:
  bool verifies() {
    cluster.kill(node);
    auto reader = storage::journal_reader::open(journal());
    if (!reader) return false;
    const auto report = reader->verify_chain();
    return report && !report->first_bad;
  }
};

} // namespace

std::vector<fault_kind> disk_fault_kinds() {
  //  name, hits, weight, shortest_ms, longest_ms, servers, clocks, log data, disk, holds back
  return {
      {"disk full", target::disk, 6, 1'500, 10'000, false, false, false, false, true, make_fault<disk_full>},
      {"disk fails", target::disk, 6, 1'500, 6'000, false, false, false, false, false, make_fault<disk_fails>},
      {"node wiped", target::disk, 5, 100, 4'000, false, false, false, true, false, make_fault<node_wiped>},
      {"older backup of a node put back", target::disk, 5, 4'000, 12'000, false, false, false, true, false,
       make_fault<older_backup>},
      {"journal corrupted", target::disk, 5, 2'000, 8'000, false, false, false, true, true, make_fault<disk_corrupted>},
  };
}

} // namespace ropewalk::chaos
