#include "actors/cluster/cluster_member.hpp"

#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <set>
#include <utility>

#include "actors/log.hpp"
#include "runtime/replication/message_codec.hpp"
#include "storage/entry_hash.hpp"
#include "storage/incarnation.hpp"
#include "storage/sealing/keyring_file.hpp"
#include "storage/sealing/member_seal.hpp"

namespace ropewalk::actors {

using namespace std::chrono_literals;

namespace {

constexpr auto tick_every = 50ms;
constexpr auto own_beat_every = 250ms;
constexpr int leases_before_give_back = 10;
constexpr auto move_patience = 5s; // for what was placed before to be accepted

std::int64_t boottime_us() {
  timespec t{};
  ::clock_gettime(CLOCK_BOOTTIME, &t);
  return std::int64_t{t.tv_sec} * 1'000'000 + t.tv_nsec / 1000;
}

} // namespace

cluster_member::cluster_member(const cluster_settings& settings, const std::string& self, const std::string& prefix,
                               storage::journal& journal, surroundings_source& around, cluster_watcher& watcher)
    : settings_(settings), self_(self), prefix_(prefix), journal_(journal), around_(around), watcher_(watcher),
      owners_(self, settings.partitions) {}

result<std::unique_ptr<cluster_member>> cluster_member::open(const cluster_settings& settings, const std::string& self,
                                                             const std::string& prefix, storage::journal& journal,
                                                             surroundings_source& around, cluster_watcher& watcher) {
  const auto disk = storage::settle_incarnation(journal, journal.file().parent_path(), around.look().now);
  if (!disk) return disk.error();
  if (!disk->kept)
    log_line(log_level::warn,
             "this disk is new, was wiped or is a backup: it learns from the other members before it counts",
             {{"incarnation", std::to_string(disk->incarnation)}});
  std::unique_ptr<cluster_member> m(new cluster_member(settings, self, prefix, journal, around, watcher));
  auto chains = storage::chain_file::open(journal.file(), journal.options());
  if (!chains) return chains.error();
  m->chains_ = *std::move(chains);
  for (std::uint16_t p = 0; p < settings.partitions; ++p)
    m->chain_of_.push_back(std::make_unique<storage::chain_reader>(m->chains_, partition_id{p}));
  return m;
}

cluster_member::~cluster_member() { stop(); }

replication::member_settings cluster_member::member_settings_of(partition_id p) const {
  replication::member_settings s;
  s.self = self_;
  s.members = {settings_.members, settings_.guaranteed_peers};
  s.prefer = [cluster = settings_.id, p](std::vector<std::string> members) {
    return preference_of(cluster, p, std::move(members));
  };
  s.partition = p;
  s.hash_of = &storage::hash_of;
  s.lease_us = settings_.lease_ms * 1000;
  s.beat_us = s.lease_us / 6;
  s.seed = around_.look().entropy_a;
  return s;
}

status_result cluster_member::start(transport::nats_connection& connection, const storage::keyring_handle& keys,
                                    storage::journal_writer& writer) {
  connection_ = &connection;
  keys_ = &keys;
  auto streams = transport::jetstream_streams::open(
      connection,
      {prefix_, settings_.id, settings_.stream_replicas, 2000ms, 5000ms, [](std::string_view trouble) {
         log_line(log_level::error, "JetStream cannot do what replication needs", {{"reason", std::string(trouble)}});
       }});
  if (!streams) return streams.error();
  jetstream_ = *std::move(streams);
  streams_ = std::make_unique<sealed_streams>(*jetstream_, keys, settings_.id);
  std::vector<replication::durable_state> disks;
  for (std::uint16_t p = 0; p < settings_.partitions; ++p) {
    auto disk = journal_.load_replication(partition_id{p});
    if (!disk) return disk.error();
    disks.push_back(*std::move(disk));
    replicas_.push_back(
        std::make_unique<replica>(member_settings_of(partition_id{p}), *chain_of_[p], *streams_, *this, acks_,
                                  std::max<std::size_t>(limits::stream_backlog_bytes / settings_.partitions, 4 << 20)));
  }
  started_ = true;
  writer_.store(&writer);
  for (std::uint16_t p = 0; p < settings_.partitions; ++p) replicas_[p]->begin(std::move(disks[p]));
  look_at_members();
  auto subscription = connection.subscribe(subject_of(self_), {}, [this](transport::nats_message m) { take(m); });
  if (!subscription) return subscription.error();
  subscription_ = *std::move(subscription);
  ticker_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "replication");
    run();
  });
  return ok();
}

void cluster_member::give_away(std::chrono::milliseconds patience) {
  rest(); // nobody gives back what is given away
  for (std::uint16_t p = 0; p < replicas_.size(); ++p) {
    const auto preference = preference_of(settings_.id, partition_id{p}, replicas_[p]->facts().members.last().names);
    const auto first = [&](auto could) {
      return std::find_if(preference.begin(), preference.end(),
                          [&](const std::string& m) { return m != self_ && could(m); });
    };
    auto heir = first([&](const std::string& m) { return replicas_[p]->may_be_given(m); });
    if (heir == preference.end()) heir = first([&](const std::string& m) { return replicas_[p]->in_step(m); });
    if (heir != preference.end()) (void)move(p, *heir);
  }
  const auto until = std::chrono::steady_clock::now() + patience;
  const auto moving = [&] {
    const std::scoped_lock lock{moves_mutex_};
    return !moves_.empty();
  };
  while (moving() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(tick_every);
  (void)connection_->flush(500ms);
}

void cluster_member::stop() {
  stopping_ = true;
  if (ticker_.joinable()) ticker_.join();
  subscription_.reset();
  for (const auto& r : replicas_) r->end();
  jetstream_.reset(); // answers what is open; streams_ stays, as facts() may be asked until the end
  acks_.stop();
}

std::string cluster_member::subject_of(const std::string& member) const {
  return prefix_ + ".cluster." + settings_.id + ".to." + member;
}

std::string cluster_member::place_of(const std::string& member) const {
  return "message " + settings_.id + ' ' + member;
}

void cluster_member::take(const transport::nats_message& m) {
  const auto genuine = storage::unseal_between_members(*keys_->current(), place_of(self_), m.body());
  if (!genuine) {
    const std::int64_t now = boottime_us();
    std::int64_t told = told_of_forgery_at_us_.load(); // one line a second, whatever others send
    if (now - told > 1'000'000 && told_of_forgery_at_us_.compare_exchange_strong(told, now))
      log_line(log_level::warn, "a message between members was refused", {{"reason", genuine.error().detail}});
    return;
  }
  if (genuine->empty()) { // this member's own beat
    for (const auto& r : replicas_) r->heard_self();
    return;
  }
  auto decoded = replication::decode_message(*genuine);
  if (!decoded || decoded->partition.value >= replicas_.size()) {
    log_line(log_level::warn, "a message between members was refused",
             {{"reason", decoded ? "it names a partition that there is not" : decoded.error().detail}});
    return;
  }
  replicas_[decoded->partition.value]->receive(decoded->what);
}

void cluster_member::run() {
  auto beat_at = std::chrono::steady_clock::now();
  while (!stopping_) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= beat_at) {
      beat_at = now + own_beat_every;
      (void)connection_->publish(subject_of(self_),
                                 storage::seal_between_members(*keys_->current(), place_of(self_), ""));
      streams_->look_again();
    }
    const bool views_lag = watcher_.views_lag();
    for (const auto& r : replicas_) r->tick(views_lag);
    give_back(now);
    carry_on_moves();
    look_at_members();
    if (const auto why = chains_->take_failure())
      log_line(log_level::error, "the own chain cannot be read for a peer", {{"reason", why->detail}});
    std::this_thread::sleep_for(tick_every);
  }
}

// Of those that could have it now: "" if there is none.
std::string cluster_member::best_owner_of(std::uint16_t p) const {
  const replica_facts f = replicas_[p]->facts();
  if (!f.serving || !f.resting) return replicas_[p]->preferred();
  const auto preference = preference_of(settings_.id, partition_id{p}, f.members.last().names);
  const auto at = std::find_if(preference.begin(), preference.end(),
                               [&](const std::string& m) { return m != self_ && replicas_[p]->may_be_given(m); });
  return at == preference.end() ? "" : *at;
}

// A member that a partition prefers gets it, once it has been in step for a good while; one at a time, so that nothing flaps.
// What an operator moved stays where it was put; who was drained gets nothing before it was started anew, as for an upgrade, and
// hands on what it took over meanwhile.
void cluster_member::give_back(std::chrono::steady_clock::time_point now) {
  if (now < give_back_at_) return;
  give_back_at_ = now + std::chrono::milliseconds(settings_.lease_ms);
  const auto long_enough = leases_before_give_back * std::chrono::milliseconds(settings_.lease_ms);
  could_go_back_since_.resize(replicas_.size());
  {
    const std::scoped_lock lock{moves_mutex_};
    if (!moves_.empty()) return;
  }
  // Where one found no owner the next would not either: streams that take nothing, say.
  for (std::uint16_t p = 0; p < replicas_.size(); ++p)
    if (const ownership::place at = owners_.of(partition_id{p}); !at.here && !at.member) return;
  for (std::uint16_t p = 0; p < replicas_.size(); ++p) {
    auto& since = could_go_back_since_[p];
    const std::string preferred = best_owner_of(p);
    if (preferred.empty() || preferred == self_ || replicas_[p]->moved_here() ||
        !replicas_[p]->may_be_given(preferred)) {
      since.reset();
    } else if (!since) {
      since = now;
    } else if (now - *since > long_enough) {
      since.reset();
      (void)move(p, preferred);
      return;
    }
  }
}

// The chains' list counts, not the file's: who reads the file should know when they differ.
void cluster_member::look_at_members() {
  bool part = true;
  std::uint32_t peers = UINT32_MAX;
  const replication::configuration* other = nullptr;
  replica_facts f, differs;
  for (const auto& r : replicas_) {
    f = r->facts();
    part = part && !f.outsider;
    f.members.both([&](const replication::voters& v) {
      peers = std::min(peers, v.guaranteed_peers);
      return true;
    });
    const auto as_set = [](const std::vector<std::string>& names) {
      return std::set<std::string>(names.begin(), names.end());
    };
    if (!other && f.members.version > 0 && !f.members.next &&
        as_set(f.members.now.names) != as_set(settings_.members)) {
      differs = f;
      other = &differs.members;
    }
  }
  takes_part_ = part;
  guaranteed_peers_ = peers;
  if (!std::exchange(told_differs_, other != nullptr) && other) {
    std::string names;
    for (const std::string& m : other->now.names) names += (names.empty() ? "" : ", ") + m;
    log_line(
        log_level::warn,
        "the members have changed since the cluster's file was written: write them into it, a node that is new or was "
        "wiped asks those that it names",
        {{"members", names}});
  }
}

result<partition_id> cluster_member::served(std::uint64_t partition) const {
  if (partition >= settings_.partitions)
    return invalid("partition", "must be 0 to " + std::to_string(settings_.partitions - 1) +
                                    ": the cluster has that many partitions");
  const partition_id p{static_cast<std::uint16_t>(partition)};
  if (const ownership::place at = owners_.of(p); !at.here)
    return error{errc::conflict, "not_served_here",
                 "partition " + std::to_string(partition) + " is not served by \"" + self_ + "\" but by " +
                     (at.member ? '"' + *at.member + '"' : "nobody right now"),
                 "partition"};
  return p;
}

result<replication::members_progress> cluster_member::change_members(std::uint64_t partition,
                                                                     const replication::members_change& wish) {
  const auto p = served(partition);
  if (!p) return p.error();
  return replicas_[p->value]->change_members(wish);
}

status_result cluster_member::move(std::uint64_t partition, const std::string& to, bool stays_there) {
  if (partition < settings_.partitions && !replicas_[partition]->facts().members.keeps(to))
    return invalid("to", "\"" + to + "\" is not a member of cluster \"" + settings_.id + '"');
  if (to == self_) return invalid("to", "must be another member: \"" + to + "\" is this one");
  const auto here = served(partition);
  if (!here) return here.error();
  const partition_id p = *here;
  if (streams_->silent_for(p).count() > 0 || streams_->lacks_room())
    return error{errc::unavailable, "stream_silent",
                 "the stream of partition " + std::to_string(partition) +
                     " does not answer, or takes nothing, and who is to own it must write there; try again",
                 "partition"};
  if (!replicas_[p.value]->in_step(to))
    return error{errc::unavailable, "not_in_step",
                 "\"" + to + "\" could not take partition " + std::to_string(partition) +
                     " over at once: it does not answer, or is behind; try again",
                 "to"};
  const std::scoped_lock lock{moves_mutex_};
  if (std::any_of(moves_.begin(), moves_.end(), [&](const moving& m) { return m.partition == p; }))
    return error{errc::conflict, "moves_already", "partition " + std::to_string(partition) + " is on its way already",
                 "partition"};
  moves_.push_back({p, to, stays_there, std::chrono::steady_clock::now() + move_patience, false});
  return ok();
}

void cluster_member::rest() {
  if (!started_) return;
  for (const auto& r : replicas_) r->rest();
}

// First nothing new comes in, then what did is accepted, then the other one may take over at once.
void cluster_member::carry_on_moves() {
  const auto now = std::chrono::steady_clock::now();
  const std::scoped_lock lock{moves_mutex_};
  std::erase_if(moves_, [&](moving& m) {
    replica& r = *replicas_[m.partition.value];
    if (!owners_.of(m.partition).here) return true;
    if (!m.draining) {
      m.draining = true;
      watcher_.drain(m.partition, true);
      return false;
    }
    const bool heir_is_there = r.in_step(m.to);
    if (heir_is_there && r.settled() && r.hand_over(m.to, m.stays_there)) return true;
    if (heir_is_there && now < m.give_up) return false;
    log_line(log_level::warn,
             "a partition stays where it is: the other member fell behind, or writes did not come to an end",
             {{"partition", std::to_string(m.partition.value)}, {"to", m.to}});
    watcher_.drain(m.partition, false);
    return true;
  });
}

void cluster_member::read(partition_id p, std::uint64_t generation, ack_level level,
                          std::unique_ptr<storage::commit_listener> listener, std::uint64_t upto) {
  replicas_[p.value]->read(generation, level, std::move(listener), upto);
}

bool cluster_member::stream_is_behind(partition_id p) const { return replicas_[p.value]->stream_is_behind(); }

cluster_member::change_list cluster_member::take_changes(partition_id p) { return replicas_[p.value]->take_changes(); }

replica_facts cluster_member::facts(partition_id p) const {
  if (!started_) return {};
  replica_facts f = replicas_[p.value]->facts();
  f.stream_silent_ms = streams_->silent_for(p).count();
  if (streams_->waits_for_key(p)) {
    f.stage = "waits_for_key";
    f.serving = false; // nothing is acknowledged before it has the key
  }
  return f;
}

status_result cluster_member::place(partition_id p, std::uint64_t generation, std::span<entry> entries,
                                    change_list& before) {
  if (!started_) return error{errc::unavailable, "not_serving", "the node does not serve yet; try again", {}};
  return replicas_[p.value]->place(generation, entries, before);
}

void cluster_member::changed(partition_id p, std::uint64_t op, bool cut) {
  if (cut) watcher_.cut();
  replicas_[p.value]->changed(op);
  watcher_.replicated();
  if (cut)
    log_line(log_level::warn, "entries that the cluster did not take are in quarantine",
             {{"partition", std::to_string(p.value)}});
}

void cluster_member::stored(partition_id p, storage::submission& s, std::vector<entry> entries, const receipt& r) {
  const bool wrote = !entries.empty();
  replicas_[p.value]->stored(s, std::move(entries), r);
  // Reads wait for all that is in the journal: a write whose stream is silent must not hold those of other partitions up.
  if (wrote) watcher_.written();
}

status_result cluster_member::begin_again(storage::journal& file) {
  if (!started_) return ok();
  for (std::uint16_t p = 0; p < replicas_.size(); ++p) {
    auto disk = file.load_replication(partition_id{p});
    if (!disk) return disk.error();
    replicas_[p]->begin(*std::move(disk));
  }
  return ok();
}

status_result cluster_member::begin_again(storage::journal& file, partition_id p) {
  watcher_.cut();
  auto disk = file.load_replication(p);
  if (!disk) return disk.error();
  log_line(log_level::warn, "a partition is learned again from the other members",
           {{"partition", std::to_string(p.value)}, {"from_index", std::to_string(disk->head().index + 1)}});
  replicas_[p.value]->begin(*std::move(disk));
  watcher_.replicated();
  return ok();
}

replication::step_time cluster_member::now() { return {boottime_us(), around_.look().now}; }

void cluster_member::send(partition_id from, const replication::member_name& to, const replication::message& what) {
  (void)connection_->publish(
      subject_of(to), storage::seal_between_members(*keys_->current(), place_of(to), replication::encode(from, what)));
  // Lost is lost: it is asked again.
}

void cluster_member::has_changes(partition_id p) {
  if (auto* writer = writer_.load()) writer->take_changes(p);
}

void cluster_member::serves(partition_id p, std::uint64_t generation) {
  takeovers_.fetch_add(1, std::memory_order_relaxed);
  log_line(log_level::info, "owns a partition",
           {{"partition", std::to_string(p.value)}, {"epoch", std::to_string(generation)}});
  streams_->served_here(p, true);
  watcher_.serves(p, generation);
  owners_.serves_here(p, true);
  watcher_.recover();
}

void cluster_member::serves_no_more(partition_id p, std::uint64_t generation, const std::string& why) {
  streams_->served_here(p, false);
  owners_.serves_here(p, false);
  log_line(log_level::info, "does not own a partition any more",
           {{"partition", std::to_string(p.value)}, {"epoch", std::to_string(generation)}, {"reason", why}});
  watcher_.serves_no_more(p, generation);
}

void cluster_member::owner_is(partition_id p, const replication::member_name& owner, bool anew) {
  owners_.owner_is(p, owner);
  watcher_.owner_is(p, owner, anew);
}

void cluster_member::refused(partition_id p, const replication::record_refused& what) {
  log_line(log_level::warn, "a record of the stream was refused",
           {{"partition", std::to_string(p.value)},
            {"generation", std::to_string(what.generation)},
            {"sequence", std::to_string(what.sequence)},
            {"reason", std::string(name(what.why))}});
}

void cluster_member::program_too_old(partition_id p, const std::string& why) {
  watcher_.program_too_old({errc::unsupported, "program_too_old",
                            "the cluster goes on with what only a newer ropewalk knows: " + why +
                                "; nothing was changed on this disk: start this node with the newer program",
                            "partition " + std::to_string(p.value)});
}

void cluster_member::cannot_go_on(partition_id p, const std::string& why) {
  log_line(log_level::error, "a partition cannot go on", {{"partition", std::to_string(p.value)}, {"reason", why}});
}

} // namespace ropewalk::actors
