#include "runtime/schedule/events.hpp"

#include <algorithm>
#include <array>

#include "runtime/json_fields.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "runtime/schedule/limits.hpp"
#include "runtime/workflow/events.hpp"

namespace ropewalk::schedule {
namespace {

constexpr std::array<std::string_view, 11> event_types = {"configured", "paused",  "unpaused", "fired",
                                                          "buffered",   "skipped", "started",  "refused",
                                                          "ended",      "deleted", "noted"};
constexpr std::array<std::string_view, 3> causes = {"time", "trigger", "backfill"};
constexpr std::array<std::string_view, 5> reasons = {"missed", "overlap", "buffer_full", "replaced", "running_limit"};
constexpr std::array<workflow::child_end, 4> ends = {workflow::child_end::completed, workflow::child_end::failed,
                                                     workflow::child_end::cancelled, workflow::child_end::terminated};

struct body_writer {
  json_writer& out;

  void at(instant scheduled, start_cause cause) {
    out.field("scheduled_us", scheduled.us);
    if (cause != start_cause::time) out.field("cause", name(cause));
  }
  void pending(const std::optional<instant>& at) {
    if (at) out.field("pending_us", at->us);
  }
  void operator()(const configured& e) { out.raw_field("spec", e.spec->document), pending(e.pending); }
  void operator()(const paused& e) { out.field("note", e.note); }
  void operator()(const unpaused& e) { out.field("note", e.note), pending(e.pending); }
  void operator()(const fired& e) { at(e.scheduled_at, e.cause), out.field("workflow", e.workflow); }
  void operator()(const buffered& e) { at(e.scheduled_at, e.cause), out.field("overlap", name(e.policy)); }
  void operator()(const skipped& e) {
    at(e.scheduled_at, e.cause);
    out.field("reason", name(e.reason));
    if (e.times > 1) out.field("last_us", e.last.us).field("times", e.times);
  }
  void operator()(const started& e) { out.field("workflow", e.workflow); }
  void operator()(const refused& e) {
    out.field("workflow", e.workflow).field("code", e.code).field("message", e.message);
  }
  void operator()(const ended& e) { out.field("workflow", e.workflow).field("how", workflow::name(e.how)); }
  void operator()(const deleted&) {}
  void operator()(const noted& e) { out.raw_field("reply", e.reply); }
};

struct body_reader : record_reader {
  using record_reader::record_reader;

  instant at(std::string_view field) { return {static_cast<std::int64_t>(number(field))}; }
  std::optional<instant> pending(json_view body) {
    return body.find("pending_us") ? std::optional(at("pending_us")) : std::nullopt;
  }
  template <class Value, class Parse>
  Value one_of(std::string_view field, Value fallback, Parse parse) {
    const auto value = parse(text(field));
    if (!value) fail(field);
    return value.value_or(fallback);
  }
  start_cause cause(json_view body) {
    return body.find("cause") ? one_of("cause", start_cause::time, cause_of) : start_cause::time;
  }
  skipped skip(json_view body) {
    skipped e{at("scheduled_us"), skip_reason::overlap, cause(body), {}, 1};
    e.reason = one_of("reason", skip_reason::overlap, [](const std::string& word) {
      const auto found = std::find(reasons.begin(), reasons.end(), word);
      return found == reasons.end() ? std::nullopt : std::optional(static_cast<skip_reason>(found - reasons.begin()));
    });
    e.last = e.scheduled_at;
    if (!body.find("times")) return e;
    e.last = at("last_us");
    e.times = number("times");
    if (e.times < 2 || e.last <= e.scheduled_at) fail("times");
    return e;
  }
  workflow::child_end end() {
    return one_of("how", workflow::child_end::failed, [](const std::string& word) {
      const auto found =
          std::find_if(ends.begin(), ends.end(), [&](workflow::child_end e) { return workflow::name(e) == word; });
      return found == ends.end() ? std::nullopt : std::optional(*found);
    });
  }
};

event read_event(body_reader& r, json_view body, std::size_t type) {
  switch (type) {
  case 1: return paused{r.text("note")};
  case 2: return unpaused{r.text("note"), r.pending(body)};
  case 3: return fired{r.at("scheduled_us"), r.text("workflow"), r.cause(body)};
  case 4: return buffered{r.at("scheduled_us"), r.one_of("overlap", overlap::skip, overlap_of), r.cause(body)};
  case 5: return r.skip(body);
  case 6: return started{r.text("workflow")};
  case 7: return refused{r.text("workflow"), r.text("code"), r.text("message")};
  case 8: return ended{r.text("workflow"), r.end()};
  case 9: return deleted{};
  default: return noted{r.raw("reply")};
  }
}

} // namespace

std::string_view name(start_cause cause) noexcept { return causes[static_cast<std::size_t>(cause)]; }
std::string_view name(skip_reason reason) noexcept { return reasons[static_cast<std::size_t>(reason)]; }

std::optional<start_cause> cause_of(std::string_view name) noexcept {
  const auto at = std::find(causes.begin(), causes.end(), name);
  return at == causes.end() ? std::nullopt : std::optional(static_cast<start_cause>(at - causes.begin()));
}

std::string_view type_of(const event& e) noexcept { return event_types[e.index()]; }

std::string body_of(const event& e) {
  json_writer out;
  out.begin_object();
  std::visit(body_writer{out}, e);
  out.end_object();
  return std::move(out).take();
}

result<event> decode_event(std::string_view type, std::string_view body) {
  const auto doc = json_document::parse(body, record_limits);
  if (!doc) return error{errc::corrupt, "corrupt_record", "an event body is not JSON: " + doc.error().detail, {}};
  const auto known = std::find(event_types.begin(), event_types.end(), type);
  if (known == event_types.end())
    return error{errc::corrupt, "unknown_event", "a schedule has no event of type \"" + std::string(type) + '"',
                 "type"};
  body_reader r(doc->root());
  if (known == event_types.begin()) {
    const auto spec = r.of_type("spec", json_type::object);
    const auto pending = r.pending(doc->root());
    if (r.failed()) return r.error();
    auto read = decode_spec(spec->raw());
    if (!read) return read.error();
    return event(configured{*std::move(read), pending});
  }
  event e = read_event(r, doc->root(), static_cast<std::size_t>(known - event_types.begin()));
  if (r.failed()) return r.error();
  return e;
}

result<shared_spec> decode_spec(std::string_view json) {
  auto document = workflow::parse_json(json, {limits::schedule_bytes, limits::json_depth, limits::json_values});
  auto spec = document ? read_spec({}, *document, "spec") : result<schedule_spec>(document.error());
  if (!spec)
    return error{errc::corrupt, "corrupt_record", "a recorded schedule cannot be read: " + spec.error().detail,
                 spec.error().field};
  return std::make_shared<const schedule_spec>(*std::move(spec));
}

} // namespace ropewalk::schedule
