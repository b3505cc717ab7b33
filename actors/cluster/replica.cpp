#include "actors/cluster/replica.hpp"

#include <algorithm>
#include <utility>

#include "runtime/overloaded.hpp"
#include "runtime/replication/record_codec.hpp"
#include "storage/entry_hash.hpp"

namespace ropewalk::actors {

using namespace replication;

namespace {

// Of changes that the disk does not have yet; what the reader has asked for may still come on top of it.
constexpr std::size_t unwritten_bytes_max = 8u << 20;
constexpr std::size_t change_overhead = 512; // of one without entries, about

} // namespace

const error replica::not_owner{errc::unavailable,
                               "not_owner",
                               "nothing was recorded: this node does not own the partition (any more); try again",
                               {}};

// Told on the streams' threads. What it says after its reader was closed carries an op that nobody waits for.
class replica::sink final : public record_sink {
public:
  sink(replica& of, std::uint64_t life, std::uint64_t op) : of_(of), life_(life), op_(op) {}

  void on_record(stored_record r) override {
    const digest bytes = storage::sha256(r.bytes);
    auto decoded = decode(r.bytes, of_.partition_);
    if (!decoded && decoded.error().code == errc::unsupported)
      return of_.stop_before(life_, decoded.error().detail + " (sequence " + std::to_string(r.sequence) + ")");
    const auto shared = decoded ? std::make_shared<const record>(*std::move(decoded)) : nullptr;
    of_.with(life_, [&](member& m) { m.stream_record(of_.now(), op_, r.sequence, bytes, shared); });
  }
  void on_gap(std::uint64_t first) override {
    of_.with(life_, [&](member& m) { m.stream_gap(of_.now(), op_, first); });
  }

private:
  replica& of_;
  const std::uint64_t life_, op_;
};

replica::replica(member_settings settings, const chain_view& chain, record_streams& streams,
                 replica_surroundings& around, released_acks& acks, std::size_t backlog_bytes)
    : settings_(std::move(settings)), partition_(settings_.partition), chain_(chain), streams_(streams),
      around_(around), acks_(acks), backlog_(backlog_bytes) {}

template <class Input>
void replica::with(std::uint64_t life, Input input) {
  const std::scoped_lock lock{mutex_};
  if (life != life_ || !member_) return;
  input(*member_);
  pump();
}

void replica::begin(durable_state disk) {
  const std::scoped_lock lock{mutex_};
  if (ended_) return;
  ++life_;
  stop_owning("it begins again from its disk");
  close_reader();
  forget_changes();
  backlog_.begin(disk.tail);
  const member::wishes wishes = member_ ? member_->operators_wishes() : member::wishes{};
  member_.emplace(settings_, std::move(disk), chain_, now());
  member_->keep_wishes(wishes);
  pump();
}

void replica::end() {
  std::vector<std::unique_ptr<record_reader>> closed;
  {
    const std::scoped_lock lock{mutex_};
    ++life_;
    ended_ = true;
    stop_owning("the node stops");
    member_.reset();
    forget_changes();
    close_reader();
    closed.swap(closed_readers_);
  }
}

void replica::tick(bool views_lag) {
  std::vector<std::unique_ptr<record_reader>> closed;
  const std::scoped_lock lock{mutex_};
  if (!member_) return;
  member_->lags(views_lag);
  member_->tick(now());
  pump();
  if (member_) note_silence();
  tell_late();
  closed.swap(closed_readers_); // ends after the lock does
}

void replica::receive(const message& m) {
  const std::scoped_lock lock{mutex_};
  if (!member_) return;
  member_->receive(now(), m);
  note_beat(m);
  pump();
}

void replica::heard_self() {
  const std::scoped_lock lock{mutex_};
  if (member_) member_->heard_self(now());
}

bool replica::settled() const {
  const std::scoped_lock lock{mutex_};
  return member_ && held_.empty() && member_->head().index == member_->accepted().index;
}

bool replica::hand_over(const member_name& to, bool moved) {
  const std::scoped_lock lock{mutex_};
  if (!member_) return false;
  const bool gave_way = member_->hand_over(now(), to, moved);
  pump();
  return gave_way;
}

bool replica::in_step(const member_name& other) const {
  const std::scoped_lock lock{mutex_};
  return member_ && member_->members().keeps(other) && member_->in_step(around_.now(), other);
}

bool replica::may_be_given(const member_name& to) const {
  const std::scoped_lock lock{mutex_};
  return member_ && member_->members().keeps(to) && member_->may_be_given(around_.now(), to);
}

bool replica::moved_here() const {
  const std::scoped_lock lock{mutex_};
  return member_ && member_->moved_here();
}

void replica::rest() {
  const std::scoped_lock lock{mutex_};
  if (member_) member_->rest();
}

storage::replicated_writes::change_list replica::take_changes() {
  const std::scoped_lock lock{mutex_};
  return std::exchange(changes_, {});
}

status_result replica::place(std::uint64_t generation, std::span<entry> entries,
                             storage::replicated_writes::change_list& before) {
  const std::scoped_lock lock{mutex_};
  before = std::exchange(changes_, {});
  if (generation_ == 0 || generation != generation_) return not_owner;
  if (entries.empty()) return ok();
  chain_point at = member_->head();
  std::vector<entry_ptr> placed;
  placed.reserve(entries.size());
  for (entry& e : entries) {
    e.index = at.index + 1;
    e.epoch = generation_;
    e.prev_hash = at.hash;
    e.hash = storage::hash_of(e);
    at = point_of(e);
    placed.push_back(std::make_shared<const entry>(e));
  }
  const bool taken = member_->prepared(now(), placed);
  if (taken)
    for (const entry_ptr& e : placed) backlog_.add(*e);
  pump();
  return taken ? ok() : status_result(not_owner);
}

void replica::changed(std::uint64_t op) {
  const std::scoped_lock lock{mutex_};
  if (!member_) return;
  note_written(op);
  member_->changed(now(), op);
  pump();
}

result<members_progress> replica::change_members(const members_change& wish) {
  const std::scoped_lock lock{mutex_};
  if (!member_) return not_owner;
  auto said = member_->change_members(now(), wish);
  pump();
  return said;
}

std::string replica::preferred() const {
  const std::scoped_lock lock{mutex_};
  return member_ ? member_->preferred() : "";
}

// Nothing of it is skipped: what others accepted would be missing here.
void replica::stop_before(std::uint64_t life, const std::string& why) {
  const std::scoped_lock lock{mutex_};
  if (life != life_ || !member_) return;
  ++life_;
  stop_owning("the program is too old");
  member_.reset();
  around_.program_too_old(partition_, why);
}

replica_facts replica::facts() const {
  const std::scoped_lock lock{mutex_};
  replica_facts f;
  if (!member_) return f;
  f.stage = member_->stage_name();
  f.owner = member_->owner();
  f.serving = member_->acknowledges(around_.now());
  f.epoch = member_->epoch();
  f.generation = member_->position().generation;
  f.head = member_->head().index;
  f.accepted = member_->accepted().index;
  f.durable = member_->stored_accepted().index;
  f.full_standing = member_->stands().full;
  f.resting = member_->rests();
  f.outsider = member_->outsider();
  f.members = member_->members();
  return f;
}

read_stand replica::stand() const {
  const std::scoped_lock lock{mutex_};
  read_stand s;
  s.served = served_;
  if (!member_) return s;
  s.serving = member_->serving();
  s.shows_accepted = member_->stands().full && member_->clean();
  s.index = member_->shown();
  s.head = member_->head().index;
  if (const auto at = member_->in_step_us()) s.age_us = std::max<std::int64_t>(0, around_.now().us - *at);
  return s;
}

void replica::pump() {
  while (member_) {
    std::vector<effect> effects = member_->take_effects();
    if (effects.empty()) break;
    for (effect& e : effects) perform(e);
  }
  if (member_) backlog_.accepted(member_->accepted().index);
  note_owner();
}

// An owner's beat may come before the stream tells of its epoch, or long after: neither is told twice.
void replica::note_beat(const message& m) {
  if (const auto* b = std::get_if<beat>(&m.body); b && m.from == member_->owner())
    beaten_epoch_ = std::max(beaten_epoch_, b->epoch);
}

void replica::note_owner() {
  if (!member_) return;
  const std::uint64_t epoch = std::max(member_->accepted().epoch, beaten_epoch_);
  if (member_->owner() == owner_ && epoch == owner_epoch_) return;
  owner_ = member_->owner();
  owner_epoch_ = epoch;
  owner_noted_us_ = now().us;
  owner_silent_ = false;
  around_.owner_is(partition_, owner_, true); // the same one as well: it was started again, or lost it between
}

// Nothing may be handed on to an owner that is dead, as long as nobody can take over.
void replica::note_silence() {
  const auto long_enough = 2 * settings_.lease_us; // who can take over has done it by then
  const bool silent = !owner_.empty() && owner_ != settings_.self &&
                      now().us - std::max(member_->last_beat_us(), owner_noted_us_) > long_enough;
  if (silent != std::exchange(owner_silent_, silent))
    around_.owner_is(partition_, silent ? member_name{} : owner_, false);
}

void replica::publish(publish_record& r) {
  std::string bytes = encode(*r.what);
  const digest d = storage::sha256(bytes);
  streams_.publish({partition_, r.generation}, r.expected, std::move(bytes),
                   [this, life = life_, op = r.op, d](publish_outcome o) {
                     with(life, [&](member& m) { m.published(now(), op, o, d); });
                   });
}

void replica::follow(const follow_stream& f) {
  close_reader();
  reader_ = streams_.read({partition_, f.generation}, f.from, std::make_shared<sink>(*this, life_, f.op));
}

void replica::close_reader() {
  reader_paused_ = false;
  if (reader_) closed_readers_.push_back(std::move(reader_));
}

void replica::queue(change&& c) {
  std::size_t bytes = change_overhead;
  if (c.adopted)
    for (const entry_ptr& e : c.adopted->entries) bytes += record_bytes(*e);
  unwritten_.emplace_back(c.op, bytes);
  unwritten_bytes_ += bytes;
  changes_.push_back(std::move(c));
  around_.has_changes(partition_);
  if (unwritten_bytes_ <= unwritten_bytes_max || reader_paused_ || !reader_) return;
  reader_->pause();
  reader_paused_ = true;
}

void replica::forget_changes() {
  changes_.clear();
  unwritten_.clear();
  unwritten_bytes_ = 0;
}

void replica::note_written(std::uint64_t op) {
  for (; !unwritten_.empty() && unwritten_.front().first <= op; unwritten_.pop_front())
    unwritten_bytes_ -= unwritten_.front().second;
  if (!reader_paused_ || unwritten_bytes_ > unwritten_bytes_max / 2) return;
  reader_->go_on();
  reader_paused_ = false;
}

void replica::perform(effect& what) {
  std::visit(overloaded{
                 [&](change& c) { queue(std::move(c)); },
                 [&](publish_record& r) { publish(r); },
                 [&](inspect_stream& i) {
                   streams_.inspect({partition_, i.generation}, [this, life = life_, op = i.op](stream_facts f) {
                     with(life, [&](member& m) { m.inspected(now(), op, f); });
                   });
                 },
                 [&](create_stream& c) {
                   streams_.create({partition_, c.generation}, [this, life = life_, op = c.op](stream_change done) {
                     with(life, [&](member& m) { m.created(now(), op, done); });
                   });
                 },
                 [&](list_streams& l) {
                   streams_.list([this, life = life_, op = l.op](bool known, std::vector<stream_id> found) {
                     std::vector<std::uint64_t> generations;
                     for (const stream_id& id : found)
                       if (id.partition == partition_) generations.push_back(id.generation);
                     with(life, [&](member& m) { m.listed(now(), op, known, generations); });
                   });
                 },
                 [&](follow_stream& f) { follow(f); },
                 [&](unfollow&) { close_reader(); },
                 [&](trim_stream& t) {
                   streams_.trim({partition_, t.generation}, t.keep_from, [](stream_change) {});
                 },
                 [&](remove_stream& r) {
                   streams_.remove({partition_, r.generation}, [](stream_change) {});
                 },
                 [&](send_message& m) { around_.send(partition_, m.to, m.what); },
                 [&](serve& s) {
                   backlog_.begin({}); // nothing of an earlier epoch is left
                   generation_ = s.epoch;
                   serving_since_us_ = now().us;
                   ++served_;
                   reached_ = {};
                   around_.serves(partition_, s.epoch);
                 },
                 [&](stop_serving& s) { stop_owning(s.why); },
                 [&](progress& p) { release(p); },
                 [&](read_stands& r) { end_read(r.read, true); },
                 [&](read_fails& r) { end_read(r.read, false); },
                 [&](record_refused& r) { around_.refused(partition_, r); },
                 [&](program_too_old& t) { around_.program_too_old(partition_, t.why); },
                 [&](cannot_go_on& c) { around_.cannot_go_on(partition_, c.why); },
             },
             what);
}

} // namespace ropewalk::actors
