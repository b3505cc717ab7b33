#pragma once
// What an owner knows of its instance's workers and does not record: signs of life, and dispatches that
// nobody took. It is lost with the owner, and begins anew with `recover`: a worker's time counts from there.
//
//   decision d = decide(..., {.alive = &alive}, ...);      // commit, apply
//   alive.heard(state, command, now);                      // after every command that was not refused
//   arm(wake_at(state, &alive));

#include <cstdint>
#include <map>
#include <optional>

#include "runtime/workflow/state.hpp"

namespace ropewalk::workflow {

struct sign_of_life {
  std::uint32_t attempt = 0;
  instant sent;  // the last time that the attempt was given to a worker
  instant start; // from when the worker's beginning is waited for
  bool begun = false;
  instant last;                      // sign; never before `sent`
  std::uint32_t refusals = 0;        // one after the other
  std::optional<instant> send_again; // nobody was there to take it
  std::optional<json_value> progress;
};

class liveness {
public:
  void heard(const instance& after, const command& c, instant now);
  const sign_of_life* find(const run& r) const noexcept; // of its present attempt
  bool sends_again() const noexcept;                     // something that nobody took

private:
  sign_of_life& of(const run& r);
  std::map<std::uint64_t, sign_of_life> by_run_;
};

// The moments at which a run in the hands of somebody else is given up, after what is known of its worker.
deadlines due_now(const work& w, const run& r, const sign_of_life* sign);

} // namespace ropewalk::workflow
