#pragma once
// The inside of a node without NATS: its files, journal writer, views and partitions, and answers that are kept for
// the test instead of being sent.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <caf/scoped_actor.hpp>
#include <catch2/catch.hpp>

#include "actors/caf_port.hpp"
#include "actors/checkpoint_refusals.hpp"
#include "actors/child_starts.hpp"
#include "actors/definition_library.hpp"
#include "actors/down_entities.hpp"
#include "actors/partition_owner.hpp"
#include "actors/partition_table.hpp"
#include "actors/schedule_lists.hpp"
#include "actors/system_surroundings.hpp"
#include "actors/thread_proofs.hpp"
#include "actors/thread_quota.hpp"
#include "actors/thread_reads.hpp"
#include "actors/view_storage.hpp"
#include "actors/work_outlet.hpp"
#include "actors/workflow_history.hpp"
#include "actors/zone_files.hpp"
#include "storage/sealing/keyring_file.hpp"
#include "storage/view_applier.hpp"
#include "storage/view_readers.hpp"
#include "tests/actors/gate.hpp"
#include "tests/storage/journal_fixture.hpp"

namespace ropewalk::tests {

struct answer {
  std::string body;
  std::optional<error> refusal;
};

// Keeps what is said to each reply subject.
class kept_answers final : public actors::outbox, public actors::request_meter {
public:
  status_result reply(const std::string& to, std::string_view body) override {
    keep(to, {std::string(body), {}});
    return ok();
  }
  void refuse(const std::string& to, const error& why) override { keep(to, {{}, why}); }
  void publish_event(const entity_key&, std::string_view) override {}
  void answered(const transport::verb_spec*, std::size_t, std::chrono::nanoseconds, const error*) override {}

  bool has(const std::string& to) {
    const std::scoped_lock lock(mutex_);
    return kept_.contains(to);
  }
  // Fails the test if nothing came in time.
  answer wait(const std::string& to) {
    std::unique_lock lock(mutex_);
    INFO("an answer to " << to);
    REQUIRE(came_.wait_for(lock, std::chrono::seconds(30), [&] { return kept_.contains(to); }));
    return kept_.at(to);
  }

private:
  void keep(const std::string& to, answer a) {
    const std::scoped_lock lock(mutex_);
    if (!kept_.emplace(to, std::move(a)).second) twice_.insert(to);
    came_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable came_;
  std::map<std::string, answer> kept_;
  std::set<std::string> twice_;

public:
  std::set<std::string> answered_twice() {
    const std::scoped_lock lock(mutex_);
    return twice_;
  }
};

// Keeps what instances hand out.
class kept_work final : public actors::work_outlet {
public:
  void send(const entity_key& instance, const workflow::dispatch& d) override {
    const std::scoped_lock lock(mutex_);
    sent_.emplace_back(instance, d);
    came_.notify_all();
  }
  void post(const entity_key&, const workflow::post_to_thread&) override {}
  void call_off(const entity_key&, const workflow::cancel_dispatch&) override {}
  void forget(const entity_key&, std::uint64_t) override {}

  // All so far, once there are as many.
  std::vector<std::pair<entity_key, workflow::dispatch>> wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    INFO(count << " dispatches");
    REQUIRE(came_.wait_for(lock, std::chrono::seconds(30), [&] { return sent_.size() >= count; }));
    return sent_;
  }

private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<std::pair<entity_key, workflow::dispatch>> sent_;
};

// Loads entities, and fails to when it is told to.
class failing_loads final : public actors::entity_storage {
public:
  explicit failing_loads(actors::entity_storage& of) : of_(of) {}
  std::uint64_t views_position() const override { return of_.views_position(); }
  void load(entity_key who, std::uint64_t min_position, std::function<void(result<actors::stored_entity>)> done,
            std::uint64_t checkpoints_below) override {
    ++asked;
    if (fails == 0) return of_.load(std::move(who), min_position, std::move(done), checkpoints_below);
    --fails;
    done(error{code, "no_load", "the load fails, as the test wants it", {}});
  }
  void entries(entity_key who, std::uint64_t first, std::uint32_t count, std::uint64_t min_position,
               std::function<void(result<std::vector<entry>>)> done) override {
    of_.entries(std::move(who), first, count, min_position, std::move(done));
  }
  std::atomic<int> asked{0}, fails{0}; // the latter: how many of the next ones
  std::atomic<errc> code{errc::unavailable};

private:
  actors::entity_storage& of_;
};

class entity_world {
public:
  // given: a clock that the test sets; the node's own without one. replicated: of a journal like a member's.
  explicit entity_world(std::uint64_t max_active = 1000, actors::surroundings_source* given = nullptr,
                        storage::replicated_writes* replicated = nullptr)
      : writer(*journal, failures, replicated), clock(given ? *given : around) {
    if (auto started = views.start(); !started) FAIL(started.error().detail);
    std::vector<caf::actor> owners;
    for (std::uint16_t p = 0; p < partitions.partitions(); ++p)
      owners.push_back(
          actors::spawn_partition_owner(system, {&env, partition_id{p}, writer.generation(), max_active,
                                                 std::chrono::seconds(300), journal->last_position(), &active}));
    partitions.open(std::move(owners));
  }
  ~entity_world() { stop(); }
  entity_world(const entity_world&) = delete;
  entity_world& operator=(const entity_world&) = delete;

  void stop() {
    if (stopped_) return;
    stopped_ = true;
    {
      caf::scoped_actor self(system);
      for (const caf::actor& owner : partitions.close()) {
        self->send_exit(owner, caf::exit_reason::user_shutdown);
        self->wait_for(owner);
      }
    }
    writer.stop();
    readers.stop();
    views.stop();
  }

  // Sends; the answer comes to `answers` under the returned subject.
  template <class What>
  std::string send(const entity_key& who, What what,
                   actors::caller::clock::time_point since = actors::caller::clock::now()) {
    const std::string to = "reply." + std::to_string(++sent_);
    auto r = std::make_shared<actors::request>();
    r->entity = who;
    r->what = std::move(what);
    r->from.emplace(to, nullptr, 0, answers, answers, since);
    partitions.route(std::move(r));
    return to;
  }
  // What no thread knows throws in its actor, as a bug in a handler would. The answer says "dropped".
  std::string crash(const entity_key& thread) { return send(thread, workflow::read{workflow::get{}}); }
  // As the runtime itself asks: nobody is answered.
  template <class What>
  void tell(const entity_key& who, What what) {
    auto r = std::make_shared<actors::request>();
    r->entity = who;
    r->what = std::move(what);
    partitions.route(std::move(r));
  }
  template <class What>
  answer ask(const entity_key& who, What what) {
    return answers.wait(send(who, std::move(what)));
  }

  // Until it is opened nothing is read out of the views.
  void hold_readers(gate& g) {
    for (unsigned n = 0; n < reading_threads; ++n) readers.post(0, [&g](auto) { g.pass(); });
    g.wait_for(reading_threads);
  }

  scratch_directory dir;
  kept_answers answers;
  std::unique_ptr<storage::journal> journal = opened(dir.journal());
  remembered_failures failures;
  storage::journal_writer writer;
  storage::view_applier views{{dir.path() / "views.db", dir.journal(), {}, {}}};
  static constexpr unsigned reading_threads = 2;
  storage::view_readers readers{views, reading_threads};
  storage::keyring_handle keys{"", *storage::new_keyring(instant{1})};
  actors::view_storage stored{views, readers, dir.journal(), {}, keys};
  failing_loads loads{stored};
  actors::thread_reads reads{readers};
  actors::thread_quota quota{0, {}};
  actors::partition_table partitions{journal->meta().partitions};
  actors::system_surroundings around;
  actors::surroundings_source& clock;
  actors::definition_library definitions{readers, writer};
  actors::thread_proofs proofs{readers, dir.journal(), {}, keys, journal->meta().cluster, clock};
  actors::checkpoint_refusals refusals;
  actors::down_entities down;
  actors::workflow_history history{readers,
                                   writer,
                                   dir.journal(),
                                   {},
                                   keys,
                                   partitions,
                                   {},
                                   [this](const entity_key& who, const actors::refused_checkpoint& c) {
                                     actors::report_once(refusals, answers, who, c, clock.look().now);
                                   }};
  kept_work work;
  actors::zone_files zones;
  actors::schedule_lists schedules{readers, zones};
  actors::child_starts starts{partitions.partitions()};
  actors::entity_environment env{writer,
                                 loads,
                                 reads,
                                 quota,
                                 answers,
                                 partitions,
                                 clock,
                                 views,
                                 definitions,
                                 history,
                                 proofs,
                                 refusals,
                                 down,
                                 work,
                                 zones,
                                 schedules,
                                 keys,
                                 starts,
                                 journal->meta().cluster,
                                 {}};
  std::atomic<std::uint64_t> active{0};
  caf::actor_system_config settings;
  caf::actor_system system{settings};

private:
  bool stopped_ = false;
  std::uint64_t sent_ = 0;
};

// The contents of a thread's messages, the oldest first.
inline std::vector<std::string> texts_of(entity_world& w, const std::string& id) {
  thread::read_messages all;
  all.limit = 200;
  const answer a = w.ask(thread_key(id), thread::read{all});
  INFO((a.refusal ? a.refusal->detail : a.body));
  REQUIRE_FALSE(a.refusal);
  const auto page = nlohmann::json::parse(a.body);
  std::vector<std::string> found;
  for (const auto& m : page.at("messages")) found.push_back(m.at("content"));
  return found;
}

} // namespace ropewalk::tests
