#include "actors/thread_work.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "runtime/hex.hpp"
#include "runtime/limits.hpp"
#include "storage/entry_hash.hpp"
#include "transport/request_decoder.hpp"
#include "transport/subject.hpp"

namespace ropewalk::actors {
namespace {

bool may_pass(errc code) {
  return code == errc::busy || code == errc::unavailable || code == errc::timeout || code == errc::stale_epoch ||
         code == errc::internal;
}

} // namespace

status_result thread_work::open(transport::nats_connection& connection, const std::string& inbox) {
  auto opened = transport::reply_inbox::open(
      connection, inbox, [this](std::uint64_t number, transport::nats_message m) { answered(number, std::move(m)); });
  if (!opened) return opened.error();
  inbox_ = *std::move(opened);
  return ok();
}

void thread_work::close() {
  if (inbox_) inbox_->close();
}

namespace {

// Ids may be of any script and fill a key alone; a key is visible ASCII and bounded.
std::string key_of(const std::string& post) {
  const bool fits = post.size() <= limits::idempotency_key_bytes &&
                    std::all_of(post.begin(), post.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (fits) return post;
  return "sha256-" + to_hex(storage::sha256(post));
}

} // namespace

void thread_work::post(const entity_key& instance, const workflow::post_to_thread& p) {
  ask({{instance, p.run, p.attempt}, p, stage::append, {}});
}

void thread_work::ask(question q) {
  q.asked = std::chrono::steady_clock::now();
  const bool creates = q.at == stage::create;
  const std::string subject =
      transport::thread_subject(prefix_, q.place.instance.org, q.what.thread, creates ? "create" : "append");
  const std::string body = creates ? R"({"if_absent":true})" : q.what.message.dump();
  const std::string post = key_of(q.what.key);
  const std::array<transport::header_view, 1> key{{{transport::idempotency_header, post}}};
  const std::uint64_t number = inbox_->next_number();
  {
    const std::scoped_lock lock(mutex_);
    questions_.emplace(number, q);
  }
  const auto asked = inbox_->ask(
      number, subject,
      creates ? std::span<const transport::header_view>{} : std::span<const transport::header_view>(key), body);
  if (asked) return;
  {
    const std::scoped_lock lock(mutex_);
    if (questions_.erase(number) == 0) return;
  }
  failed(std::move(q), asked.error());
}

void thread_work::answered(std::uint64_t number, transport::nats_message m) {
  question q;
  {
    const std::scoped_lock lock(mutex_);
    const auto at = questions_.find(number);
    if (at == questions_.end()) return;
    q = std::move(at->second);
    questions_.erase(at);
  }
  if (m.no_responders()) return refuse_work(router_, q.place);
  const auto reply = m.reply();
  if (!reply) return failed(std::move(q), reply.error());
  if (q.at == stage::create) {
    q.at = stage::append_again;
    return ask(std::move(q));
  }
  auto said = workflow::parse_json(*reply, {.max_bytes = limits::phase_result_bytes});
  if (!said || !said->is_object())
    return failed(std::move(q), {errc::internal, {}, "a thread's answer was no JSON object", {}});
  workflow::json_value result{{"thread", q.what.thread}};
  for (const char* field : {"id", "seq", "created_at"})
    if (said->contains(field)) result[field] = (*said)[field];
  tell_instance(router_, q.place.instance, workflow::thread_posted{q.place.run, std::move(result)});
}

void thread_work::failed(question q, const error& why) {
  if (why.type == "thread_not_found" && q.what.create && q.at == stage::append) {
    q.at = stage::create;
    return ask(std::move(q));
  }
  if (may_pass(why.code)) return refuse_work(router_, q.place);
  tell_instance(
      router_, q.place.instance,
      workflow::thread_posted{q.place.run,
                              workflow::failure{{why.type.empty() ? std::string(name(why.code)) : why.type, why.detail},
                                                why.code == errc::invalid || why.code == errc::too_large}});
}

void thread_work::look_for_lost() {
  std::vector<work_place> lost;
  {
    const auto since = std::chrono::steady_clock::now() - patience;
    const std::scoped_lock lock(mutex_);
    for (auto at = questions_.begin(); at != questions_.end();) {
      if (at->second.asked > since) {
        ++at;
        continue;
      }
      lost.push_back(std::move(at->second.place));
      at = questions_.erase(at);
    }
  }
  for (const work_place& w : lost) refuse_work(router_, w);
}

} // namespace ropewalk::actors
