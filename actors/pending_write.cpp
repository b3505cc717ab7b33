#include "actors/pending_write.hpp"

#include "runtime/json_writer.hpp"
#include "storage/view_applier.hpp"

namespace ropewalk::actors {
namespace {

constexpr std::size_t most_shown = 8 << 10; // of a workflow's or a schedule's event; the journal has all of it

// A workflow's or a schedule's event as a whole, or its first field (the run, where it is about one) and a mark.
std::string workflow_fields(std::string_view body) {
  if (body.size() <= 2) return {};
  if (body.size() <= most_shown) return std::string(",").append(body.substr(1, body.size() - 2));
  if (!body.starts_with("{\"run\":")) return ",\"cut\":true";
  return std::string(",").append(body.substr(1, body.find(',') - 1)).append(",\"cut\":true");
}

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
  // A later write of a lower level may have been told before (in a cluster).
  if (entries.back().event.version > gate_->version.load(std::memory_order_relaxed)) {
    gate_->raise_position(r.position);
    gate_->index.store(r.index, std::memory_order_relaxed);
    gate_->version.store(entries.back().event.version, std::memory_order_release);
  }
  env_.views.notify(r.position);
  if (before_reply) before_reply();
  if (from && !reply.empty()) from->answer(with_receipt(std::move(reply), r, false));
  if (and_then) and_then(r);
  go_out();
  // Last: nobody waits for them as one waits for an answer or for work.
  for (const entry& e : entries) env_.out.publish_event(who_, live_event(e));
}

void pending_write::on_unchanged() {
  if (from && !reply.empty()) from->answer(reply);
  go_out();
}

void pending_write::go_out() {
  for (request_ptr& effect : effects) env_.router.route(std::move(effect));
  if (outward) outward();
  if (done) done();
}

void pending_write::on_failed(const error& why) {
  if (from) from->refuse(why);
  if (failed) failed(why);
}

bool pending_write::on_late(const error& why) {
  if (from) from->refuse(why);
  from.reset();
  return false;
}

std::string live_event(const entry& e) {
  const std::string& type = e.event.type;
  json_writer out;
  out.begin_object().field("type", type).field(name(e.entity.kind), e.entity.id).field("version", e.event.version);
  out.field("time", e.event.time);
  std::string text = std::move(out).take();
  const bool large =
      e.entity.kind == entity_kind::workflow || (e.entity.kind == entity_kind::schedule && type != "noted");
  text += large ? workflow_fields(e.event.body) : public_fields(type, e.event.body);
  text += '}';
  return text;
}

} // namespace ropewalk::actors
