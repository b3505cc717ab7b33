#include "transport/jetstream_reader.hpp"

#include <algorithm>
#include <charconv>

#include "runtime/invariant.hpp"
#include "transport/nats_subscription.hpp"

namespace ropewalk::transport {
namespace {

using namespace std::chrono_literals;
using replication::bytes_behind_pause;
using replication::records_behind_pause;
using facts_kind = replication::stream_facts::kind;

constexpr std::chrono::milliseconds beat = 500ms; // the server's default of 5 s would notice a loss as late
constexpr std::chrono::milliseconds silence = 3 * beat + 100ms;
constexpr std::chrono::milliseconds tick_interval = 250ms;
constexpr std::chrono::milliseconds fetch_pause = 100ms; // between two looks for what comes next
constexpr std::chrono::milliseconds retry_pause = 250ms; // while there is no leader, and between two odd things
constexpr std::chrono::milliseconds leader_wait = 5s;    // asked for again all the time
constexpr std::chrono::milliseconds api_wait = 2s;       // making a consumer goes through the servers' own log
// A consumer that sits on a copy which does not follow beats as if all were well.
constexpr std::chrono::milliseconds idle_watch = 3s;
constexpr auto batch_life = std::chrono::nanoseconds(20s);
constexpr auto consumer_life = std::chrono::nanoseconds(30s); // without a batch: of a reader that died

constexpr int heartbeat_status = 100, no_responders_status = 503;
// In what the server says when a batch ended without being filled; not when its consumer is gone.
constexpr std::string_view batch_end_header = "Nats-Pending-Messages";

// "$JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer sequence>.<time>.<pending>", from later servers
// with a domain and an account before the stream.
struct delivery {
  std::string_view consumer;
  std::uint64_t sequence = 0;
};

delivery read_delivery(std::string_view reply) {
  if (!reply.starts_with("$JS.ACK.")) return {};
  std::string_view tokens[12];
  std::size_t count = 0;
  while (count < std::size(tokens)) {
    const std::size_t dot = reply.find('.');
    tokens[count++] = reply.substr(0, dot);
    if (dot == reply.npos) break;
    reply.remove_prefix(dot + 1);
  }
  const std::size_t stream = count == 9 ? 2 : 4;
  if (count < 9 || count == 10) return {};
  const std::string_view digits = tokens[stream + 3];
  delivery d{tokens[stream + 1]};
  std::from_chars(digits.data(), digits.data() + digits.size(), d.sequence);
  return d;
}

std::string consumer_head(std::string inbox) {
  std::ranges::replace(inbox, '.', '_');
  return inbox + '_';
}

} // namespace

jetstream_reader::jetstream_reader(place at, replication::stream_id which, std::uint64_t from,
                                   std::shared_ptr<replication::record_sink> sink)
    : at_(std::move(at)), which_(which), consumer_head_(consumer_head(at_.inbox)), sink_(std::move(sink)), next_(from) {
  INVARIANT(from >= 1, from);
}

template <class Step>
auto jetstream_reader::in_round(Step step) {
  return [weak = weak_from_this(), round = round_, step = std::move(step)](const auto&... a) {
    const auto self = weak.lock();
    if (!self) return;
    const std::scoped_lock lock(self->mutex_);
    if (self->phase_ != phase::over && self->round_ == round) step(*self, a...);
  };
}

void jetstream_reader::begin() {
  const std::scoped_lock lock(mutex_);
  start_over(0ms);
  tick_later();
}

void jetstream_reader::end() {
  std::unique_ptr<nats_subscription> last;
  {
    const std::scoped_lock lock(mutex_);
    if (phase_ == phase::reading) drop_consumer();
    phase_ = phase::over;
    last = std::move(subscription_);
  }
  if (last) nats_subscription::state::let_go(std::move(last)); // its callback finds no reader, or one that is over
}

void jetstream_reader::go_on() {
  paused_ = false;
  at_.requests.after(0ms, [weak = weak_from_this()](const jetstream_answer&) {
    const auto self = weak.lock();
    if (!self) return;
    // Else a sink is at work, behind which the next batch is asked for; or somebody who does not ask: then tick() does.
    const std::unique_lock lock(self->mutex_, std::try_to_lock);
    if (lock && self->phase_ == phase::reading) self->pull();
  });
}

void jetstream_reader::start_over(std::chrono::milliseconds pause) {
  if (phase_ == phase::reading) drop_consumer();
  phase_ = phase::opening;
  ++round_;
  wanted_ = 0;
  at_.requests.after(pause, in_round([](jetstream_reader& self, const jetstream_answer& a) {
                       if (a.what != jetstream_answer::kind::closed) self.find_leader();
                     }));
}

void jetstream_reader::drop_consumer() {
  at_.requests.ask("$JS.API.CONSUMER.DELETE." + at_.stream + '.' + consumer(), {}, {}, api_wait,
                   [](const jetstream_answer&) {}); // else it ends by itself
}

// A consumer that is asked for while there is no leader is not answered at all.
void jetstream_reader::find_leader() {
  at_.inquiry.position(which_, leader_wait, in_round([asked = clock::now()](jetstream_reader& self, const replication::stream_facts& facts) {
                         if (facts.what == facts_kind::present) {
                           self.make_consumer();
                           return self.look_ahead();
                         }
                         if (facts.what == facts_kind::missing) return self.gap(0);
                         // There is one that takes no records (its disk is full, say): they may be read all the same.
                         if (clock::now() - asked < leader_wait / 2) return self.make_consumer();
                         self.start_over(retry_pause);
                       }));
}

void jetstream_reader::make_consumer() {
  reconnects_ = at_.connection.reconnects();
  if (!subscription_) {
    auto made = at_.connection.subscribe(at_.inbox + ".*", {}, [weak = weak_from_this()](nats_message m) {
      if (const auto self = weak.lock()) self->arrived(std::move(m));
    });
    if (!made) return start_over(retry_pause);
    subscription_ = *std::move(made);
  }
  const std::string name = consumer();
  const std::string body =
      R"({"stream_name":")" + at_.stream + R"(","config":{"name":")" + name +
      R"(","deliver_policy":"by_start_sequence","opt_start_seq":)" + std::to_string(knows_last() ? next_ - 1 : next_) +
      R"(,"ack_policy":"none","replay_policy":"instant","num_replicas":1,"mem_storage":true,"inactive_threshold":)" +
      std::to_string(consumer_life.count()) + "}}";
  at_.requests.ask("$JS.API.CONSUMER.CREATE." + at_.stream + '.' + name, {}, body, api_wait,
                   in_round([](jetstream_reader& self, const jetstream_answer& a) { self.consumer_made(a); }));
}

// Consumers are made by the leader of the servers' own log, whose election takes seconds longer than the stream's. Until it has made
// one the records are asked for one by one, which the stream's leader answers.
void jetstream_reader::look_ahead() {
  at_.inquiry.look(which_, api_wait, in_round([](jetstream_reader& self, const stream_look& seen) {
                     if (self.phase_ != phase::opening || seen.what == facts_kind::unknown || !self.goes_on(seen)) return;
                     self.fetch(self.knows_last() && self.next_ > self.oldest_ ? self.next_ - 1 : self.next_);
                   }));
}

void jetstream_reader::fetch(std::uint64_t sequence) {
  at_.requests.ask("$JS.API.STREAM.MSG.GET." + at_.stream, {}, R"({"seq":)" + std::to_string(sequence) + "}", api_wait,
                   in_round([sequence](jetstream_reader& self, const jetstream_answer& a) { self.fetched(sequence, a); }));
}

void jetstream_reader::fetched(std::uint64_t sequence, const jetstream_answer& a) {
  if (phase_ != phase::opening || a.what != jetstream_answer::kind::answered) return; // make_consumer() goes on or begins anew
  auto bytes = stored_bytes(a.body);
  if (bytes && sequence + 1 == next_) {
    if (!is_last(*bytes)) return gap(oldest_);
    return fetch(next_);
  }
  if (bytes && sequence == next_ && !paused_) {
    sink_->on_record({sequence, *bytes});
    last_.reset();
    last_fetched_ = std::move(*bytes);
    ++next_;
    return fetch(next_);
  }
  if (!bytes)
    if (const auto problem = problem_in(a.body); !problem || problem->error_code != jetstream_errors::no_message_found) return;
  fetch_later(!bytes && sequence != next_);
}

// From the last one on again: another stream may have come in its place meanwhile. anew: the last one is not there any more.
void jetstream_reader::fetch_later(bool anew) {
  at_.requests.after(fetch_pause, in_round([anew](jetstream_reader& self, const jetstream_answer& woken) {
                       if (woken.what == jetstream_answer::kind::closed || self.phase_ != phase::opening) return;
                       if (self.paused_) self.fetch_later(anew);
                       else if (anew) self.look_ahead();
                       else self.fetch(self.knows_last() ? self.next_ - 1 : self.next_);
                     }));
}

bool jetstream_reader::is_last(std::string_view bytes) const {
  return last_ ? bytes == last_->body() : bytes == *last_fetched_;
}

void jetstream_reader::consumer_made(const jetstream_answer& a) {
  if (a.what != jetstream_answer::kind::answered) return start_over(retry_pause);
  const auto problem = problem_in(a.body);
  if (!problem)
    return at_.inquiry.look(which_, api_wait,
                            in_round([](jetstream_reader& self, const stream_look& seen) { self.looked(seen); }));
  if (problem->error_code != jetstream_errors::stream_not_found) return start_over(retry_pause);
  at_.inquiry.confirm_missing(which_, in_round([](jetstream_reader& self, bool missing) {
                                if (missing) return self.gap(0);
                                self.start_over(retry_pause);
                              }));
}

void jetstream_reader::looked(const stream_look& seen) {
  if (seen.what == facts_kind::unknown) return start_over(retry_pause);
  if (!goes_on(seen)) return;
  phase_ = phase::reading;
  pull();
}

// It is the stream that was read so far, and holds what comes next.
bool jetstream_reader::goes_on(const stream_look& seen) {
  oldest_ = seen.what == facts_kind::missing ? 0 : seen.facts.first;
  if (created_.empty()) created_ = seen.facts.created;
  if (seen.what == facts_kind::missing || created_ != seen.facts.created || oldest_ > next_) {
    gap(oldest_);
    return false;
  }
  if (!knows_last() || seen.facts.last + 1 >= next_) return true;
  suspect_shorter(oldest_);
  return false;
}

// A leader that has just been elected may not know yet what it holds: asked in the way that is certain.
void jetstream_reader::suspect_shorter(std::uint64_t first) {
  at_.inquiry.position(which_, api_wait,
                       in_round([first](jetstream_reader& self, const replication::stream_facts& facts) {
                         if (facts.what == facts_kind::missing) return self.gap(0);
                         if (facts.what == facts_kind::present && facts.last + 1 < self.next_) return self.gap(first);
                         self.start_over(retry_pause);
                       }));
}

void jetstream_reader::pull() {
  if (paused_ || wanted_ > 0) return;
  wanted_ = records_behind_pause;
  heard_at_ = clock::now();
  // A record that is larger than what the batch may hold would never come.
  const std::size_t bytes = std::max(bytes_behind_pause, 2 * at_.connection.max_payload());
  const std::string body = R"({"batch":)" + std::to_string(wanted_) + R"(,"max_bytes":)" + std::to_string(bytes) +
                           R"(,"expires":)" + std::to_string(batch_life.count()) + R"(,"idle_heartbeat":)" +
                           std::to_string(std::chrono::nanoseconds(beat).count()) + "}";
  (void)at_.connection.publish_request("$JS.API.CONSUMER.MSG.NEXT." + at_.stream + '.' + consumer(),
                                       at_.inbox + '.' + std::to_string(++batch_), {}, body); // silence tells
}

void jetstream_reader::gap(std::uint64_t first) {
  if (phase_ == phase::reading) drop_consumer();
  phase_ = phase::over;
  sink_->on_gap(first);
}

void jetstream_reader::arrived(nats_message m) {
  const std::scoped_lock lock(mutex_);
  if (phase_ != phase::reading) return;
  const delivery d = read_delivery(m.reply_to());
  if (d.sequence == 0) return status_arrived(m);
  if (d.consumer == consumer()) record_arrived(std::move(m), d.sequence); // else of one that was given up
}

void jetstream_reader::status_arrived(const nats_message& m) {
  if (m.subject() != at_.inbox + '.' + std::to_string(batch_)) return;
  heard_at_ = clock::now();
  if (m.status_code() == heartbeat_status) return;
  if (m.status_code() == no_responders_status || !m.header(batch_end_header)) return start_over(retry_pause);
  wanted_ = 0;
  pull();
}

void jetstream_reader::record_arrived(nats_message m, std::uint64_t sequence) {
  heard_at_ = clock::now();
  if (wanted_ > 0) --wanted_;
  if (sequence > next_) {
    if (hole_at_ == next_) return pass_hole(sequence);
    hole_at_ = next_;
    return start_over(0ms);
  }
  if (sequence == next_) {
    sink_->on_record({sequence, std::string(m.body())});
    last_ = std::move(m);
    last_fetched_.reset();
    ++next_;
  } else if (knows_last() && sequence + 1 == next_ && !is_last(m.body())) {
    return gap(oldest_);
  }
  if (wanted_ == 0) pull();
}

// A record over the limits of the server's account is stored and removed again, and its sequence is gone (2.9.10, error 10002). The
// stream itself says that nothing stands there; a consumer may sit on a copy that lacks something.
void jetstream_reader::pass_hole(std::uint64_t to) {
  const std::string first_from = R"({"seq":)" + std::to_string(next_) + R"(,"next_by_subj":")" + at_.subject + R"("})";
  start_over(retry_pause);
  at_.requests.ask("$JS.API.STREAM.MSG.GET." + at_.stream, {}, first_from, api_wait,
                   in_round([to, at = next_](jetstream_reader& self, const jetstream_answer& a) {
                     if (a.what != jetstream_answer::kind::answered || self.next_ != at) return;
                     if (message_sequence(a.body) == to) self.next_ = to;
                     else self.hole_at_ = 0;
                     self.start_over(0ms);
                   }));
}

void jetstream_reader::tick_later() {
  at_.requests.after(tick_interval, [weak = weak_from_this()](const jetstream_answer& a) {
    if (a.what == jetstream_answer::kind::closed) return;
    if (const auto self = weak.lock()) self->tick();
  });
}

void jetstream_reader::tick() {
  const std::unique_lock lock(mutex_, std::try_to_lock); // a sink at work is a sign of life
  if (lock && phase_ == phase::over) return;
  tick_later();
  if (!lock || phase_ != phase::reading) return;
  const auto now = clock::now();
  if (at_.connection.reconnects() != reconnects_) return start_over(0ms); // the batch went with the connection
  if (wanted_ > 0 && now - heard_at_ > silence) return start_over(0ms);
  if (wanted_ == 0) return pull(); // where go_on() met somebody who had seen the pause
  if (now - watched_at_ < idle_watch) return;
  watched_at_ = now;
  if (std::exchange(watched_next_, next_) != next_) return; // not idle
  at_.inquiry.look(which_, api_wait,
                   in_round([](jetstream_reader& self, const stream_look& seen) { self.watched(seen); }));
}

void jetstream_reader::watched(const stream_look& seen) {
  if (phase_ != phase::reading || watched_next_ != next_) return;
  if (seen.what == facts_kind::missing) return gap(0);
  if (seen.what == facts_kind::unknown) return;
  if (seen.facts.created != created_) return gap(seen.facts.first);
  if (knows_last() && seen.facts.last + 1 < next_) return suspect_shorter(seen.facts.first);
  // Twice, since a record may just be on its way.
  if (seen.facts.last >= next_ && std::exchange(stalled_at_, next_) == next_) start_over(0ms);
}

} // namespace ropewalk::transport
