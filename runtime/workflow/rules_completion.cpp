// Results that come in: from workers, threads and children. The first completion of a run stands (I7); what
// comes later is answered with it and listed.

#include <algorithm>

#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "runtime/workflow/drafting.hpp"
#include "runtime/workflow/failures.hpp"
#include "runtime/workflow/json_digest.hpp"
#include "runtime/workflow/rules.hpp"

namespace ropewalk::workflow {
namespace {

std::string outcome_digest(const outcome& what) {
  if (const auto* value = std::get_if<json_value>(&what)) return digest_of(*value);
  const failure& f = std::get<failure>(what);
  return digest_of(json_value{{"code", f.what.code}, {"message", f.what.message}});
}

// Of one that ended before limits::runs_remembered others the journal alone knows how.
std::string_view status_of(const instance& s, std::uint64_t number) {
  if (const run* r = find_run(s, number)) return name(r->status);
  const ended_run* e = find_ended(s, number);
  return e ? name(e->status) : "forgotten";
}

std::string reply_of(const instance& after, std::uint64_t number, bool late = false) {
  json_writer out;
  out.begin_object().field("run", number).field("status", status_of(after, number)).field("late", late);
  if (const run* r = find_run(after, number); r && r->status == run_status::waiting && r->retry_at)
    out.field("next_attempt_at", *r->retry_at);
  out.end_object();
  return std::move(out).take();
}

// What the journal has of the run's end.
void outcome_fields(json_writer& out, const std::optional<event>& recorded) {
  if (!recorded) return;
  if (const auto* e = std::get_if<completed>(&*recorded)) out.raw_field("result", e->result.dump());
  const auto* why = std::holds_alternative<failed>(*recorded) ? &std::get<failed>(*recorded).why
                    : std::holds_alternative<compensation_failed>(*recorded)
                        ? &std::get<compensation_failed>(*recorded).why
                        : nullptr;
  if (why) out.key("error").begin_object().field("code", why->code).field("message", why->message).end_object();
}

decision too_late(const context& c, const complete& x) {
  decision d;
  list_late(d, c, {x.run, outcome_digest(x.what), x.from});
  json_writer out;
  out.begin_object().field("run", x.run).field("status", status_of(c.state, x.run)).field("late", true);
  outcome_fields(out, c.known.recorded);
  out.end_object();
  d.reply = std::move(out).take();
  return d;
}

// The error that ended the attempt, said again because its answer was lost.
bool is_repeat(const run& r, const complete& x, const failure& f) {
  const std::uint32_t ended = r.status == run_status::waiting ? r.attempt : r.attempt - 1;
  return x.attempt.value_or(r.attempt) == ended && r.last_error && r.last_error->code == f.what.code &&
         r.last_error->message == f.what.message;
}

// A result as the machine takes it: what is too large or too deep is an error of the attempt.
outcome checked(const outcome& what) {
  const auto* value = std::get_if<json_value>(&what);
  if (!value) return what;
  if (compact_bytes(*value, limits::phase_result_bytes + 1) > limits::phase_result_bytes)
    return failure{
        {std::string(code::result_too_large),
         "a result is at most " + std::to_string(limits::phase_result_bytes) + " bytes; larger values go by reference"},
        false};
  if (deeper_than(*value, limits::json_depth))
    return failure{
        {std::string(code::bad_result), "a result is nested at most " + std::to_string(limits::json_depth) + " deep"},
        false};
  return what;
}

void take(drafting& d, std::uint64_t run, const outcome& what, const std::string& by) {
  if (const auto* f = std::get_if<failure>(&what)) d.fail_attempt(run, f->what, f->final);
  else d.accept(run, std::get<json_value>(what), by);
  d.advance();
}

} // namespace

void list_late(decision& d, const context& c, late_result what) {
  const auto& listed = c.state.late;
  const bool known = std::any_of(listed.begin(), listed.end(),
                                 [&](const late_record& l) { return l.run == what.run && l.digest == what.digest; });
  if (!known && c.state.late_count < limits::late_results_recorded) d.events.emplace_back(std::move(what));
}

result<decision> rule(const context& c, const complete& x) {
  if (auto started = require_started(c.who, c.state); !started) return started.error();
  if (c.state.status == instance_status::crashed) return require_live(c).error();
  if (x.run == 0 || x.run >= c.state.next_run) return run_not_found(c, x.run);
  const run* r = find_run(c.state, x.run);
  if (!r || !is_open(r->status)) return too_late(c, x);
  if (!is_worker(work_of(c.state, *r).kind))
    return refusal(errc::conflict, "not_a_worker", "run " + std::to_string(x.run) + " is in no worker's hands", "run");
  if (x.attempt && *x.attempt > r->attempt)
    return refusal(errc::invalid, "",
                   "run " + std::to_string(x.run) + " is at attempt " + std::to_string(r->attempt) + ": there was no attempt " +
                       std::to_string(*x.attempt),
                   "attempt");
  const outcome what = checked(x.what);
  // A result counts from whichever attempt it comes; an error ends its own attempt alone.
  const bool present = r->status == run_status::scheduled && (!x.attempt || *x.attempt == r->attempt);
  if (const auto* f = std::get_if<failure>(&what); f && !present) {
    decision d;
    const bool late = !is_repeat(*r, x, *f);
    if (late) list_late(d, c, {x.run, outcome_digest(x.what), x.from});
    d.reply = reply_of(c.state, x.run, late);
    return d;
  }
  drafting d(c.who, c.state, c.around);
  if (!present) d.call_off(x.run); // a later attempt is under way for nothing
  take(d, x.run, what, x.from);
  std::string reply = reply_of(d.state(), x.run);
  return std::move(d).finish(std::move(reply));
}

result<decision> rule(const context& c, const thread_posted& x) {
  const run* r = find_run(c.state, x.run);
  if (!r || r->status != run_status::scheduled || work_of(c.state, *r).kind != phase_kind::thread ||
      c.state.status == instance_status::crashed)
    return decision{};
  drafting d(c.who, c.state, c.around);
  take(d, x.run, x.what, "thread");
  return std::move(d).finish();
}

awaited awaits(const entity_key& who, const instance& s, const child_begun& x, const surroundings& around) {
  if (s.leaving.contains(x.child)) return awaited::no;
  const run* r = find_run(s, x.run);
  if (r && r->status == run_status::scheduled && r->child == x.child) return awaited::yes;
  if (s.status != instance_status::running && s.status != instance_status::paused &&
      s.status != instance_status::crashed)
    return awaited::no;
  if (x.run >= s.next_run) return awaited::perhaps;
  if (!r || !is_open(r->status) || r->compensates != 0 || work_of(s, *r).kind != phase_kind::workflow)
    return awaited::no;
  const auto child = drafting(who, s, around).child_of(*r, r->attempt + (waits_for_turn(s, *r) ? 0 : 1));
  return child && *child == x.child ? awaited::perhaps : awaited::no;
}

// A start may be long under way: through another member of the cluster, it comes behind the order to stop.
result<decision> rule(const context& c, const child_begun& x) {
  if (awaits(c.who, c.state, x, c.around) != awaited::no) return decision{};
  const auto leaving = c.state.leaving.find(x.child);
  const bool at_once =
      c.state.status == instance_status::terminated || (leaving != c.state.leaving.end() && leaving->second.terminate);
  drafting d(c.who, c.state, c.around);
  d.send(cancel_child{x.child, {{c.who.id, x.run}, at_once, "its parent no longer waits for it"}});
  return std::move(d).finish();
}

result<decision> rule(const context& c, const child_ended& x) {
  if (c.state.status == instance_status::absent || c.state.status == instance_status::crashed) return decision{};
  const run* r = find_run(c.state, x.run);
  const bool awaited = r && r->status == run_status::scheduled && r->child == x.child;
  if (!awaited && !c.state.leaving.contains(x.child)) return decision{};
  drafting d(c.who, c.state, c.around);
  if (awaited && x.how == child_end::completed) {
    take(d, x.run, x.state, "workflow " + x.child);
    return std::move(d).finish();
  }
  d.emit(child_left{x.run, x.child, x.how});
  if (awaited) {
    const auto code = x.how == child_end::failed      ? code::child_failed
                      : x.how == child_end::cancelled ? code::child_cancelled
                                                      : code::child_terminated;
    d.fail_attempt(x.run, {std::string(code), "workflow \"" + x.child + "\" is " + std::string(name(x.how)) + ": " +
                                                  x.why.code + (x.why.message.empty() ? "" : ": " + x.why.message)});
  }
  d.advance();
  return std::move(d).finish();
}

// Not an attempt: liveness says when it is sent again.
result<decision> rule(const context&, const dispatch_refused&) { return decision{}; }

} // namespace ropewalk::workflow
