#include "actors/pending_write.hpp"

#include "runtime/json_writer.hpp"
#include "runtime/thread/replies.hpp"
#include "storage/view_applier.hpp"

namespace ropewalk::actors {

void pending_write::on_durable(std::span<const entry> entries, const receipt& r) {
  gate_->position.store(r.position, std::memory_order_relaxed);
  gate_->version.store(entries.back().event.version, std::memory_order_release);
  env_.views.notify(r.position);
  if (from && !reply.empty()) from->answer(thread::with_receipt(std::move(reply), r, false));
  for (const entry& e : entries)
    if (const std::string event = live_event(e); !event.empty()) env_.out.publish_event(who_, event);
  if (and_then) and_then(r);
  for (request_ptr& effect : effects) env_.router.route(std::move(effect));
}

void pending_write::on_failed(const error& why) {
  if (from) from->refuse(why);
}

std::string live_event(const entry& e) {
  const std::string& type = e.event.type;
  if (type == "noted" || type == "fork_completed" || type == "fork_failed") return {};
  json_writer out;
  out.begin_object().field("type", type).field(name(e.entity.kind), e.entity.id).field("version", e.event.version);
  out.field("time", e.event.time);
  std::string text = std::move(out).take();
  if (type != "forked" && e.event.body.size() > 2) { // forked carries the child's whole beginning
    text += ',';
    text.append(e.event.body, 1, e.event.body.size() - 2);
  }
  text += '}';
  return text;
}

} // namespace ropewalk::actors
