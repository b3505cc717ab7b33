#pragma once
// One attempt of a phase of kind `local`, and its way to the instance.

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "actors/local_function.hpp"
#include "actors/work_replies.hpp"
#include "runtime/workflow/machine.hpp"

namespace ropewalk::actors {

// Where a thread waits for an answer of the instance: one at a time. Outlives every request that it makes.
class local_questions final : public outbox, public request_meter {
public:
  explicit local_questions(request_router& router) : router_(router) {}

  request_router& router() noexcept { return router_; }
  // Blocks until it is answered; every request is.
  result<std::string> ask(const entity_key& instance, workflow::write what);

  status_result reply(const std::string&, std::string_view body) override;
  void refuse(const std::string&, const error& why) override;
  void publish_event(const entity_key&, std::string_view) override {}
  void answered(const transport::verb_spec*, std::size_t, std::chrono::nanoseconds, const error*) override;

private:
  request_router& router_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::optional<result<std::string>> answer_;
  bool done_ = false;
};

class local_attempt {
public:
  using clock = std::chrono::steady_clock;

  // sole: nobody else has or had the run, so that its recorded steps are those of this attempt.
  local_attempt(const entity_key& instance, const workflow::dispatch& d, clock::time_point now, bool sole)
      : instance(instance), what(d), sent(now), sole_(sole) {}

  // Calls the function, whatever it throws.
  workflow::outcome run(const local_function& function, local_questions& questions);

  void heartbeat(std::optional<workflow::json_value> progress);
  workflow::json_value step(std::string_view name, const std::function<workflow::json_value()>& work);

  const entity_key instance;
  const workflow::dispatch what;
  const clock::time_point sent;
  std::stop_source stop; // nobody waits for the result any more

private:
  workflow::json_value ask(workflow::write question);
  bool surely_new(std::string_view step);

  local_questions* questions_ = nullptr;
  const bool sole_;
  std::set<std::string, std::less<>> own_steps_; // of a sole one, whatever came of them
  std::atomic<clock::rep> said_{0};              // when the last sign of life went out
};

} // namespace ropewalk::actors
