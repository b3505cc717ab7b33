#pragma once
// What every entity does, whatever its rules: load (snapshot + tail), take requests one at a time, answer
// repeats of keyed commands, decide, apply, hand the events to the journal, and let reply and effects wait
// for it. The rules are a class of pure functions:
//
//   struct Rules {
//     using state; using command; using event; using wanted; using facts; using decision;
//     static wanted facts_for(const state&, const command&);
//     static result<decision> decide(const entity_key&, const state&, const command&, const facts&, ...);
//     static void apply(state&, const event&, const entry_draft&);
//     static status_result apply_entry(state&, const entry_draft&);
//     ...
//   };
//
// The entity applies its events at once and goes on with its next command; if the journal then fails, the
// partition throws the whole entity away (I5).

#include <algorithm>
#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "actors/active_entity.hpp"
#include "actors/down_entities.hpp"
#include "actors/entity_environment.hpp"
#include "actors/log.hpp"
#include "actors/pending_write.hpp"
#include "runtime/limits.hpp"
#include "runtime/replication/record.hpp"
#include "storage/checkpoint_rows.hpp"
#include "storage/failpoint.hpp"

namespace ropewalk::actors {

template <class Rules>
class entity_shell : public active_entity {
public:
  using state_type = typename Rules::state;

  entity_shell(entity_environment& env, entity_key who, partition_id partition, std::uint64_t generation,
               entity_mail mail)
      : env_(env), who_(std::move(who)), partition_(partition), generation_(generation), mail_(std::move(mail)),
        gate_(std::make_shared<durability_gate>()) {}
  ~entity_shell() override { env_.held_bytes.fetch_sub(counted_bytes_, std::memory_order_relaxed); }
  entity_shell(const entity_shell&) = delete;
  entity_shell& operator=(const entity_shell&) = delete;

  void begin_empty() override { ready_ = true; }
  void begin_loading(std::uint64_t min_position) override {
    gate_->position.store(min_position, std::memory_order_relaxed); // what a second try has to wait for as well
    load(min_position, entity_storage::any_checkpoint);
  }

  void receive(request_ptr r) override {
    if (ready_ && !held_ && waiting_.empty()) return work(std::move(r));
    if (waiting_.size() >= max_waiting) {
      if (r->of_nobody()) return rest(std::move(r));
      return r->refuse({errc::busy, "entity_busy", "too many requests wait for this entity; try again", {}});
    }
    if (held_) let_go(*r);
    waiting_.push_back(std::move(r));
  }

  bool may_leave() const override {
    return ready_ && !held_ && repeats_ == 0 && waiting_.empty() &&
           gate_->version.load(std::memory_order_acquire) >= state_.version && (broken_ || !must_stay());
  }
  std::uint64_t durable_position() const override { return gate_->position.load(std::memory_order_acquire); }
  void count_bytes() override {
    const std::uint64_t now = held_bytes();
    if (now == counted_bytes_) return;
    env_.held_bytes.fetch_add(now - counted_bytes_, std::memory_order_relaxed); // wraps where it shrinks
    counted_bytes_ = now;
  }
  bool broken() const override { return broken_.has_value(); }
  const entity_key& who() const override { return who_; }

protected:
  static constexpr std::uint64_t bytes_a_key = 256;    // a remembered command with its key, in memory
  static constexpr std::size_t max_waiting = 4096;     // I10
  static constexpr std::uint64_t snapshot_every = 256; // events; what a cold load folds at most, see below
  static constexpr std::size_t snapshot_growth = 2;    // and as many times the last snapshot's bytes in entries

  // Whatever is not a command.
  virtual void read(request_ptr r) = 0;
  // Looks up what the rules want, then decide() and go_on(), at once or later through the actor.
  virtual void find_facts(request_ptr r, typename Rules::wanted) { decide(std::move(r), {}), go_on(); }
  virtual void applied(const typename Rules::event&) {}
  // Loaded, before the first request; found without its tail and snapshot.
  virtual void began(const stored_entity&) {}
  virtual bool must_stay() const { return false; }
  virtual std::uint64_t held_bytes() const { return state_.keys.size() * bytes_a_key; }
  // Puts what follows from a decision into its write: effects, and a reply that waits for more than durability.
  virtual void prepare(typename Rules::decision&, pending_write&) {}
  // What is under way is not ended by a bound on what is begun.
  virtual bool may_be_put_off(const typename Rules::command&) const { return true; }
  // Whether other entities will be told of it, who must not know of what is lost with this node.
  virtual bool tells_others(const typename Rules::decision&) const { return false; }
  virtual bool park_repeat(const typename Rules::command&, caller&, std::string&) { return false; }
  // A command was decided and not refused; its events are under way.
  virtual void decided(const typename Rules::command&, instant) {}
  // What a decision without events wanted to send did not leave, and nobody keeps it: it has to be decided again.
  virtual void not_sent() {}
  virtual bool keeps_snapshots() const { return true; }
  // What goes to the checkpoints with the decision's events, which the state has already. due: the tail is as long as
  // would be worth a snapshot.
  virtual std::unique_ptr<storage::checkpoint_change> checkpoint(const typename Rules::decision&, bool) {
    return nullptr;
  }

  bool all_durable() const { return gate_->version.load(std::memory_order_acquire) >= state_.version; }
  // Runs then(position) once all that the state shows is durable: now, or on the journal's thread.
  template <class Then, class Refused>
  void when_durable(Then then, Refused refused, ack_level level = ack_level::local) {
    const bool durable_here = all_durable();
    if (durable_here && !env_.replicated) return then();
    auto listener = std::make_unique<read_barrier>(
        [then = std::move(then), refused = std::move(refused)](status_result r) mutable {
          if (r) then();
          else refused(r.error());
        },
        true, gate_);
    if (durable_here)
      return env_.replicated->read(partition_, generation_, level, std::move(listener),
                                   gate_->index.load(std::memory_order_relaxed));
    storage::submission s{who_, partition_, generation_, {}, {}, nullptr};
    s.listener = std::move(listener);
    s.level = level;
    env_.journal.submit(std::move(s));
  }

  // A refusal that follows from the state shows it as an answer does: "there is none" of an owner that has been replaced, or of a
  // write that may be undone, must not be heard.
  void refuse_seen(request_ptr r, const error& why) {
    if (r->of_nobody() || retryable(why.code)) return r->refuse(why);
    when_durable([r, why] { r->refuse(why); }, [r](const error& unconfirmed) { r->refuse(unconfirmed); });
  }

  // The caller of a read whose answer comes from the views: they may be ahead of what was committed when it was asked for.
  void confirm(caller& from) {
    if (env_.replicated)
      from.confirm_before_answer([env = &env_, p = partition_, generation = generation_](auto then) {
        env->replicated->read(p, generation, ack_level::log, std::make_unique<read_barrier>(std::move(then), true));
      });
  }

  void hold() {
    held_ = true;
    for (request_ptr& r : waiting_) let_go(*r);
  }
  // What the held command waits for may be the very place that a request behind it keeps.
  static void let_go(request& r) {
    if (!r.from) r.keep.reset();
  }
  void go_on() {
    held_ = false;
    if (draining_) return; // the loop below is under way further up the stack
    draining_ = true;
    while (!held_ && !waiting_.empty()) {
      request_ptr next = std::move(waiting_.front());
      waiting_.pop_front();
      work(std::move(next));
    }
    draining_ = false;
  }

  void decide(request_ptr r, const typename Rules::facts& known) {
    const auto& command = std::get<typename Rules::command>(r->what);
    const surroundings around = env_.around.look();
    auto decision = Rules::decide(who_, state_, command, known, env_, around, r->key.has_value());
    if (!decision) return refuse_seen(std::move(r), decision.error());
    if (env_.replicated)
      if (auto fits = fits_a_record(*decision); !fits) return r->refuse(fits.error());
    commit(*r, *decision, around.now);
    decided(command, around.now);
  }

  entity_environment& env_;
  const entity_key who_;
  const partition_id partition_;
  const std::uint64_t generation_;
  const entity_mail mail_;
  state_type state_;
  std::shared_ptr<durability_gate> gate_;

private:
  void load(std::uint64_t min_position, std::uint64_t checkpoints_below) {
    env_.stored.load(
        who_, min_position,
        [back = mail_](result<stored_entity> found) {
          auto shared = std::make_shared<result<stored_entity>>(std::move(found));
          back([shared](active_entity& e) { static_cast<entity_shell&>(e).loaded(std::move(*shared)); });
        },
        checkpoints_below);
  }

  void loaded(result<stored_entity> found) {
    if (found && found->snapshot) {
      auto state = Rules::decode_state(found->snapshot->state);
      if (!state && !found->checkpoint.empty()) return pass_over(*found, state.error());
      if (!state) broken_ = state.error();
      else state_ = *std::move(state), snapshot_bytes_ = found->snapshot->state.size();
    }
    if (!found) broken_ = found.error();
    else if (!broken_)
      if (auto folded = fold(*found); !folded) broken_ = folded.error();
    FAILPOINT("entity.loaded");
    gate_->version.store(state_.version, std::memory_order_release);
    ready_ = true;
    if (broken_) {
      tell_broken();
    } else {
      env_.down.remove(who_);
      found->refused.insert(found->refused.begin(), passed_over_.begin(), passed_over_.end());
      passed_over_.clear();
      began(*found);
    }
    go_on();
  }

  // A checkpoint that verifies and cannot be understood: the one before it and the journal stand in, as for one that does not.
  void pass_over(const stored_entity& found, const error& why) {
    passed_over_.insert(passed_over_.end(), found.refused.begin(), found.refused.end());
    passed_over_.push_back({found.checkpoint, found.snapshot->version, not_understood(why)});
    load(gate_->position.load(std::memory_order_relaxed), found.snapshot->version);
  }

  // What may pass is tried again by whoever asks next.
  void tell_broken() {
    if (retryable(broken_->code)) return;
    env_.down.add(who_, partition_, down_entities::how::unreadable, broken_->detail, env_.around.look().now);
    log_line(log_level::error, "an entity cannot be loaded",
             {{"kind", std::string(name(who_.kind))}, {"org", who_.org}, {"id", who_.id}, {"reason", broken_->detail}});
  }

  status_result fold(stored_entity& found) {
    for (const entry& e : found.tail) {
      if (auto fine = Rules::apply_entry(state_, e.event); !fine) return fine.error();
      count_towards_snapshot(e.event);
    }
    if (!found.tail.empty()) gate_->index.store(found.tail.back().index, std::memory_order_relaxed);
    if (found.last_position > 0) gate_->position.store(found.last_position, std::memory_order_relaxed);
    return ok();
  }

  void refuse_broken(request_ptr r) {
    if (!r->of_nobody() || !retryable(broken_->code)) return r->refuse(*broken_);
    rest(std::move(r));
  }
  // What the runtime itself asks in vain would be lost: it comes back after a pause.
  void rest(request_ptr r) {
    r->rests = true;
    env_.router.route(std::move(r));
  }

  void work(request_ptr r) {
    if (broken_) return refuse_broken(std::move(r));
    if (r->refuse_if_overdue()) return; // during an outage each one before it may have taken as long as it has waited
    if (!std::holds_alternative<typename Rules::command>(r->what)) return read(std::move(r));
    auto& command = std::get<typename Rules::command>(r->what);
    if (r->key)
      if (const auto* first = state_.keys.find(r->key->key)) return repeat(std::move(r), *first);
    if (r->from && may_be_put_off(command) && env_.replicated && env_.replicated->stream_is_behind(partition_))
      return r->refuse({errc::busy,
                        "stream_behind",
                        "nothing was done: too much that was written waits for the partition's stream; try again when "
                        "JetStream takes it",
                        {}});
    auto wanted = Rules::facts_for(state_, command);
    if (wanted.none()) return decide(std::move(r), {});
    hold();
    find_facts(std::move(r), std::move(wanted));
  }

  // I6: the first answer again, from the entries that the command produced.
  void repeat(request_ptr r, const remembered_command& first) {
    if (first.fingerprint != r->key->fingerprint)
      return refuse_seen(r, {errc::conflict, "idempotency_conflict",
                             "the idempotency key \"" + r->key->key + "\" was used for another request to this " +
                                 std::string(name(who_.kind)),
                             "Rw-Idempotency-Key"});
    ++repeats_;
    const auto versions = std::make_pair(first.version, first.entries);
    const ack_level level = r->ack.value_or(env_.ack);
    // In a cluster whatever is shown is accepted in the stream by then.
    const std::string_view reached = !env_.replicated ? "local" : level == ack_level::peers ? "peers" : "log";
    when_durable(
        [this_env = &env_, who = who_, gate = gate_, r, versions, answer = repeat_answer(reached)] {
          this_env->stored.entries(who, versions.first, versions.second, gate->position.load(std::memory_order_acquire),
                                   [r, answer](result<std::vector<entry>> found) { answer(r, std::move(found)); });
        },
        [r, answer = repeat_answer(reached)](const error& why) { answer(r, of_first_attempt(why)); }, level);
  }

  // What was asked for before is recorded, or not, whoever owns the partition by now.
  static error of_first_attempt(const error& why) {
    if (why.code != errc::unavailable) return why;
    return {errc::timeout,
            "ownership_lost",
            "whether this was recorded is not known: " + why.detail + "; ask again with the same idempotency key",
            {}};
  }

  // Runs on a reader's thread: may touch the request and the environment only.
  std::function<void(request_ptr, result<std::vector<entry>>)> repeat_answer(std::string_view reached) {
    return [back = mail_, who = who_, reached](request_ptr r, result<std::vector<entry>> found) {
      auto text = std::make_shared<result<std::string>>(first_answer(who, *r, std::move(found), reached));
      back([r, text](active_entity& e) {
        auto& self = static_cast<entity_shell&>(e);
        --self.repeats_;
        if (!*text) return r->refuse(text->error());
        if (r->from && !self.park_repeat(std::get<typename Rules::command>(r->what), *r->from, **text))
          r->from->answer(**text);
      });
    };
  }

  // reached: the level at which the entries are safe; a constant.
  static result<std::string> first_answer(const entity_key& who, const request& r, result<std::vector<entry>> found,
                                          std::string_view reached) {
    if (!found) return found.error();
    auto reply = Rules::recorded_reply(who, std::get<typename Rules::command>(r.what), *found);
    if (!reply) return reply.error();
    const entry& last = found->back();
    return with_receipt(*std::move(reply), {last.partition, last.epoch, last.index, last.hash, last.position, reached},
                        true);
  }

  // Before the decision is applied: what the cluster's stream would not take must not be in memory either.
  static status_result fits_a_record(const typename Rules::decision& d) {
    std::size_t bytes = 0;
    for (const auto& e : d.events) bytes += Rules::body_of(e).size() + replication::record_limits::entry_overhead;
    if (bytes <= replication::record_limits::bytes) return ok();
    return error{errc::too_large,
                 "too_large_to_replicate",
                 "in a cluster one change may take " + std::to_string(replication::record_limits::bytes) +
                     " bytes; this one takes " + std::to_string(bytes),
                 {}};
  }

  void commit(request& r, typename Rules::decision& d, instant now) {
    const instant asked_at = recorded_time(d, now);
    storage::submission s{who_, partition_, generation_, {}, {}, nullptr};
    s.events.reserve(d.events.size());
    for (const auto& e : d.events) {
      entry_draft draft{std::string(Rules::type_of(e)),
                        Rules::body_of(e),
                        state_.version + 1,
                        std::max(state_.recorded_at, asked_at),
                        {}};
      if (r.key && s.events.empty())
        draft.idempotency =
            idempotency_record{r.key->key, r.key->fingerprint, static_cast<std::uint32_t>(d.events.size())};
      Rules::apply(state_, e, draft);
      applied(e);
      count_towards_snapshot(draft);
      s.events.push_back(std::move(draft));
    }
    auto write = std::make_unique<pending_write>(env_, who_, gate_);
    write->level = r.ack.value_or(env_.ack);
    if (env_.replicated && tells_others(d)) write->level = std::max(write->level, ack_level::log);
    write->reply = std::move(d.reply);
    write->from = std::move(r.from);
    write->keep = std::move(r.keep);
    if (r.on_done) {
      write->done = std::move(r.on_done);
      write->failed = std::move(r.on_refused);
    }
    prepare(d, *write);
    if (s.events.empty()) return leave_unchanged(std::move(write));
    keep_state(d, s);
    s.level = write->level;
    s.listener = std::move(write);
    env_.journal.submit(std::move(s));
  }

  static instant recorded_time(const typename Rules::decision& d, instant now) {
    if constexpr (requires { d.at; }) return d.at.value_or(now);
    else return now;
  }

  // A decision that changed nothing still waits for what it saw.
  void leave_unchanged(std::unique_ptr<pending_write> write) {
    if (!write->from && write->effects.empty() && !write->outward && !write->done) return;
    const bool sends = !write->effects.empty() || write->outward;
    std::shared_ptr<pending_write> shared = std::move(write);
    when_durable([shared] { shared->on_unchanged(); },
                 [shared, sends, back = mail_](const error& why) {
                   shared->on_failed(why);
                   if (sends) back([](active_entity& e) { static_cast<entity_shell&>(e).not_sent(); });
                 });
  }

  void keep_state(const typename Rules::decision& d, storage::submission& s) {
    const bool due = tail_events_ >= snapshot_every && tail_bytes_ >= snapshot_growth * snapshot_bytes_;
    s.checkpoints = checkpoint(d, due);
    const bool sealed = s.checkpoints && s.checkpoints->put;
    if (sealed) {
      snapshot_bytes_ = s.checkpoints->put->original_bytes();
    } else if (due && keeps_snapshots()) {
      s.snapshot = storage::entity_snapshot{state_.version, Rules::encode_state(state_)};
      snapshot_bytes_ = s.snapshot->state.size();
    } else {
      return;
    }
    tail_events_ = 0;
    tail_bytes_ = 0;
  }

  void count_towards_snapshot(const entry_draft& draft) {
    ++tail_events_;
    tail_bytes_ += draft.body.size();
  }

  std::uint64_t counted_bytes_ = 0; // in env_.held_bytes
  bool ready_ = false;              // loaded
  bool draining_ = false;
  std::uint64_t repeats_ = 0; // of keyed commands, whose first answer is being read
  bool held_ = false;         // a command waits for its facts; later ones wait behind it
  std::optional<error> broken_;
  std::vector<refused_checkpoint> passed_over_; // while it is loaded
  std::list<request_ptr> waiting_; // mostly empty: a deque would take 576 bytes even so
  std::uint64_t tail_events_ = 0;
  std::size_t tail_bytes_ = 0, snapshot_bytes_ = 0;
};

} // namespace ropewalk::actors
