#include "runtime/thread/events.hpp"

#include <array>

#include "runtime/json_fields.hpp"

namespace ropewalk::thread {
namespace {

// In the order of the variant's alternatives.
constexpr std::array<std::string_view, std::variant_size_v<event>> type_names = {
    "created",        "updated",     "appended",  "edited",  "removed", "cleared", "trimmed", "forked",
    "fork_completed", "fork_failed", "suspended", "resumed", "closed",  "deleted", "noted"};

struct body_writer {
  json_writer out;
  void operator()(const created& e) {
    encode_header(out, e.header);
    if (e.origin) encode_origin(out.key("origin"), *e.origin);
  }
  void operator()(const updated& e) { encode_header(out, e.header); }
  void operator()(const appended& e) {
    out.raw_field("message", e.message_json);
    if (e.first_seq) out.field("first_seq", *e.first_seq);
  }
  void operator()(const edited& e) { out.field("seq", e.seq).raw_field("message", e.message_json); }
  void operator()(const removed& e) { out.field("seq", e.seq).field("id", e.id); }
  void operator()(const cleared& e) { out.field("count", e.count); }
  void operator()(const trimmed& e) { out.field("first_seq", e.first_seq); }
  void operator()(const forked& e) {
    out.field("child", e.child).field("seq", e.seq).field("version", e.version).raw_field("header", e.header_json);
  }
  void operator()(const fork_completed& e) { out.field("child", e.child); }
  void operator()(const fork_failed& e) { out.field("child", e.child).field("reason", e.reason); }
  void operator()(const suspended& e) { out.field("reason", e.reason); }
  void operator()(const resumed&) {}
  void operator()(const closed& e) { out.field("reason", e.reason); }
  void operator()(const deleted& e) { out.field("reason", e.reason); }
  void operator()(const noted& e) { out.raw_field("reply", e.reply_json); }
};

error bad_list(std::string_view what) {
  return {errc::corrupt, "corrupt_record", "a stored record has an unreadable list \"" + std::string(what) + "\"",
          std::string(what)};
}

result<event> decode_appended(json_view body, record_reader& r) {
  appended e;
  const auto message = r.of_type("message", json_type::object);
  if (!message) return r.error();
  record_reader m{*message};
  e.seq = m.number("seq");
  e.system = m.text("role") == name(role::system);
  if (m.failed()) return m.error();
  e.message_json = std::string(message->raw());
  if (body.find("first_seq")) e.first_seq = r.number("first_seq");
  if (r.failed()) return r.error();
  return event{std::move(e)};
}

result<event> decode_created(json_view body, record_reader& r) {
  created e;
  auto header = decode_header(body);
  if (!header) return header.error();
  e.header = *std::move(header);
  if (body.find("origin")) {
    const auto object = r.of_type("origin", json_type::object);
    if (!object) return r.error();
    auto origin = decode_origin(*object);
    if (!origin) return origin.error();
    e.origin = *std::move(origin);
  }
  return event{std::move(e)};
}

} // namespace

std::string_view type_of(const event& e) noexcept { return type_names[e.index()]; }

std::string body_of(const event& e) {
  std::string reserved;
  if (const auto* a = std::get_if<appended>(&e)) reserved.reserve(a->message_json.size() + 48);
  body_writer writer{json_writer{std::move(reserved)}};
  writer.out.begin_object();
  std::visit(writer, e);
  writer.out.end_object();
  return std::move(writer.out).take();
}

result<event> decode_event(std::string_view type, std::string_view bytes) {
  const auto doc = json_document::parse(bytes, record_limits);
  if (!doc) return error{errc::corrupt, "corrupt_record", "an event body is not JSON: " + doc.error().detail, {}};
  const json_view body = doc->root();
  record_reader r{body};
  if (r.failed()) return r.error();
  const auto finish = [&](event e) -> result<event> {
    if (r.failed()) return r.error();
    return e;
  };
  if (type == "appended") return decode_appended(body, r);
  if (type == "created") return decode_created(body, r);
  if (type == "updated") {
    auto header = decode_header(body);
    if (!header) return header.error();
    return event{updated{*std::move(header)}};
  }
  if (type == "edited") return finish(edited{r.number("seq"), r.raw("message")});
  if (type == "removed") return finish(removed{r.number("seq"), r.text("id")});
  if (type == "cleared") return finish(cleared{r.number("count")});
  if (type == "trimmed") return finish(trimmed{r.number("first_seq")});
  if (type == "forked") return finish(forked{r.text("child"), r.number("seq"), r.number("version"), r.raw("header")});
  if (type == "fork_completed") return finish(fork_completed{r.text("child")});
  if (type == "fork_failed") return finish(fork_failed{r.text("child"), r.text("reason")});
  if (type == "suspended") return finish(suspended{r.text("reason")});
  if (type == "resumed") return finish(resumed{});
  if (type == "closed") return finish(closed{r.text("reason")});
  if (type == "deleted") return finish(deleted{r.text("reason")});
  if (type == "noted") return finish(noted{r.raw("reply")});
  return error{errc::corrupt, "unknown_event", "a thread has no event of type \"" + std::string(type) + "\"", "type"};
}

void encode_limits(json_writer& out, const thread_limits& limits) {
  out.begin_object()
      .field("max_messages", limits.max_messages)
      .field("max_tokens", limits.max_tokens)
      .field("ttl_seconds", limits.ttl_s)
      .end_object();
}

void encode_header(json_writer& out, const thread_header& header) {
  out.field("name", header.name).field("user", header.user).field("agent", header.agent);
  out.key("tags").begin_array();
  for (const auto& tag : header.tags) out.value(tag);
  out.end_array().raw_field("metadata", header.metadata_json);
  encode_limits(out.key("limits"), header.limits);
}

result<thread_header> decode_header(json_view object) {
  record_reader r{object};
  thread_header header;
  header.name = r.text("name");
  header.user = r.text("user");
  header.agent = r.text("agent");
  header.metadata_json = r.raw("metadata");
  const auto tags = r.of_type("tags", json_type::array);
  const auto limits = r.of_type("limits", json_type::object);
  if (r.failed()) return r.error();
  for (const json_view tag : tags->elements()) {
    if (!tag.is(json_type::string)) return bad_list("tags");
    header.tags.push_back(tag.string());
  }
  record_reader l{*limits};
  header.limits = {l.number("max_messages"), l.number("max_tokens"),
                   static_cast<std::int64_t>(l.number("ttl_seconds"))};
  if (l.failed()) return l.error();
  return header;
}

void encode_message_set(json_writer& out, const message_set& set) {
  out.field("first_seq", set.trim_point()).field("count", set.count()).key("system_seqs").begin_array();
  for (const auto seq : set.pinned()) out.value(seq);
  out.end_array().key("removed").begin_array();
  for (const auto& [a, b] : set.removed()) out.begin_array().value(a).value(b).end_array();
  out.end_array();
}

result<message_set> decode_message_set(json_view object, std::uint64_t next_seq) {
  record_reader r{object};
  const auto first = r.number("first_seq");
  const auto pins = r.of_type("system_seqs", json_type::array);
  const auto holes = r.of_type("removed", json_type::array);
  if (r.failed()) return r.error();
  std::vector<std::uint64_t> pinned;
  for (const json_view seq : pins->elements()) {
    if (!seq.integer()) return bad_list("system_seqs");
    pinned.push_back(static_cast<std::uint64_t>(*seq.integer()));
  }
  std::vector<std::pair<std::uint64_t, std::uint64_t>> removed;
  for (const json_view range : holes->elements()) {
    if (!range.is(json_type::array) || range.size() != 2) return bad_list("removed");
    auto at = range.elements().first;
    const auto a = (*at).integer(), b = (*++at).integer();
    if (!a || !b) return bad_list("removed");
    removed.emplace_back(static_cast<std::uint64_t>(*a), static_cast<std::uint64_t>(*b));
  }
  return message_set::restore(first, next_seq, std::move(pinned), std::move(removed));
}

void encode_origin(json_writer& out, const fork_origin& origin) {
  const ancestor& parent = origin.lineage.back();
  out.begin_object().field("parent", parent.thread).field("seq", parent.seq).field("version", parent.version);
  out.key("lineage").begin_array();
  for (const auto& a : origin.lineage)
    out.begin_object().field("thread", a.thread).field("seq", a.seq).field("version", a.version).end_object();
  out.end_array();
  encode_message_set(out, origin.inherited);
  out.end_object();
}

result<fork_origin> decode_origin(json_view object) {
  record_reader r{object};
  const auto seq = r.number("seq");
  const auto lineage = r.of_type("lineage", json_type::array);
  if (r.failed()) return r.error();
  fork_origin origin;
  for (const json_view row : lineage->elements()) {
    record_reader a{row};
    origin.lineage.push_back({a.text("thread"), a.number("seq"), a.number("version")});
    if (a.failed()) return a.error();
  }
  if (origin.lineage.empty()) return bad_list("lineage");
  auto inherited = decode_message_set(object, seq + 1);
  if (!inherited) return inherited.error();
  origin.inherited = *std::move(inherited);
  return origin;
}

} // namespace ropewalk::thread
