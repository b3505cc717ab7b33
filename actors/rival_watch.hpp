#pragma once
// Two nodes with journals of their own behind one prefix would share a queue group, and every thread would be
// split between them at random. So a node makes itself known first, then looks for others: of two that start together
// at least the later one to look sees the other. It serves if it sees nobody. It gives way to a node that serves, and to
// one that started earlier and is about to. One that started later will give way itself, unless it looked before this
// node was known; so this one looks again until that one is gone, or serves. A node that serves never stops for another
// one; it says so.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "runtime/result.hpp"
#include "transport/nats_connection.hpp"
#include "transport/service_query.hpp"

namespace ropewalk::actors {

class rival_watch {
public:
  // of_cluster: others with this one's cluster id are its fellows, unless they have its name.
  rival_watch(transport::nats_connection& connection, transport::found_node self, bool of_cluster = false)
      : connection_(connection), self_(std::move(self)), of_cluster_(of_cluster) {}
  ~rival_watch(); // stop(), and waits for the thread: for one answer at most, and not beyond the connection's close()
  rival_watch(const rival_watch&) = delete;
  rival_watch& operator=(const rival_watch&) = delete;

  // conflict "another_node" if one serves the prefix, or started before this one and is about to, or started later and
  // has not decided within ten seconds.
  // ok as well when it is told to stop meanwhile.
  status_result may_serve(const std::atomic<bool>& stop);
  // While serving, called once after may_serve(): others are looked for and reported, a while after the beginning, for
  // those whose answers took longer than a start waits, and after each reconnect. On a thread of its own: a look may
  // take seconds.
  void keep_looking();
  // No look begins any more, and one that is under way reports nothing. Does not wait for it.
  void stop();

private:
  static constexpr std::chrono::milliseconds patience{150}; // a start after a crash waits for it
  static constexpr std::chrono::milliseconds late_patience{300}, between_looks{600};
  static constexpr std::chrono::milliseconds look_every{50}; // at the connection, whether there is reason to ask
  static constexpr std::chrono::seconds late_look_after{2}, health_patience{2};
  static constexpr int most_looks = 14; // a node that waited for its server needs 6 s to decide
  std::vector<transport::found_node> others(std::chrono::milliseconds wait);
  bool answers(const transport::found_node& other);
  error refusal(const transport::found_node& other) const;
  bool stopped(std::chrono::milliseconds wait = {});
  void look_if_there_is_reason();

  transport::nats_connection& connection_;
  const transport::found_node self_;
  const bool of_cluster_;
  std::uint64_t reconnects_ = 0; // at the last look; both are the thread's once it is there
  std::optional<std::chrono::steady_clock::time_point> late_look_;
  std::mutex mutex_; // of stopping_
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread looking_;
};

} // namespace ropewalk::actors
