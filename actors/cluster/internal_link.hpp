#pragma once
// Carries what entities tell each other to the member that owns the receiver, until that one says that it is durable there, or
// refused. What two entities say to a third one keeps its order: the next is sent when the one before it is answered.
// A repeat is harmless, as it is after a restart of a node alone.
//
//   subject  <prefix>.cluster.<cluster>.internal.<member>, signed for that member (storage/sealing/member_seal.hpp),
//            answered with {} or a problem

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "actors/cluster/handed_on_requests.hpp"
#include "actors/cluster/ownership.hpp"
#include "actors/entity_environment.hpp"
#include "transport/reply_inbox.hpp"

namespace ropewalk::actors {

class internal_link {
public:
  using clock = std::chrono::steady_clock;
  // All outlive the link. cluster: its id. usual: the node's level of writes.
  internal_link(const std::string& prefix, std::string cluster, std::string self, const ownership& owners,
                const storage::keyring_handle& keys, request_router& here, outbox& out, handed_on_requests& handed_on,
                ack_level usual);
  ~internal_link(); // close()

  status_result open(transport::nats_connection& connection, const std::string& inbox);
  void close();
  // Any thread.
  void send(partition_id p, request_ptr r);
  void send_again(clock::time_point now); // what is due; call often
  std::uint64_t given_up() const { return given_up_.load(std::memory_order_relaxed); } // that nobody took in time
  // What one entity tells another one. It goes this way to an entity of this member as well: its partition may change owners before
  // the word is durable there, while the one who told it stays and would never say it again.
  static bool carries(const request& r);

private:
  static constexpr std::size_t most_waiting = 100'000, most_waiting_bytes = 256u << 20;
  static constexpr std::chrono::milliseconds answer_patience{3000}, pause{300};
  static constexpr std::chrono::minutes life{10};
  struct letter {
    partition_id partition;
    entity_key to;
    std::string body;
    std::function<void(const error&)> on_refused;
    clock::time_point written, due;
    std::shared_ptr<void> keep; // the request's: a place among the children that are being started
  };
  void post(std::uint64_t number, const letter& l);
  void answered(std::uint64_t number, const transport::nats_message& m);
  void finish(std::uint64_t number, const error* refused);
  void take(const transport::nats_message& m);

  std::string sealed_for(const std::string& member, std::string_view body) const;

  const std::string cluster_, subject_head_, self_;
  const ownership& owners_;
  const storage::keyring_handle& keys_;
  request_router& here_;
  outbox& out_;
  handed_on_requests& handed_on_;
  const ack_level least_;        // at which what others tell is recorded here
  class : public request_meter { // these are no requests of clients
    void answered(const transport::verb_spec*, std::size_t, std::chrono::nanoseconds, const error*) override {}
  } unmetered_;
  transport::nats_connection* connection_ = nullptr;
  std::unique_ptr<transport::reply_inbox> inbox_;
  std::unique_ptr<transport::nats_subscription> subscription_;
  std::atomic<std::uint64_t> given_up_{0};
  std::mutex mutex_; // of all below
  std::size_t letters_bytes_ = 0;
  std::map<std::uint64_t, letter> letters_;
  std::map<entity_key, std::deque<std::uint64_t>> lines_; // the front of each is under way
};

} // namespace ropewalk::actors
