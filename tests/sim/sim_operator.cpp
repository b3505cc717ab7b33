// An operator who adds, removes and replaces members, one at a time, and asks again until it is done or he wants something else: as
// `ropewalk cluster add` and `remove` do.

#include <algorithm>

#include "tests/sim/sim_world.hpp"

namespace ropewalk::sim {

namespace {

constexpr std::int64_t asks_every_us = 700'000;
constexpr std::int64_t gives_up_us = 25'000'000; // and wants something else, whatever came of it

} // namespace

const configuration* sim_world::members_now() const {
  const sim_node* newest = nullptr;
  for (const auto& n : nodes)
    if (n->logic && n->logic->serving() && (!newest || newest->logic->epoch() < n->logic->epoch())) newest = n.get();
  return newest ? &newest->logic->members() : nullptr;
}

void sim_world::begin_operator() {
  operate();
  if (options.upgrade)
    for (const auto& n : nodes) {
      if (!n->in_use) { // bought later
        n->program = program_level + 1;
        continue;
      }
      clock.after(operators_.between(0, 30'000'000), [this, &n = *n] { upgrade(n); });
    }
  const auto any_time = [this](double a_minute, void (sim_world::*what)(const configuration&), auto again) -> void {
    if (a_minute <= 0) return;
    clock.after(operators_.until_next(a_minute), [this, a_minute, what, again] {
      if (!faulty_) return;
      if (const configuration* now = members_now()) (this->*what)(*now);
      again(a_minute, what, again);
    });
  };
  any_time(options.member_changes, &sim_world::want_something, any_time);
  any_time(options.deaths, &sim_world::dies_for_good, any_time);
}

// Every now and then he asks whoever serves.
void sim_world::operate() {
  clock.after(operators_.between(asks_every_us / 2, asks_every_us), [this] {
    if (!wishes_.empty() && clock.now() > wish_until_us_ && faulty_) wishes_.clear();
    if (!wishes_.empty())
      for (const auto& n : nodes)
        if (n->logic && n->logic->serving() && !n->streams.cut)
          n->with(n->boot, [this, &n = *n] {
            if (n.logic->serving() && !wishes_.empty()) carry_out(n);
          });
    operate();
  });
}

void sim_world::carry_out(sim_node& owner) {
  const members_change wish = wishes_.back();
  const auto said = owner.logic->change_members(owner.time(), wish);
  owner.pump();
  if (said && *said == members_progress::done) {
    note("members: " + std::string(wish.add ? "added " : "removed ") + wish.who);
    ++(wish.add ? counts_.added : counts_.removed);
    wishes_.pop_back();
    wish_until_us_ = clock.now() + gives_up_us;
    for (const auto& n : nodes)
      if (!wish.add && n->name == wish.who) n->gone_member = false;
    return;
  }
  if (said) return;
  if (said.error().type == "hand_over_first") {
    const configuration& now = owner.logic->members();
    for (const auto& n : nodes)
      if (n->number != owner.number && now.keeps(n->name) && n->name != wish.who &&
          owner.logic->in_step(owner.time(), n->name))
        return owner.hand_over(n->number);
  } else if (said.error().code == errc::invalid) {
    wishes_.pop_back(); // the list is another one since: what he had wanted before came true after all
  }
}

// The members fall apart while they change: first the owner and one other go on alone, then they are cut off, and the streams on
// the others' side have nothing of it.
void sim_world::members_written(const sim_node& owner, const configuration& c) {
  if (!faulty_ || split_ || !operators_.chance(options.splits)) return;
  split_ = true;
  std::vector<std::size_t> with_owner{owner.number}, others;
  for (const auto& n : nodes) {
    if (!n->in_use || n->number == owner.number || !c.has(n->name)) continue;
    const bool is_new = c.next && !c.now.has(n->name);
    if (with_owner.size() < 2 && (is_new || operators_.chance(0.3))) with_owner.push_back(n->number);
    else others.push_back(n->number);
  }
  note("the members fall apart");
  const std::int64_t first = operators_.between(500'000, 4'000'000), second = operators_.between(3'000'000, 12'000'000);
  const auto cut = [this](const std::vector<std::size_t>& who, bool off) {
    for (const std::size_t n : who) nodes[n]->streams.cut = off && faulty_;
  };
  if (operators_.chance(0.5)) cut(others, true); // before they read of it
  else clock.after(operators_.between(0, 60'000), [cut, others] { cut(others, true); });
  clock.after(first, [this, cut, with_owner, others] {
    cut(others, false);
    cut(with_owner, true);
    if (!faulty_ || !streams.vanish()) return;
    ++counts_.vanishings;
    ++data_faults_;
    given_up_.clear();
    note("and the streams vanish");
  });
  clock.after(first + second, [this, cut, with_owner] {
    cut(with_owner, false);
    split_ = false;
  });
}

void sim_world::upgrade(sim_node& n) {
  if (!n.in_use) return;
  note(n.name + " gets a newer program");
  n.program = program_level + 1;
  if (!n.logic) return; // with its next start
  n.crash();
  n.start();
}

// Of what not all members know nothing is written. Who is no member any more may read of it.
void sim_world::too_old(sim_node& n, const std::string& why) {
  const configuration* now = members_now();
  if (!options.upgrade || n.program > program_level || (now && now->has(n.name)))
    return violated(n.name + " stops: " + why);
  clock.after(1000, [this, &n] { upgrade(n); });
}

void sim_world::start_spare(sim_node& n) {
  if (n.in_use) {
    // Back as it was, or on another disk. Who does not know yet that it was removed may be needed after all.
    const bool out = n.logic && n.logic->outsider() && n.disk.content().standing.full;
    if (!out || operators_.chance(0.5)) return;
    n.crash();
    ++n.wipes;
  }
  n.in_use = true;
  n.never_stood = true;
  n.disk.wipe(++incarnations_);
  n.start();
}

void sim_world::want_something(const configuration& now) {
  if (!wishes_.empty() || now.next) return;
  const bool disks_die = options.wipes + options.backups + options.relearns + options.deaths > 0;
  const std::size_t least = disks_die ? 3 : 1;
  std::vector<sim_node*> outside, inside;
  for (const auto& n : nodes) {
    if (now.has(n->name)) {
      if (n->in_use) inside.push_back(n.get());
    } else if (n->in_use || n->wipes == 0) {
      outside.push_back(n.get());
    }
  }
  members_change wish;
  wish.add = now.now.names.size() <= least || operators_.chance(0.5);
  if (wish.add ? outside.empty() : inside.size() < 2 || now.now.names.size() <= least) return;
  auto& from = wish.add ? outside : inside;
  sim_node& who = *from[operators_.below(from.size())];
  wish.who = who.name;
  const std::size_t then = now.now.names.size() + (wish.add ? 1 : std::size_t(-1));
  if (operators_.chance(0.3) && then >= 3)
    wish.guaranteed_peers = static_cast<std::uint32_t>(operators_.between(1, static_cast<std::int64_t>(then) - 2));
  if (options.splits > 0 && then >= 3) wish.guaranteed_peers = 1; // the fewest that a commit may stand on
  // A member that lost its disk needs an owner whose lease stands without it.
  if (disks_die && !wish.guaranteed_peers && wished(now.now, wish).guaranteed_peers + 2 > then)
    wish.guaranteed_peers = 1;
  if (wish.add) start_spare(who);
  if (options.splits > 0 && operators_.chance(0.4)) // one of them hears nothing of it
    cut_off(inside[operators_.below(inside.size())]->number, operators_.between(2'000'000, 12'000'000));
  note(std::string("wanted: ") + (wish.add ? "add " : "remove ") + wish.who);
  wishes_.push_back(wish);
  wish_until_us_ = clock.now() + gives_up_us;
}

// A machine that never comes back: another name takes its place.
void sim_world::dies_for_good(const configuration& now) {
  if (!wishes_.empty() || now.next || now.now.names.size() < 3 || disks_lost(nodes.size()) > 0) return;
  sim_node* spare = nullptr;
  std::vector<sim_node*> inside;
  for (const auto& n : nodes) {
    if (now.has(n->name) && n->in_use) inside.push_back(n.get());
    if (!now.has(n->name) && !n->in_use && n->wipes == 0) spare = n.get();
  }
  if (!spare || inside.size() < 3) return;
  sim_node& gone = *inside[operators_.below(inside.size())];
  gone.crash();
  ++gone.wipes;
  ++counts_.died;
  gone.in_use = false;
  gone.gone_member = true;
  gone.disk.wipe(++incarnations_);
  note(gone.name + " dies for good");
  start_spare(*spare);
  wishes_ = {{true, spare->name, std::nullopt}, {false, gone.name, std::nullopt}};
  if (now.now.names.size() <= 3 || operators_.chance(0.5)) std::swap(wishes_[0], wishes_[1]);
  wish_until_us_ = clock.now() + 3 * gives_up_us;
}

} // namespace ropewalk::sim
