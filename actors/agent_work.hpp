#pragma once
// Phases of kind `agent`: a request to a subject, whose replies are the result or signs of life. Nobody there: the
// instance is told, and sends it again after a pause. When the connection was lost and came back, replies may have been
// lost with it: what is under way is sent again.
//
// A question that is over (answered, given up for a later attempt, lost with a connection) is remembered for a while: a
// late or a second answer is told to the instance once more, which takes it or lists it.

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "actors/work_replies.hpp"
#include "runtime/workflow/machine.hpp"
#include "transport/reply_inbox.hpp"

namespace ropewalk::actors {

class agent_work {
public:
  agent_work(request_router& router, std::string prefix) : router_(router), prefix_(std::move(prefix)) {}

  // inbox: the beginning of a subject that nobody else has. at_once: of nats_options::send_at_once; what hardly any other
  // accompanies is asked by it, for to wake a thread that sends it may take longer than the commit before it.
  status_result open(transport::nats_connection& gathering, transport::nats_connection& at_once,
                     const std::string& inbox);
  void close();

  void send(const entity_key& instance, const workflow::dispatch& d, const std::string& token);
  void forget(const entity_key& instance, std::uint64_t run);
  void connection_came_back();
  std::size_t under_way() const;

private:
  using place = std::pair<entity_key, std::uint64_t>; // instance, run

  transport::reply_inbox& inbox_for(std::size_t under_way);
  void answered(std::uint64_t number, transport::nats_message m);
  std::optional<work_place> take(std::uint64_t number);
  std::optional<work_place> take_over(std::uint64_t number);
  void remember(std::uint64_t number, work_place q); // with the lock held

  request_router& router_;
  const std::string prefix_;
  // Each with an inbox of its own: a server tells only the connection that asked that nobody is there.
  std::unique_ptr<transport::reply_inbox> gathering_, at_once_;
  std::atomic<std::uint64_t> next_number_{1}; // of both
  mutable std::mutex mutex_;
  std::map<std::uint64_t, work_place> questions_; // bounded by the active instances and their runs
  std::map<place, std::uint64_t> numbers_;
  std::map<std::uint64_t, work_place> over_; // the newest limits::agent_questions_remembered
  std::deque<std::uint64_t> over_in_order_;
};

} // namespace ropewalk::actors
