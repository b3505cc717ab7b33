#include "actors/schedule_entity.hpp"

#include <algorithm>

#include "actors/failure_text.hpp"
#include "actors/zone_files.hpp"
#include "runtime/overloaded.hpp"
#include "runtime/schedule/replies.hpp"
#include "storage/failpoint.hpp"

namespace ropewalk::actors {
namespace {

using namespace std::chrono_literals;
constexpr auto longest_alarm = 60'000ms;     // the clock may be set meanwhile, or the time zone's rules
constexpr auto after_wake_in_vain = 1'000ms; // when a wake changed nothing and the time has passed all the same
constexpr std::int64_t first_ask_again_us = 1'000'000; // until a start that was not answered is sent again; doubles
constexpr std::int64_t longest_ask_again_us = 30'000'000;
constexpr std::int64_t longest_waiting_us = 600'000'000; // for the end of one that is known to have begun
constexpr std::uint64_t bytes_a_start = 256;             // running, waiting or recent, in memory, about

request_ptr to_schedule(const entity_key& who, schedule::command c) {
  auto r = std::make_shared<request>();
  r->entity = who;
  r->what = std::move(c);
  return r;
}

request_ptr to_started(const entity_key& who, const std::string& workflow, workflow::command c) {
  auto r = std::make_shared<request>();
  r->entity = {who.org, entity_kind::workflow, workflow};
  r->what = std::move(c);
  return r;
}

request_ptr start_of(const entity_environment& env, const entity_key& who, const schedule::start_workflow& s) {
  workflow::start how = s.how;
  how.scheduled_by = who.id;
  auto r = to_started(who, s.workflow, workflow::write{std::move(how)});
  // What may pass is tried again by the alarm.
  r->on_refused = [router = &env.router, who, id = s.workflow](const error& why) {
    if (retryable(why.code)) return;
    workflow::run_error e{why.type.empty() ? std::string(name(why.code)) : why.type,
                          failure_text(why.detail, kept_part::beginning)};
    router->route(to_schedule(who, schedule::start_refused{id, std::move(e)}));
  };
  return r;
}

request_ptr request_of(const entity_environment& env, const entity_key& who, const schedule::effect& e) {
  return std::visit(overloaded{[&](const schedule::start_workflow& s) { return start_of(env, who, s); },
                               [&](const schedule::watch_workflow& w) {
                                 return to_started(who, w.workflow, workflow::report_if_over{who.id});
                               },
                               [&](const schedule::cancel_workflow& c) {
                                 return to_started(who, c.workflow, workflow::write{workflow::cancel{c.reason}});
                               },
                               [&](const schedule::terminate_workflow& t) {
                                 return to_started(who, t.workflow, workflow::write{workflow::terminate{t.reason}});
                               }},
                    e);
}

} // namespace

void schedule_entity::send_to_self(schedule::command c) { receive(to_schedule(who_, std::move(c))); }

schedule::shared_zone schedule_entity::zone() const {
  if (!state_.spec) return nullptr;
  auto found = env_.zones.find(state_.spec->time_zone);
  return found ? *std::move(found) : nullptr;
}

void schedule_entity::read(request_ptr r) {
  if (!r->from) return;
  auto text = schedule::read_reply(who_, state_, zone().get(), std::get<schedule::get>(r->what));
  if (!text) return refuse_seen(std::move(r), text.error());
  auto from = std::make_shared<caller>(*std::move(r->from));
  when_durable([from, text = *std::move(text)] { from->answer(text); },
               [from](const error& why) { from->refuse(why); });
}

// A file of a few KiB from the page cache, and mostly no more than a look whether it changed: not worth a detour.
void schedule_entity::find_facts(request_ptr r, schedule::wanted_facts wanted) {
  decide(std::move(r), env_.zones.find_all(wanted));
  go_on();
}

void schedule_entity::began(const stored_entity&) {
  if (schedule::needs_recovery(state_)) send_to_self(schedule::recover{});
  arm(env_.around.look().now);
}

bool schedule_entity::has_unanswered_start() const {
  return std::any_of(state_.running.begin(), state_.running.end(),
                     [](const auto& r) { return r.unconfirmed != nullptr; });
}

bool schedule_entity::awaits_answers() const { return !state_.waiting.empty() || has_unanswered_start(); }

// Asked each second of every idle one: an alarm stands for all that may come.
bool schedule_entity::must_stay() const { return armed_.has_value(); }

std::uint64_t schedule_entity::held_bytes() const {
  const std::uint64_t starts = state_.running.size() + state_.waiting.size() + state_.recent.size();
  return entity_shell::held_bytes() + starts * bytes_a_start + (state_.spec ? 2 * state_.spec->document.size() : 0);
}

void schedule_entity::prepare(schedule::decision& d, pending_write& write) {
  if (d.effects.empty()) return;
  write.outward = [env = &env_, who = who_, effects = std::move(d.effects)] {
    for (const schedule::effect& e : effects) {
      FAILPOINT("schedule.before_effect");
      env->router.route(request_of(*env, who, e));
    }
    FAILPOINT("schedule.after_effects");
  };
}

void schedule_entity::decided(const schedule::command& c, instant now) {
  FAILPOINT("schedule.decided");
  woken_for_nothing_ = std::holds_alternative<schedule::wake>(c) && state_.version == decided_version_;
  decided_version_ = state_.version;
  arm(now);
}

void schedule_entity::arm(instant now) {
  if (!awaits_answers()) {
    ask_again_.reset();
    ask_pause_us_ = 0;
  } else if (!ask_again_) {
    const std::int64_t longest = has_unanswered_start() ? longest_ask_again_us : longest_waiting_us;
    ask_pause_us_ = ask_pause_us_ == 0 ? first_ask_again_us : std::min(2 * ask_pause_us_, longest);
    ask_again_ = instant{now.us + ask_pause_us_};
  }
  const auto zone = this->zone();
  std::optional<instant> next = schedule::wake_at(who_, state_, zone.get());
  if (state_.spec && !state_.paused && !zone) next = instant{INT64_MAX}; // it may come back
  const bool came = next && *next <= now;
  if (ask_again_ && (!next || *ask_again_ < *next)) next = ask_again_;
  if (!next || (armed_ && *armed_ <= *next && *armed_ > now)) return;
  auto delay = longest_alarm;
  if (next->us - now.us < std::chrono::microseconds(longest_alarm).count())
    delay = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::microseconds(next->us - now.us));
  if (delay <= 0ms) delay = came && woken_for_nothing_ ? after_wake_in_vain : 0ms;
  armed_ = instant{now.us + std::chrono::microseconds(delay).count()};
  mail_.after(delay, [number = ++alarm_](active_entity& e) { static_cast<schedule_entity&>(e).alarm(number); });
}

void schedule_entity::alarm(std::uint64_t number) {
  if (number != alarm_) return;
  armed_.reset();
  const instant now = env_.around.look().now;
  if (ask_again_ && *ask_again_ <= now) {
    ask_again_.reset();
    send_to_self(schedule::recover{});
  }
  const auto zone = this->zone();
  if (const auto at = schedule::wake_at(who_, state_, zone.get()); at && *at <= now) send_to_self(schedule::wake{});
  arm(now);
}

} // namespace ropewalk::actors
