#pragma once
// A partition's members, their disks, the network, the streams and the clients, all from one seed. run() is one life: faults, then
// healing, then what must hold.

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/replication/member.hpp"
#include "tests/sim/scheduler.hpp"
#include "tests/sim/sim_disk.hpp"
#include "tests/sim/sim_random.hpp"
#include "tests/sim/sim_streams.hpp"
#include "tests/sim/world_options.hpp"

namespace ropewalk::sim {

class sim_world;

enum class ack_level : std::uint8_t { local, log, peers };

// One thing that a client asked, and what it was told.
struct client_operation {
  bool is_read = false;
  std::uint32_t thread = 0;
  ack_level level = ack_level::peers;
  std::string key;
  std::int64_t asked_us = 0;
  std::optional<std::int64_t> answered_us;
  std::uint64_t seq = 0; // of an append: its place in the thread; of a read: the thread's length
  std::uint64_t index = 0;
  digest hash{};
  std::size_t answered_by = 0;
  std::uint64_t answered_wipes = 0; // how often that member's disk had been lost then
};

struct client_answer {
  bool done = false; // else: ask again, elsewhere
  std::uint64_t seq = 0, index = 0;
  digest hash{};
};

// One member's process and machine.
class sim_node {
public:
  sim_node(sim_world& world, std::size_t number, sim_random& chance);

  void start();
  void crash();
  void pause(std::int64_t until_us);
  void with(std::uint64_t boot, std::function<void()> what); // now, or when the pause is over; never in another life
  void receive(const message& m);
  void append(const client_operation& op, std::function<void(client_answer)> done);
  void read(const client_operation& op, std::function<void(client_answer)> done);
  void hand_over(std::size_t to);
  step_time time() const;
  void pump(); // performs what the member asks for

  sim_world& world;
  const std::size_t number;
  const member_name name;
  sim_disk disk;
  sim_access streams;
  std::optional<member> logic;
  std::uint64_t boot = 0;
  std::int64_t paused_until_us = 0;
  std::int64_t disk_slow_until_us = 0;
  std::int64_t clock_offset_us = 0;
  double clock_rate = 1;
  std::uint64_t wipes = 0;
  bool isolated = false;
  bool in_use = true;                    // else: not bought yet, or gone for good
  bool never_stood = false;              // a new member that has nothing to forget yet
  std::uint32_t program = program_level; // what its program knows; a restart may bring a newer one
  bool gone_member = false;              // gone for good, and not removed yet

private:
  struct pending_answer {
    std::uint64_t index = 0;
    ack_level level = ack_level::peers;
    client_answer answer;
    std::function<void(client_answer)> done;
  };
  struct pending_read {
    client_answer answer;
    std::function<void(client_answer)> done;
  };
  class sink;
  void perform(const effect& e);
  void write(disk_operation op);
  void write_next();
  void fold(const serve& s);
  std::vector<entry_ptr> entries_of(const client_operation& op) const;
  void forget();
  void tick();

  std::deque<disk_operation> writing_;
  bool disk_busy_ = false;
  std::deque<std::function<void()>> deferred_;
  std::unique_ptr<record_reader> reader_;
  // The partition's entities.
  std::uint64_t serving_epoch_ = 0;
  progress reached_;
  std::map<std::uint32_t, std::uint64_t> lengths_; // of each thread
  std::map<std::uint32_t, chain_point> last_;      // its last entry
  std::map<std::string, client_answer> keys_;
  std::deque<pending_answer> pending_;
  std::map<std::uint64_t, pending_read> reads_;
  std::uint64_t next_read_ = 0;
};

struct world_counts {
  std::uint64_t appends = 0, repeats = 0, reads = 0, takeovers = 0, generations = 0, quarantined = 0, joins = 0,
                crashes = 0, pauses = 0, wipes = 0, backups = 0, relearns = 0, cuts = 0, outages = 0, truncations = 0,
                vanishings = 0, stores_put_back = 0, full = 0, hand_overs = 0, messages = 0, steps = 0, fetches = 0,
                added = 0, removed = 0, died = 0;
  std::int64_t simulated_us = 0;
  world_counts& operator+=(const world_counts& o);
};

class sim_world {
public:
  explicit sim_world(world_options o, bool trace = false);
  ~sim_world();

  // Empty: all holds. Else the first thing that does not.
  std::string run();
  const world_counts& counts() const noexcept { return counts_; }
  std::uint64_t trace_hash() const noexcept { return trace_; }

  // ---- for the nodes ----
  void violated(const std::string& what);
  void note(const std::string& what); // of the trace
  void told_operator() { ++told_operator_; }
  void transmit(std::size_t from, const member_name& to, const message& m);
  void echo(std::size_t from);
  void campaigns(sim_node& n);
  void now_serves(sim_node& n, std::uint64_t epoch, const chain_point& head);
  void too_old(sim_node& n, const std::string& why);
  void members_written(const sim_node& owner, const configuration& c);
  void held_by_peers(sim_node& n, std::uint64_t index);
  void acknowledged(sim_node& n, std::uint64_t epoch, std::uint64_t index, const digest& hash, ack_level level);
  void placed(const entry_ptr& e, ack_level level) { levels_[e->hash] = level; }

  world_options options;
  scheduler clock;
  sim_random chance;
  sim_streams streams;
  std::vector<std::unique_ptr<sim_node>> nodes;
  std::vector<member_name> names;
  world_counts counts_;
  bool tracing = false;

private:
  void begin();
  void begin_alone(sim_node& n);
  void plan_faults();
  void every(double a_minute, std::function<void()> what);
  void heal();
  void client(std::size_t number);
  void ask(std::shared_ptr<client_operation> op, std::size_t client, std::uint32_t attempt);
  void repeat_one();
  bool settled() const;
  void check_end();
  void check_acknowledged(const disk_content& chain);
  void check_reads(const disk_content& chain);
  void check_history(const sim_node& n);
  void check_nobody_began();
  enum class disk_loss : std::uint8_t { wipe, put_back, relearn };
  void wipe(std::size_t n, disk_loss what);
  void cut_off(std::size_t n, std::int64_t for_us);
  std::size_t disks_lost(std::size_t but) const;

  // sim_operator.cpp
  void begin_operator();
  void operate();
  void want_something(const configuration& now);
  void carry_out(sim_node& owner);
  void dies_for_good(const configuration& now);
  void start_spare(sim_node& n);
  void upgrade(sim_node& n);
  const configuration* members_now() const; // as an owner that serves says
  bool is_member(const sim_node& n, const configuration& now) const { return now.has(n.name); }

  std::string violation_;
  std::uint64_t trace_ = 1469598103934665603u;
  bool faulty_ = true;
  bool clients_stop_ = false;
  std::vector<std::vector<bool>> cut_; // from, to
  std::map<std::size_t, disk_content> backups_;
  std::uint64_t incarnations_ = 100;
  std::vector<std::shared_ptr<client_operation>> history_;
  std::vector<std::size_t> last_owner_;
  std::map<digest, ack_level> levels_;
  std::vector<digest> alone_;     // by index - 1: what one member had before there was a cluster
  std::vector<digest> committed_; // by index - 1: held by an owner and N peers at some time
  std::map<std::uint64_t, std::size_t> epoch_owner_;
  std::map<std::uint64_t, std::uint64_t>
      given_up_; // generations below one that serves which do not end with a SEAL: their last sequences
  std::set<std::uint64_t> generations_seen_;
  std::uint64_t data_faults_ = 0; // of the stores
  std::uint64_t told_operator_ = 0;
  sim_random operators_;               // a source of its own: worlds without changes of members go on as they were
  sim_random repeaters_;               // so is this
  std::vector<members_change> wishes_; // the next one last
  std::int64_t wish_until_us_ = 0;
  bool split_ = false;
};

digest sim_hash(const entry& e);
digest genesis();
std::string short_text(const chain_point& p);

} // namespace ropewalk::sim
