#pragma once
// Requests that were handed on to other members lately. If another one owns the partition before they can be known to
// be answered, or the same one anew (it was killed and is back within its lease, and knows nothing of them), whoever
// waits is told that the outcome is unknown, so that nobody waits for a member that is gone. Who has his answer already
// gets this one as well, and clients drop answers that they do not wait for.

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actors/request.hpp"
#include "runtime/entity_key.hpp"
#include "runtime/limits.hpp"

namespace ropewalk::actors {

class handed_on_requests {
public:
  using clock = std::chrono::steady_clock;

  // Of its caller. To wait for an instance's end for longer than anything else may take is lengthy.
  enum class patience { brief, lengthy };

  explicit handed_on_requests(outbox& out) : out_(out) {}

  void note(partition_id p, const std::string& member, std::string reply_to, patience how_long = patience::brief);
  // Anybody but `member` is asked in vain; "" = whoever it was is silent. anew_since: when it was heard to own in
  // another epoch than before; what it was asked until then, it was asked in vain as well. Any thread; not under a
  // partition's lock.
  void owner_is(partition_id p, const std::string& member, std::optional<clock::time_point> anew_since);

private:
  struct handed_on {
    clock::time_point at;
    partition_id partition;
    std::string member, reply_to;
  };
  struct remembered {
    std::size_t most; // I10
    clock::duration life;
    std::deque<handed_on> all; // in order of time

    void add(handed_on h);
    void take(partition_id p, const std::string& member, std::optional<clock::time_point> anew_since,
              std::vector<std::string>& in_vain);
  };

  outbox& out_;
  std::mutex mutex_;
  // Whoever has it may hold it for so long, and be missed two leases later.
  remembered brief_{131'072, caller::longest_wait + std::chrono::seconds(15), {}};
  remembered lengthy_{16'384, std::chrono::seconds(limits::result_wait_s), {}};
};

} // namespace ropewalk::actors
