// Named steps of a worker inside a phase: recorded once, given back after a crash. They survive attempts: the
// next one begins where the last one stopped.

#include <algorithm>

#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "runtime/workflow/drafting.hpp"
#include "runtime/workflow/json_digest.hpp"
#include "runtime/workflow/rules.hpp"

namespace ropewalk::workflow {
namespace {

// The open run of a worker.
result<const run*> worker_run(const context& c, std::uint64_t number) {
  if (auto started = require_started(c.who, c.state); !started) return started.error();
  if (c.state.status == instance_status::crashed) return require_live(c).error();
  if (number == 0 || number >= c.state.next_run) return run_not_found(c, number);
  const run* r = find_run(c.state, number);
  if (!r || !is_open(r->status))
    return refusal(errc::conflict, "run_over",
                   "run " + std::to_string(number) + " of workflow \"" + c.who.id + "\" is over; stop working on it",
                   "run");
  if (!is_worker(work_of(c.state, *r).kind))
    return refusal(errc::conflict, "not_a_worker", "run " + std::to_string(number) + " is in no worker's hands", "run");
  return r;
}

const step_record* find_step(const run& r, const std::string& name) {
  const auto at = std::find_if(r.steps.begin(), r.steps.end(), [&](const step_record& s) { return s.name == name; });
  return at == r.steps.end() ? nullptr : &*at;
}

// other: the result that came for it, if it is not only asked for.
result<decision> recorded_step(const context& c, std::uint64_t run, const std::string& step,
                               const json_value* other = nullptr) {
  const auto* e = c.known.recorded ? std::get_if<step_completed>(&*c.known.recorded) : nullptr;
  if (!e || e->step != step)
    return error{errc::corrupt, "corrupt_record", "the recorded result of step \"" + step + "\" is not there", {}};
  json_writer out;
  out.begin_object().field("step", step).field("recorded", true).raw_field("result", e->result.dump()).end_object();
  decision d;
  if (other && *other != e->result) list_late(d, c, {run, digest_of(*other), "step " + step});
  d.reply = std::move(out).take();
  return d;
}

error too_many_steps() {
  return refusal(errc::limit, "too_many_steps", "a run has at most " + std::to_string(limits::steps_a_run) + " steps",
                 "step");
}

} // namespace

result<decision> rule(const context& c, const step_begin& x) {
  const auto r = worker_run(c, x.run);
  if (!r) return r.error();
  const step_record* known = find_step(**r, x.step);
  if (known && known->result_version != 0) return recorded_step(c, x.run, x.step);
  decision d;
  if (!known) {
    if ((*r)->steps.size() >= limits::steps_a_run) return too_many_steps();
    if (!x.look) d.events.emplace_back(step_begun{x.run, x.step});
  }
  json_writer out;
  out.begin_object()
      .field("step", x.step)
      .field("recorded", false)
      .field("begun_before", known != nullptr)
      .end_object();
  d.reply = std::move(out).take();
  return d;
}

result<decision> rule(const context& c, const step_complete& x) {
  const auto r = worker_run(c, x.run);
  if (!r) return r.error();
  const step_record* known = find_step(**r, x.step);
  if (known && known->result_version != 0) return recorded_step(c, x.run, x.step, &x.result);
  if (!known && (*r)->steps.size() >= limits::steps_a_run) return too_many_steps();
  if (compact_bytes(x.result, limits::step_result_bytes + 1) > limits::step_result_bytes)
    return refusal(errc::too_large, "step_result_too_large",
                   "a step's result is at most " + std::to_string(limits::step_result_bytes) +
                       " bytes; larger values go by reference",
                   "result");
  decision d;
  d.events.emplace_back(step_completed{x.run, x.step, x.result});
  json_writer out;
  out.begin_object().field("step", x.step).field("recorded", false).end_object();
  d.reply = std::move(out).take();
  return d;
}

result<decision> rule(const context& c, const heartbeat& x) {
  const auto r = worker_run(c, x.run);
  if (!r) return r.error();
  if ((*r)->status != run_status::scheduled || (x.attempt && *x.attempt != (*r)->attempt))
    return refusal(errc::conflict, "attempt_over",
                   "that attempt of run " + std::to_string(x.run) + " is over (attempt " +
                       std::to_string((*r)->attempt) + " is " + std::string(name((*r)->status)) +
                       "); stop working on it",
                   "attempt");
  json_writer out;
  out.begin_object().field("run", x.run).field("attempt", (*r)->attempt).end_object();
  decision d;
  d.reply = std::move(out).take();
  return d;
}

} // namespace ropewalk::workflow
