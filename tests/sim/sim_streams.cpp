#include "tests/sim/sim_streams.hpp"

#include <algorithm>
#include <utility>

namespace ropewalk::sim {

namespace {

constexpr std::int64_t time_out_us = 2'000'000;
constexpr std::size_t records_a_delivery = 8;
constexpr double slow_publishes = 0.05;
constexpr std::int64_t longest_to_notice_us = 4'000'000; // that another stream stands there; a reader looks every three seconds

} // namespace

void sim_streams::stored(stream_id which) {
  for (sim_access* access : accesses_)
    for (const auto& r : access->readings_)
      if (r->which == which) access->wake(r);
}

void sim_streams::begin(stream_id which) {
  if (const auto [at, made] = stores_.try_emplace(which); made) at->second.birthday = ++births_;
}

void sim_streams::touched(std::optional<stream_id> which) {
  if (faults.blind_readers) return;
  for (sim_access* access : accesses_)
    for (const auto& r : access->readings_)
      if (!which || *which == r->which)
        clock_.after(chance_.between(0, longest_to_notice_us), [access, r] { access->wake(r); });
}

bool sim_streams::truncate(std::uint64_t records) {
  bool any = false;
  for (auto& [which, store] : stores_) {
    const std::size_t gone = std::min<std::size_t>(records, store.records.size());
    store.records.resize(store.records.size() - gone);
    any = any || gone > 0;
  }
  if (any) touched();
  return any;
}

bool sim_streams::vanish() {
  const bool any = !stores_.empty();
  stores_.clear();
  if (any) touched();
  return any;
}

bool sim_streams::put_copy_back() {
  if (copy_.empty()) return false;
  stores_ = copy_;
  touched();
  return true;
}

std::uint64_t sim_store::removed() const {
  const auto real = std::find_if(records.rbegin(), records.rend(), [](const auto& r) { return r.has_value(); });
  return static_cast<std::uint64_t>(real - records.rbegin());
}

// Where nothing is left, none of it counts as missing.
void sim_store::take_away() {
  records.emplace_back();
  if (removed() < records.size()) return;
  trimmed = last();
  records.clear();
}

sim_access::~sim_access() { std::erase(world_.accesses_, this); }

std::int64_t sim_streams::until_created(stream_id which) {
  if (!slow || stores_.contains(which)) return 0;
  const auto [at, first] = created_at_.try_emplace(which, 0);
  if (first) {
    at->second = clock_.now() + chance_.between(500'000, 5'000'000);
    clock_.after(at->second - clock_.now(), [this, which] {
      created_at_.erase(which);
      begin(which);
    });
  }
  return at->second - clock_.now();
}

// A server that has just started may deny what it has, so it is asked again after a second.
std::int64_t sim_streams::until_said(const stream_facts& f) {
  return slow && f.what == stream_facts::kind::missing ? chance_.between(1'000'000, 2'000'000) : 0;
}

std::int64_t sim_streams::until_said(const publish_outcome& o) {
  if (!slow) return 0;
  if (o.what == publish_outcome::kind::missing) return chance_.between(1'000'000, 2'000'000);
  return chance_.chance(slow_publishes) ? chance_.between(5'000, time_out_us - 5'000) : 0;
}

template <class Answer>
void sim_access::ask(std::function<Answer()> at_server, std::function<void(Answer)> done, Answer unknown,
                     std::function<std::int64_t(const Answer&)> takes) {
  auto& w = world_;
  const stream_faults& f = w.faults;
  const std::int64_t there = w.chance_.between(100, 2000), back = w.chance_.between(100, 2000);
  if (cut || w.chance_.chance(f.lose_request)) {
    w.clock_.after(time_out_us, [done, unknown] { done(unknown); });
    return;
  }
  if (w.down() || w.chance_.chance(f.late)) { // what was sent lands when the server is there again
    w.clock_.after(time_out_us, [done, unknown] { done(unknown); });
    const std::int64_t when =
        std::max<std::int64_t>(0, w.down_until_us - w.clock_.now()) + w.chance_.between(0, 9'000'000);
    if (!w.down() || w.chance_.chance(0.5)) w.clock_.after(when, [at_server] { at_server(); });
    return;
  }
  const bool lost = w.chance_.chance(f.lose_answer);
  w.clock_.after(there, [&w, at_server, done, unknown, takes, back, lost] {
    Answer answer = at_server();
    if (lost) w.clock_.after(time_out_us, [done, unknown] { done(unknown); });
    else w.clock_.after(back + (takes ? takes(answer) : 0), [done, answer] { done(answer); });
  });
}

void sim_access::create(stream_id which, std::function<void(stream_change)> done) {
  ask<stream_change>(
      [&w = world_, which] {
        if (w.until_created(which) == 0) w.begin(which);
        return stream_change::done;
      },
      std::move(done), stream_change::unknown,
      [&w = world_, which](const stream_change&) { return w.until_created(which); });
}

void sim_access::publish(stream_id which, std::uint64_t expected, std::string bytes,
                         std::function<void(publish_outcome)> done) {
  if (bytes.size() > world_.largest) { // never goes out
    world_.most_too_large = std::max(world_.most_too_large, ++world_.too_large_[bytes]);
    world_.clock_.after(world_.chance_.between(10, 200), [done] { done({publish_outcome::kind::too_large, 0}); });
    return;
  }
  const bool fence_fails = world_.chance_.chance(world_.faults.ignore_fence);
  ask<publish_outcome>(
      [&w = world_, which, expected, fence_fails, bytes = std::move(bytes)]() -> publish_outcome {
        const auto at = w.stores_.find(which);
        if (at == w.stores_.end()) return {publish_outcome::kind::missing, 0};
        if (!fence_fails && at->second.last() != expected) return {publish_outcome::kind::refused, at->second.last()};
        if (w.room != sim_room::plenty) {
          publish_outcome declined;
          declined.declined = true;
          declined.removed = w.room == sim_room::removes;
          if (declined.removed) at->second.take_away();
          return declined;
        }
        at->second.records.push_back(bytes);
        w.stored(which);
        return {publish_outcome::kind::stored, at->second.last()};
      },
      std::move(done), publish_outcome{}, [&w = world_](const publish_outcome& o) { return w.until_said(o); });
}

void sim_access::inspect(stream_id which, std::function<void(stream_facts)> done) {
  ask<stream_facts>(
      [&w = world_, which]() -> stream_facts {
        const auto at = w.stores_.find(which);
        if (at == w.stores_.end()) return {stream_facts::kind::missing, 0, 0};
        return {stream_facts::kind::present, at->second.trimmed + 1, at->second.last(), at->second.removed()};
      },
      std::move(done), stream_facts{}, [&w = world_](const stream_facts& f) { return w.until_said(f); });
}

void sim_access::trim(stream_id which, std::uint64_t keep_from, std::function<void(stream_change)> done) {
  ask<stream_change>(
      [&w = world_, which, keep_from] {
        const auto at = w.stores_.find(which);
        if (at == w.stores_.end()) return stream_change::missing;
        auto& s = at->second;
        if (keep_from > s.trimmed + 1) {
          const std::uint64_t gone = std::min<std::uint64_t>(keep_from - 1 - s.trimmed, s.records.size());
          s.records.erase(s.records.begin(), s.records.begin() + static_cast<std::ptrdiff_t>(gone));
          s.trimmed += gone;
        }
        return stream_change::done;
      },
      std::move(done), stream_change::unknown);
}

void sim_access::remove(stream_id which, std::function<void(stream_change)> done) {
  ask<stream_change>(
      [&w = world_, which] {
        if (w.stores_.erase(which) == 0) return stream_change::missing;
        w.touched(which);
        return stream_change::done;
      },
      std::move(done), stream_change::unknown);
}

void sim_access::list(std::function<void(bool, std::vector<stream_id>)> done) {
  using found = std::optional<std::vector<stream_id>>;
  ask<found>(
      [&w = world_]() -> found {
        std::vector<stream_id> ids;
        for (const auto& [which, store] : w.stores_) ids.push_back(which);
        return ids;
      },
      [done = std::move(done)](found f) { f ? done(true, *std::move(f)) : done(false, {}); }, found{});
}

class sim_access::reader final : public record_reader {
public:
  reader(sim_access& from, std::shared_ptr<reading> r) : from_(from), r_(std::move(r)) {}
  ~reader() override {
    r_->sink = nullptr;
    std::erase(from_.readings_, r_);
  }
  void pause() override { r_->paused = true; }
  void go_on() override {
    r_->paused = false;
    from_.wake(r_);
  }

private:
  sim_access& from_;
  std::shared_ptr<reading> r_;
};

std::unique_ptr<record_reader> sim_access::read(stream_id which, std::uint64_t from,
                                                std::shared_ptr<record_sink> sink) {
  auto r = std::make_shared<reading>();
  r->which = which;
  r->next = from;
  r->sink = std::move(sink);
  readings_.push_back(r);
  wake(r);
  return std::make_unique<reader>(*this, r);
}

void sim_access::wake(const std::shared_ptr<reading>& r, std::int64_t after_us) {
  if (r->scheduled || !r->sink) return;
  r->scheduled = true;
  std::int64_t delay = after_us + world_.chance_.between(200, 3000);
  if (world_.down()) delay += world_.down_until_us - world_.clock_.now();
  if (cut) delay += 500'000;
  world_.clock_.after(delay, [this, r] { deliver(r); });
}

bool sim_access::another(const reading& r, const sim_store& now) {
  if (r.birthday != 0 && r.birthday != now.birthday) return true;
  if (!r.last || r.next <= now.trimmed + 1) return false; // nothing to compare
  return now.last() + 1 < r.next || (r.last_at > now.trimmed && now.records[r.last_at - now.trimmed - 1] != *r.last);
}

void sim_access::gap(reading& r, std::uint64_t first) {
  const auto last = std::exchange(r.sink, nullptr);
  last->on_gap(first);
}

void sim_access::deliver(const std::shared_ptr<reading>& r) {
  r->scheduled = false;
  if (!r->sink || r->paused) return;
  if (cut || world_.down()) return wake(r);
  const auto at = world_.stores_.find(r->which);
  if (at == world_.stores_.end()) return gap(*r, 0);
  const sim_store& s = at->second;
  if (r->lost || r->next <= s.trimmed) return gap(*r, s.trimmed + 1);
  if (!world_.faults.blind_readers && another(*r, s)) {
    r->lost = true;
    return wake(r, world_.chance_.between(0, longest_to_notice_us));
  }
  r->birthday = s.birthday;
  for (std::size_t n = 0; n < records_a_delivery && r->sink && !r->paused && r->next <= s.last(); ++n) {
    if (!s.records[r->next - s.trimmed - 1]) { // nothing comes, until something stands behind it
      if (r->next > s.last() - s.removed()) return;
      ++r->next;
      continue;
    }
    stored_record next{r->next, *s.records[r->next - s.trimmed - 1]};
    ++r->next;
    r->last = next.bytes;
    r->last_at = next.sequence;
    const auto keep = r->sink;
    keep->on_record(std::move(next));
    if (!world_.stores_.contains(r->which)) return;
  }
  if (r->sink && r->next <= s.last()) wake(r);
}

} // namespace ropewalk::sim
