#pragma once
// Tells listeners that their writes are safe, one after the other on a thread of its own, as the journal's thread does
// on a node alone: they may take their time, which nobody who holds a partition's lock has.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "storage/journal_writer.hpp"

namespace ropewalk::actors {

struct released_ack {
  std::unique_ptr<storage::commit_listener> listener;
  std::vector<entry> entries;
  receipt proof;
  std::optional<error> failed;
};

class released_acks {
public:
  released_acks();
  ~released_acks(); // stop()
  released_acks(const released_acks&) = delete;
  released_acks& operator=(const released_acks&) = delete;

  void push(released_ack a); // any thread; after stop() it is told at once
  void stop();               // tells what waits, then ends the thread

private:
  void run();
  static void tell(released_ack& a);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<released_ack> waiting_;
  bool stopping_ = false, asleep_ = false, ended_ = false;
  std::thread thread_;
};

} // namespace ropewalk::actors
