#pragma once
// Phases of kind `thread`: an append over the wire to whichever node has the thread, with an idempotency key that
// belongs to the run: however often it is sent, the message stands there once. The thread is made where it is missing
// and the phase says so.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "actors/work_replies.hpp"
#include "runtime/workflow/machine.hpp"
#include "transport/reply_inbox.hpp"

namespace ropewalk::actors {

class thread_work {
public:
  thread_work(request_router& router, std::string prefix) : router_(router), prefix_(std::move(prefix)) {}

  status_result open(transport::nats_connection& connection, const std::string& inbox);
  void close();

  void post(const entity_key& instance, const workflow::post_to_thread& p);
  // What was not answered in time is sent again by the instance. Every second or so.
  void look_for_lost();

  static constexpr auto patience = std::chrono::seconds(10);

private:
  enum class stage : std::uint8_t { append, create, append_again };
  struct question {
    work_place place;
    workflow::post_to_thread what;
    stage at = stage::append;
    std::chrono::steady_clock::time_point asked;
  };

  void ask(question q);
  void answered(std::uint64_t number, transport::nats_message m);
  void failed(question q, const error& why);

  request_router& router_;
  const std::string prefix_;
  std::unique_ptr<transport::reply_inbox> inbox_;
  std::mutex mutex_;
  std::map<std::uint64_t, question> questions_; // bounded by the active instances and their runs
};

} // namespace ropewalk::actors
