#include "runtime/workflow/replay.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <string_view>
#include <tuple>

#include "runtime/workflow/drafting.hpp"
#include "runtime/workflow/failures.hpp"

namespace ropewalk::workflow {
namespace {

// ---- what a batch may have come from ----
struct starting { // with the definition that it pins
  start how;
  shared_definition definition;
};
struct failing { // what no command says again: a result that the state could not take, an input that failed
  std::uint64_t run = 0;
  failure what;
};
using cause = std::variant<command, starting, failing>;

bool is_time_out(std::string_view c) {
  return c == code::attempt_timeout || c == code::start_timeout || c == code::heartbeat_timeout ||
         c == code::total_timeout;
}

// The commands that may have had an event as the first of what they came to, the likeliest first.
struct causes_of {
  const instance& s;
  const event* following; // in the same moment
  bool midway;            // perhaps in the middle of a batch: what began there may lack what `recover` sends
  std::vector<cause> found;

  void by(write w) { found.emplace_back(command(std::move(w))); }
  void by_itself() {
    found.emplace_back(command(wake{}));
    if (!midway) found.emplace_back(command(recover{}));
  }

  void outcome_of(const run& r, outcome what, const std::string& from) {
    switch (const phase_kind kind = work_of(s, r).kind; kind) {
    case phase_kind::thread: found.emplace_back(command(thread_posted{r.number, std::move(what)})); break;
    case phase_kind::workflow:
      if (auto* value = std::get_if<json_value>(&what))
        found.emplace_back(command(child_ended{r.number, r.child, child_end::completed, std::move(*value), {}}));
      break;
    default:
      if (is_worker(kind)) by(complete{r.number, r.attempt, std::move(what), from});
    }
  }
  void failed_with(std::uint64_t number, const run_error& why, bool final) {
    const run* r = find_run(s, number);
    if (!r) return by(complete{number, {}, failure{why, final}, {}});
    if (is_time_out(why.code)) by_itself();
    outcome_of(*r, failure{why, final}, {});
    found.emplace_back(failing{number, {why, final}});
  }
  void completed_with(std::uint64_t number, const json_value& result, const std::string& from) {
    if (const run* r = find_run(s, number)) outcome_of(*r, result, from);
    else by(complete{number, {}, result, from});
  }
  void next_attempt(std::uint64_t number, std::uint32_t attempt) {
    by_itself();
    if (attempt == 1) return;
    by(retry{{}, {}});
    by(retry{number, {}});
  }
  // The text that the parent has of the child's error is all that is left of it.
  run_error why_of(const child_left& e) const {
    const run_error* why = nullptr;
    if (const auto* f = following ? std::get_if<failed>(following) : nullptr) why = &f->why;
    if (const auto* f = following ? std::get_if<attempt_failed>(following) : nullptr) why = &f->why;
    const std::string before = "workflow \"" + e.child + "\" is " + std::string(name(e.how)) + ": ";
    return {why && why->message.starts_with(before) ? why->message.substr(before.size()) : std::string(), {}};
  }

  void operator()(const started& e) {
    if (e.branched_from)
      return by(branch_off{e.branched_from->workflow, e.branched_from->version, e.base, e.input, e.attributes});
    start s{e.definition->read.name, {}, e.input, e.attributes, false, e.parent, {}, e.depth};
    found.emplace_back(starting{std::move(s), e.definition});
  }
  void operator()(const scheduled& e) { next_attempt(e.run, e.attempt); }
  void operator()(const compensation_scheduled& e) { next_attempt(e.run, e.attempt); }
  void operator()(const attempt_failed& e) { failed_with(e.run, e.why, false); }
  void operator()(const failed& e) { failed_with(e.run, e.why, true); }
  void operator()(const compensation_failed& e) { failed_with(e.run, e.why, true); }
  void operator()(const completed& e) { completed_with(e.run, e.result, e.by); }
  void operator()(const compensation_completed& e) { completed_with(e.run, json_value::object(), {}); }
  void operator()(const step_begun& e) { by(step_begin{e.run, e.step}); }
  void operator()(const step_completed& e) { by(step_complete{e.run, e.step, e.result}); }
  void operator()(const signalled& e) { by(signal{e.name, e.id, e.payload}); }
  void operator()(const child_left& e) {
    found.emplace_back(command(child_ended{e.run, e.child, e.how, {}, why_of(e)}));
  }
  void operator()(const updated& e) { by(update{e.patch, e.reason, {}}); }
  void operator()(const paused& e) { by(pause{e.reason}); }
  void operator()(const resumed&) { by(resume{}); }
  void operator()(const cancel_requested& e) { by(cancel{e.reason}); }
  void operator()(const terminated& e) { by(terminate{e.reason}); }
  void operator()(const retried& e) { by(retry{{}, e.reason}); }
  void operator()(const crashed& e) { found.emplace_back(command(crash{e.reason, e.restarts})); }
  void operator()(const unparked&) {
    const auto* stop = following ? std::get_if<cancel_requested>(following) : nullptr;
    if (stop) by(cancel{stop->reason});
    by(resume{});
  }
  void operator()(const checkpointed& e) { by(checkpoint{e.reason}); }
  // A timer, or what a decision before it left to be done.
  template <class Other>
  void operator()(const Other&) {
    by_itself();
  }
};

// ---- deciding ----
constexpr std::size_t most_moments = 32;

// Recorded time never goes back. Where it stood still the clock may have been behind it, and timers that the
// recorded time has passed were not due yet: only their own moments tell.
std::vector<instant> moments_of(const instance& s, const recorded_event& first) {
  std::vector<instant> found;
  const auto consider = [&](const std::optional<instant>& at) {
    if (at && *at < first.draft.time) found.push_back(*at);
  };
  if (first.draft.time == s.recorded_at) {
    consider(s.deadline);
    for (const auto& [number, r] : s.runs)
      for (const auto& at : {r.due.attempt, r.due.total, r.due.start, r.due.heartbeat, r.due.timer, r.retry_at})
        consider(at);
    const auto* e = std::get_if<attempt_failed>(&first.what);
    if (const run* r = e ? find_run(s, e->run) : nullptr)
      if (const auto pause = pause_after(policies_of(s, *r), r->attempt, e->why.code))
        consider(instant{e->retry_at.us - *pause});
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    if (found.size() > most_moments) found.resize(most_moments);
  }
  found.insert(found.begin(), first.draft.time);
  return found;
}

struct attempt_end {
  std::uint64_t run = 0;
  const run_error* why = nullptr;
};
attempt_end ended_attempt(const event& e) {
  if (const auto* x = std::get_if<attempt_failed>(&e)) return {x->run, &x->why};
  if (const auto* x = std::get_if<failed>(&e)) return {x->run, &x->why};
  if (const auto* x = std::get_if<compensation_failed>(&e)) return {x->run, &x->why};
  return {};
}

// The time-out that comes first if the worker was never heard; "" if none has come by then.
std::string_view time_out_unheard(const run& r, instant now) {
  const auto due = [now](const std::optional<instant>& at) { return at && *at <= now; };
  if (r.status != run_status::scheduled) return {};
  if (due(r.due.attempt)) return code::attempt_timeout;
  if (due(r.due.start)) return code::start_timeout;
  return due(r.due.heartbeat) ? code::heartbeat_timeout : std::string_view();
}

// Makes up how a worker was heard, so that its attempt falls to that time-out, or to none without one.
void hear(liveness& alive, const instance& s, const run& r, std::string_view time_out, instant now) {
  const write sign = heartbeat{r.number, {}, {}};
  const dispatch_refused nobody{r.number, r.attempt};
  if (time_out == code::heartbeat_timeout) { // given out again, and silent since
    const instant silent_since{now.us - work_of(s, r).limits.heartbeat_us.value_or(0)};
    alive.heard(s, sign, r.attempt_at);
    alive.heard(s, nobody, instant{});
    return alive.heard(s, wake{}, silent_since);
  }
  if (time_out != code::start_timeout) alive.heard(s, sign, now);
  alive.heard(s, nobody, now);
}

// The workers as a wake found them that came to these events.
liveness heard_before(const instance& s, std::span<const recorded_event> batch, instant now) {
  std::map<std::uint64_t, std::string_view> time_outs;
  for (const recorded_event& e : batch)
    if (const auto [number, why] = ended_attempt(e.what); why && is_time_out(why->code))
      time_outs.emplace(number, why->code);
  liveness alive;
  for (const bool silent : {true, false}) // the wake in hear() is for all that nobody has
    for (const auto& [number, r] : s.runs) {
      const auto at = time_outs.find(number);
      const std::string_view came = at == time_outs.end() ? std::string_view() : at->second;
      const std::string_view unheard = time_out_unheard(r, now);
      if (!unheard.empty() && came != unheard && (came == code::heartbeat_timeout) == silent)
        hear(alive, s, r, came, now);
    }
  return alive;
}

result<decision> decide_anew(const entity_key& who, const workflow_state& s, std::span<const recorded_event> batch,
                             const cause& c, instant now) {
  const surroundings around{now, 0, 0};
  const bool keyed = batch.front().draft.idempotency.has_value();
  if (const auto* x = std::get_if<starting>(&c))
    return decide(who, s, write{x->how}, {x->definition, {}, nullptr}, around, keyed);
  if (const auto* x = std::get_if<failing>(&c)) {
    if (auto fine = fits(s, batch.front().what); !fine) return fine.error();
    drafting d(who, s, around);
    d.fail_attempt(x->run, x->what.what, x->what.final);
    d.advance();
    return std::move(d).finish();
  }
  const command& what = std::get<command>(c);
  if (!std::holds_alternative<wake>(what)) return decide(who, s, what, {}, around, keyed);
  const liveness alive = heard_before(s, batch, now);
  return decide(who, s, what, {nullptr, {}, &alive}, around, keyed);
}

// ---- comparing ----
struct forgetting_uncompared {
  static void forget(std::optional<instant>& at) {
    if (at) at = instant{};
  }
  static void forget(deadlines& due) {
    for (auto* at : {&due.attempt, &due.total, &due.start, &due.heartbeat, &due.timer}) forget(*at);
  }
  void operator()(started& e) const { forget(e.deadline); }
  void operator()(scheduled& e) const { forget(e.due); }
  void operator()(compensation_scheduled& e) const { forget(e.due); }
  void operator()(attempt_failed& e) const { e.retry_at = {}; }
  void operator()(retried& e) const { forget(e.deadline); }
  void operator()(noted& e) const { e.reply.clear(); }
  template <class Other>
  void operator()(Other&) const {}
};

bool is_same(event a, event b) {
  if (a.index() != b.index()) return false;
  std::visit(forgetting_uncompared{}, a);
  std::visit(forgetting_uncompared{}, b);
  return body_of(a) == body_of(b);
}

std::size_t count_same(std::span<const recorded_event> recorded, const std::vector<event>& decided) {
  std::size_t same = 0;
  while (same < decided.size() && same < recorded.size() && is_same(recorded[same].what, decided[same])) ++same;
  return same;
}

// ---- telling ----
constexpr std::size_t told_bytes = 4096; // of one event: a report is read by people, and goes into one reply
const std::string nothing = "nothing";

std::string as_text(std::string_view type, const std::string& body) {
  const std::string named = "{\"type\":\"" + std::string(type) + '"';
  return body == "{}" ? named + '}' : named + ',' + body.substr(1);
}

std::string part_of(const std::string& text, std::size_t difference) {
  if (text.size() <= told_bytes) return text;
  const auto whole = [&text](std::size_t at) { // characters only
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
    return at;
  };
  const std::size_t from = whole(std::min(difference - std::min(difference, told_bytes / 4), text.size() - told_bytes));
  const std::size_t end = whole(std::min(from + told_bytes, text.size()));
  return (from > 0 ? "..." : "") + text.substr(from, end - from) + (end < text.size() ? "..." : "");
}

} // namespace

// What was decided on one supposition.
struct replayer::guess {
  std::vector<event> decided;
  std::optional<error> refused;
  std::size_t same = 0; // as recorded, from the first on
  bool whole() const noexcept { return !decided.empty() && same == decided.size(); }
  auto rank() const noexcept { return std::tuple(whole(), same, !decided.empty(), refused.has_value()); }
};

replayer::replayer(entity_key who, workflow_state from)
    : who_(std::move(who)), state_(std::move(from)), joined_at_(state_.recorded_at), joining_(state_.version > 0) {}

status_result replayer::take(const entry_draft& next) {
  if (report_.first) return ok();
  const std::uint64_t version = state_.version + moment_.size() + 1;
  if (next.version != version)
    return error{errc::corrupt,
                 "version_gap",
                 "entry of version " + std::to_string(next.version) + " where " + std::to_string(version) + " is next",
                 {}};
  auto e = decode_event(next.type, next.body);
  if (!e) return e.error();
  recorded_event read{next, *std::move(e)};
  if (!moment_.empty() && moment_.back().draft.time != next.time)
    if (auto fine = compare_moment(&read); !fine) return fine;
  moment_.push_back(std::move(read));
  return ok();
}

result<replay_report> replayer::finish() {
  if (auto fine = compare_moment(nullptr); !fine) return fine.error();
  return std::move(report_);
}

status_result replayer::compare_moment(const recorded_event* after) {
  while (next_ < moment_.size() && !report_.first)
    if (auto fine = compare_next(after); !fine) return fine;
  moment_.clear();
  next_ = 0;
  return ok();
}

bool replayer::joins(const recorded_event& e) const noexcept { return joining_ && e.draft.time == joined_at_; }

status_result replayer::compare_next(const recorded_event* after) {
  const recorded_event& first = moment_[next_];
  if (std::holds_alternative<noted>(first.what) && (first.draft.idempotency || note_due_ || joins(first))) {
    note_due_ = false;
    return accept(1, true);
  }
  note_due_ = false;
  if (std::holds_alternative<late_result>(first.what) && fits(state_, first.what)) {
    note_due_ = first.draft.idempotency.has_value();
    return accept(1, true);
  }
  const guess best = best_guess();
  const bool keyed = first.draft.idempotency.has_value();
  if (best.whole()) {
    note_due_ = (keyed || joins(first)) && !std::holds_alternative<noted>(best.decided.back());
    joining_ = false;
    return accept(best.same, true);
  }
  if (joins(first)) { // the rest of what the state is from the middle of; it may have been cut off sooner
    const bool rest = best.same == moment_.size() - next_;
    return accept(rest ? best.same : 1, rest);
  }
  diverge(best, after);
  return ok();
}

replayer::guess replayer::best_guess() const {
  const auto rest = std::span(moment_).subspan(next_);
  causes_of causes{state_, rest.size() > 1 ? &rest[1].what : nullptr, joins(rest.front()), {}};
  std::visit(causes, rest.front().what);
  std::optional<guess> best;
  for (const instant now : moments_of(state_, rest.front()))
    for (const cause& c : causes.found) {
      guess g;
      if (auto d = decide_anew(who_, state_, rest, c, now)) g.decided = std::move(d->events);
      else g.refused = d.error();
      g.same = count_same(rest, g.decided);
      if (!best || best->rank() < g.rank()) best = std::move(g);
      if (best->whole() && best->same == rest.size()) return *std::move(best);
    }
  return best ? *std::move(best) : guess{};
}

status_result replayer::accept(std::size_t count, bool compared) {
  for (const std::size_t end = next_ + count; next_ < end; ++next_) {
    const recorded_event& e = moment_[next_];
    if (auto fine = fits(state_, e.what); !fine) return fine;
    apply_drafted(state_, e.what, e.draft);
  }
  if (compared) report_.events += count;
  return ok();
}

void replayer::diverge(const guess& best, const recorded_event* after) {
  const std::size_t at = next_ + best.same;
  const recorded_event* recorded = at < moment_.size() ? &moment_[at] : after;
  const std::string expected = recorded ? as_text(recorded->draft.type, recorded->draft.body) : nothing;
  std::string got = nothing;
  if (best.same < best.decided.size()) {
    const event& e = best.decided[best.same];
    got = as_text(type_of(e), body_of(e));
  } else if (best.refused) {
    got = (best.refused->type.empty() ? std::string(name(best.refused->code)) : best.refused->type) + ": " +
          best.refused->detail;
  }
  const auto differ = std::mismatch(expected.begin(), expected.end(), got.begin(), got.end()).first;
  const auto difference = static_cast<std::size_t>(differ - expected.begin());
  report_.events += best.same;
  report_.first =
      divergence{moment_[next_].draft.version + best.same, part_of(expected, difference), part_of(got, difference)};
}

} // namespace ropewalk::workflow
