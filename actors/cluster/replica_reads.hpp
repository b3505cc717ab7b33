#pragma once
// Reads that any member may answer (headers Rw-Read, Rw-Min-Position): from what is applied on its own disk, with its position and
// its age beside the answer:
//
//   "read_at":{"member":"n2","position":"3:17","age_ms":120}
//
// position: the answer shows nothing that is later, so that a next read which names it as its minimal position never goes back
// behind this one, wherever it is answered. age_ms: how long ago the member last knew, before it read, that it held all that the
// owner had; null: not since its start.
//
// Only what the cluster has accepted is shown: a member that still has entries of its own beyond that, or has not learned yet
// what there was, answers nothing. It looks after it has read as well: what it was when it began to read may be over. What is
// not known here, or does not come within a second, is asked of the owner.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actors/cluster/cluster_member.hpp"
#include "actors/request.hpp"
#include "transport/request_decoder.hpp"

namespace ropewalk::storage {
class view_readers;
}

namespace ropewalk::actors {

class entity_storage;

class replica_reads {
public:
  // One read, with the one who waits for it.
  struct asked {
    transport::decoded_request what;
    caller from;
    // Instead of an answer from here: asks the owner, who is this node perhaps. Any thread.
    std::function<void(transport::decoded_request, caller)> owner;
  };

  replica_reads(cluster_member& member, const storage::journal_writer& writer, storage::view_readers& views,
                entity_storage& stored, zone_files& zones);
  replica_reads(const replica_reads&) = delete;
  replica_reads& operator=(const replica_reads&) = delete;

  // Whether what it asks can be told by others than the owner.
  static bool answers(const transport::decoded_request& what);
  // Of one entity whose partition another member owns.
  void ask(asked a);
  // Of this node's own partition, or across partitions: then() runs once the positions that were asked for are reached here;
  // what the answer has to be told with is in the caller. Refuses: unavailable "position_not_reached".
  void reach(transport::decoded_request what, caller from,
             std::function<void(transport::decoded_request, caller)> then);

  // Something was written to the disk, or time has passed. Any thread but one that holds a partition's lock.
  void look();
  void close(); // refuses what waits, and what comes

private:
  using clock = std::chrono::steady_clock;
  static constexpr std::size_t waiting_max = 4096; // I10
  static constexpr std::chrono::milliseconds look_every{2};
  static constexpr std::chrono::milliseconds patience{
      1000}; // an owner answers sooner than a replica that is further behind
  struct waiting {
    asked a;
    bool of_owner = false; // or across partitions: a.owner goes on here
    clock::time_point until;
  };

  template <class StandOf>
  static bool reached(const waiting& w, StandOf stand_of);
  void take(waiting w);
  void go_on(waiting w);
  void give_up(waiting w) const;
  void answer(asked a);
  // Made before the read; what it returns is asked for after it.
  std::function<std::string()> read_at(const transport::decoded_request& what) const;

  cluster_member& member_;
  const storage::journal_writer& writer_;
  storage::view_readers& views_;
  entity_storage& stored_;
  zone_files& zones_;
  std::atomic<bool> any_{false};
  std::atomic<clock::time_point> next_look_{};
  std::mutex mutex_;
  bool closed_ = false;
  std::vector<waiting> waiting_;
};

} // namespace ropewalk::actors
