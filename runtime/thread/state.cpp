#include "runtime/thread/state.hpp"

#include "runtime/invariant.hpp"
#include "runtime/json_fields.hpp"

namespace ropewalk::thread {
namespace {

struct folder {
  thread_state& s;
  instant time;

  void touch() { s.updated_at = time; }
  void settle(const std::string& child) {
    std::erase_if(s.forks, [&](const pending_fork& f) { return f.child == child; });
  }

  void operator()(const created& e) {
    // Made again after a delete: the version and the seq go on, so that positions never mean two things.
    if (s.is == presence::deleted) s.messages.clear();
    s.is = presence::present;
    s.status = activity::active;
    s.status_reason.clear();
    s.header = e.header;
    s.created_at = time;
    s.lineage.clear();
    if (e.origin) {
      s.lineage = e.origin->lineage;
      s.messages = e.origin->inherited;
    }
    touch();
  }
  void operator()(const updated& e) { s.header = e.header, touch(); }
  void operator()(const appended& e) {
    INVARIANT(e.seq == s.messages.next_seq(), e.seq, s.messages.next_seq());
    s.messages.append(e.system);
    if (e.first_seq) s.messages.trim(*e.first_seq);
    touch();
  }
  void operator()(const edited&) { touch(); }
  void operator()(const removed& e) { s.messages.remove(e.seq), touch(); }
  void operator()(const cleared&) { s.messages.clear(), touch(); }
  void operator()(const trimmed& e) { s.messages.trim(e.first_seq); }
  void operator()(const forked& e) { s.forks.push_back({e.child, e.header_json, s.version + 1, time}), touch(); }
  void operator()(const fork_completed& e) { settle(e.child); }
  void operator()(const fork_failed& e) {
    // The command failed after all: a repeat of its key must be judged anew.
    for (const auto& f : s.forks)
      if (f.child == e.child) s.keys.forget(s.keys.key_at(f.version));
    settle(e.child);
  }
  void operator()(const suspended& e) { s.status = activity::suspended, s.status_reason = e.reason, touch(); }
  void operator()(const resumed&) { s.status = activity::active, s.status_reason.clear(), touch(); }
  void operator()(const closed& e) { s.status = activity::closed, s.status_reason = e.reason, touch(); }
  void operator()(const deleted&) {
    s.is = presence::deleted;
    s.messages.clear();
    if (s.lineage.size() > 1)
      s.lineage.erase(s.lineage.begin(), s.lineage.end() - 1); // whose fork it was: its parent may ask still
    s.header = {};
    touch();
  }
  void operator()(const noted&) {}
};

std::optional<std::uint64_t> trim_point_of(const event& e) {
  if (const auto* a = std::get_if<appended>(&e)) return a->first_seq;
  if (const auto* t = std::get_if<trimmed>(&e)) return t->first_seq;
  return std::nullopt;
}

} // namespace

std::string_view name(activity status) noexcept {
  switch (status) {
  case activity::active: return "active";
  case activity::suspended: return "suspended";
  case activity::closed: return "closed";
  }
  return "active";
}

thread_state thread_state::without_keys() const {
  thread_state copy;
  copy.is = is;
  copy.status = status;
  copy.status_reason = status_reason;
  copy.header = header;
  copy.version = version;
  copy.created_at = created_at;
  copy.updated_at = updated_at;
  copy.recorded_at = recorded_at;
  copy.messages = messages;
  copy.lineage = lineage;
  copy.forks = forks;
  return copy;
}

void apply(thread_state& state, const event& e, instant time) {
  std::visit(folder{state, time}, e);
  ++state.version;
  state.recorded_at = time;
}

void apply_drafted(thread_state& state, const event& e, const entry_draft& draft) {
  INVARIANT(draft.version == state.version + 1, draft.version, state.version);
  apply(state, e, draft.time);
  if (draft.idempotency) state.keys.record(*draft.idempotency, draft.version, draft.time);
}

status_result fits(const thread_state& state, const event& e) {
  if (const auto* a = std::get_if<appended>(&e); a && a->seq != state.messages.next_seq())
    return error{errc::corrupt, "seq_gap", "appended message has seq " + std::to_string(a->seq), "seq"};
  if (const auto* x = std::get_if<removed>(&e); x && !state.messages.is_live(x->seq))
    return error{errc::corrupt, "seq_gap", "removed message has no live seq " + std::to_string(x->seq), "seq"};
  // An append that trims may trim up to itself.
  const std::uint64_t end = state.messages.next_seq() + (std::holds_alternative<appended>(e) ? 1 : 0);
  if (const auto first = trim_point_of(e); first && (*first < state.messages.trim_point() || *first > end))
    return error{errc::corrupt, "seq_gap", "trims to seq " + std::to_string(*first), "first_seq"};
  return ok();
}

status_result apply_entry(thread_state& state, const entry_draft& draft) {
  if (draft.version != state.version + 1)
    return error{errc::corrupt,
                 "version_gap",
                 "entry of version " + std::to_string(draft.version) + " after version " +
                     std::to_string(state.version),
                 {}};
  auto e = decode_event(draft.type, draft.body);
  if (!e) return e.error();
  if (auto fine = fits(state, *e); !fine) return fine;
  apply_drafted(state, *e, draft);
  return ok();
}

std::optional<instant> wake_at(const thread_state& state) noexcept {
  if (!state.forks.empty()) return instant{0};
  if (state.is != presence::present || state.header.limits.ttl_s == 0) return std::nullopt;
  return instant{state.updated_at.us + state.header.limits.ttl_s * 1'000'000};
}

std::string encode_state(const thread_state& s) {
  json_writer out;
  out.begin_object().field("format", 1).field("version", s.version);
  out.field("is", static_cast<int>(s.is)).field("status", static_cast<int>(s.status)).field("reason", s.status_reason);
  out.field("created_us", s.created_at.us).field("updated_us", s.updated_at.us).field("recorded_us", s.recorded_at.us);
  encode_header(out.key("header").begin_object(), s.header);
  out.end_object().key("messages").begin_object().field("next_seq", s.messages.next_seq());
  encode_message_set(out, s.messages);
  out.end_object().key("lineage").begin_array();
  for (const auto& a : s.lineage)
    out.begin_object().field("thread", a.thread).field("seq", a.seq).field("version", a.version).end_object();
  out.end_array().key("forks").begin_array();
  for (const auto& f : s.forks)
    out.begin_object()
        .field("child", f.child)
        .raw_field("header", f.header_json)
        .field("version", f.version)
        .field("at_us", f.at.us)
        .end_object();
  out.end_array().key("keys");
  s.keys.encode(out);
  out.end_object();
  return std::move(out).take();
}

result<thread_state> decode_state(std::string_view bytes) {
  const auto doc = json_document::parse(bytes, record_limits);
  if (!doc) return error{errc::corrupt, "corrupt_snapshot", "the snapshot is not JSON: " + doc.error().detail, {}};
  record_reader r{doc->root()};
  if (const auto format = r.number("format"); !r.failed() && format != 1)
    return error{errc::corrupt, "corrupt_snapshot", "snapshot format " + std::to_string(format) + " is not known",
                 "format"};
  thread_state s;
  s.version = r.number("version");
  s.is = static_cast<presence>(r.number("is"));
  s.status = static_cast<activity>(r.number("status"));
  s.status_reason = r.text("reason");
  s.created_at.us = static_cast<std::int64_t>(r.number("created_us"));
  s.updated_at.us = static_cast<std::int64_t>(r.number("updated_us"));
  s.recorded_at.us = static_cast<std::int64_t>(r.number("recorded_us"));
  const auto header = r.of_type("header", json_type::object);
  const auto messages = r.of_type("messages", json_type::object);
  const auto lineage = r.of_type("lineage", json_type::array);
  const auto forks = r.of_type("forks", json_type::array);
  const auto keys = r.of_type("keys", json_type::array);
  if (r.failed()) return r.error();
  auto h = decode_header(*header);
  if (!h) return h.error();
  s.header = *std::move(h);
  record_reader m{*messages};
  const auto next_seq = m.number("next_seq");
  if (m.failed()) return m.error();
  auto set = decode_message_set(*messages, next_seq);
  if (!set) return set.error();
  s.messages = *std::move(set);
  for (const json_view row : lineage->elements()) {
    record_reader a{row};
    s.lineage.push_back({a.text("thread"), a.number("seq"), a.number("version")});
    if (a.failed()) return a.error();
  }
  for (const json_view row : forks->elements()) {
    record_reader f{row};
    s.forks.push_back(
        {f.text("child"), f.raw("header"), f.number("version"), instant{static_cast<std::int64_t>(f.number("at_us"))}});
    if (f.failed()) return f.error();
  }
  auto window = idempotency_window::decode(*keys);
  if (!window) return window.error();
  s.keys = *std::move(window);
  return s;
}

std::string render_thread(const entity_key& who, const thread_state& s) {
  json_writer out;
  out.begin_object().field("id", who.id).field("org", who.org);
  if (!s.header.user.empty()) out.field("user", s.header.user);
  if (!s.header.agent.empty()) out.field("agent", s.header.agent);
  if (!s.header.name.empty()) out.field("name", s.header.name);
  out.key("tags").begin_array();
  for (const auto& tag : s.header.tags) out.value(tag);
  out.end_array().raw_field("metadata", s.header.metadata_json).field("status", name(s.status));
  if (!s.status_reason.empty()) out.field("status_reason", s.status_reason);
  encode_limits(out.key("limits"), s.header.limits);
  out.field("message_count", s.messages.count())
      .field("first_seq", s.messages.oldest())
      .field("last_seq", s.messages.last_seq())
      .field("version", s.version)
      .field("created_at", s.created_at)
      .field("updated_at", s.updated_at);
  if (s.header.limits.ttl_s > 0) out.field("expires_at", instant{s.updated_at.us + s.header.limits.ttl_s * 1'000'000});
  if (!s.lineage.empty()) {
    const ancestor& parent = s.lineage.back();
    out.key("parent").begin_object().field("thread", parent.thread).field("seq", parent.seq);
    out.field("version", parent.version).end_object();
  }
  out.end_object();
  return std::move(out).take();
}

} // namespace ropewalk::thread
