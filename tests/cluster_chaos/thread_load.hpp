#pragma once
// Clients that append to threads, edit each thread's first message, and read, at a limited rate; every write has a key of its
// own and is asked for again until it is acknowledged.
//
//   thread_load load(url, "r1", {.writers = 12, .threads = 6, .per_second = 150}, seed);
//   ...
//   load.finish();          // no new writes; those under way are asked until they are done
//   if (!load.wait(120s)) ... not live
//   check(load.take());

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/cluster_chaos/history.hpp"
#include "tests/support/system_client.hpp"

namespace ropewalk::chaos {

class load_client : public tests::system_client {
public:
  explicit load_client(const std::string& url) { connect(url); }
};

struct load_shape {
  int writers = 12;
  int threads = 6;
  int per_second = 150; // of all writers
  std::string prefix = "rw";
};

class thread_load {
public:
  // Creates the threads <name>-0, <name>-1, ... with their first message; throws std::runtime_error if that is not possible.
  thread_load(const std::string& url, const std::string& name, load_shape shape, std::uint64_t seed);
  ~thread_load();
  thread_load(const thread_load&) = delete;
  thread_load& operator=(const thread_load&) = delete;

  void finish() { finishing_ = true; }
  bool wait(std::chrono::seconds patience); // false: some writes are not answered; they are given up
  history take();                           // after wait()
  std::vector<std::string> threads() const;
  std::size_t acknowledged() const { return acknowledged_.load(); }
  // Corrupt bytes of a disk may be answered as such, until the node has stopped over it.
  void expect_corruption() { corruption_expected_ = true; }

private:
  struct writer;
  void run(writer& w);
  bool write(writer& w, bool is_edit);
  void read(writer& w);
  std::string thread_name(int t) const { return name_ + "-" + std::to_string(t); }

  const std::string url_, name_;
  const load_shape shape_;
  std::atomic<bool> finishing_{false}, given_up_{false}, corruption_expected_{false};
  std::atomic<std::size_t> acknowledged_{0};
  std::atomic<int> running_{0};
  std::vector<std::unique_ptr<load_client>> clients_;
  std::vector<std::unique_ptr<writer>> writers_;
};

} // namespace ropewalk::chaos
