#pragma once
// This node's part in its cluster: a replica of every partition, what they need of the disk, of NATS and of the actors, and
// the clock that drives them.
//
//   subject  <prefix>.cluster.<cluster>.to.<member>    messages between members (replication/message_codec.hpp), and each
//                                                      member's own beat to itself, so that who is cut off suspects nobody
//
// All of it is signed for its addressee (storage/sealing/member_seal.hpp), the records in the streams as well.

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "actors/cluster/cluster_settings.hpp"
#include "actors/cluster/ownership.hpp"
#include "actors/cluster/released_acks.hpp"
#include "actors/cluster/replica.hpp"
#include "actors/cluster/sealed_streams.hpp"
#include "actors/entity_environment.hpp"
#include "storage/chain_reader.hpp"
#include "storage/journal.hpp"
#include "transport/jetstream_streams.hpp"
#include "transport/nats_connection.hpp"

namespace ropewalk::actors {

// What a member tells the rest of its node. Must neither wait nor call back.
class cluster_watcher {
public:
  virtual ~cluster_watcher() = default;
  virtual void serves(partition_id p, std::uint64_t generation) = 0;
  virtual void recover() = 0; // requests reach what serves() named: its entities may go on
  virtual void serves_no_more(partition_id p, std::uint64_t generation) = 0;
  virtual void drain(partition_id p, bool on) = 0; // it is about to be handed over; or not after all
  // "" = unknown. anew: in another epoch than before.
  virtual void owner_is(partition_id p, const std::string& member, bool anew) = 0;
  virtual void replicated() = 0;                                        // entries of other owners are in the journal
  virtual void written() = 0; // entries of this one are, acknowledged or not yet
  virtual void program_too_old(const error& why) = 0;                   // the node has to stop
  virtual bool views_lag() = 0; // have done so for seconds; one thread asks, again and again
  virtual void cut() = 0; // entries were taken out of it, before anything else is told of this partition
};

class cluster_member final : public storage::replicated_writes, public replicated_reads, public replica_surroundings {
public:
  // Reads the journal, and settles which incarnation its disk is: before its writer runs.
  static result<std::unique_ptr<cluster_member>> open(const cluster_settings& settings, const std::string& self,
                                                      const std::string& prefix, storage::journal& journal,
                                                      surroundings_source& around, cluster_watcher& watcher);
  ~cluster_member() override; // stop()

  // connection: of its own; it and the keys outlive stop(). Reads what the disk holds before the writer is needed, then takes
  // part.
  status_result start(transport::nats_connection& connection, const storage::keyring_handle& keys,
                      storage::journal_writer& writer);
  // Hands what is served here to members that are in step, before a stop: nobody has to wait for a lease. Returns when that is
  // done, or in vain after `patience`.
  void give_away(std::chrono::milliseconds patience);
  // Serves nothing any more; what waits for an acknowledgement is told that its outcome is unknown.
  void stop();

  const ownership& owners() const noexcept { return owners_; }
  const cluster_settings& settings() const noexcept { return settings_; }
  const std::string& self() const noexcept { return self_; }
  // Nothing is known before start().
  replica_facts facts(partition_id p) const;
  read_stand stand(partition_id p) const { return started_ ? replicas_[p.value]->stand() : read_stand{}; }
  std::uint64_t takeovers() const noexcept { return takeovers_.load(std::memory_order_relaxed); }
  void read(partition_id p, std::uint64_t generation, ack_level level,
            std::unique_ptr<storage::commit_listener> listener, std::uint64_t upto) override;
  bool stream_is_behind(partition_id p) const override;
  // Begins to move a partition that is served here to another member; comes to nothing if that one is not in step.
  // Errors: invalid "partition" or "to"; conflict "not_served_here".
  status_result move(std::uint64_t partition, const std::string& to, bool stays_there = false);
  // It is given nothing back any more, until its program is started anew; a partition that is moved here comes.
  void rest();
  // A member more or less in a partition that is served here; asked again until it is done. Errors: as move(), and of
  // replication::member::change_members().
  result<replication::members_progress> change_members(std::uint64_t partition,
                                                       const replication::members_change& wish);
  // Whether it is a member of every partition: then it takes clients' requests.
  bool takes_part() const noexcept { return takes_part_.load(); }
  std::uint32_t guaranteed_peers() const noexcept { return guaranteed_peers_.load(); } // the least of all partitions

  // ---- storage::replicated_writes ----
  change_list take_changes(partition_id p) override;
  status_result place(partition_id p, std::uint64_t generation, std::span<entry> entries, change_list& before) override;
  void changed(partition_id p, std::uint64_t op, bool cut) override;
  void stored(partition_id p, storage::submission& s, std::vector<entry> entries, const receipt& r) override;
  status_result begin_again(storage::journal& file) override;
  status_result begin_again(storage::journal& file, partition_id p) override;

private:
  cluster_member(const cluster_settings& settings, const std::string& self, const std::string& prefix,
                 storage::journal& journal, surroundings_source& around, cluster_watcher& watcher);

  replication::step_time now() override;
  void send(partition_id from, const replication::member_name& to, const replication::message& what) override;
  void has_changes(partition_id p) override;
  void serves(partition_id p, std::uint64_t generation) override;
  void serves_no_more(partition_id p, std::uint64_t generation, const std::string& why) override;
  void owner_is(partition_id p, const replication::member_name& owner, bool anew) override;
  void refused(partition_id p, const replication::record_refused& what) override;
  void cannot_go_on(partition_id p, const std::string& why) override;
  void program_too_old(partition_id p, const std::string& why) override;

  replication::member_settings member_settings_of(partition_id p) const;
  std::string subject_of(const std::string& member) const;
  std::string place_of(const std::string& member) const; // of a message to it
  void take(const transport::nats_message& m);
  void run();
  std::string best_owner_of(std::uint16_t p) const;
  void give_back(std::chrono::steady_clock::time_point now);
  void carry_on_moves();
  void look_at_members();
  result<partition_id> served(std::uint64_t partition) const;

  const cluster_settings settings_;
  const std::string self_, prefix_;
  storage::journal& journal_;
  surroundings_source& around_;
  cluster_watcher& watcher_;
  ownership owners_;
  released_acks acks_;
  std::shared_ptr<storage::chain_file> chains_;
  std::vector<std::unique_ptr<storage::chain_reader>> chain_of_;
  transport::nats_connection* connection_ = nullptr;
  const storage::keyring_handle* keys_ = nullptr;
  std::unique_ptr<transport::jetstream_streams> jetstream_;
  std::unique_ptr<sealed_streams> streams_;
  std::atomic<std::int64_t> told_of_forgery_at_us_{0};
  std::vector<std::unique_ptr<replica>> replicas_; // by partition, from start() on
  std::atomic<bool> started_{false};               // they are there
  std::unique_ptr<transport::nats_subscription> subscription_;
  std::atomic<storage::journal_writer*> writer_{nullptr};
  std::atomic<std::uint64_t> takeovers_{0};
  std::atomic<bool> takes_part_{false};
  std::atomic<std::uint32_t> guaranteed_peers_{0};
  bool told_differs_ = false;
  struct moving {
    partition_id partition;
    std::string to;
    bool stays_there;
    std::chrono::steady_clock::time_point give_up;
    bool draining = false;
  };
  std::mutex moves_mutex_;
  std::vector<moving> moves_;
  // Of a partition that is served here and preferred elsewhere: since when that member could have it back.
  std::vector<std::optional<std::chrono::steady_clock::time_point>> could_go_back_since_;
  std::chrono::steady_clock::time_point give_back_at_{};
  std::atomic<bool> stopping_{false};
  std::thread ticker_;
};

} // namespace ropewalk::actors
