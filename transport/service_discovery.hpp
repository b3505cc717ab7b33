#pragma once
// NATS service discovery (the micro protocol, ADR-32 of the NATS architecture records): standard tools list,
// inspect and count the node's verbs.
//
//   $SRV.PING|INFO|STATS            every service answers
//   $SRV.<verb>.<name>              all of one name
//   $SRV.<verb>.<name>.<id>         one instance

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/instant.hpp"
#include "transport/nats_connection.hpp"
#include "transport/subject.hpp"
#include "transport/verb_counters.hpp"

namespace ropewalk::transport {

struct service_identity {
  std::string id{};      // of this process; [A-Za-z0-9_-]+, unique
  std::string node{};    // the node's name
  std::string version{}; // semantic version
  std::string prefix{default_prefix};
  instant started{};
  std::vector<std::pair<std::string, std::string>> metadata{}; // besides "node"
  // What it serves; the others are not listed.
  std::vector<noun> nouns{noun::thread,   noun::threads,   noun::workflow, noun::workflows,
                          noun::schedule, noun::schedules, noun::node};
  const std::atomic<bool>* serving = nullptr; // told as metadata "serving": "yes" or "no"; null = yes
};
inline constexpr std::string_view service_name = "ropewalk";

// The answer to one discovery subject, or nullopt if another service is meant.
std::optional<std::string> answer_discovery(std::string_view subject, const service_identity& who,
                                            const verb_counters& counters);

// Answers as long as it lives. The connection and the counters must outlive it.
class service_discovery {
public:
  static result<std::unique_ptr<service_discovery>> start(nats_connection& connection, service_identity who,
                                                          const verb_counters& counters);

private:
  service_discovery() = default;
  std::unique_ptr<nats_subscription> subscription_;
};

} // namespace ropewalk::transport
