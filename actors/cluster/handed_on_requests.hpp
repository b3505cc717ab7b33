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

#include "actors/outbox.hpp"
#include "runtime/entity_key.hpp"

namespace ropewalk::actors {

class handed_on_requests {
public:
  using clock = std::chrono::steady_clock;

  explicit handed_on_requests(outbox& out) : out_(out) {}

  void note(partition_id p, const std::string& member, std::string reply_to);
  // Anybody but `member` is asked in vain; "" = whoever it was is silent. anew_since: when it was heard to own in
  // another epoch than before; what it was asked until then, it was asked in vain as well. Any thread; not under a
  // partition's lock.
  void owner_is(partition_id p, const std::string& member, std::optional<clock::time_point> anew_since);

private:
  static constexpr std::size_t remembered_max = 65'536; // I10
  static constexpr std::chrono::seconds remembered_for{10};
  struct handed_on {
    clock::time_point at;
    partition_id partition;
    std::string member, reply_to;
  };

  outbox& out_;
  std::mutex mutex_;
  std::deque<handed_on> lately_; // in order of time
};

} // namespace ropewalk::actors
