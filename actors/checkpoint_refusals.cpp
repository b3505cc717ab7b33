#include "actors/checkpoint_refusals.hpp"

#include <algorithm>

#include "actors/log.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::actors {

void checkpoint_refusals::add(const entity_key& who, const refused_checkpoint& c, instant now) {
  const std::scoped_lock lock(mutex_);
  ++count_;
  const auto known = std::find_if(refused_.begin(), refused_.end(),
                                  [&](const refusal& r) { return r.checkpoint.id == c.id && r.who == who; });
  refusal r = known == refused_.end() ? refusal{who, c, now, now, 0} : std::move(*known);
  if (known != refused_.end()) refused_.erase(known);
  r.checkpoint = c; // perhaps for another reason than before
  r.last = now;
  ++r.times;
  refused_.push_front(std::move(r));
  if (refused_.size() > kept) refused_.pop_back();
}

bool checkpoint_refusals::knows(const entity_key& who, const std::string& checkpoint) const {
  const std::scoped_lock lock(mutex_);
  return std::any_of(refused_.begin(), refused_.end(),
                     [&](const refusal& r) { return r.checkpoint.id == checkpoint && r.who == who; });
}

std::uint64_t checkpoint_refusals::count() const {
  const std::scoped_lock lock(mutex_);
  return count_;
}

std::string checkpoint_refusals::render() const {
  const std::scoped_lock lock(mutex_);
  json_writer out;
  out.begin_object().field("count", count_).key("checkpoints").begin_array();
  for (const refusal& r : refused_)
    out.begin_object()
        .field("org", r.who.org)
        .field("workflow", r.who.id)
        .field("checkpoint", r.checkpoint.id)
        .field("version", r.checkpoint.version)
        .field("reason", r.checkpoint.why.type)
        .field("detail", r.checkpoint.why.detail)
        .field("first_at", r.first)
        .field("last_at", r.last)
        .field("times", r.times)
        .end_object();
  out.end_array().end_object();
  return std::move(out).take();
}

std::string checkpoint_refusals::event_of(const entity_key& who, const refused_checkpoint& c) {
  json_writer out;
  out.begin_object().field("type", "checkpoint_refused").field("workflow", who.id).field("checkpoint", c.id);
  out.field("at_version", c.version).field("reason", c.why.type).end_object();
  return std::move(out).take();
}

void report_once(checkpoint_refusals& to, outbox& out, const entity_key& who, const refused_checkpoint& c,
                 instant now) {
  if (!to.knows(who, c.id)) report(to, out, who, c, now);
}

void report(checkpoint_refusals& to, outbox& out, const entity_key& who, const refused_checkpoint& c, instant now) {
  to.add(who, c, now);
  log_line(log_level::error, "a checkpoint was refused, an older one and the journal stand in",
           {{"org", who.org}, {"workflow", who.id}, {"checkpoint", c.id}, {"reason", c.why.type}});
  out.publish_event(who, checkpoint_refusals::event_of(who, c));
}

} // namespace ropewalk::actors
