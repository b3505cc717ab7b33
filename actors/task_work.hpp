#pragma once
// Phases of kind `task`: messages in a JetStream work queue, which workers of any language pull. The stream is made
// where it is missing; one that an operator made otherwise is used as it is.
//
//   stream "<PREFIX>_TASKS" of subjects <prefix>.v1.*.task.*, work-queue retention, file storage
//
// A message carries an id of its attempt, so that one that is sent again (a restart, a lost acknowledgement) stands in
// the queue once. The worker completes the run with a request; JetStream hands the message to another one if the first
// falls silent before.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "actors/work_replies.hpp"
#include "runtime/workflow/machine.hpp"
#include "transport/reply_inbox.hpp"

namespace ropewalk::actors {

class task_work {
public:
  // stream_replicas: servers of NATS that hold the queue, once it is made.
  task_work(request_router& router, std::string prefix, std::string cluster, int stream_replicas);

  status_result open(transport::nats_connection& connection, const std::string& inbox);
  void close();

  void send(const entity_key& instance, const workflow::dispatch& d, const std::string& token);
  // Takes the message out of the queue, if no worker has it.
  void call_off(const entity_key& instance, std::uint64_t run);
  void connection_came_back();

  const std::string& stream() const noexcept { return stream_; }

private:
  using place = std::pair<entity_key, std::uint64_t>; // instance, run
  struct queued {
    std::uint32_t attempt = 0;
    std::uint64_t sequence = 0; // in the stream; 0 = not acknowledged yet
  };

  void make_stream();
  void answered(std::uint64_t number, transport::nats_message m);

  request_router& router_;
  const std::string prefix_, cluster_, stream_;
  const int stream_replicas_;
  std::unique_ptr<transport::reply_inbox> inbox_;
  std::mutex mutex_;
  std::map<std::uint64_t, work_place> unacknowledged_;
  std::map<place, queued> queued_; // both bounded by the active instances and their runs
};

} // namespace ropewalk::actors
