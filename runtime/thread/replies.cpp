#include "runtime/thread/replies.hpp"

#include "runtime/json_fields.hpp"

namespace ropewalk::thread {

result<message_place> read_place(std::string_view message_json) {
  const auto doc = json_document::parse(message_json, record_limits);
  if (!doc) return error{errc::corrupt, "corrupt_record", "a stored message is not JSON: " + doc.error().detail, {}};
  record_reader r{doc->root()};
  message_place place{
      r.text("id"), r.number("seq"), static_cast<std::uint32_t>(r.number("revision")), r.text("created_at"), {}};
  if (doc->root().find("updated_at")) place.updated_at = r.text("updated_at");
  if (r.failed()) return r.error();
  return place;
}

result<std::string> append_reply(const std::vector<event>& events, bool batch) {
  json_writer out;
  out.begin_object();
  if (batch) out.key("messages").begin_array();
  std::optional<std::uint64_t> first_seq;
  std::uint64_t last_seq = 0;
  for (const event& e : events) {
    const auto* a = std::get_if<appended>(&e);
    if (!a) continue;
    auto place = read_place(a->message_json);
    if (!place) return place.error();
    if (batch) out.begin_object();
    out.field("id", place->id).field("seq", place->seq);
    if (batch) out.end_object();
    else out.field("created_at", place->created_at);
    if (a->first_seq) first_seq = a->first_seq;
    last_seq = place->seq;
  }
  if (batch) out.end_array();
  if (first_seq) out.field("first_seq", *first_seq);
  if (batch) out.field("last_seq", last_seq);
  out.end_object();
  return std::move(out).take();
}

result<std::string> edit_reply(const std::vector<event>& events) {
  const auto* e = std::get_if<edited>(&events.front());
  if (!e) return error{errc::corrupt, "corrupt_record", "a remembered edit has no edited event", {}};
  auto place = read_place(e->message_json);
  if (!place) return place.error();
  json_writer out;
  out.begin_object().field("id", place->id).field("seq", place->seq).field("revision", place->revision);
  out.field("updated_at", place->updated_at).end_object();
  return std::move(out).take();
}

result<std::string> remove_reply(const std::vector<event>& events) {
  const auto* e = std::get_if<removed>(&events.front());
  if (!e) return error{errc::corrupt, "corrupt_record", "a remembered remove has no removed event", {}};
  json_writer out;
  out.begin_object().field("id", e->id).field("seq", e->seq).field("removed", true).end_object();
  return std::move(out).take();
}

} // namespace ropewalk::thread
