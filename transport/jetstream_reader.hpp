#pragma once
// Reads one stream from a position on, for ever. The intuition: a consumer is cheap, and trusted for nothing.
//
//   make a consumer that begins at the record delivered last (or at the start) -> look at the stream -> pull batches
//
// What is delivered is what comes in sequence, and nothing else. Whatever looks odd (no heartbeat for three beats, a
// hole, a consumer that is gone, a reconnect, an idle reader whose stream has more) has one answer: a new consumer,
// which begins one record back, so that the record delivered last is seen again. Then
//
//   - it has other bytes, or the stream has another birthday, or fewer records than were delivered: another stream
//     stands in its place, or an older copy of it: on_gap.
//   - the record wanted next lies before the stream's first one, or is skipped twice: on_gap.
//   - the stream is missing, and that is confirmed (stream_inquiry): on_gap(0).
//
// The look comes after the consumer was made: a consumer dies with its stream, so all that it delivers is of the stream
// that was looked at. One batch is asked for at a time, and the next one when the sink has taken it, which bounds what
// waits in this process.

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "transport/nats_connection.hpp"
#include "transport/stream_inquiry.hpp"

namespace ropewalk::transport {

class jetstream_reader : public std::enable_shared_from_this<jetstream_reader> {
public:
  struct place {
    nats_connection& connection;
    jetstream_requests& requests;
    stream_inquiry& inquiry;
    std::string stream, subject;
    std::string inbox; // of this reader alone
  };

  jetstream_reader(place at, replication::stream_id which, std::uint64_t from,
                   std::shared_ptr<replication::record_sink> sink);

  void begin();
  // Waits for a call of the sink that is under way; none comes afterwards. Not for the client library's threads, which
  // may be busy with others' messages for seconds: who ends a reader has leases to keep.
  void end();
  void pause() noexcept { paused_ = true; }
  void go_on();

private:
  using clock = std::chrono::steady_clock;
  enum class phase : std::uint8_t { opening, reading, over };

  void find_leader();
  void make_consumer();
  void look_ahead();
  void fetch(std::uint64_t sequence);
  void fetched(std::uint64_t sequence, const jetstream_answer& a);
  void fetch_later(bool anew);
  bool knows_last() const { return last_ || last_fetched_; }
  bool is_last(std::string_view bytes) const;
  void consumer_made(const jetstream_answer& a);
  void looked(const stream_look& seen);
  bool goes_on(const stream_look& seen);
  void pass_hole(std::uint64_t to);
  void suspect_shorter(std::uint64_t first);
  void pull();
  void start_over(std::chrono::milliseconds pause);
  void drop_consumer();
  void gap(std::uint64_t first);

  void arrived(nats_message m);
  void status_arrived(const nats_message& m);
  void record_arrived(nats_message m, std::uint64_t sequence);

  void tick();
  void tick_later();
  void watched(const stream_look& seen);

  std::string consumer() const { return consumer_head_ + std::to_string(round_); }
  // Runs a step under the lock unless the reader has begun anew or is over by then.
  template <class Step>
  auto in_round(Step step);

  const place at_;
  const replication::stream_id which_;
  const std::string consumer_head_;
  const std::shared_ptr<replication::record_sink> sink_;
  std::atomic<bool> paused_{false};

  std::mutex mutex_; // guards all below; held while the sink is called
  std::unique_ptr<nats_subscription> subscription_;
  phase phase_ = phase::opening;
  std::uint64_t round_ = 0; // of consumers
  std::uint64_t next_;
  std::optional<nats_message> last_; // delivered
  std::optional<std::string> last_fetched_; // in its place, where it was asked for by itself
  std::string created_;              // the stream's birthday
  std::uint64_t oldest_ = 0;         // when it was looked at
  std::uint64_t hole_at_ = 0;        // a record that was skipped once
  std::uint64_t batch_ = 0;          // number of the pull
  std::size_t wanted_ = 0;           // records that the batch may still bring
  clock::time_point heard_at_{}, watched_at_{};
  std::uint64_t watched_next_ = 0; // where an idle reader stood when it was looked at last
  std::uint64_t stalled_at_ = 0;   // where it stood though the stream had more
  std::uint64_t reconnects_ = 0;
};

} // namespace ropewalk::transport
