#pragma once
// Threads a user may have (active and suspended). The count comes from the views; creations that are under
// way are counted here, so that many at once cannot pass together.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "runtime/result.hpp"

namespace ropewalk::actors {

class thread_quota {
public:
  // Counts a user's threads once the views have reached min_position.
  using counter =
      std::function<void(const std::string& org, const std::string& user, std::function<void(result<std::uint64_t>)>)>;

  thread_quota(std::uint64_t per_user, counter count) : per_user_(per_user), count_(std::move(count)) {}

  // done(ok) reserves one place until the returned slip is dropped; drop it when the creation is in the
  // views' future: after its commit. Any thread.
  class slip {
  public:
    slip(thread_quota& quota, std::pair<std::string, std::string> who) : quota_(quota), who_(std::move(who)) {}
    ~slip() { quota_.release(who_); }
    slip(const slip&) = delete;
    slip& operator=(const slip&) = delete;

  private:
    thread_quota& quota_;
    std::pair<std::string, std::string> who_;
  };
  void reserve(const std::string& org, const std::string& user,
               std::function<void(result<std::shared_ptr<slip>>)> done);

private:
  using user_key = std::pair<std::string, std::string>;
  struct asked {
    user_key who;
    std::function<void(result<std::shared_ptr<slip>>)> done;
  };
  void judge(asked a);
  // A creation that is committed may be counted twice for a moment, by the views and by its slip. So whoever
  // seems to be over the limit beside others waits until they are done, and is judged again.
  void park(asked a);
  void release(const user_key& who);

  const std::uint64_t per_user_; // 0 = unlimited
  const counter count_;
  std::mutex mutex_;
  std::map<user_key, std::uint64_t> under_way_;
  std::map<user_key, std::vector<asked>> parked_; // bounded by the node's admission of requests
};

} // namespace ropewalk::actors
