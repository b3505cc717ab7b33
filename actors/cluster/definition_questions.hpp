#pragma once
// Definitions that this member does not have, or cannot know to be the newest: asked of whoever owns them, over the wire as a
// client would. What another member has acknowledged a moment ago may not have come here yet.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "actors/cluster/ownership.hpp"
#include "runtime/workflow/definition.hpp"
#include "transport/reply_inbox.hpp"

namespace ropewalk::actors {

// Any thread.
class definition_questions {
public:
  struct told {
    std::uint32_t version = 0;
    std::string document;
  };
  // nullopt: its owner knows of none. An error: nobody could tell, and it may be asked for again.
  using answer = std::function<void(result<std::optional<told>>)>;

  definition_questions(std::string prefix, const ownership& owners) : prefix_(std::move(prefix)), owners_(owners) {}

  status_result open(transport::nats_connection& connection, const std::string& inbox);
  void close(); // what waits is told so

  bool owned_here(const std::string& org, const std::string& name) const;
  void ask(const std::string& org, const std::string& name, std::optional<std::uint32_t> version, answer done);
  void look_for_lost(); // often

private:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds patience{5000};
  static constexpr std::size_t waiting_max = 65'536; // more than a node admits requests (I10)
  struct question {
    answer done;
    clock::time_point asked;
  };

  void answered(std::uint64_t number, const transport::nats_message& m);
  std::optional<answer> take(std::uint64_t number);

  const std::string prefix_;
  const ownership& owners_;
  std::unique_ptr<transport::reply_inbox> inbox_;
  std::mutex mutex_;
  bool closed_ = false;
  std::map<std::uint64_t, question> questions_;
};

} // namespace ropewalk::actors
