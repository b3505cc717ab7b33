#pragma once
// Workflows that are started at a slow rate while things break, and an agent that does their phases and notes each call.
//
//   workflow_load load(url, "r1", 2);   // two a second
//   load.finish(); load.wait(120s);
//   auto wrong = load.check(120s, strict);

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/cluster_chaos/thread_load.hpp"

namespace ropewalk::chaos {

class workflow_load {
public:
  workflow_load(const std::string& url, const std::string& name, int per_second);
  ~workflow_load();
  workflow_load(const workflow_load&) = delete;
  workflow_load& operator=(const workflow_load&) = delete;

  void finish() { finishing_ = true; }
  bool wait(std::chrono::seconds patience);
  // Waits until each started instance is over, and says what is wrong: one that did not end as it must, a run that was
  // recorded twice, a result that nobody gave, a message that is not in its thread once. strict: no call of a run came after
  // the one whose result is recorded, which holds where no message and no process was held back.
  std::vector<std::string> check(std::chrono::seconds patience, bool strict);
  std::size_t started() const { return started_.load(); }
  std::size_t calls() const;

private:
  using run_key = std::pair<std::string, std::uint64_t>;
  void run();
  void serve(const transport::nats_message& m);
  std::vector<std::string> check_one(const std::string& id, bool strict);

  const std::string name_;
  const int per_second_;
  load_client client_, agent_;
  std::atomic<bool> finishing_{false}, given_up_{false}, ended_{false};
  std::atomic<std::size_t> started_{0};
  std::vector<std::string> refusals_;
  mutable std::mutex mutex_;
  std::map<run_key, int> calls_;
  std::unique_ptr<transport::nats_subscription> subscription_;
  std::thread thread_;
};

// Once a cluster; throws std::runtime_error.
void define_chaos_workflows(const std::string& url);

} // namespace ropewalk::chaos
