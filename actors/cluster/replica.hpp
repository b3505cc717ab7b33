#pragma once
// The shell around one member of one partition (runtime/replication/member.hpp): carries out its effects in their order and
// brings answers back.
//
// Everything happens under one lock, on whatever thread brings the news: NATS, the journal's writer, the ticker. Nothing that is done
// under it waits: streams answer later, changes of the disk are queued for the writer, and who waits for an
// acknowledgement is told on a thread of its own (released_acks.hpp).

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/cluster/released_acks.hpp"
#include "actors/cluster/stream_backlog.hpp"
#include "actors/entity_environment.hpp"
#include "runtime/limits.hpp"
#include "runtime/replication/member.hpp"
#include "storage/replicated_writes.hpp"

namespace ropewalk::actors {

// What a replica has to do with the rest of its node. Called under the replica's lock: must neither wait nor call back.
class replica_surroundings {
public:
  virtual ~replica_surroundings() = default;
  virtual replication::step_time now() = 0;
  virtual void send(partition_id from, const replication::member_name& to, const replication::message& what) = 0;
  virtual void has_changes(partition_id p) = 0; // for the journal's writer: take_changes()
  // Entities of the partition may be loaded and asked, and write with this generation; all of its entries are on the disk.
  virtual void serves(partition_id p, std::uint64_t generation) = 0;
  virtual void serves_no_more(partition_id p, std::uint64_t generation, const std::string& why) = 0;
  // "" = unknown. anew: in another epoch than before, so that it has forgotten what it was about to say.
  virtual void owner_is(partition_id p, const replication::member_name& owner, bool anew) = 0;
  virtual void refused(partition_id p, const replication::record_refused& what) = 0;
  virtual void cannot_go_on(partition_id p, const std::string& why) = 0; // before an operator has done something
  // What the stream or a peer has is of a newer program: the node has to stop, its disk is as it was.
  virtual void program_too_old(partition_id p, const std::string& why) = 0;
};

struct replica_facts {
  const char* stage = "";
  std::string owner;
  bool serving = false; // owns it, and can acknowledge
  std::uint64_t epoch = 0, generation = 0;
  std::uint64_t head = 0, accepted = 0, durable = 0;
  bool full_standing = false;
  bool resting = false;  // an operator wants it to own nothing
  bool outsider = false; // no member (yet, or any more)
  std::int64_t stream_silent_ms = 0; // for how long the stream has not answered or taken anything (sealed_streams.hpp)
  replication::configuration members;
};

// Where reads of this member stand in one partition.
struct read_stand {
  bool serving = false;        // the owner's reads are linearizable
  bool shows_accepted = false; // the disk has learned what there was, and holds nothing that may be undone
  std::uint64_t index = 0;     // up to which entries are accepted and on the disk
  std::uint64_t head = 0;      // beyond which nothing is on the disk: an owner has placed, or another heard of so much
  std::uint64_t served = 0;    // how often this member has come to own the partition
  std::optional<std::int64_t> age_us; // since when it is not known to be in step with the owner; none: since its start
};

class replica {
public:
  // All of it outlives the replica but the streams, which may end after end().
  replica(replication::member_settings settings, const replication::chain_view& chain,
          replication::record_streams& streams, replica_surroundings& around, released_acks& acks,
          std::size_t backlog_bytes = limits::stream_backlog_bytes);

  void begin(replication::durable_state disk); // first, and again after the disk refused a write
  // Waits for calls of its stream's reader: not from inside one.
  void end();

  void tick(bool views_lag);
  void receive(const replication::message& m);
  void heard_self();
  // false: nothing happened, it serves on or did not before.
  bool hand_over(const replication::member_name& to, bool moved);
  void rest();
  // All that was placed is accepted, and everybody was told.
  bool settled() const;
  bool moved_here() const;                                     // an operator wants it here
  bool in_step(const replication::member_name& other) const;   // served here, and the other one could take over at once
  bool may_be_given(const replication::member_name& to) const; // likewise, and no operator wants that one to rest
  result<replication::members_progress> change_members(const replication::members_change& wish); // asked of an owner

  // ---- the journal's writer: storage::replicated_writes ----
  storage::replicated_writes::change_list take_changes();
  status_result place(std::uint64_t generation, std::span<entry> entries,
                      storage::replicated_writes::change_list& before);
  void changed(std::uint64_t op);
  void stored(storage::submission& s, std::vector<entry> entries, const receipt& r);

  // ---- entities: linearizable, what was in memory when it was called may be shown once the listener is told ----
  void read(std::uint64_t generation, ack_level level, std::unique_ptr<storage::commit_listener> listener,
            std::uint64_t upto);

  // Any thread, whether more waits for the stream than may.
  bool stream_is_behind() const noexcept { return backlog_.full(); }

  replica_facts facts() const;
  read_stand stand() const;
  std::string preferred() const; // among the members

private:
  class sink;
  struct held_ack {
    std::uint64_t index = 0;
    ack_level level = ack_level::local;
    released_ack what;
    std::int64_t since_us = 0;
    bool late = false; // and told so
  };
  struct waiting_read {
    released_ack what;
    std::int64_t since_us = 0;
  };

  replication::step_time now() { return around_.now(); }
  template <class Input>
  void with(std::uint64_t life, Input input);
  void pump();
  void perform(replication::effect& what);
  void publish(replication::publish_record& r);
  void follow(const replication::follow_stream& f);
  void close_reader();
  void queue(replication::change&& c);
  void note_written(std::uint64_t op);
  void forget_changes();
  void release(const replication::progress& p);
  bool reached(const held_ack& h) const;
  void tell_late();
  void stop_owning(const std::string& why);
  void note_beat(const replication::message& m);
  void note_owner();
  void note_silence();
  void stop_before(std::uint64_t life, const std::string& why);
  void read_locked(ack_level level, std::unique_ptr<storage::commit_listener> listener, const receipt& r,
                   std::uint64_t upto = replicated_reads::whole_chain);
  void end_read(std::uint64_t id, bool stands);
  bool lease_is_long_gone();
  static const error not_owner;
  static released_ack lost(std::unique_ptr<storage::commit_listener> listener);

  const replication::member_settings settings_;
  const partition_id partition_;
  const replication::chain_view& chain_;
  replication::record_streams& streams_;
  replica_surroundings& around_;
  released_acks& acks_;
  stream_backlog backlog_;

  mutable std::mutex mutex_; // of all below
  bool ended_ = false;
  std::optional<replication::member> member_;
  std::uint64_t life_ = 0; // answers to an earlier member come to nothing
  std::unique_ptr<replication::record_reader> reader_;
  std::vector<std::unique_ptr<replication::record_reader>> closed_readers_; // ended outside the lock
  storage::replicated_writes::change_list changes_;
  std::deque<std::pair<std::uint64_t, std::size_t>>
      unwritten_; // op and bytes of changes that the disk does not have yet
  std::size_t unwritten_bytes_ = 0;
  bool reader_paused_ = false;   // until there are fewer (I10)
  std::uint64_t generation_ = 0; // that is served; 0 = none
  replication::progress reached_;
  std::deque<held_ack> held_; // in order of index
  std::map<std::uint64_t, waiting_read> reads_;
  std::int64_t serving_since_us_ = 0;
  std::uint64_t last_read_ = 0, served_ = 0;
  std::string owner_; // as it was told, with its epoch
  std::uint64_t owner_epoch_ = 0, beaten_epoch_ = 0; // the latter: the highest one in which an owner was heard
  std::int64_t owner_noted_us_ = 0;
  bool owner_silent_ = false; // told as well
};

} // namespace ropewalk::actors
