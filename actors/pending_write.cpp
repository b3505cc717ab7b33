#include "actors/pending_write.hpp"

#include "runtime/json_writer.hpp"
#include "runtime/thread/replies.hpp"
#include "storage/view_applier.hpp"

namespace ropewalk::actors {
namespace {

// What a live event shows of a recorded body, as ",field:value…". Bodies are compact JSON with frozen fields
// (runtime/thread/events.hpp), and a quote inside a text is escaped: a field's first place is found by its name.
std::string public_fields(std::string_view type, std::string_view body) {
  if (type == "noted" || body.size() <= 2) return {}; // a reply is between the node and one client
  std::string fields;
  if (type == "forked") // the rest is the child's whole beginning
    return fields.append(",").append(body.substr(1, body.find(",\"version\":") - 1));
  constexpr std::string_view message_seq = "\",\"seq\":";
  if (const auto at = body.find(message_seq); type == "appended" && at != body.npos) {
    const auto field = body.substr(at + 1);
    fields.append(field.substr(0, field.find(',', 1)));
  }
  return fields.append(",").append(body.substr(1, body.size() - 2));
}

} // namespace

void pending_write::on_durable(std::span<const entry> entries, const receipt& r) {
  gate_->position.store(r.position, std::memory_order_relaxed);
  gate_->version.store(entries.back().event.version, std::memory_order_release);
  env_.views.notify(r.position);
  if (from && !reply.empty()) from->answer(thread::with_receipt(std::move(reply), r, false));
  for (const entry& e : entries) env_.out.publish_event(who_, live_event(e));
  if (and_then) and_then(r);
  for (request_ptr& effect : effects) env_.router.route(std::move(effect));
}

void pending_write::on_failed(const error& why) {
  if (from) from->refuse(why);
}

std::string live_event(const entry& e) {
  const std::string& type = e.event.type;
  json_writer out;
  out.begin_object().field("type", type).field(name(e.entity.kind), e.entity.id).field("version", e.event.version);
  out.field("time", e.event.time);
  std::string text = std::move(out).take();
  text += public_fields(type, e.event.body);
  text += '}';
  return text;
}

} // namespace ropewalk::actors
