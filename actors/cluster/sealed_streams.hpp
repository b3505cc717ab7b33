#pragma once
// A cluster's streams as their replicas see them: what they publish is signed, and what anybody else put there is no record
// (I8). Inside are the real streams.
//
// A forged record is given to its reader as bytes that are no record, so that all members refuse it alike. One that is signed
// with a key that this node does not have is something else: others may have accepted it. The reader stops before it, and reads on
// when look_again() finds the key in the keyring.
//
// It also knows which streams do not answer, and logs when one falls silent and when it answers again.

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actors/cluster/idle_stream.hpp"
#include "actors/cluster/stream_silence.hpp"
#include "runtime/replication/record_streams.hpp"

namespace ropewalk::storage {
class keyring_handle;
}

namespace ropewalk::actors {

class sealed_streams final : public replication::record_streams {
public:
  // Both outlive it; readers do not.
  sealed_streams(replication::record_streams& inside, const storage::keyring_handle& keys, std::string cluster);

  void create(replication::stream_id which, std::function<void(replication::stream_change)> done) override;
  void publish(replication::stream_id which, std::uint64_t expected, std::string bytes,
               std::function<void(replication::publish_outcome)> done) override;
  void inspect(replication::stream_id which, std::function<void(replication::stream_facts)> done) override;
  std::unique_ptr<replication::record_reader> read(replication::stream_id which, std::uint64_t from,
                                                   std::shared_ptr<replication::record_sink> sink) override;
  void trim(replication::stream_id which, std::uint64_t keep_from,
            std::function<void(replication::stream_change)> done) override;
  void remove(replication::stream_id which, std::function<void(replication::stream_change)> done) override;
  void list(std::function<void(bool known, std::vector<replication::stream_id>)> done) override;

  // Lets the readers that wait for a key try again, and asks streams that were written to and not asked anything since: call now
  // and then.
  void look_again();
  // What comes next of the partition's stream is signed in a way that this node cannot judge.
  bool waits_for_key(partition_id p) const;
  void served_here(partition_id p, bool served); // this node owns it, or does so no more
  // For how long the partition's stream has not answered; 0: it does, or was asked nothing.
  std::chrono::milliseconds silent_for(partition_id p) const;
  bool lacks_room() const; // of any partition: room is the server's, and all of them will find that out

private:
  class delivery;
  class reader;
  struct asked_stream {
    stream_silence silence;
    idle_stream idle;
  };
  void note_question(replication::stream_id which, bool writes);
  enum class answer_kind : std::uint8_t { none, declined, answered, took };
  void note_record(partition_id p);
  static answer_kind kind_of(const replication::publish_outcome& said);
  void note_answer(partition_id p, answer_kind said);
  void note_reader(partition_id p);
  void ask_idle();
  std::string place_of(replication::stream_id which) const;

  replication::record_streams& inside_;
  const storage::keyring_handle& keys_;
  const std::string cluster_;
  mutable std::mutex mutex_; // of deliveries_
  std::vector<std::weak_ptr<delivery>> deliveries_;
  mutable std::mutex asked_mutex_; // of asked_; nothing is called under it
  std::map<partition_id, asked_stream> asked_;
};

} // namespace ropewalk::actors
