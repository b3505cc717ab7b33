#pragma once
// A node that runs on a thread of its own, so that the main thread is free for signals and children.

#include <atomic>
#include <string>
#include <thread>

#include "actors/node.hpp"

namespace ropewalk::cli {

class node_thread {
public:
  explicit node_thread(actors::node_settings settings);
  ~node_thread(); // stop() and wait
  node_thread(const node_thread&) = delete;
  node_thread& operator=(const node_thread&) = delete;

  bool serving() const noexcept { return serving_.load(); }
  bool ended() const noexcept { return ended_.load(); }
  void stop() noexcept { control_.stop.store(true); }
  void reload() noexcept { control_.reload.store(true); } // the keyring

  // After ended(), or to wait for it.
  actors::node_end join();
  const error& why() const noexcept { return why_; } // after join()

private:
  actors::node_settings settings_;
  actors::node_control control_;
  std::atomic<bool> serving_{false}, ended_{false};
  actors::node_end end_ = actors::node_end::failed_start;
  error why_;
  std::thread thread_;
};

} // namespace ropewalk::cli
