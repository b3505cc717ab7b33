#include "runtime/schedule/state.hpp"

#include <algorithm>

#include "runtime/invariant.hpp"
#include "runtime/schedule/limits.hpp"
#include "runtime/workflow/events.hpp"

namespace ropewalk::schedule {
namespace {

auto running_place(auto& s, std::string_view workflow) {
  return std::find_if(s.running.begin(), s.running.end(),
                      [&](const running_start& r) { return r.workflow == workflow; });
}

auto waiting_place(auto& s, instant scheduled_at, start_cause cause) {
  return std::find_if(s.waiting.begin(), s.waiting.end(),
                      [&](const waiting_start& w) { return w.scheduled_at == scheduled_at && w.cause == cause; });
}

struct folding {
  schedule_instance& s;
  instant time;

  // A time was decided upon: out of the buffer, or behind all others.
  void settle(instant scheduled_at, instant last, start_cause cause) {
    if (const auto at = waiting_place(s, scheduled_at, cause); at != s.waiting.end()) {
      s.waiting.erase(at);
      return;
    }
    instant& settled = cause == start_cause::trigger ? s.last_trigger : s.through;
    settled = std::max(settled, last);
  }
  // From here on: what came before is no longer looked at, but for what is delayed.
  void pass_over(const std::optional<instant>& pending) {
    s.through = std::max(s.through, pending ? instant{pending->us - 1} : time);
  }
  void remember(const running_start& r, std::string how, std::string code = {}, std::string message = {}) {
    if (s.recent.size() == limits::schedule_recent) s.recent.erase(s.recent.begin());
    s.recent.push_back(
        {r.workflow, r.scheduled_at, time, std::move(how), std::move(code), std::move(message), r.cause});
  }

  void operator()(const configured& e) {
    if (!s.spec) s.created_at = time;
    s.updated_at = time;
    s.spec = e.spec;
    pass_over(e.pending);
  }
  void operator()(const paused& e) { s.paused = true, s.note = e.note, s.updated_at = time; }
  void operator()(const unpaused& e) {
    s.paused = false, s.note = e.note, s.updated_at = time;
    pass_over(e.pending);
  }
  void operator()(const fired& e) {
    settle(e.scheduled_at, e.scheduled_at, e.cause);
    s.running.push_back({e.workflow, e.scheduled_at, e.cause, s.spec, stop::none});
    ++(e.cause == start_cause::time ? s.runs : s.asked);
  }
  void operator()(const buffered& e) {
    settle(e.scheduled_at, e.scheduled_at, e.cause);
    s.waiting.push_back({e.scheduled_at, e.policy, e.cause});
    const stop told = e.policy == overlap::terminate_other ? stop::terminate
                      : e.policy == overlap::cancel_other  ? stop::cancel
                                                           : stop::none;
    for (running_start& r : s.running) r.told = std::max(r.told, told);
  }
  void operator()(const skipped& e) {
    settle(e.scheduled_at, e.last, e.cause);
    s.skips += e.times;
    if (e.reason == skip_reason::missed) s.missed += e.times;
  }
  void operator()(const started& e) { running_place(s, e.workflow)->unconfirmed = nullptr; }
  void operator()(const refused& e) {
    const auto at = running_place(s, e.workflow);
    remember(*at, "refused", e.code, e.message);
    s.running.erase(at);
  }
  void operator()(const ended& e) {
    const auto at = running_place(s, e.workflow);
    remember(*at, std::string(workflow::name(e.how)));
    s.running.erase(at);
  }
  void operator()(const deleted&) {
    schedule_instance none;
    none.version = s.version;
    none.recorded_at = s.recorded_at;
    none.last_trigger = s.last_trigger; // its ids are taken
    s = std::move(none);
  }
  void operator()(const noted&) {}
};

error misfit(std::string detail, std::string field) {
  return {errc::corrupt, "misfit", std::move(detail), std::move(field)};
}

struct fitting {
  const schedule_instance& s;

  status_result next(instant scheduled_at, start_cause cause) const {
    if (is_waiting(s, scheduled_at, cause) || cause != start_cause::time || scheduled_at > s.through) return ok();
    return misfit("a time that was decided upon comes again", "scheduled_us");
  }
  status_result known(const std::string& workflow) const {
    if (find_running(s, workflow)) return ok();
    return misfit("an instance that does not run is spoken of", "workflow");
  }

  status_result operator()(const fired& e) const {
    if (find_running(s, e.workflow)) return misfit("an instance that runs is started", "workflow");
    return next(e.scheduled_at, e.cause);
  }
  status_result operator()(const buffered& e) const {
    if (is_waiting(s, e.scheduled_at, e.cause)) return misfit("a time that waits comes again", "scheduled_us");
    return next(e.scheduled_at, e.cause);
  }
  status_result operator()(const skipped& e) const { return next(e.scheduled_at, e.cause); }
  status_result operator()(const started& e) const { return known(e.workflow); }
  status_result operator()(const refused& e) const { return known(e.workflow); }
  status_result operator()(const ended& e) const { return known(e.workflow); }
  status_result operator()(const auto&) const { return ok(); }
};

} // namespace

const running_start* find_running(const schedule_instance& s, std::string_view workflow) noexcept {
  const auto at = running_place(s, workflow);
  return at == s.running.end() ? nullptr : &*at;
}

bool is_waiting(const schedule_instance& s, instant scheduled_at, start_cause cause) noexcept {
  return waiting_place(s, scheduled_at, cause) != s.waiting.end();
}

std::uint64_t runs_taken(const schedule_instance& s) noexcept {
  return s.runs +
         static_cast<std::uint64_t>(std::count_if(s.waiting.begin(), s.waiting.end(),
                                                  [](const waiting_start& w) { return w.cause == start_cause::time; }));
}

void apply(schedule_instance& s, const event& e, instant time) {
  std::visit(folding{s, time}, e);
  ++s.version;
  s.recorded_at = time;
}

status_result fits(const schedule_instance& s, const event& e) {
  const bool needs_one = !std::holds_alternative<configured>(e) && !std::holds_alternative<noted>(e);
  if (needs_one && !s.spec) return misfit("there is no schedule", "type");
  return std::visit(fitting{s}, e);
}

status_result apply_entry(schedule_state& s, const entry_draft& draft) {
  if (draft.version != s.version + 1)
    return error{errc::corrupt,
                 "version_gap",
                 "entry of version " + std::to_string(draft.version) + " after version " + std::to_string(s.version),
                 {}};
  const auto e = decode_event(draft.type, draft.body);
  if (!e) return e.error();
  if (auto fine = fits(s, *e); !fine) return fine;
  apply_drafted(s, *e, draft);
  return ok();
}

void apply_drafted(schedule_state& s, const event& e, const entry_draft& draft) {
  INVARIANT(draft.version == s.version + 1, draft.version, s.version);
  apply(s, e, draft.time);
  if (draft.idempotency) s.keys.record(*draft.idempotency, draft.version, draft.time);
}

} // namespace ropewalk::schedule
