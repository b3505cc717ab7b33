#pragma once
// One member's disk: operations are applied in order, each as a whole, and are lost in a crash unless they were synced. What was
// being synced at the crash may have got there, or not.

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "runtime/replication/durable_state.hpp"

namespace ropewalk::sim {

using namespace ropewalk::replication;

struct disk_content {
  replication::standing standing;
  given_promise promised;
  incarnation_map incarnations;
  std::vector<configuration> configurations;
  stream_position position;
  chain_point accepted;
  std::vector<entry_ptr> chain; // index 1 first
  std::vector<entry_ptr> quarantine;
};

struct append_entries {
  std::uint64_t epoch = 0;
  std::vector<entry_ptr> entries;
};
using disk_operation = std::variant<change, append_entries>;

class sim_disk final : public chain_view {
public:
  explicit sim_disk(digest genesis) : genesis_(genesis) { now_.accepted.hash = genesis; }

  std::optional<chain_point> at(std::uint64_t index) const override {
    if (index == 0) return chain_point{0, 0, genesis_};
    if (index > now_.chain.size()) return std::nullopt;
    return point_of(*now_.chain[index - 1]);
  }
  std::vector<entry_ptr> read(std::uint64_t first, std::uint64_t last, std::size_t) const override {
    std::vector<entry_ptr> found; // small pieces, so that catching up takes several
    for (std::uint64_t i = first; i <= last && i <= now_.chain.size() && found.size() < 20; ++i)
      found.push_back(now_.chain[i - 1]);
    return found;
  }

  void apply(const disk_operation& op);
  durable_state load() const;
  void wipe(std::uint64_t incarnation);
  void put_back(disk_content older, std::uint64_t incarnation);
  void relearn(std::uint64_t keep_upto, std::uint64_t incarnation, std::uint64_t alone);
  const disk_content& content() const noexcept { return now_; }
  disk_content& content() noexcept { return now_; }

private:
  digest genesis_;
  disk_content now_;
};

} // namespace ropewalk::sim
