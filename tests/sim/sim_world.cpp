#include "tests/sim/sim_world.hpp"
#include "runtime/replication/message_codec.hpp"

#include <cstdio>
#include <cstring>
#include <sstream>

#include "runtime/replication/record_codec.hpp"

namespace ropewalk::sim {

digest sim_hash(const entry& e) { // cheap, of all that matters here
  std::uint64_t h = 1469598103934665603u;
  const auto mix = [&h](std::uint64_t v) { h = (h ^ v) * 0x9e3779b97f4a7c15u, h ^= h >> 29; };
  mix(e.index);
  mix(e.epoch);
  mix(e.event.version);
  mix(static_cast<std::uint64_t>(e.entity.kind));
  for (const char c : e.event.body) mix(static_cast<std::uint8_t>(c));
  for (const char c : e.entity.id) mix(static_cast<std::uint8_t>(c));
  std::uint64_t before = 0;
  std::memcpy(&before, e.prev_hash.data(), sizeof before);
  mix(before);
  digest d{};
  std::memcpy(d.data(), &h, sizeof h);
  return d;
}

digest genesis() {
  digest d{};
  d[0] = 42;
  return d;
}

std::string short_text(const chain_point& p) {
  std::uint16_t h = 0;
  std::memcpy(&h, p.hash.data(), sizeof h);
  char text[64];
  std::snprintf(text, sizeof text, "(%llu, %llu, %04x)", static_cast<unsigned long long>(p.epoch),
                static_cast<unsigned long long>(p.index), h);
  return text;
}

world_counts& world_counts::operator+=(const world_counts& o) {
  appends += o.appends, repeats += o.repeats, reads += o.reads, takeovers += o.takeovers, generations += o.generations;
  quarantined += o.quarantined, joins += o.joins, crashes += o.crashes, pauses += o.pauses, wipes += o.wipes;
  relearns += o.relearns, backups += o.backups, cuts += o.cuts, outages += o.outages, truncations += o.truncations;
  vanishings += o.vanishings, stores_put_back += o.stores_put_back, full += o.full, hand_overs += o.hand_overs;
  added += o.added, removed += o.removed, died += o.died;
  messages += o.messages, steps += o.steps, fetches += o.fetches, simulated_us += o.simulated_us;
  return *this;
}

sim_world::sim_world(world_options o, bool trace)
    : options(std::move(o)), chance(options.seed), streams(clock, chance), tracing(trace),
      operators_(options.seed ^ 0x5eed), repeaters_(options.seed ^ 0x4e9ea7) {
  for (std::uint32_t i = 0; i < options.members; ++i) names.push_back("n" + std::to_string(i + 1));
  for (std::uint32_t i = 0; i < options.members; ++i) nodes.push_back(std::make_unique<sim_node>(*this, i, chance));
  for (std::uint32_t i = 0; i < options.spares; ++i) {
    nodes.push_back(std::make_unique<sim_node>(*this, nodes.size(), operators_));
    nodes.back()->in_use = false;
  }
  cut_.assign(nodes.size(), std::vector<bool>(nodes.size(), false));
  last_owner_.assign(options.clients, 0);
}

sim_world::~sim_world() = default;

void sim_world::violated(const std::string& what) {
  if (violation_.empty()) violation_ = what;
  note("VIOLATED: " + what);
}

void sim_world::note(const std::string& what) {
  for (const char c : what) trace_ = (trace_ ^ static_cast<std::uint8_t>(c)) * 1099511628211u;
  trace_ = (trace_ ^ static_cast<std::uint64_t>(clock.now())) * 1099511628211u;
  if (tracing) std::fprintf(stderr, "%12.6f %s\n", static_cast<double>(clock.now()) / 1e6, what.c_str());
}

void sim_world::transmit(std::size_t from, const member_name& to, const message& m) {
  ++counts_.messages;
  const auto sent = decode_message(encode(partition_id{0}, m));
  if (!sent) return violated("a message does not come back from its bytes: " + sent.error().detail);
  const std::size_t target = static_cast<std::size_t>(std::stoul(to.substr(1))) - 1;
  const double drop = faulty_ ? options.drop : 0, repeat = faulty_ ? options.repeat : 0,
               slow = faulty_ ? options.slow : 0;
  for (int copy = chance.chance(repeat) ? 2 : 1; copy > 0; --copy) {
    if (chance.chance(drop)) continue;
    const std::int64_t delay = chance.chance(slow) ? chance.between(5'000, 4'000'000) : chance.between(100, 5'000);
    clock.after(delay, [this, from, target, m = sent->what] {
      if (cut_[from][target] || nodes[from]->isolated || nodes[target]->isolated || nodes[from]->streams.cut ||
          nodes[target]->streams.cut)
        return;
      sim_node& n = *nodes[target];
      if (n.logic) n.with(n.boot, [&n, m] { n.receive(m); });
    });
  }
}

void sim_world::echo(std::size_t from) {
  sim_node& n = *nodes[from];
  if (n.streams.cut) return;
  const std::uint64_t life = n.boot;
  clock.after(chance.between(100, 5'000), [&n, life] { n.with(life, [&n] { n.logic->heard_self(n.time()); }); });
}

namespace {

bool ends_sealed(const sim_store& store) {
  const auto real =
      std::find_if(store.records.rbegin(), store.records.rend(), [](const auto& r) { return r.has_value(); });
  if (real == store.records.rend()) return false;
  const auto last = decode(**real, partition_id{0});
  return last && last->kind == record_kind::seal;
}

} // namespace

void sim_world::cut_off(std::size_t n, std::int64_t for_us) {
  ++counts_.cuts;
  note(nodes[n]->name + " is cut off from NATS");
  nodes[n]->streams.cut = true;
  clock.after(for_us, [this, n] { nodes[n]->streams.cut = false; });
}

void sim_world::campaigns(sim_node& n) {
  if (!faulty_ || !chance.chance(options.cut_candidates)) return;
  clock.after(chance.between(2'000, 25'000), [this, which = n.number] {
    if (faulty_) cut_off(which, chance.between(500'000, 5'000'000));
  });
}

void sim_world::now_serves(sim_node& n, std::uint64_t epoch, const chain_point& head) {
  ++counts_.takeovers;
  note(n.name + " serves epoch " + std::to_string(epoch) + " from " + short_text(head) + " in generation " +
       std::to_string(n.logic->position().generation));
  const auto [at, first] = epoch_owner_.emplace(epoch, n.number);
  if (!first) violated("I3: epoch " + std::to_string(epoch) + " is served twice");
  check_history(n);
  const auto& chain = n.disk.content().chain;
  if (chain.size() < head.index || n.disk.at(head.index) != head)
    return violated("an owner serves what its disk does not hold");
  // Whoever serves shows all of it, so it must last as what N+1 hold (I2).
  held_by_peers(n, head.index);
  if (const std::uint64_t generation = n.logic->position().generation; generations_seen_.insert(generation).second)
    for (const auto& [which, store] : streams.stores())
      if (which.generation < generation && !ends_sealed(store)) given_up_.emplace(which.generation, store.last());
}

void sim_world::held_by_peers(sim_node& n, std::uint64_t index) {
  const auto& chain = n.disk.content().chain;
  const std::uint64_t common = std::min<std::uint64_t>(index, committed_.size());
  if (common > 0 && (chain.size() < common || chain[common - 1]->hash != committed_[common - 1]))
    return violated("I2: entry " + std::to_string(common) + ", held by N+1 members, is not in the chain of " + n.name);
  if (index == 0) return;
  // An owner that begins must have all of it.
  if (n.logic->serving() && index < committed_.size() && n.logic->accepted().index < committed_.size() &&
      n.logic->epoch() >= epoch_owner_.rbegin()->first)
    return violated("I2: the chain of the newest owner is shorter than what N+1 members held");
  for (std::uint64_t i = committed_.size() + 1; i <= index; ++i) {
    if (chain.size() < i) return violated("an owner reports what its disk does not hold");
    committed_.push_back(chain[i - 1]->hash);
  }
}

void sim_world::acknowledged(sim_node& n, std::uint64_t epoch, std::uint64_t index, const digest& hash,
                             ack_level level) {
  if (level == ack_level::local) return;
  const std::uint64_t generation = n.logic->position().generation;
  // An owner of old that nothing keeps from going on in its stream.
  const auto sealed = given_up_.find(generation);
  if (sealed != given_up_.end() && n.logic->position().sequence > sealed->second &&
      (index > committed_.size() || committed_[index - 1] != hash))
    violated("I3: " + n.name + " acknowledges entry " + std::to_string(index) + " of epoch " + std::to_string(epoch) +
             " out of a generation that was given up before");
}

void sim_world::every(double a_minute, std::function<void()> what) {
  if (a_minute <= 0) return;
  clock.after(chance.until_next(a_minute), [this, a_minute, what = std::move(what)] {
    if (!faulty_) return;
    what();
    every(a_minute, what);
  });
}

std::size_t sim_world::disks_lost(std::size_t but) const {
  std::size_t lost = 0;
  for (const auto& node : nodes) {
    const bool wiped = !node->disk.content().standing.full && !node->never_stood;
    if (node->number != but && (node->in_use ? wiped : node->gone_member)) ++lost;
  }
  return lost;
}

void sim_world::wipe(std::size_t n, disk_loss what) {
  // No more than N disks at a time do not know all that they acknowledged.
  const std::uint64_t bearable = options.spares > 0 ? 1 : options.peers; // members change, and N with them
  if (disks_lost(n) >= bearable || !nodes[n]->disk.content().standing.full || !nodes[n]->in_use) return;
  if (what == disk_loss::put_back && !backups_.contains(n)) return;
  nodes[n]->crash();
  note(nodes[n]->name + (what == disk_loss::put_back  ? " is put back from a backup"
                         : what == disk_loss::relearn ? " is to learn the end of its chain again"
                                                      : " is wiped"));
  ++nodes[n]->wipes;
  if (what == disk_loss::put_back) {
    ++counts_.backups;
    nodes[n]->disk.put_back(backups_[n], ++incarnations_);
  } else if (what == disk_loss::relearn) {
    ++counts_.relearns;
    nodes[n]->disk.relearn(chance.below(nodes[n]->disk.content().chain.size() + 1), ++incarnations_,
                              options.alone);
  } else {
    ++counts_.wipes;
    nodes[n]->disk.wipe(++incarnations_);
  }
  clock.after(chance.between(10'000, 6'000'000), [this, n] {
    if (!nodes[n]->logic && nodes[n]->in_use) nodes[n]->start();
  });
}

void sim_world::plan_faults() {
  const auto any = [this] { return static_cast<std::size_t>(chance.below(nodes.size())); };
  streams.faults = {options.lose_request, options.lose_answer, options.late, options.ignore_fence,
                    options.blind_readers};
  every(options.crashes, [this, any] {
    const std::size_t n = any();
    if (!nodes[n]->logic) return;
    ++counts_.crashes;
    nodes[n]->crash();
    clock.after(chance.between(10'000, chance.chance(0.3) ? 20'000'000 : 2'000'000), [this, n] {
      if (!nodes[n]->logic && nodes[n]->in_use) nodes[n]->start();
    });
  });
  every(options.pauses, [this, any] {
    ++counts_.pauses;
    nodes[any()]->pause(clock.now() + chance.between(10'000, 12'000'000));
  });
  every(options.wipes, [this, any] { wipe(any(), disk_loss::wipe); });
  if (options.backups > 0)
    every(options.backups * 2, [this, any] {
      const std::size_t n = any();
      if (nodes[n]->disk.content().standing.full) backups_[n] = nodes[n]->disk.content();
    });
  every(options.backups, [this, any] { wipe(any(), disk_loss::put_back); });
  every(options.relearns, [this, any] { wipe(any(), disk_loss::relearn); });
  every(options.cuts, [this, any] {
    const std::size_t n = any();
    cut_off(n, chance.between(100'000, 10'000'000));
  });
  every(options.one_way_cuts, [this, any] {
    const std::size_t from = any(), to = any();
    if (from == to) return;
    ++counts_.cuts;
    cut_[from][to] = true;
    if (chance.chance(0.3)) cut_[to][from] = true;
    clock.after(chance.between(100'000, 15'000'000), [this, from, to] { cut_[from][to] = cut_[to][from] = false; });
  });
  every(options.hardly_heard, [this, any] {
    ++counts_.cuts;
    const std::size_t n = any(), hears = any();
    note(nodes[n]->name + " is heard by nobody and hears " + nodes[hears]->name);
    const auto links = [this, n, hears](bool cut) {
      for (std::size_t other = 0; other < nodes.size(); ++other) {
        if (other == n) continue;
        cut_[n][other] = cut;
        if (other != hears) cut_[other][n] = cut;
      }
    };
    links(true);
    clock.after(chance.between(3'000'000, 20'000'000), [links] { links(false); });
  });
  every(options.isolations, [this, any] {
    ++counts_.cuts;
    const std::size_t n = any();
    note(nodes[n]->name + " reaches no other member");
    nodes[n]->isolated = true;
    clock.after(chance.between(1'000'000, 25'000'000), [this, n] { nodes[n]->isolated = false; });
  });
  every(options.stream_outages, [this] {
    ++counts_.outages;
    note("no stream has a leader");
    streams.down_until_us = clock.now() + chance.between(100'000, 9'000'000);
  });
  const auto touched = [this](const char* what) {
    note(what);
    ++data_faults_;
    given_up_.clear();
  };
  every(options.truncations, [this, touched] {
    if (!streams.truncate(static_cast<std::uint64_t>(chance.between(1, 4)))) return;
    ++counts_.truncations;
    touched("streams lose their last records");
  });
  every(options.vanishings, [this, touched] {
    if (!streams.vanish()) return;
    ++counts_.vanishings;
    touched("all streams vanish");
  });
  every(options.restored_stores * 2, [this] { streams.keep_copy(); });
  every(options.restored_stores, [this, touched] {
    if (!streams.put_copy_back()) return;
    ++counts_.stores_put_back;
    touched("an older copy of the streams is put back");
  });
  every(options.small_payloads, [this] {
    streams.largest = static_cast<std::size_t>(chance.between(120, 800));
    note("servers take records of " + std::to_string(streams.largest) + " bytes");
    clock.after(chance.between(1'000'000, 20'000'000), [this] { streams.largest = SIZE_MAX; });
  });
  every(options.full_stores, [this] {
    ++counts_.full;
    streams.room = chance.chance(0.5) ? sim_room::declines : sim_room::removes;
    note(streams.room == sim_room::removes ? "servers take records away again" : "servers take no records");
    clock.after(chance.between(500'000, 15'000'000), [this] { streams.room = sim_room::plenty; });
  });
  every(options.hand_overs, [this, any] { nodes[any()]->hand_over(any()); });
  every(options.slow_disks,
        [this, any] { nodes[any()]->disk_slow_until_us = clock.now() + chance.between(500'000, 8'000'000); });
}

void sim_world::heal() {
  faulty_ = false;
  note("healing");
  streams.faults = {.blind_readers = options.blind_readers};
  streams.down_until_us = 0;
  streams.largest = SIZE_MAX;
  streams.room = sim_room::plenty;
  for (auto& row : cut_) std::fill(row.begin(), row.end(), false);
  for (auto& n : nodes) {
    n->streams.cut = n->isolated = false;
    n->disk_slow_until_us = 0;
    if (!n->logic && n->in_use) n->start();
  }
}

// As a node that is no member of anything writes its journal: of epoch 1, and nobody owns anything.
void sim_world::begin_alone(sim_node& n) {
  disk_content& d = n.disk.content();
  std::vector<std::uint64_t> lengths(options.threads);
  for (std::uint32_t i = 0; i < options.alone; ++i) {
    const std::size_t thread = static_cast<std::size_t>(chance.below(options.threads));
    auto e = std::make_shared<entry>();
    e->index = i + 1;
    e->epoch = 1;
    e->entity = {"o", entity_kind::thread, std::to_string(thread)};
    e->event.type = "appended";
    e->event.body = "alone-" + n.name + "-" + std::to_string(i);
    e->event.version = ++lengths[thread];
    e->prev_hash = d.accepted.hash;
    e->hash = sim_hash(*e);
    d.accepted = point_of(*e);
    alone_.push_back(e->hash);
    d.chain.push_back(std::move(e));
  }
}

void sim_world::begin() {
  if (options.alone > 0) {
    const std::size_t first = static_cast<std::size_t>(chance.below(nodes.size()));
    begin_alone(*nodes[first]);
    if (options.two_histories) {
      options.alone = static_cast<std::uint32_t>(chance.between(1, 70));
      begin_alone(*nodes[(first + 1) % nodes.size()]);
    }
  }
  for (auto& n : nodes) {
    if (!n->in_use) continue;
    n->disk.content().standing = {++incarnations_, !options.fresh && options.alone == 0};
    if (options.alone == 0 || chance.chance(0.5)) {
      n->start();
      continue;
    }
    clock.after(chance.between(0, 5'000'000), [&n = *n] { // not all at once
      if (!n.logic) n.start();
    });
  }
  streams.slow = options.slow_stores;
  plan_faults();
  if (options.spares > 0) begin_operator();
  for (std::size_t c = 0; c < options.clients; ++c) client(c);
  repeat_one();
}

std::string sim_world::run() {
  begin();
  try {
    clock.run_until(options.faulty_us);
    heal();
    const std::int64_t end = options.faulty_us + options.healing_us;
    clock.run_until(options.faulty_us + 20'000'000);
    clients_stop_ = true;
    if (options.two_histories) check_nobody_began();
    while (!options.two_histories && violation_.empty() && clock.now() < end) {
      clock.run_until(clock.now() + 2'000'000);
      if (settled()) break;
    }
    if (violation_.empty() && !options.two_histories) check_end();
  } catch (const std::exception& e) {
    violated(e.what());
  }
  counts_.steps = clock.steps();
  counts_.simulated_us = clock.now();
  for (const auto& n : nodes) counts_.quarantined += n->disk.content().quarantine.size();
  return violation_;
}

// ---- clients ----

void sim_world::client(std::size_t number) {
  clock.after(chance.between(0, 2 * options.think_us), [this, number] {
    if (clients_stop_) return;
    auto op = std::make_shared<client_operation>();
    op->is_read = chance.chance(options.reads);
    op->thread = static_cast<std::uint32_t>(chance.below(options.threads));
    op->level = chance.chance(options.at_peers) ? ack_level::peers
                : chance.chance(0.5)            ? ack_level::log
                                                : ack_level::local;
    op->key = "c" + std::to_string(number) + "-" + std::to_string(history_.size());
    op->asked_us = clock.now();
    history_.push_back(op);
    ask(op, number, 0);
  });
}

void sim_world::ask(std::shared_ptr<client_operation> op, std::size_t number, std::uint32_t attempt) {
  const std::size_t target = last_owner_[number];
  auto answered = std::make_shared<bool>(false);
  const auto again = [this, op, number, attempt, answered] {
    if (*answered) return;
    *answered = true;
    do last_owner_[number] = static_cast<std::size_t>(chance.below(nodes.size()));
    while (!nodes[last_owner_[number]]->in_use);
    clock.after(chance.between(20'000, 200'000), [this, op, number, attempt] { ask(op, number, attempt + 1); });
  };
  clock.after(4'000'000, again);
  const double drop = faulty_ ? options.drop : 0;
  if (chance.chance(drop)) return;
  const bool answer_lost = chance.chance(drop);
  clock.after(chance.between(100, 4'000), [this, op, number, answered, again, target, answer_lost] {
    sim_node& n = *nodes[target];
    if (!n.logic || n.streams.cut) return;
    auto done = [this, op, number, answered, again, target, answer_lost, &n](client_answer a) {
      if (answer_lost || n.streams.cut) return;
      const std::uint64_t wipes = n.wipes;
      clock.after(chance.between(100, 4'000), [this, op, number, answered, again, a, target, wipes] {
        if (*answered) return;
        if (!a.done) return again();
        *answered = true;
        op->answered_us = clock.now();
        op->seq = a.seq;
        op->index = a.index;
        op->hash = a.hash;
        op->answered_by = target;
        op->answered_wipes = wipes;
        ++(op->is_read ? counts_.reads : counts_.appends);
        client(number);
      });
    };
    n.with(n.boot, [&n, op, done = std::move(done)] { op->is_read ? n.read(*op, done) : n.append(*op, done); });
  });
}

// Somebody asks again for what was acknowledged at `peers` long ago: whoever owns it by now gives the answer that was given (I6).
void sim_world::repeat_one() {
  clock.after(repeaters_.between(100'000, 2'000'000), [this] {
    if (clients_stop_) return;
    repeat_one();
    if (history_.empty()) return;
    const auto first = history_[static_cast<std::size_t>(repeaters_.below(history_.size()))];
    sim_node& n = *nodes[static_cast<std::size_t>(repeaters_.below(nodes.size()))];
    if (first->is_read || !first->answered_us || first->level != ack_level::peers || !n.logic) return;
    n.with(n.boot, [this, &n, first] {
      n.append(*first, [this, &n, first](client_answer again) {
        if (!again.done) return;
        ++counts_.repeats;
        if (again.seq != first->seq || again.index != first->index || again.hash != first->hash)
          violated("I6: " + first->key + ", entry " + std::to_string(first->index) + ", is answered by " + n.name +
                   " as entry " + std::to_string(again.index));
      });
    });
  });
}

} // namespace ropewalk::sim
