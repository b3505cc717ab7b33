// The shell around one member, as the real one works: effects in order, answers by op, memory that lives as long as an epoch.

#include <algorithm>
#include <cstring>

#include "runtime/overloaded.hpp"
#include "runtime/replication/record_codec.hpp"
#include "tests/sim/sim_world.hpp"

namespace ropewalk::sim {

namespace {

constexpr std::int64_t tick_us = 100'000;

digest digest_of(const std::string& bytes) {
  std::uint64_t h = 1469598103934665603u;
  for (const char c : bytes) h = (h ^ static_cast<std::uint8_t>(c)) * 1099511628211u;
  digest d{};
  std::memcpy(d.data(), &h, sizeof h);
  return d;
}

} // namespace

class sim_node::sink final : public record_sink {
public:
  sink(sim_node& node, std::uint64_t op) : node_(node), boot_(node.boot), op_(op) {}
  void on_record(stored_record r) override {
    node_.with(boot_, [this_node = &node_, op = op_, r = std::move(r)] {
      sim_node& n = *this_node;
      auto decoded = decode(r.bytes, partition_id{0});
      n.logic->stream_record(n.time(), op, r.sequence, digest_of(r.bytes),
                             decoded ? std::make_shared<const record>(*std::move(decoded)) : nullptr);
      n.pump();
    });
  }
  void on_gap(std::uint64_t first) override {
    node_.with(boot_, [this_node = &node_, op = op_, first] {
      this_node->logic->stream_gap(this_node->time(), op, first);
      this_node->pump();
    });
  }

private:
  sim_node& node_;
  std::uint64_t boot_;
  std::uint64_t op_;
};

sim_node::sim_node(sim_world& w, std::size_t n, sim_random& chance)
    : world(w), number(n), name("n" + std::to_string(n + 1)), disk(genesis()), streams(w.streams) {
  clock_offset_us = chance.between(0, 1'000'000'000);
  clock_rate = 1 + (chance.unit() - 0.5) * 0.08; // of two clocks by less than a tenth
}

step_time sim_node::time() const {
  const auto own = static_cast<std::int64_t>(static_cast<double>(world.clock.now()) * clock_rate) + clock_offset_us;
  return {own, instant{world.clock.now()}};
}

void sim_node::start() {
  ++boot;
  member_settings s;
  s.self = name;
  s.members = {world.names, world.options.peers};
  s.hash_of = sim_hash;
  s.seed = world.chance.next();
  s.broken = world.options.broken;
  s.level = program;
  logic.emplace(std::move(s), disk.load(), disk, time());
  pump();
  tick();
}

void sim_node::crash() {
  if (!logic) return;
  world.note(name + " crashes");
  logic.reset();
  ++boot;
  reader_.reset();
  deferred_.clear();
  paused_until_us = 0;
  forget();
  // What was on its way to the disk got there up to some point.
  for (std::uint64_t n = world.chance.below(writing_.size() + 1); n > 0; --n) {
    disk.apply(writing_.front());
    writing_.pop_front();
  }
  writing_.clear();
  disk_busy_ = false;
}

void sim_node::pause(std::int64_t until_us) {
  if (!logic) return;
  world.note(name + " is paused");
  paused_until_us = std::max(paused_until_us, until_us);
  const std::uint64_t life = boot;
  world.clock.after(until_us - world.clock.now(), [this, life] {
    if (boot != life || world.clock.now() < paused_until_us) return;
    auto waiting = std::move(deferred_);
    deferred_.clear();
    for (auto& what : waiting)
      if (boot == life) what();
  });
}

void sim_node::with(std::uint64_t life, std::function<void()> what) {
  if (boot != life || !logic) return;
  if (world.clock.now() < paused_until_us) deferred_.push_back(std::move(what));
  else what();
}

void sim_node::tick() {
  const std::uint64_t life = boot;
  world.clock.after(tick_us, [this, life] {
    with(life, [this] {
      logic->tick(time());
      pump();
      world.echo(number);
      tick();
    });
  });
}

void sim_node::receive(const message& m) {
  logic->receive(time(), m);
  pump();
}

void sim_node::hand_over(std::size_t to) {
  if (!logic || !logic->serving() || logic->head().index != logic->accepted().index) return;
  ++world.counts_.hand_overs;
  logic->hand_over(time(), world.nodes[to]->name);
  pump();
}

void sim_node::write(disk_operation op) {
  writing_.push_back(std::move(op));
  if (!disk_busy_) write_next();
}

void sim_node::write_next() {
  disk_busy_ = !writing_.empty();
  if (!disk_busy_) return;
  const bool slow = world.clock.now() < disk_slow_until_us;
  const std::uint64_t life = boot;
  world.clock.after(slow ? world.chance.between(50'000, 1'500'000) : world.chance.between(300, 4000), [this, life] {
    if (boot != life) return; // lost with the crash, or got there: crash() has decided
    const disk_operation done = std::move(writing_.front());
    writing_.pop_front();
    disk.apply(done);
    with(life, [this, done] {
      std::visit(overloaded{
                     [&](const change& c) { logic->changed(time(), c.op); },
                     [&](const append_entries& a) { logic->stored(time(), point_of(*a.entries.back())); },
                 },
                 done);
      pump();
    });
    if (boot == life) write_next();
  });
}

void sim_node::forget() {
  serving_epoch_ = 0;
  lengths_.clear();
  last_.clear();
  keys_.clear();
  for (auto& p : pending_) p.done({}); // "unknown: ask again"
  pending_.clear();
  for (auto& [id, r] : reads_) r.done({});
  reads_.clear();
}

void sim_node::fold(const serve& s) {
  serving_epoch_ = s.epoch;
  lengths_.clear();
  last_.clear();
  keys_.clear();
  entry_ptr batch; // its first entry
  std::uint64_t goes_to = 0;
  for (const entry_ptr& e : disk.content().chain) {
    if (e->index > s.head.index) break;
    if (batch && e->index <= goes_to && (e->entity != batch->entity || e->event.time != batch->event.time))
      world.violated("a part of a command is in the chain: " + batch->event.body + " ends before entry " +
                     std::to_string(e->index));
    if (e->event.idempotency) {
      batch = e;
      goes_to = e->index + e->event.idempotency->entries - 1;
    }
    if (e->entity.kind != entity_kind::thread) continue;
    const auto thread = static_cast<std::uint32_t>(std::stoul(e->entity.id));
    const std::uint64_t seq = ++lengths_[thread];
    last_[thread] = point_of(*e);
    if (e->event.version != seq) world.violated("I11: an entry's version does not follow the one before it");
    if (!keys_.emplace(e->event.body, client_answer{true, seq, e->index, e->hash}).second)
      world.violated("I6: a key was executed twice in one chain: " + e->event.body);
  }
}

// One, or those of a batch, of which the last one has the key alone: the same ones for the same key, whoever is asked.
std::vector<entry_ptr> sim_node::entries_of(const client_operation& op) const {
  std::uint32_t count = 1;
  if (world.options.batches > 0) {
    std::uint64_t seed = 0;
    std::memcpy(&seed, digest_of(op.key).data(), sizeof seed);
    sim_random of_the_key(seed);
    if (of_the_key.chance(world.options.batches)) count = static_cast<std::uint32_t>(of_the_key.between(2, 30));
  }
  std::vector<entry_ptr> entries;
  chain_point at = logic->head();
  const auto length = lengths_.find(op.thread);
  std::uint64_t version = length == lengths_.end() ? 0 : length->second;
  for (std::uint32_t n = count; n > 0; --n) {
    auto e = std::make_shared<entry>();
    e->index = at.index + 1;
    e->epoch = serving_epoch_;
    e->entity = {"o", entity_kind::thread, std::to_string(op.thread)};
    e->event.type = "appended";
    e->event.body = n == 1 ? op.key : op.key + "/" + std::to_string(n);
    e->event.version = ++version;
    e->event.time = instant{world.clock.now()}; // tells commands apart
    if (count > 1 && n == count) e->event.idempotency = idempotency_record{op.key, {}, count};
    e->prev_hash = at.hash;
    e->hash = sim_hash(*e);
    at = point_of(*e);
    entries.push_back(std::move(e));
  }
  return entries;
}

void sim_node::append(const client_operation& op, std::function<void(client_answer)> done) {
  if (!logic->serving()) return done({});
  if (const auto known = keys_.find(op.key); known != keys_.end()) {
    pending_.push_back({known->second.index, op.level, known->second, std::move(done)});
  } else {
    std::vector<entry_ptr> entries = entries_of(op);
    if (!logic->prepared(time(), entries)) return done({});
    for (const entry_ptr& e : entries) world.placed(e, op.level);
    const entry& last = *entries.back();
    lengths_[op.thread] = last.event.version;
    last_[op.thread] = point_of(last);
    const client_answer answer{true, last.event.version, last.index, last.hash};
    keys_.emplace(op.key, answer);
    pending_.push_back({last.index, op.level, answer, std::move(done)});
    write(append_entries{serving_epoch_, std::move(entries)});
  }
  pump();
  if (logic->serving()) perform(progress{}); // a repeat may be durable already
}

void sim_node::read(const client_operation& op, std::function<void(client_answer)> done) {
  if (!logic->serving()) return done({});
  const std::uint64_t id = ++next_read_;
  const chain_point last = last_[op.thread];
  reads_[id] = {{true, lengths_[op.thread], last.index, last.hash}, std::move(done)};
  logic->read(time(), id, last.index);
  pump();
}

void sim_node::pump() {
  while (logic) {
    const std::vector<effect> effects = logic->take_effects();
    if (effects.empty()) return;
    for (const effect& e : effects) perform(e);
  }
}

void sim_node::perform(const effect& what) {
  const std::uint64_t life = boot;
  const partition_id p{0};
  const auto back = [this, life](auto call) {
    return [this, life, call](auto... answer) {
      with(life, [this, call, answer...] {
        call(answer...);
        pump();
      });
    };
  };
  std::visit(overloaded{
                 [&](const change& c) {
                   if (c.promised && c.promised->to == name) {
                     world.note(name + " campaigns for epoch " + std::to_string(c.promised->epoch));
                     world.campaigns(*this);
                   }
                   if (c.standing && c.standing->full) {
                     ++world.counts_.joins;
                     never_stood = false;
                     world.note(name + " stands");
                   }
                   if (c.adopted && world.tracing)
                     world.note(name + " adopts up to " + short_text(c.adopted->accepted) + " at " +
                                std::to_string(c.adopted->position.generation) + "/" +
                                std::to_string(c.adopted->position.sequence));
                   write(c);
                 },
                 [&](const publish_record& r) {
                   if (world.tracing)
                     world.note(name + " publishes kind " + std::to_string(static_cast<int>(r.what->kind)) +
                                " of epoch " + std::to_string(r.what->epoch) + " behind " +
                                std::to_string(r.generation) + "/" + std::to_string(r.expected));
                   if (r.what->kind == record_kind::members) world.members_written(*this, logic->members());
                   std::string bytes = encode(*r.what);
                   const digest d = digest_of(bytes);
                   streams.publish(
                       {p, r.generation}, r.expected, std::move(bytes),
                       back([this, op = r.op, d](publish_outcome o) { logic->published(time(), op, o, d); }));
                 },
                 [&](const inspect_stream& i) {
                   streams.inspect({p, i.generation},
                                   back([this, op = i.op](stream_facts f) { logic->inspected(time(), op, f); }));
                 },
                 [&](const create_stream& c) {
                   ++world.counts_.generations;
                   streams.create({p, c.generation},
                                  back([this, op = c.op](stream_change o) { logic->created(time(), op, o); }));
                 },
                 [&](const list_streams& l) {
                   streams.list(back([this, op = l.op](bool known, std::vector<stream_id> ids) {
                     std::vector<std::uint64_t> generations;
                     for (const stream_id& id : ids) generations.push_back(id.generation);
                     logic->listed(time(), op, known, generations);
                   }));
                 },
                 [&](const follow_stream& f) {
                   if (world.tracing)
                     world.note(name + " reads " + std::to_string(f.generation) + " from " + std::to_string(f.from));
                   reader_.reset();
                   reader_ = streams.read({p, f.generation}, f.from, std::make_shared<sink>(*this, f.op));
                 },
                 [&](const unfollow&) { reader_.reset(); },
                 [&](const trim_stream& t) {
                   streams.trim({p, t.generation}, t.keep_from, [](stream_change) {});
                 },
                 [&](const remove_stream& r) {
                   streams.remove({p, r.generation}, [](stream_change) {});
                 },
                 [&](const send_message& m) {
                   if (std::holds_alternative<fetch>(m.what.body)) {
                     ++world.counts_.fetches;
                     if (world.tracing) world.note(name + " fetches from " + m.to);
                   }
                   if (world.tracing && std::holds_alternative<chunk>(m.what.body))
                     world.note(name + " sends a chunk to " + m.to);
                   world.transmit(number, m.to, m.what);
                 },
                 [&](const serve& s) {
                   world.now_serves(*this, s.epoch, s.head);
                   fold(s);
                 },
                 [&](const stop_serving& s) {
                   world.note(name + " stops serving epoch " + std::to_string(s.epoch) + ": " + s.why);
                   forget();
                 },
                 [&](const progress& given) {
                   if (given.epoch != 0) reached_ = given;
                   const progress now = reached_;
                   if (now.epoch != serving_epoch_ || serving_epoch_ == 0) return;
                   if (given.epoch != 0) world.held_by_peers(*this, now.peers);
                   std::deque<pending_answer> rest, ready;
                   for (auto& w : pending_) {
                     const std::uint64_t reached = w.level == ack_level::local ? now.local
                                                   : w.level == ack_level::log ? now.log
                                                                               : now.peers;
                     (w.index <= reached ? ready : rest).push_back(std::move(w));
                   }
                   pending_ = std::move(rest);
                   for (auto& w : ready) {
                     world.acknowledged(*this, now.epoch, w.index, w.answer.hash, w.level);
                     w.done(w.answer);
                   }
                 },
                 [&](const read_stands& r) {
                   if (auto at = reads_.find(r.read); at != reads_.end()) {
                     at->second.done(at->second.answer);
                     reads_.erase(at);
                   }
                 },
                 [&](const read_fails& r) {
                   if (auto at = reads_.find(r.read); at != reads_.end()) {
                     at->second.done({});
                     reads_.erase(at);
                   }
                 },
                 [&](const record_refused& r) {
                   world.note(name + " refuses record " + std::to_string(r.generation) + "/" +
                              std::to_string(r.sequence) + ": " + std::string(replication::name(r.why)));
                 },
                 [&](const program_too_old& t) { world.too_old(*this, t.why); },
                 [&](const cannot_go_on& c) {
                   world.note(name + " cannot go on: " + c.why);
                   world.told_operator();
                 },
             },
             what);
}

} // namespace ropewalk::sim
