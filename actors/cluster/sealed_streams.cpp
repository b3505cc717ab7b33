#include "actors/cluster/sealed_streams.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <utility>

#include "actors/log.hpp"
#include "storage/sealing/keyring_file.hpp"
#include "storage/sealing/member_seal.hpp"

namespace ropewalk::actors {

using namespace replication;

// What one reader gets, on its way to the replica. Locks, in this order: delivery_, the replica's own, inside_mutex_.
class sealed_streams::delivery final : public record_sink {
public:
  delivery(sealed_streams& streams, partition_id of, std::string place, std::shared_ptr<record_sink> to)
      : streams_(streams), keys_(streams.keys_), of_(of), place_(std::move(place)), to_(std::move(to)) {}

  partition_id of() const { return of_; }
  bool waits_for_key() const { return stuck_.load(std::memory_order_relaxed); }

  void on_record(stored_record r) override {
    const std::scoped_lock lock{delivery_};
    if (ended_) return;
    streams_.note_record(of_);
    std::string why;
    if (waiting_.empty() && deliver(r, why)) return;
    if (waiting_.empty()) {
      stuck(true);
      log_line(log_level::error,
               "a partition waits for a key: a record of its stream is signed in a way that this node cannot judge",
               {{"place", place_}, {"sequence", std::to_string(r.sequence)}, {"reason", why}});
    }
    waiting_.push_back(std::move(r)); // as many as come after a pause
  }
  void on_gap(std::uint64_t first) override {
    const std::scoped_lock lock{delivery_};
    if (ended_) return;
    waiting_.clear(); // what nobody can check any more: it is asked of the peers
    stuck(false);
    to_->on_gap(first);
  }

  void look_again() {
    const std::scoped_lock lock{delivery_};
    if (ended_ || waiting_.empty()) return;
    std::string why;
    while (!waiting_.empty() && deliver(waiting_.front(), why)) waiting_.pop_front();
    if (waiting_.empty()) stuck(false);
  }
  void end() {
    const std::scoped_lock lock{delivery_};
    ended_ = true;
    waiting_.clear();
    stuck_.store(false, std::memory_order_relaxed);
  }

  void attach(record_reader* inside) {
    const std::scoped_lock lock{inside_mutex_};
    inside_ = inside;
    paused_ = false;
    set_pause(asked_ || waits_for_key());
  }
  void ask_pause(bool on) {
    const std::scoped_lock lock{inside_mutex_};
    asked_ = on;
    set_pause(asked_ || waits_for_key());
  }

private:
  // False: others may judge otherwise (why).
  bool deliver(stored_record& r, std::string& why) {
    const auto opened = storage::unseal_between_members(*keys_.current(), place_, r.bytes);
    if (!opened && storage::is_undecided(opened.error())) {
      why = opened.error().detail;
      return false;
    }
    if (opened) r.bytes.erase(0, r.bytes.size() - opened->size());
    else r.bytes.insert(0, "forged: "); // which no record begins with
    to_->on_record(std::move(r));
    return true;
  }
  void stuck(bool on) {
    const std::scoped_lock lock{inside_mutex_};
    stuck_.store(on, std::memory_order_relaxed);
    set_pause(asked_ || waits_for_key());
  }
  void set_pause(bool on) {
    if (on == paused_ || !inside_) return;
    paused_ = on;
    if (on) inside_->pause();
    else inside_->go_on();
  }

  sealed_streams& streams_;
  const storage::keyring_handle& keys_;
  const partition_id of_;
  const std::string place_;
  const std::shared_ptr<record_sink> to_;
  std::mutex delivery_; // of the two below, and held while the replica is told
  bool ended_ = false;
  std::deque<stored_record> waiting_; // for a key: records_behind_pause at most
  std::mutex inside_mutex_;           // of all below
  record_reader* inside_ = nullptr;
  bool asked_ = false, paused_ = false;
  std::atomic<bool> stuck_{false}; // read without it
};

class sealed_streams::reader final : public record_reader {
public:
  reader(std::shared_ptr<delivery> to, std::unique_ptr<record_reader> inside)
      : to_(std::move(to)), inside_(std::move(inside)) {
    to_->attach(inside_.get());
  }
  ~reader() override {
    to_->end();
    to_->attach(nullptr);
  }
  void pause() override { to_->ask_pause(true); }
  void go_on() override { to_->ask_pause(false); }

private:
  const std::shared_ptr<delivery> to_;
  const std::unique_ptr<record_reader> inside_;
};

sealed_streams::sealed_streams(record_streams& inside, const storage::keyring_handle& keys, std::string cluster)
    : inside_(inside), keys_(keys), cluster_(std::move(cluster)) {}

std::string sealed_streams::place_of(stream_id which) const {
  return "record " + cluster_ + ' ' + std::to_string(which.partition.value) + ' ' + std::to_string(which.generation);
}

void sealed_streams::create(stream_id which, std::function<void(stream_change)> done) {
  note_question(which, false);
  inside_.create(which, [this, p = which.partition, done = std::move(done)](stream_change said) {
    note_answer(p, said == stream_change::unknown ? answer_kind::none : answer_kind::answered);
    done(said);
  });
}

void sealed_streams::publish(stream_id which, std::uint64_t expected, std::string bytes,
                             std::function<void(publish_outcome)> done) {
  note_question(which, true);
  inside_.publish(which, expected, storage::seal_between_members(*keys_.current(), place_of(which), bytes),
                  [this, p = which.partition, done = std::move(done)](const publish_outcome& said) {
                    note_answer(p, kind_of(said));
                    done(said);
                  });
}

void sealed_streams::inspect(stream_id which, std::function<void(stream_facts)> done) {
  note_question(which, false);
  inside_.inspect(which, [this, p = which.partition, done = std::move(done)](const stream_facts& said) {
    note_answer(p, said.what == stream_facts::kind::unknown ? answer_kind::none : answer_kind::answered);
    done(said);
  });
}

std::unique_ptr<record_reader> sealed_streams::read(stream_id which, std::uint64_t from,
                                                    std::shared_ptr<record_sink> sink) {
  note_reader(which.partition);
  const auto to = std::make_shared<delivery>(*this, which.partition, place_of(which), std::move(sink));
  auto made = std::make_unique<reader>(to, inside_.read(which, from, to));
  const std::scoped_lock lock{mutex_};
  std::erase_if(deliveries_, [](const auto& d) { return d.expired(); });
  deliveries_.push_back(to);
  return made;
}

void sealed_streams::trim(stream_id which, std::uint64_t keep_from, std::function<void(stream_change)> done) {
  inside_.trim(which, keep_from, std::move(done));
}

void sealed_streams::remove(stream_id which, std::function<void(stream_change)> done) {
  inside_.remove(which, std::move(done));
}

void sealed_streams::list(std::function<void(bool known, std::vector<stream_id>)> done) {
  inside_.list(std::move(done));
}

bool sealed_streams::waits_for_key(partition_id p) const {
  const std::scoped_lock lock{mutex_};
  return std::any_of(deliveries_.begin(), deliveries_.end(), [&](const auto& d) {
    const auto here = d.lock();
    return here && here->of() == p && here->waits_for_key();
  });
}

std::chrono::milliseconds sealed_streams::silent_for(partition_id p) const {
  const std::scoped_lock lock{asked_mutex_};
  const auto at = asked_.find(p);
  return at == asked_.end() ? std::chrono::milliseconds{}
                            : at->second.silence.silent_for(std::chrono::steady_clock::now());
}

bool sealed_streams::lacks_room() const {
  const std::scoped_lock lock{asked_mutex_};
  return std::any_of(asked_.begin(), asked_.end(), [](const auto& a) { return a.second.silence.lacks_room(); });
}

void sealed_streams::note_question(stream_id which, bool writes) {
  const std::scoped_lock lock{asked_mutex_};
  asked_stream& a = asked_[which.partition];
  const auto now = std::chrono::steady_clock::now();
  a.silence.asked(now);
  a.idle.asked(now);
  if (writes) a.idle.wrote(which);
}

sealed_streams::answer_kind sealed_streams::kind_of(const publish_outcome& said) {
  if (said.declined) return answer_kind::declined;
  if (said.what == publish_outcome::kind::unknown) return answer_kind::none;
  // A record over an account's limit is stored and removed again: its sequence is gone, and the next one meets the fence.
  return said.what == publish_outcome::kind::stored ? answer_kind::took : answer_kind::answered;
}

void sealed_streams::note_answer(partition_id p, answer_kind said) {
  stream_silence::news news{};
  std::chrono::milliseconds silent{};
  {
    const std::scoped_lock lock{asked_mutex_};
    stream_silence& s = asked_[p].silence;
    const auto now = std::chrono::steady_clock::now();
    silent = s.silent_for(now);
    switch (said) {
    case answer_kind::none: news = s.came_to_nothing(now); break;
    case answer_kind::declined: news = s.declined(now); break;
    case answer_kind::answered: news = s.answered(); break;
    case answer_kind::took: news = s.took(); break;
    }
  }
  if (news == stream_silence::news::silent)
    log_line(log_level::warn,
             "a partition's stream does not answer, or takes nothing: what is written is not replicated, and "
             "acknowledged with "
             "`local` alone; is JetStream there, and has it room?",
             {{"partition", std::to_string(p.value)}});
  if (news == stream_silence::news::answers)
    log_line(log_level::warn, "a partition's stream answers again",
             {{"partition", std::to_string(p.value)}, {"silent_ms", std::to_string(silent.count())}});
}

// An owner reads again what stands there already; others see that somebody's records get in.
void sealed_streams::note_record(partition_id p) {
  bool served = false;
  {
    const std::scoped_lock lock{asked_mutex_};
    served = asked_[p].idle.is_served();
  }
  note_answer(p, served ? answer_kind::answered : answer_kind::took);
}

void sealed_streams::note_reader(partition_id p) {
  const std::scoped_lock lock{asked_mutex_};
  asked_[p].idle.read();
}

void sealed_streams::served_here(partition_id p, bool served) {
  const std::scoped_lock lock{asked_mutex_};
  asked_stream& a = asked_[p];
  a.idle.served(served);
  if (!served) a.silence.writes_no_more();
}

void sealed_streams::ask_idle() {
  std::vector<stream_id> idle;
  {
    const std::scoped_lock lock{asked_mutex_};
    const auto now = std::chrono::steady_clock::now();
    for (const auto& [p, a] : asked_)
      if (const auto which = a.idle.to_ask(now)) idle.push_back(*which);
  }
  for (const stream_id which : idle) inspect(which, [](const stream_facts&) {});
}

void sealed_streams::look_again() {
  ask_idle();
  std::vector<std::shared_ptr<delivery>> all;
  {
    const std::scoped_lock lock{mutex_};
    for (const auto& d : deliveries_)
      if (auto here = d.lock()) all.push_back(std::move(here));
  }
  for (const auto& d : all) d->look_again();
}

} // namespace ropewalk::actors
