// Snapshots of a schedule, format 1:
//
//   {"format":1,"version","recorded_us","specs":[{…}],"exists","created_us","updated_us","paused","note",
//    "through_us","last_trigger_us","runs","asked","skips",
//    "running":[{"workflow","scheduled_us","cause","spec"?,"told"}],"waiting":[{"scheduled_us","overlap","cause"}],
//    "recent":[{"workflow","scheduled_us","ended_us","how","code","message","cause"?}],"keys":[…]}
//
// A recent one without a cause was started by time. specs holds the current one first, if the schedule exists, then older ones of instances that are not known
// to be started; a running one's "spec" is its place there.

#include <algorithm>

#include "runtime/json_fields.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "runtime/schedule/state.hpp"

namespace ropewalk::schedule {
namespace {

std::vector<shared_spec> specs_of(const schedule_instance& s) {
  std::vector<shared_spec> specs;
  if (s.spec) specs.push_back(s.spec);
  for (const running_start& r : s.running)
    if (r.unconfirmed && std::find(specs.begin(), specs.end(), r.unconfirmed) == specs.end())
      specs.push_back(r.unconfirmed);
  return specs;
}

void write_starts(json_writer& out, const schedule_instance& s, const std::vector<shared_spec>& specs) {
  out.key("running").begin_array();
  for (const running_start& r : s.running) {
    out.begin_object().field("workflow", r.workflow).field("scheduled_us", r.scheduled_at.us);
    out.field("cause", name(r.cause));
    if (r.unconfirmed)
      out.field("spec",
                static_cast<std::uint64_t>(std::find(specs.begin(), specs.end(), r.unconfirmed) - specs.begin()));
    out.field("told", static_cast<std::uint32_t>(r.told)).end_object();
  }
  out.end_array().key("waiting").begin_array();
  for (const waiting_start& w : s.waiting)
    out.begin_object()
        .field("scheduled_us", w.scheduled_at.us)
        .field("overlap", name(w.policy))
        .field("cause", name(w.cause))
        .end_object();
  out.end_array().key("recent").begin_array();
  for (const recent_start& r : s.recent) {
    out.begin_object().field("workflow", r.workflow).field("scheduled_us", r.scheduled_at.us);
    out.field("ended_us", r.ended_at.us).field("how", r.how).field("code", r.code).field("message", r.message);
    if (r.cause != start_cause::time) out.field("cause", name(r.cause));
    out.end_object();
  }
  out.end_array();
}

struct snapshot_reader : record_reader {
  using record_reader::record_reader;

  instant at(std::string_view field) { return {static_cast<std::int64_t>(number(field))}; }
  bool flag(std::string_view field) {
    const auto v = of_type(field, json_type::boolean);
    return v && v->boolean();
  }
  start_cause cause() {
    const auto c = cause_of(text("cause"));
    if (!c) fail("cause");
    return c.value_or(start_cause::time);
  }
  running_start running(const std::vector<shared_spec>& specs) {
    running_start r{text("workflow"), at("scheduled_us"), cause(), nullptr, stop::none};
    if (const auto place = optional_number("spec")) {
      if (*place < specs.size()) r.unconfirmed = specs[*place];
      else fail("spec");
    }
    const std::uint64_t told = number("told");
    if (told > static_cast<std::uint64_t>(stop::terminate)) fail("told");
    else r.told = static_cast<stop>(told);
    return r;
  }
  waiting_start waiting() {
    const auto policy = overlap_of(text("overlap"));
    if (!policy) fail("overlap");
    return {at("scheduled_us"), policy.value_or(overlap::skip), cause()};
  }
  recent_start recent() {
    recent_start r{
        text("workflow"), at("scheduled_us"), at("ended_us"), text("how"), text("code"), text("message"), {}};
    if (has("cause")) r.cause = cause();
    return r;
  }
  void numbers(schedule_instance& s) {
    s.version = number("version");
    s.recorded_at = at("recorded_us");
    s.created_at = at("created_us");
    s.updated_at = at("updated_us");
    s.paused = flag("paused");
    s.note = text("note");
    s.through = at("through_us");
    s.last_trigger = at("last_trigger_us");
    s.runs = number("runs");
    s.asked = number("asked");
    s.skips = number("skips");
    s.missed = number("missed");
  }
};

} // namespace

std::string encode_state(const schedule_state& s) {
  const std::vector<shared_spec> specs = specs_of(s);
  json_writer out;
  out.begin_object().field("format", 1).field("version", s.version).field("recorded_us", s.recorded_at.us);
  out.key("specs").begin_array();
  for (const shared_spec& spec : specs) out.raw(spec->document);
  out.end_array().field("exists", s.spec != nullptr);
  out.field("created_us", s.created_at.us).field("updated_us", s.updated_at.us);
  out.field("paused", s.paused).field("note", s.note);
  out.field("through_us", s.through.us).field("last_trigger_us", s.last_trigger.us);
  out.field("runs", s.runs).field("asked", s.asked).field("skips", s.skips).field("missed", s.missed);
  write_starts(out, s, specs);
  out.key("keys");
  s.keys.encode(out);
  out.end_object();
  return std::move(out).take();
}

result<schedule_state> decode_state(std::string_view bytes) {
  const auto doc = json_document::parse(bytes, record_limits);
  if (!doc) return error{errc::corrupt, "corrupt_record", "a snapshot is not JSON: " + doc.error().detail, {}};
  snapshot_reader r(doc->root());
  if (r.number("format") != 1) r.fail("format");
  const auto specs = r.of_type("specs", json_type::array), running = r.of_type("running", json_type::array),
             waiting = r.of_type("waiting", json_type::array), recent = r.of_type("recent", json_type::array),
             keys = r.of_type("keys", json_type::array);
  schedule_state s;
  r.numbers(s);
  const bool exists = r.flag("exists");
  if (!r.failed() && exists && specs->size() == 0) r.fail("specs");
  if (r.failed()) return r.error();
  std::vector<shared_spec> known;
  for (const json_view v : specs->elements()) {
    auto spec = decode_spec(v.raw());
    if (!spec) return spec.error();
    known.push_back(*std::move(spec));
  }
  if (exists) s.spec = known.front();
  for (const json_view v : running->elements()) {
    snapshot_reader row(v);
    s.running.push_back(row.running(known));
    if (row.failed()) return row.error();
  }
  for (const json_view v : waiting->elements()) {
    snapshot_reader row(v);
    s.waiting.push_back(row.waiting());
    if (row.failed()) return row.error();
  }
  for (const json_view v : recent->elements()) {
    snapshot_reader row(v);
    s.recent.push_back(row.recent());
    if (row.failed()) return row.error();
  }
  auto window = idempotency_window::decode(*keys);
  if (!window) return window.error();
  s.keys = *std::move(window);
  return s;
}

} // namespace ropewalk::schedule
