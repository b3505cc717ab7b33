#pragma once
// Requests that were handed on to other members lately. If another one owns the partition before they can be known to be
// answered, whoever waits is told that the outcome is unknown, so that nobody waits for a member that is gone. Who has his answer
// already gets this one as well, and clients drop answers that they do not wait for.

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

#include "actors/outbox.hpp"
#include "runtime/entity_key.hpp"

namespace ropewalk::actors {

class handed_on_requests {
public:
  explicit handed_on_requests(outbox& out) : out_(out) {}

  void note(partition_id p, const std::string& member, std::string reply_to);
  // Anybody but `member` is asked in vain; "" = whoever it was is silent. Any thread; not under a partition's lock.
  void owner_is(partition_id p, const std::string& member);

private:
  using clock = std::chrono::steady_clock;
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
