#include "actors/workflow_entity.hpp"

#include <algorithm>
#include <utility>

#include "actors/checkpoint_refusals.hpp"
#include "actors/checkpoint_retention.hpp"
#include "actors/child_starts.hpp"
#include "actors/definition_library.hpp"
#include "actors/log.hpp"
#include "actors/told_checkpoints.hpp"
#include "actors/work_outlet.hpp"
#include "actors/workflow_history.hpp"
#include "runtime/overloaded.hpp"
#include "runtime/workflow/lines.hpp"
#include "storage/failpoint.hpp"
#include "storage/sealing/keyring_file.hpp"

namespace ropewalk::actors {
namespace {

using namespace std::chrono_literals;
constexpr auto longest_sleep = 60'000ms; // the clock may be set meanwhile
constexpr auto recovery_pause = 1'000ms;
constexpr auto after_idle_wake = 1'000ms;    // when a wake changed nothing and the time has passed all the same
constexpr std::uint64_t prune_every = 16;    // checkpoints
constexpr std::uint64_t bytes_a_run = 1'024; // in memory, about
constexpr std::size_t most_unsure_children = 1'024;

request_ptr to_instance(const entity_key& who, workflow::command c) {
  auto r = std::make_shared<request>();
  r->entity = who;
  r->what = std::move(c);
  return r;
}

// On the journal's thread, once the decision is durable (I4).
void release(const entity_environment& env, const entity_key& who, const workflow::effect& e) {
  const auto sibling = [&](const std::string& id) { return entity_key{who.org, entity_kind::workflow, id}; };
  FAILPOINT("workflow.before_effect");
  std::visit(
      overloaded{[&](const workflow::dispatch& d) {
                   if (d.compensation) FAILPOINT("workflow.before_compensation");
                   env.work.send(who, d);
                 },
                 [&](const workflow::cancel_dispatch& c) { env.work.call_off(who, c); },
                 [&](const workflow::post_to_thread& p) { env.work.post(who, p); },
                 [&](const workflow::start_child& s) {
                   auto r = to_instance(sibling(s.child), workflow::write{s.how});
                   r->on_refused = [router = &env.router, who, run = s.how.parent->run,
                                    attempt = s.attempt](const error&) {
                     router->route(to_instance(who, workflow::dispatch_refused{run, attempt}));
                   };
                   r->keep = env.starts.take(r->entity);
                   if (!r->keep)
                     return r->refuse({errc::busy, "node_busy", "the node starts many children already", {}});
                   env.router.route(std::move(r));
                 },
                 [&](const workflow::cancel_child& c) { env.router.route(to_instance(sibling(c.child), c.how)); },
                 [&](const workflow::ask_parent& p) { env.router.route(to_instance(sibling(p.parent), p.what)); },
                 [&](const workflow::report_to_parent& p) { env.router.route(to_instance(sibling(p.parent), p.what)); },
                 [&](const workflow::report_to_schedule& s) {
                   auto r = std::make_shared<request>();
                   r->entity = {who.org, entity_kind::schedule, s.schedule};
                   if (s.how) r->what = schedule::command{schedule::workflow_ended{who.id, *s.how}};
                   else r->what = schedule::command{schedule::start_accepted{who.id}};
                   env.router.route(std::move(r));
                 }},
      e);
}

// The command's events are under way to the journal, or there already.
void reached([[maybe_unused]] const workflow::command& c) {
#ifdef ROPEWALK_FAILPOINTS
  FAILPOINT("workflow.decided");
  const auto* w = std::get_if<workflow::write>(&c);
  if (w && std::holds_alternative<workflow::start>(*w)) FAILPOINT("workflow.started");
  if (w && std::holds_alternative<workflow::complete>(*w)) FAILPOINT("workflow.completed");
  if (w && std::holds_alternative<workflow::step_complete>(*w)) FAILPOINT("workflow.step_completed");
  if (w && std::holds_alternative<workflow::cancel>(*w)) FAILPOINT("workflow.cancelled");
  if (std::holds_alternative<workflow::wake>(c)) FAILPOINT("workflow.woken");
  if (std::holds_alternative<workflow::recover>(c)) FAILPOINT("workflow.recovered");
  if (std::holds_alternative<workflow::thread_posted>(c)) FAILPOINT("workflow.thread_posted");
  if (std::holds_alternative<workflow::child_ended>(c)) FAILPOINT("workflow.child_ended");
#endif
}

} // namespace

void workflow_entity::send_to_self(workflow::command c) { receive(to_instance(who_, std::move(c))); }

void workflow_entity::read(request_ptr r) {
  if (!r->from) return;
  if (auto started = workflow::require_started(who_, state_); !started)
    return refuse_seen(std::move(r), started.error());
  auto from = std::make_shared<caller>(*std::move(r->from));
  if (auto* query = std::get_if<workflow::instance_query>(&r->what)) {
    if (const auto* wait = std::get_if<workflow::wait_result>(query))
      return wait_for_end(std::move(from), wait->wait_s);
    confirm(*from);
    when_durable(
        [history = &env_.history, who = who_, gate = gate_, from, query = std::move(*query), key = std::move(r->key),
         ack = r->ack] {
          history->answer(who, gate->position.load(std::memory_order_acquire), query, {key, ack}, from);
        },
        [from](const error& why) { from->refuse(why); });
    return;
  }
  auto text =
      std::visit(overloaded{[&](const workflow::get& x) { return workflow::read_reply(who_, state_, &alive_, x); },
                            [&](const auto& x) { return workflow::read_reply(who_, state_, x); }},
                 std::get<workflow::read>(r->what));
  when_durable(
      [from, text = std::move(text)] {
        if (text) from->answer(*text);
        else from->refuse(text.error());
      },
      [from](const error& why) { from->refuse(why); });
}

void workflow_entity::find_facts(request_ptr r, workflow::wanted_facts wanted) {
  if (wanted.recorded) return find_recorded(std::move(r), *wanted.recorded);
  if (wanted.definition) {
    env_.definitions.find(who_.org, *wanted.definition, [back = mail_, r](result<workflow::shared_definition> found) {
      back([r, found = std::move(found)](active_entity& e) {
        auto& self = static_cast<workflow_entity&>(e);
        workflow::facts known;
        if (found) known.definition = *found;
        if (found) self.decide(r, known);
        else r->refuse(found.error());
        self.go_on();
      });
    });
    return;
  }
  FAILPOINT("workflow.waking");
  workflow::facts known;
  known.alive = &alive_;
  decide(std::move(r), known);
  go_on();
}

// The lease was away for long: what is outstanding is decided again, and sent then.
void workflow_entity::not_sent() {
  if (std::exchange(recovers_later_, true)) return;
  mail_.after(recovery_pause, [](active_entity& e) {
    auto& self = static_cast<workflow_entity&>(e);
    self.recovers_later_ = false;
    self.send_to_self(workflow::recover{});
  });
}

void workflow_entity::applied(const workflow::event& e) {
  if (const auto* step = std::get_if<workflow::step_completed>(&e)) recent_steps_.add(state_.version, *step);
}

void workflow_entity::find_recorded(request_ptr r, std::uint64_t version) {
  if (const auto* step = recent_steps_.find(version)) {
    decide(std::move(r), {{}, workflow::event{*step}, nullptr}); // what it answers waits until that is durable
    return go_on();
  }
  when_durable(
      [stored = &env_.stored, who = who_, gate = gate_, back = mail_, r, version] {
        stored->entries(who, version, 1, gate->position.load(std::memory_order_acquire),
                        [back, r](result<std::vector<entry>> found) {
                          auto recorded =
                              found ? workflow::decode_event(found->front().event.type, found->front().event.body)
                                    : result<workflow::event>(found.error());
                          auto shared = std::make_shared<result<workflow::event>>(std::move(recorded));
                          back([r, shared](active_entity& e) {
                            auto& self = static_cast<workflow_entity&>(e);
                            if (*shared) self.decide(r, {{}, **std::move(shared), nullptr});
                            else r->refuse(shared->error());
                            self.go_on();
                          });
                        });
      },
      [back = mail_, r](const error& why) {
        r->refuse(why);
        back([](active_entity& e) { static_cast<workflow_entity&>(e).go_on(); });
      });
}

void workflow_entity::began(const stored_entity& found) {
  last_checkpoint_ = found.checkpoint;
  for (const refused_checkpoint& c : found.refused) report(env_.refusals, env_.out, who_, c, env_.around.look().now);
  if (workflow::needs_recovery(state_)) send_to_self(workflow::recover{});
  else arm(env_.around.look().now);
}

// What workers hold is known here alone: their signs of life, who asks for what, and what nobody took yet.
bool workflow_entity::must_stay() const {
  if (!waiting_for_end_.empty() || recovers_later_ || !unsure_children_.empty() || alive_.sends_again()) return true;
  return std::any_of(state_.runs.begin(), state_.runs.end(), [&](const auto& r) {
    return r.second.status == workflow::run_status::scheduled && is_worker(workflow::work_of(state_, r.second).kind);
  });
}

std::uint64_t workflow_entity::held_bytes() const {
  return entity_shell::held_bytes() + state_.value_bytes + state_.signal_bytes + state_.runs.size() * bytes_a_run +
         recent_steps_.bytes();
}

// Workers are none: what they do in vain is done again.
bool workflow_entity::tells_others(const workflow::decision& d) const {
  return std::any_of(d.effects.begin(), d.effects.end(), [](const workflow::effect& e) {
    return !std::holds_alternative<workflow::dispatch>(e) && !std::holds_alternative<workflow::cancel_dispatch>(e);
  });
}

// Workers' words are few, those of runs that are scheduled; without them these would be taken for lost.
bool workflow_entity::may_be_put_off(const workflow::command& c) const {
  const auto* w = std::get_if<workflow::write>(&c);
  return !w ||
         !(std::holds_alternative<workflow::complete>(*w) || std::holds_alternative<workflow::heartbeat>(*w) ||
           std::holds_alternative<workflow::step_begin>(*w) || std::holds_alternative<workflow::step_complete>(*w));
}

void workflow_entity::prepare(workflow::decision& d, pending_write& write) {
  if (d.effects.empty()) return;
  write.outward = [env = &env_, who = who_, effects = std::move(d.effects)] {
    for (const workflow::effect& e : effects) release(*env, who, e);
    FAILPOINT("workflow.after_effects");
  };
}

// Before every phase, on demand, and where the tail has grown long without either.
std::unique_ptr<storage::checkpoint_change> workflow_entity::checkpoint(const workflow::decision& d, bool due) {
  const auto wanting = std::find_if(d.events.begin(), d.events.end(), workflow::wants_checkpoint);
  if (wanting == d.events.end() && !due) {
    const bool ends = std::any_of(d.events.begin(), d.events.end(),
                                  [](const auto& e) { return std::holds_alternative<workflow::ended>(e); });
    if (!ends) return nullptr;
    auto change = std::make_unique<storage::checkpoint_change>();
    change->prune = retention_of(env_);
    return change;
  }
  FAILPOINT("workflow.checkpoint");
  const wanted_checkpoint wanted = wanting == d.events.end() ? wanted_checkpoint{"", "growth"} : *wanted_by(*wanting);
  const auto keys = env_.keys.current();
  storage::seal_context about{env_.cluster,     who_,         state_.version, {},
                              last_checkpoint_, wanted.phase, wanted.reason,  state_.recorded_at};
  std::string id = about.id = checkpoint_id(about);
  auto sealed = storage::pending_seal::begin(*keys, std::move(about), workflow::encode_state(state_));
  if (!sealed) {
    log_line(log_level::error, "a checkpoint could not be made",
             {{"org", who_.org}, {"workflow", who_.id}, {"reason", sealed.error().detail}});
    return nullptr;
  }
  auto change = std::make_unique<storage::checkpoint_change>();
  change->put = *std::move(sealed);
  last_checkpoint_ = std::move(id);
  if (checkpoints_++ % prune_every == 0)
    change->prune = retention_of(env_); // the first one as well: who made those before
  return change;
}

void workflow_entity::decided(const workflow::command& c, instant now) {
  reached(c);
  alive_.heard(state_, c, now);
  if (const auto* w = std::get_if<workflow::write>(&c))
    if (const auto* x = std::get_if<workflow::complete>(w)) {
      const workflow::run* r = workflow::find_run(state_, x->run);
      if (!r || r->status != workflow::run_status::scheduled) env_.work.forget(who_, x->run);
    }
  const bool changed = state_.version != decided_version_;
  woken_for_nothing_ = std::holds_alternative<workflow::wake>(c) && !changed;
  decided_version_ = state_.version;
  if (changed) look_at_unsure_children();
  if (const auto* begun = std::get_if<workflow::child_begun>(&c)) note_child(*begun);
  tell_ended();
  arm(now);
}

void workflow_entity::note_child(const workflow::child_begun& c) {
  if (workflow::awaits(who_, state_, c, env_.around.look()) != workflow::awaited::perhaps) return;
  std::erase_if(unsure_children_, [&](const auto& known) { return known.child == c.child; });
  if (unsure_children_.size() == most_unsure_children) unsure_children_.erase(unsure_children_.begin());
  unsure_children_.push_back(c);
}

// One that turns out not to be awaited is told so: the rule decides again.
void workflow_entity::look_at_unsure_children() {
  if (unsure_children_.empty()) return;
  const surroundings around = env_.around.look();
  std::erase_if(unsure_children_, [&](const workflow::child_begun& c) {
    const auto is = workflow::awaits(who_, state_, c, around);
    if (is == workflow::awaited::no) send_to_self(c);
    return is != workflow::awaited::perhaps;
  });
}

void workflow_entity::wait_for_end(shared_caller from, std::uint32_t seconds) {
  const instant now = env_.around.look().now;
  waiting_for_end_.push_back({std::move(from), instant{now.us + std::int64_t{seconds} * 1'000'000}});
  tell_ended();
  arm(now);
}

void workflow_entity::tell_ended() {
  if (waiting_for_end_.empty()) return;
  auto reply = workflow::result_reply(who_, state_);
  if (!reply && reply.error().type == "still_running") {
    const instant now = env_.around.look().now;
    for (auto at = waiting_for_end_.begin(); at != waiting_for_end_.end();) {
      if (at->until > now) {
        ++at;
        continue;
      }
      at->from->refuse(reply.error());
      at = waiting_for_end_.erase(at);
    }
    return;
  }
  for (waiting_caller& w : std::exchange(waiting_for_end_, {}))
    when_durable(
        [from = w.from, reply] {
          if (reply) from->answer(*reply);
          else from->refuse(reply.error());
        },
        [from = w.from](const error& why) { from->refuse(why); });
}

void workflow_entity::arm(instant now) {
  std::optional<instant> next = workflow::wake_at(state_, &alive_);
  for (const waiting_caller& w : waiting_for_end_)
    if (!next || w.until < *next) next = w.until;
  if (!next || (armed_ && *armed_ <= *next && *armed_ > now)) return;
  auto delay = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::microseconds(next->us - now.us));
  if (delay <= 0ms) delay = woken_for_nothing_ ? after_idle_wake : 0ms;
  delay = std::min(delay, longest_sleep);
  armed_ = instant{now.us + std::chrono::microseconds(delay).count()};
  mail_.after(delay, [number = ++alarm_](active_entity& e) { static_cast<workflow_entity&>(e).alarm(number); });
}

void workflow_entity::alarm(std::uint64_t number) {
  if (number != alarm_) return;
  armed_.reset();
  const instant now = env_.around.look().now;
  tell_ended();
  if (const auto at = workflow::wake_at(state_, &alive_); at && *at <= now) return send_to_self(workflow::wake{});
  arm(now);
}

} // namespace ropewalk::actors
