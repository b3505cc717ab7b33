#pragma once
// Functions of a program that embeds the runtime: they do the phases of kind `local`. See docs/embedding.md.
//
//   node_control control;
//   control.functions["design"] = [](const local_call& call) -> workflow::outcome {
//     const auto draft = call.step("draft", [&] { return write_draft(call.input); }); // done once, whatever dies
//     call.progress({{"pages", 3}});
//     return workflow::json_value{{"design", draft}};
//   };
//   run_node(settings, control);
//
// A function runs on one of the node's `local_threads` threads. It is called again for the same run after a failure, a
// time-out and a restart of the node, and where its answer was lost with a crash: what must not be done twice stands in
// a step.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>

#include "runtime/instant.hpp"
#include "runtime/workflow/commands.hpp"

namespace ropewalk::actors {

// An error of the attempt, thrown by a function instead of being returned, and by step(). Any other exception is one
// of code "exception".
class local_failure : public std::runtime_error {
public:
  local_failure(std::string code, const std::string& message, bool final = false)
      : std::runtime_error(message), code_(std::move(code)), final_(final) {}
  const std::string& code() const noexcept { return code_; }
  bool final() const noexcept { return final_; } // no further attempt

private:
  std::string code_;
  bool final_;
};

class local_attempt;

// One attempt of one run, as its function sees it. Good until the function returns, on its thread; heartbeat(),
// progress() and stopping() on any thread.
class local_call {
public:
  const std::string& org;
  const std::string& workflow; // id of the instance
  const std::string& phase;
  const std::string& function; // the name it is registered with
  const std::uint64_t run;
  const std::uint32_t attempt; // 1, 2, …
  const bool compensation;     // it is to undo what the phase did
  const workflow::json_value& input;
  const std::optional<instant> deadline; // of the attempt, as the instance gave it

  // A sign of life: puts off the phase's heartbeat time-out. At most ten a second go out, others are dropped.
  void heartbeat() const;
  // The same, with something that people see: at most 16 KiB.
  void progress(const workflow::json_value& what) const;

  // The run was cancelled, its time is over, or the node stops: nobody waits for the result any more. A function that
  // takes long has to look, or the node waits for it when it stops.
  bool cancelled() const noexcept { return stopping().stop_requested(); }
  std::stop_token stopping() const noexcept;

  // Does a part of the work once: where the run has its result recorded, by this or an earlier attempt, that is
  // returned and `work` is not called. name: 1 to 128 bytes; the result: at most 256 KiB. Returns once the result is
  // durable. Throws local_failure: "run_over" when nobody waits any more, "bad_step", "step_result_too_large",
  // "too_many_steps"; and what `work` throws, which records nothing.
  workflow::json_value step(std::string_view name, const std::function<workflow::json_value()>& work) const;

private:
  friend class local_attempt;
  local_call(local_attempt& attempt);
  local_attempt& attempt_;
};

// The result (merged into the state or put where the phase says; JSON of at most 1 MiB) or a workflow::failure.
using local_function = std::function<workflow::outcome(const local_call&)>;
using local_functions = std::map<std::string, local_function, std::less<>>; // by the phase's `function`

} // namespace ropewalk::actors
