#include "runtime/workflow/events.hpp"

#include <array>

#include "runtime/json_fields.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/workflow/deadline_fields.hpp"
#include "runtime/workflow/json_bridge.hpp"
#include "runtime/workflow/json_compact.hpp"
#include "runtime/workflow/record_fields.hpp"

namespace ropewalk::workflow {
namespace {

// In the order of the variant's alternatives.
constexpr std::array<std::string_view, std::variant_size_v<event>> type_names = {"started",
                                                                                 "scheduled",
                                                                                 "attempt_failed",
                                                                                 "completed",
                                                                                 "failed",
                                                                                 "skipped",
                                                                                 "cancelled",
                                                                                 "late_result",
                                                                                 "step_begun",
                                                                                 "step_completed",
                                                                                 "signalled",
                                                                                 "signal_taken",
                                                                                 "timer_fired",
                                                                                 "line_opened",
                                                                                 "line_closed",
                                                                                 "child_started",
                                                                                 "child_left",
                                                                                 "updated",
                                                                                 "paused",
                                                                                 "resumed",
                                                                                 "cancel_requested",
                                                                                 "terminated",
                                                                                 "retried",
                                                                                 "stopping",
                                                                                 "compensation_scheduled",
                                                                                 "compensation_completed",
                                                                                 "compensation_failed",
                                                                                 "crashed",
                                                                                 "unparked",
                                                                                 "checkpointed",
                                                                                 "ended",
                                                                                 "noted"};

constexpr std::array<std::string_view, 9> status_names = {
    "absent", "running", "paused", "compensating", "completed", "failed", "cancelled", "terminated", "crashed"};
constexpr std::array<std::string_view, 4> child_ends = {"completed", "failed", "cancelled", "terminated"};

struct body_writer {
  json_writer out;

  void run(std::uint64_t number) { out.field("run", number); }
  void error_fields(const run_error& why) { out.field("code", why.code).field("message", why.message); }
  void due(const deadlines& d) { encode_deadlines(out.key("deadlines"), d); }
  void tree(std::string_view name, const json_value& value) { out.raw_field(name, compact_text(value)); }

  void operator()(const started& e) {
    out.key("definition")
        .begin_object()
        .field("name", e.definition->read.name)
        .field("version", e.definition->read.version);
    out.end_object().raw_field("document", e.definition->document);
    tree("input", e.input);
    tree("attributes", e.attributes);
    if (e.deadline) out.field("deadline_us", e.deadline->us);
    if (e.parent)
      out.key("parent").begin_object().field("workflow", e.parent->workflow).field("run", e.parent->run).end_object();
    if (e.depth != 0) out.field("depth", e.depth);
    if (e.branched_from)
      out.key("branched_from")
          .begin_object()
          .field("workflow", e.branched_from->workflow)
          .field("version", e.branched_from->version)
          .raw_field("state", e.base)
          .end_object();
  }
  void operator()(const scheduled& e) {
    run(e.run), out.field("line", e.line).field("phase", e.phase).field("attempt", e.attempt), due(e.due);
    if (e.index) out.field("index", *e.index);
    if (!e.input_digest.empty()) out.field("input_digest", e.input_digest);
  }
  void operator()(const attempt_failed& e) {
    run(e.run), out.field("attempt", e.attempt), error_fields(e.why), out.field("retry_at_us", e.retry_at.us);
  }
  void operator()(const completed& e) {
    run(e.run), tree("result", e.result);
    if (!e.by.empty()) out.field("by", e.by);
  }
  void operator()(const failed& e) { run(e.run), error_fields(e.why); }
  void operator()(const skipped& e) { run(e.run), out.field("line", e.line).field("phase", e.phase); }
  void operator()(const cancelled& e) { run(e.run); }
  void operator()(const late_result& e) { run(e.run), out.field("digest", e.digest).field("from", e.from); }
  void operator()(const step_begun& e) { run(e.run), out.field("step", e.step); }
  void operator()(const step_completed& e) { run(e.run), out.field("step", e.step), tree("result", e.result); }
  void operator()(const signalled& e) { out.field("id", e.id).field("name", e.name), tree("payload", e.payload); }
  void operator()(const signal_taken& e) { run(e.run), out.field("id", e.id); }
  void operator()(const timer_fired& e) { run(e.run), out.field("which", e.which); }
  void operator()(const line_opened& e) {
    out.field("line", e.line), run(e.run);
    if (e.index) out.field("index", *e.index);
    else out.field("branch", e.branch);
  }
  void operator()(const line_closed& e) { out.field("line", e.line); }
  void operator()(const child_started& e) { run(e.run), out.field("child", e.child); }
  void operator()(const child_left& e) { run(e.run), out.field("child", e.child).field("how", name(e.how)); }
  void operator()(const updated& e) { tree("patch", e.patch), out.field("reason", e.reason); }
  void operator()(const paused& e) { out.field("reason", e.reason); }
  void operator()(const resumed&) {}
  void operator()(const cancel_requested& e) { out.field("reason", e.reason); }
  void operator()(const terminated& e) { out.field("reason", e.reason); }
  void operator()(const retried& e) {
    out.field("reason", e.reason);
    if (e.deadline) out.field("deadline_us", e.deadline->us);
  }
  void operator()(const stopping& e) { out.field("status", name(e.status)), error_fields(e.why); }
  void operator()(const compensation_scheduled& e) {
    run(e.run), out.field("of", e.of).field("phase", e.phase).field("attempt", e.attempt), due(e.due);
    if (e.index) out.field("index", *e.index);
  }
  void operator()(const compensation_completed& e) { run(e.run); }
  void operator()(const compensation_failed& e) { run(e.run), error_fields(e.why); }
  void operator()(const crashed& e) { out.field("reason", e.reason).field("restarts", e.restarts); }
  void operator()(const unparked&) {}
  void operator()(const checkpointed& e) { out.field("reason", e.reason); }
  void operator()(const ended& e) { out.field("status", name(e.status)), error_fields(e.why); }
  void operator()(const noted& e) { out.raw_field("reply", e.reply); }
};

// A member's own bytes: the tree would sort their names. "" if it is no object.
std::string raw_member(std::string_view bytes, std::string_view name, std::string_view inner = {}) {
  const auto doc = json_document::parse(bytes, record_limits);
  if (!doc) return {};
  auto at = doc->root().find(name);
  if (at && !inner.empty()) at = at->find(inner);
  return at && at->is(json_type::object) ? std::string(at->raw()) : std::string();
}

// One for each type; what is missing is told by the fields themselves.
struct body_reader {
  record_fields& f;
  std::string_view bytes;

  run_error why() { return {f.text("code"), f.text("message")}; }
  deadlines due() { return decode_deadlines(f.object("deadlines"), f); }
  instance_status status() {
    const auto known = instance_status_of(f.text("status"));
    if (!known) f.fail("status");
    return known.value_or(instance_status::failed);
  }
  child_end how() {
    const std::string text = f.text("how");
    for (std::size_t i = 0; i < child_ends.size(); ++i)
      if (child_ends[i] == text) return static_cast<child_end>(i);
    f.fail("how");
    return child_end::failed;
  }
  event read_started() {
    started e;
    record_fields which{f.object("definition")};
    const std::string name = which.text("name");
    const auto version = which.small_number("version");
    if (auto pinned = pin_definition(f.value("document"), version)) e.definition = *std::move(pinned);
    else f.fail("document");
    if (which.failed() || (e.definition && e.definition->read.name != name)) f.fail("definition");
    e.input = f.object("input");
    e.attributes = f.object("attributes");
    e.deadline = f.optional_at("deadline_us");
    if (f.has("parent")) {
      record_fields p{f.object("parent")};
      e.parent = parent_run{p.text("workflow"), p.number("run")};
      if (p.failed()) f.fail("parent");
    }
    if (f.has("depth")) e.depth = f.small_number("depth");
    if (f.has("branched_from")) {
      record_fields b{f.object("branched_from")};
      e.branched_from = branch_point{b.text("workflow"), b.number("version")};
      e.base = raw_member(bytes, "branched_from", "state");
      if (b.failed() || e.base.empty()) f.fail("branched_from");
    }
    return e;
  }
  event read_scheduled() {
    return scheduled{f.number("run"),
                     f.number("line"),
                     f.text("phase"),
                     f.small_number("attempt"),
                     due(),
                     f.optional_number("index"),
                     f.optional_text("input_digest")};
  }
  event read_line_opened() {
    line_opened e{f.number("line"), f.number("run"), {}, f.optional_number("index")};
    if (!e.index) e.branch = f.text("branch");
    return e;
  }
  event read_compensation_scheduled() {
    return compensation_scheduled{f.number("run"),           f.number("of"), f.text("phase"),
                                  f.small_number("attempt"), due(),          f.optional_number("index")};
  }
};

using reading = event (*)(body_reader&);

// In the order of type_names.
constexpr std::array<reading, type_names.size()> readings = {
    [](body_reader& r) { return r.read_started(); },
    [](body_reader& r) { return r.read_scheduled(); },
    [](body_reader& r) -> event {
      return attempt_failed{r.f.number("run"), r.f.small_number("attempt"), r.why(), r.f.at("retry_at_us")};
    },
    [](body_reader& r) -> event {
      return completed{r.f.number("run"), r.f.value("result"), r.f.optional_text("by")};
    },
    [](body_reader& r) -> event {
      return failed{r.f.number("run"), r.why()};
    },
    [](body_reader& r) -> event {
      return skipped{r.f.number("run"), r.f.number("line"), r.f.text("phase")};
    },
    [](body_reader& r) -> event { return cancelled{r.f.number("run")}; },
    [](body_reader& r) -> event {
      return late_result{r.f.number("run"), r.f.text("digest"), r.f.text("from")};
    },
    [](body_reader& r) -> event {
      return step_begun{r.f.number("run"), r.f.text("step")};
    },
    [](body_reader& r) -> event {
      return step_completed{r.f.number("run"), r.f.text("step"), r.f.value("result")};
    },
    [](body_reader& r) -> event {
      return signalled{r.f.text("id"), r.f.text("name"), r.f.value("payload")};
    },
    [](body_reader& r) -> event {
      return signal_taken{r.f.number("run"), r.f.text("id")};
    },
    [](body_reader& r) -> event {
      return timer_fired{r.f.number("run"), r.f.text("which")};
    },
    [](body_reader& r) { return r.read_line_opened(); },
    [](body_reader& r) -> event { return line_closed{r.f.number("line")}; },
    [](body_reader& r) -> event {
      return child_started{r.f.number("run"), r.f.text("child")};
    },
    [](body_reader& r) -> event {
      return child_left{r.f.number("run"), r.f.text("child"), r.how()};
    },
    [](body_reader& r) -> event {
      return updated{r.f.object("patch"), r.f.text("reason")};
    },
    [](body_reader& r) -> event { return paused{r.f.text("reason")}; },
    [](body_reader&) -> event { return resumed{}; },
    [](body_reader& r) -> event { return cancel_requested{r.f.text("reason")}; },
    [](body_reader& r) -> event { return terminated{r.f.text("reason")}; },
    [](body_reader& r) -> event {
      return retried{r.f.text("reason"), r.f.optional_at("deadline_us")};
    },
    [](body_reader& r) -> event {
      return stopping{r.status(), r.why()};
    },
    [](body_reader& r) { return r.read_compensation_scheduled(); },
    [](body_reader& r) -> event { return compensation_completed{r.f.number("run")}; },
    [](body_reader& r) -> event {
      return compensation_failed{r.f.number("run"), r.why()};
    },
    [](body_reader& r) -> event {
      return crashed{r.f.text("reason"), r.f.small_number("restarts")};
    },
    [](body_reader&) -> event { return unparked{}; },
    [](body_reader& r) -> event { return checkpointed{r.f.text("reason")}; },
    [](body_reader& r) -> event {
      return ended{r.status(), r.why()};
    },
    [](body_reader& r) -> event {
      noted e{raw_member(r.bytes, "reply")};
      if (e.reply.empty()) r.f.fail("reply");
      return e;
    },
};

} // namespace

std::string_view name(instance_status status) noexcept { return status_names[static_cast<std::size_t>(status)]; }

std::optional<instance_status> instance_status_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < status_names.size(); ++i)
    if (status_names[i] == name) return static_cast<instance_status>(i);
  return std::nullopt;
}

bool is_over(instance_status status) noexcept {
  return status == instance_status::completed || status == instance_status::failed ||
         status == instance_status::cancelled || status == instance_status::terminated;
}

std::string_view name(child_end how) noexcept { return child_ends[static_cast<std::size_t>(how)]; }

std::string_view type_of(const event& e) noexcept { return type_names[e.index()]; }

std::string body_of(const event& e) {
  body_writer writer;
  writer.out.begin_object();
  std::visit(writer, e);
  writer.out.end_object();
  return std::move(writer.out).take();
}

result<event> decode_event(std::string_view type, std::string_view bytes) {
  auto body = parse_json(bytes, record_limits);
  if (!body) return error{errc::corrupt, "corrupt_record", "an event body is not JSON: " + body.error().detail, {}};
  for (std::size_t i = 0; i < type_names.size(); ++i) {
    if (type_names[i] != type) continue;
    record_fields fields{*body};
    body_reader reader{fields, bytes};
    event e = readings[i](reader);
    if (fields.failed()) return fields.error();
    return e;
  }
  return error{errc::corrupt, "unknown_event", "a workflow has no event of type \"" + std::string(type) + "\"", "type"};
}

bool wants_checkpoint(const event& e) noexcept {
  if (const auto* s = std::get_if<scheduled>(&e)) return s->attempt == 1 && !s->index;
  return std::holds_alternative<checkpointed>(e);
}

result<shared_definition> pin_definition(const json_value& document, std::uint32_t version) {
  auto read = read_definition(document);
  if (!read)
    return error{errc::corrupt, "corrupt_record", "a recorded definition cannot be read: " + read.error().detail,
                 read.error().field};
  if (read->version != 0 && read->version != version)
    return error{errc::corrupt, "corrupt_record", "a recorded definition is of another version", "version"};
  read->version = version;
  return std::make_shared<const pinned_definition>(pinned_definition{document.dump(), *std::move(read)});
}

} // namespace ropewalk::workflow
