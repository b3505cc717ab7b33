#include "actors/cluster/internal_link.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "actors/cluster/internal_codec.hpp"
#include "actors/log.hpp"
#include "storage/sealing/keyring_file.hpp"
#include "storage/sealing/member_seal.hpp"

namespace ropewalk::actors {

namespace {

bool is_branch(const request& r) {
  const auto* c = std::get_if<workflow::command>(&r.what);
  const auto* w = c ? std::get_if<workflow::write>(c) : nullptr;
  return w && std::holds_alternative<workflow::branch_off>(*w);
}

std::string internal_place(const std::string& cluster, const std::string& member) {
  return "internal " + cluster + ' ' + member;
}

} // namespace

std::string internal_link::sealed_for(const std::string& member, std::string_view body) const {
  return storage::seal_between_members(*keys_.current(), internal_place(cluster_, member), body);
}

internal_link::internal_link(const std::string& prefix, std::string cluster, std::string self, const ownership& owners,
                             const storage::keyring_handle& keys, request_router& here, outbox& out,
                             handed_on_requests& handed_on, ack_level usual)
    : cluster_(std::move(cluster)), subject_head_(prefix + ".cluster." + cluster_ + ".internal."),
      self_(std::move(self)), owners_(owners), keys_(keys), here_(here), out_(out), handed_on_(handed_on),
      least_(std::max(usual, ack_level::log)) {}

internal_link::~internal_link() { close(); }

status_result internal_link::open(transport::nats_connection& connection, const std::string& inbox) {
  connection_ = &connection;
  auto opened = transport::reply_inbox::open(
      connection, inbox, [this](std::uint64_t number, transport::nats_message m) { answered(number, m); });
  if (!opened) return opened.error();
  inbox_ = *std::move(opened);
  auto subscription = connection.subscribe(subject_head_ + self_, {}, [this](transport::nats_message m) { take(m); });
  if (!subscription) return subscription.error();
  subscription_ = *std::move(subscription);
  return ok();
}

void internal_link::close() {
  subscription_.reset();
  if (inbox_) inbox_->close();
}

void internal_link::send(partition_id p, request_ptr r) {
  const error not_owner{
      errc::unavailable, "not_owner", "nothing was done: this node does not own the partition; try again", {}};
  auto body = encode_internal(*r);
  if (!body || !inbox_) return r->refuse(not_owner);
  // A client's, or another member's, which lost its partition on the way here.
  if ((r->from && !is_branch(*r)) || r->on_done) return r->refuse(not_owner);
  if (r->from) { // its caller repeats it, if need be; the owner answers him
    const ownership::place place = owners_.of(p);
    if (!place.member) return r->refuse(not_owner);
    const auto sent = connection_->publish_request(subject_head_ + *place.member, r->from->reply_subject(), {},
                                                   sealed_for(*place.member, *body));
    if (!sent) return r->refuse(sent.error());
    handed_on_.note(p, *place.member, r->from->reply_subject());
    return r->from->hand_on();
  }
  const auto now = clock::now();
  const std::uint64_t number = inbox_->next_number();
  letter l{p, r->entity, *std::move(body), std::move(r->on_refused), now, now, std::move(r->keep)};
  bool first = false, full = false;
  {
    const std::scoped_lock lock(mutex_);
    if (letters_.size() >= most_waiting || letters_bytes_ + l.body.size() > most_waiting_bytes) {
      log_line(log_level::error, "too much waits for other members; an entity is not told something",
               {{"kind", std::string(name(l.to.kind))}, {"org", l.to.org}, {"id", l.to.id}});
      full = true;
    } else {
      auto& line = lines_[l.to];
      line.push_back(number);
      first = line.size() == 1;
      if (first) l.due = now + answer_patience;
      letters_bytes_ += l.body.size();
      letters_.emplace(number, l);
    }
  }
  if (full && l.on_refused) l.on_refused({errc::busy, "too_many_letters", "too much waits for other members", {}});
  if (first) post(number, l);
}

bool internal_link::carries(const request& r) {
  return !r.from && !r.on_done && has_internal_form(r); // a client's, or it came over the link itself
}

// Lost is lost: it is sent again.
void internal_link::post(std::uint64_t number, const letter& l) {
  const ownership::place place = owners_.of(l.partition);
  if (!place.here && !place.member) { // nobody is known yet
    const std::scoped_lock lock(mutex_);
    if (const auto at = letters_.find(number); at != letters_.end()) at->second.due = clock::now() + pause;
    return;
  }
  const std::string& to = place.here ? self_ : *place.member;
  const auto sent = inbox_->ask(number, subject_head_ + to, {}, sealed_for(to, l.body));
  if (!sent && sent.error().code == errc::too_large) finish(number, &sent.error());
}

void internal_link::send_again(clock::time_point now) {
  std::vector<std::pair<std::uint64_t, letter>> due;
  std::vector<std::uint64_t> dead;
  {
    const std::scoped_lock lock(mutex_);
    for (auto& [to, line] : lines_) {
      letter& l = letters_.at(line.front());
      if (now - l.written > life) dead.push_back(line.front());
      else if (l.due <= now) {
        l.due = now + answer_patience;
        due.emplace_back(line.front(), l);
      }
    }
  }
  const error nobody{errc::unavailable, "no_owner", "no member took it for ten minutes", {}};
  for (const std::uint64_t number : dead) finish(number, &nobody);
  given_up_.fetch_add(dead.size(), std::memory_order_relaxed);
  for (const auto& [number, l] : due) post(number, l);
}

void internal_link::answered(std::uint64_t number, const transport::nats_message& m) {
  const auto reply = m.no_responders() ? result<std::string_view>(error{errc::unavailable, {}, {}, {}}) : m.reply();
  if (reply) return finish(number, nullptr);
  {
    const std::scoped_lock lock(mutex_);
    const auto at = letters_.find(number);
    if (at == letters_.end()) return;
    // Who can go on without it is told at once; what has to arrive is sent again.
    if (retryable(reply.error().code) && !at->second.on_refused) {
      at->second.due = clock::now() + pause;
      return;
    }
  }
  finish(number, &reply.error());
}

void internal_link::finish(std::uint64_t number, const error* refused) {
  std::function<void(const error&)> tell;
  std::optional<std::pair<std::uint64_t, letter>> next;
  {
    const std::scoped_lock lock(mutex_);
    const auto at = letters_.find(number);
    if (at == letters_.end()) return;
    const auto line = lines_.find(at->second.to);
    if (refused && at->second.on_refused) tell = std::move(at->second.on_refused);
    else if (refused)
      log_line(log_level::warn, "an entity was not told something by another one",
               {{"kind", std::string(name(at->second.to.kind))},
                {"org", at->second.to.org},
                {"id", at->second.to.id},
                {"reason", refused->detail}});
    letters_bytes_ -= at->second.body.size();
    letters_.erase(at);
    std::erase(line->second, number);
    if (line->second.empty()) {
      lines_.erase(line);
    } else {
      letter& l = letters_.at(line->second.front());
      l.due = clock::now() + answer_patience;
      next.emplace(line->second.front(), l);
    }
  }
  if (tell) tell(*refused);
  if (next) post(next->first, next->second);
}

// From another member. The answer goes out when it is durable here (I4).
void internal_link::take(const transport::nats_message& m) {
  auto from = std::make_shared<caller>(std::string(m.reply_to()), nullptr, 0, out_, unmetered_);
  const auto genuine = storage::unseal_between_members(*keys_.current(), internal_place(cluster_, self_), m.body());
  if (!genuine) return from->refuse({errc::unavailable, genuine.error().type, genuine.error().detail, {}});
  auto r = decode_internal(*genuine);
  if (!r) return from->refuse(r.error());
  // Never handed on: who sent it knows better, or will.
  if (!owners_.of(partition_of((*r)->entity, owners_.partitions())).here)
    return from->refuse({errc::unavailable, "not_owner", "this node does not own the partition; try again", {}});
  if (is_branch(**r)) {
    (*r)->from.emplace(std::move(*from)); // somebody outside waits
    return here_.route(*std::move(r));
  }
  (*r)->ack = std::max((*r)->ack.value_or(least_), least_); // the sender relies on it
  (*r)->on_done = [from] { from->answer("{}"); };
  (*r)->on_refused = [from](const error& why) { from->refuse(why); };
  here_.route(*std::move(r));
}

} // namespace ropewalk::actors
