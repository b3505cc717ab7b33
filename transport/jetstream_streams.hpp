#pragma once
// A partition's records in NATS JetStream: one file-backed stream for each partition and generation (stream_names.hpp),
// without any limit that discards. What is relied on, and what is not, of nats-server 2.9:
//
//   - The fence is Nats-Expected-Last-Sequence, of the whole stream, checked where a record is applied: it held in every
//     race through crashes and pauses of leaders. The variant by subject is checked before replication only, and two
//     writers pass it. Never a Nats-Msg-Id: what the server takes for a repeat it acknowledges without looking at
//     the fence.
//   - Deadlines are ours. One that passes means unknown: the client library sends after a reconnect what it had
//     buffered, which is harmless because every record carries its fence.
//   - No responders means that no server leads the stream now, or that there is none. `missing` is said only when the
//     API denies the stream, twice (stream_inquiry.hpp).
//   - The server syncs its files about once a minute. A power cut may take what was acknowledged; so may whoever wipes a
//     server. A stream that comes back shorter is the core's business.
//
// Needs the right to publish to $JS.API.> and <prefix>.log.>, and to subscribe to _INBOX.>.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "runtime/replication/record_streams.hpp"
#include "transport/jetstream_requests.hpp"
#include "transport/stream_inquiry.hpp"
#include "transport/stream_names.hpp"

namespace ropewalk::transport {

struct jetstream_settings {
  std::string prefix = "rw";
  std::string cluster;                          // id: is_valid_cluster_token()
  int replicas = 1;                             // servers that hold each stream: 1, 3 or 5
  std::chrono::milliseconds publish_wait{2000}; // above the slowest answer of a healthy R3 stream under load
  std::chrono::milliseconds api_wait{5000};     // creating a replicated stream takes 0.5 s
  // What JetStream says that nobody here can act on ("insufficient storage resources available"). On any thread.
  std::function<void(std::string_view sentence)> on_trouble = {};
};

class jetstream_streams final : public replication::record_streams {
public:
  // The connection outlives the streams, and these their readers. Error: invalid, with the setting's name.
  static result<std::unique_ptr<jetstream_streams>> open(nats_connection& connection, jetstream_settings settings);
  ~jetstream_streams() override;

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

  const stream_names& names() const noexcept { return names_; }

private:
  class reader;
  using on_change = std::function<void(replication::stream_change)>;
  jetstream_streams(nats_connection& connection, jetstream_settings settings, std::string inbox);

  std::string stream_settings(replication::stream_id which) const;
  void made(replication::stream_id which, const jetstream_answer& a, const on_change& done);
  void adjust(replication::stream_id which, const on_change& done);
  void change_answered(replication::stream_id which, const jetstream_answer& a, const on_change& done);
  void published(replication::stream_id which, const jetstream_answer& a,
                 const std::function<void(replication::publish_outcome)>& done);
  void list_page(std::vector<replication::stream_id> found, std::uint64_t offset, std::uint64_t total,
                 std::function<void(bool, std::vector<replication::stream_id>)> done);
  void trouble(const jetstream_problem& p);

  nats_connection& connection_;
  const jetstream_settings settings_;
  const stream_names names_;
  const std::string inbox_;
  std::unique_ptr<jetstream_requests> requests_;
  std::unique_ptr<stream_inquiry> inquiry_;
  std::atomic<std::uint64_t> readers_made_{0};
  std::atomic<std::int64_t> readers_open_{0};
  std::mutex trouble_mutex_;
  std::string last_trouble_;
  std::chrono::steady_clock::time_point last_trouble_at_{};
};

} // namespace ropewalk::transport
