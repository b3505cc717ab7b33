#pragma once
// A decision in the making: the events so far, and the instance as they leave it. The parts of the machine
// are its member functions, one file for each concern.

#include "runtime/workflow/lines.hpp"
#include "runtime/workflow/liveness.hpp"
#include "runtime/workflow/machine.hpp"

namespace ropewalk::workflow {

error refusal(errc code, std::string type, std::string detail, std::string field = {});

class drafting {
public:
  drafting(const entity_key& who, const instance& state, const surroundings& around)
      : who_(who), around_(around), now_(around.now), at_(std::max(state.recorded_at, around.now)), s_(state) {}

  const entity_key& who() const noexcept { return who_; }
  const instance& state() const noexcept { return s_; }
  void emit(event e);
  void send(effect e) { made_.effects.push_back(std::move(e)); }
  decision finish(std::string reply = {}) &&;
  // {"workflow":{…}} as the events leave it.
  decision showing(bool keyed, std::optional<bool> created = std::nullopt) &&;

  // ---- advance.cpp ----
  void advance();
  // Gives an attempt that was recorded to whoever is to do it.
  void begin_attempt(std::uint64_t run);
  void send_out(const run& r, bool first = false); // the effect alone
  // The id of the workflow that an attempt of the run starts. Errors: with the code of a failed attempt as type.
  result<std::string> child_of(const run& r, std::uint32_t attempt) const;

  // ---- attempts.cpp ----
  void accept(std::uint64_t run, const json_value& result, const std::string& by);
  void fail_attempt(std::uint64_t run, run_error why, bool final = false);
  void next_attempt(std::uint64_t run);
  void call_off(std::uint64_t run); // the attempt in a worker's hands, by its effect alone
  void cancel_run(std::uint64_t run);
  void cancel_inside(std::uint64_t run);
  deadlines deadlines_for(const phase& p, const work& w, const deadlines* before) const;

  // ---- closing.cpp ----
  void stop(instance_status how, run_error why);
  void end(instance_status how, run_error why);
  bool undo_next();
  void report_end(); // to its parent and its schedule
  void report_to_scheduler();

  // ---- timers.cpp ----
  void fire_timers(const liveness* alive);
  void recover_outside();
  void ask_children();
  void ask_whether_awaited(); // its parent, if it has one

private:
  bool step();
  void go_on(std::uint64_t line);
  void enter(std::uint64_t line, const phase& p);
  void leave(std::uint64_t line);
  void open_next(std::uint64_t run);
  void gathered(std::uint64_t run);
  json_value gathered_result(const run& r) const;
  void take(const run& r, const buffered_signal& b);
  void begin_parallel(const run& r);
  void begin_map(const run& r);
  void begin_child(const run& r);
  void begin_sleep(const run& r);
  std::optional<run_error> input_error(const run& r) const;
  void give_up(std::uint64_t run, std::string_view code, const std::string& what, bool final);
  bool fire(std::uint64_t run, const liveness* alive);

  const entity_key& who_;
  const surroundings& around_;
  const instant now_; // what timers count from
  const instant at_;  // what is recorded: never before the last event
  instance s_;
  decision made_;
};

} // namespace ropewalk::workflow
