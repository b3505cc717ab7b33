#pragma once
// Streams that keep the contract of record_streams.hpp, to which tests/streams/simulated_contract_test.cpp holds them, and nothing
// beyond it: answers come late or never, a publish that timed out is stored later, stores come back shorter, empty or older, the fence
// fails. One per world; each member has its own access to it.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/replication/record_streams.hpp"
#include "tests/sim/scheduler.hpp"
#include "tests/sim/sim_random.hpp"

namespace ropewalk::sim {

using namespace ropewalk::replication;

struct stream_faults {
  double lose_request = 0, lose_answer = 0, late = 0, ignore_fence = 0;
  // Readers compare nothing, and what becomes of their stream they learn when a record is stored: as those that sit on a copy which
  // differs from the others. Also when all is healed.
  bool blind_readers = false;
};

// Whether the servers take records. removes: as 2.9.10 does over an account's limits, a record is stored and taken away again, and its
// sequence is gone.
enum class sim_room : std::uint8_t { plenty, declines, removes };

struct sim_store {                  // of one stream
  std::vector<std::optional<std::string>> records; // records[i] has sequence trimmed + i + 1; none: taken away
  std::uint64_t trimmed = 0;
  std::uint64_t birthday = 0; // another one for each that is created
  std::uint64_t last() const { return trimmed + records.size(); }
  std::uint64_t removed() const; // of the last ones
  void take_away();              // what is stored next
};

class sim_access;

class sim_streams {
public:
  sim_streams(scheduler& clock, sim_random& chance) : clock_(clock), chance_(chance) {}

  stream_faults faults;
  std::int64_t down_until_us = 0;   // no leader: nothing is answered
  std::size_t largest = SIZE_MAX;   // of a record's bytes
  sim_room room = sim_room::plenty;
  std::uint64_t most_too_large = 0; // how often one and the same record was
  bool slow = false;                // as replicated streams are: to create one and to say `missing` takes seconds

  // What happens to the servers.
  bool truncate(std::uint64_t records);
  bool vanish();
  void keep_copy() { copy_ = stores_; }
  bool put_copy_back();

  const std::map<stream_id, sim_store>& stores() const noexcept { return stores_; }

private:
  friend class sim_access;
  scheduler& clock_;
  sim_random& chance_;
  std::map<stream_id, sim_store> stores_;
  std::map<stream_id, sim_store> copy_;
  std::uint64_t births_ = 0;
  std::map<std::string, std::uint64_t> too_large_;
  std::map<stream_id, std::int64_t> created_at_; // of those that the servers are at
  std::vector<sim_access*> accesses_; // in the order of members: an order of addresses would differ from run to run
  bool down() const { return clock_.now() < down_until_us; }
  std::int64_t until_created(stream_id which); // asks for it if nobody has
  std::int64_t until_said(const stream_facts& f);
  std::int64_t until_said(const publish_outcome& o);
  void begin(stream_id which); // unless it is there
  void stored(stream_id which);
  void touched(std::optional<stream_id> which = {}); // something other than a record was done to it, or to all
};

// One member's way to them.
class sim_access final : public record_streams {
public:
  explicit sim_access(sim_streams& world) : world_(world) { world_.accesses_.push_back(this); }
  ~sim_access() override;

  bool cut = false; // this member does not reach the servers

  void create(stream_id which, std::function<void(stream_change)> done) override;
  void publish(stream_id which, std::uint64_t expected, std::string bytes,
               std::function<void(publish_outcome)> done) override;
  void inspect(stream_id which, std::function<void(stream_facts)> done) override;
  std::unique_ptr<record_reader> read(stream_id which, std::uint64_t from, std::shared_ptr<record_sink> sink) override;
  void trim(stream_id which, std::uint64_t keep_from, std::function<void(stream_change)> done) override;
  void remove(stream_id which, std::function<void(stream_change)> done) override;
  void list(std::function<void(bool, std::vector<stream_id>)> done) override;

private:
  friend class sim_streams;
  struct reading {
    stream_id which;
    std::uint64_t next = 1;
    std::shared_ptr<record_sink> sink;
    std::uint64_t birthday = 0;      // of the stream that it found
    std::optional<std::string> last; // delivered
    std::uint64_t last_at = 0;
    bool lost = false;               // another stream stands there, which is about to be told
    bool scheduled = false;
    bool paused = false;
  };
  class reader;
  // Runs at the server after a while, unless it is lost; its answer may be lost as well. takes: beyond what all answers take.
  template <class Answer>
  void ask(std::function<Answer()> at_server, std::function<void(Answer)> done, Answer unknown,
           std::function<std::int64_t(const Answer&)> takes = nullptr);
  void wake(const std::shared_ptr<reading>& r, std::int64_t after_us = 0);
  static bool another(const reading& r, const sim_store& now); // than what it read so far
  static void gap(reading& r, std::uint64_t first);
  void deliver(const std::shared_ptr<reading>& r);

  sim_streams& world_;
  std::vector<std::shared_ptr<reading>> readings_;
};

} // namespace ropewalk::sim
