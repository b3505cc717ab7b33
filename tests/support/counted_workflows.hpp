#pragma once
// Workflows whose phases are counted by the agent that does them, for tests that kill the node under them.
//
//   define_counted(s);
//   counting_agent agent(s);
//   std::thread starter([&] { refused = start_counted(s, 0, 40); });   ...kill the node...
//   for (int i = 0; i < 40; ++i) check_counted(s, agent, i);

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/system_client.hpp"

namespace ropewalk::tests {

// Answers each request with a number of its own: how often it was asked for that run before.
class counting_agent {
public:
  explicit counting_agent(system_client& s);
  using run_key = std::pair<std::string, std::uint64_t>; // workflow, run
  std::map<run_key, std::vector<std::string>> calls() const;

private:
  void serve(const transport::nats_message& m);

  system_client& system_;
  mutable std::mutex mutex_;
  std::map<run_key, std::vector<std::string>> calls_;
  std::unique_ptr<transport::nats_subscription> subscription_;
};

void define_counted(system_client& s);
std::string counted_id(int i);
// Every fourth is to fail in its last phase, and to undo its first.
inline bool counted_fails(int i) { return i % 4 == 0; }

// Asks again, with the same content and key ("" = none), until it is answered. The refusal, or "".
std::string insist(system_client& s, const std::string& workflow, const std::string& verb, const nlohmann::json& body,
                   const std::string& key);
// Starts the instances from first on. The first refusal, or "".
std::string start_counted(system_client& s, int first, int count);
// Waits until the instance is over; REQUIREs it.
answer end_of(system_client& s, const std::string& id);
// It ended as planned, and the recorded result of a run is the last one that was given for it: else it ran again after
// it was recorded.
void check_counted(system_client& s, const counting_agent& agent, int i);

} // namespace ropewalk::tests
