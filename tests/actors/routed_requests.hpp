#pragma once
// Stands where the partitions are, and keeps what carriers of work tell instances.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "actors/system_surroundings.hpp"
#include "actors/work_replies.hpp"
#include "runtime/workflow/machine.hpp"
#include "tests/support/eventually.hpp"

namespace ropewalk::tests {

class routed_requests final : public actors::request_router {
public:
  void route(actors::request_ptr r) override {
    const std::scoped_lock lock(mutex_);
    kept_.push_back(std::move(r));
    came_.notify_all();
  }

  // The first one of that kind for which is(it), which is taken out; fails the test if none comes.
  template <class Command, class Is>
  Command wait(Is is) {
    std::unique_lock lock(mutex_);
    std::optional<Command> found;
    const bool came =
        came_.wait_for(lock, std::chrono::seconds(30), [&] { return (found = take<Command>(is)).has_value(); });
    REQUIRE(came);
    return *std::move(found);
  }
  workflow::complete completed(std::uint64_t run) {
    return wait<workflow::complete>([run](const auto& c) { return c.run == run; });
  }
  template <class Command>
  std::size_t count() {
    const std::scoped_lock lock(mutex_);
    std::size_t n = 0;
    for (const auto& r : kept_) n += find<Command>(*r) != nullptr;
    return n;
  }

private:
  template <class Command>
  static const Command* find(const actors::request& r) {
    const auto& c = std::get<workflow::command>(r.what);
    if constexpr (std::is_same_v<Command, workflow::dispatch_refused>) return std::get_if<Command>(&c);
    else {
      const auto* w = std::get_if<workflow::write>(&c);
      return w ? std::get_if<Command>(w) : nullptr;
    }
  }
  template <class Command, class Is>
  std::optional<Command> take(const Is& is) {
    for (auto at = kept_.begin(); at != kept_.end(); ++at) {
      const Command* c = find<Command>(**at);
      if (!c || !is(*c)) continue;
      std::optional<Command> out = *c;
      kept_.erase(at);
      return out;
    }
    return std::nullopt;
  }

  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<actors::request_ptr> kept_;
};

inline workflow::dispatch dispatch_of(workflow::phase_kind kind, std::string target, std::uint64_t run,
                                      workflow::json_value input = workflow::json_value::object()) {
  workflow::dispatch d;
  d.kind = kind;
  d.run = run;
  d.phase = "build";
  d.target = std::move(target);
  d.input = std::make_shared<const workflow::json_value>(std::move(input));
  return d;
}

inline const entity_key some_instance{"acme", entity_kind::workflow, "order-7"};

inline const workflow::json_value& result_of(const workflow::complete& c) {
  if (const auto* f = std::get_if<workflow::failure>(&c.what)) FAIL(f->what.code << ": " << f->what.message);
  return std::get<workflow::json_value>(c.what);
}
inline const workflow::failure& failure_of(const workflow::complete& c) {
  REQUIRE(std::holds_alternative<workflow::failure>(c.what));
  return std::get<workflow::failure>(c.what);
}

} // namespace ropewalk::tests
