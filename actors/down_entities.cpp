#include "actors/down_entities.hpp"

#include "actors/failure_text.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::actors {

void down_entities::add(const entity_key& who, partition_id p, how is, const std::string& why, instant now) {
  const std::scoped_lock lock(mutex_);
  const auto at = down_.find(who);
  if (at == down_.end() && down_.size() >= kept) return;
  const instant since = at == down_.end() ? now : at->second.since;
  down_.insert_or_assign(who, trouble{p, is, failure_text(why, kept_part::beginning), since});
}

void down_entities::remove(const entity_key& who) {
  const std::scoped_lock lock(mutex_);
  down_.erase(who);
}

void down_entities::forget(partition_id p) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(down_, [p](const auto& d) { return d.second.partition == p; });
}

void down_entities::render(json_writer& out) const {
  const std::scoped_lock lock(mutex_);
  out.begin_object().field("count", std::uint64_t{down_.size()}).key("entities").begin_array();
  std::size_t shown = 0;
  for (const auto& [who, t] : down_) {
    if (shown++ == rendered) break;
    out.begin_object().field("kind", name(who.kind)).field("org", who.org).field("id", who.id);
    out.field("how", t.is == how::rests ? "rests" : "unreadable").field("reason", t.why).field("since", t.since);
    out.end_object();
  }
  out.end_array().end_object();
}

} // namespace ropewalk::actors
