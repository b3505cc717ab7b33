#include "runtime/workflow/replies.hpp"

#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "runtime/workflow/json_pointer.hpp"
#include "runtime/workflow/machine.hpp"

namespace ropewalk::workflow {
namespace {

// How far an instance's object may have come where something ends: what writes answer has to fit a reply, and their
// recorded answers a record. The lists have a share each, so that none of them hides the next.
namespace room {
constexpr std::size_t whole = 128 << 10; // messages and progress as they are; shortened behind it
constexpr std::size_t not_undone = 144 << 10;
constexpr std::size_t runs = 384 << 10;
constexpr std::size_t failed_runs = 416 << 10;
constexpr std::size_t signals = 448 << 10;
constexpr std::size_t children = 480 << 10;
constexpr std::size_t late = 496 << 10;
} // namespace room
constexpr std::size_t short_message = 200;
constexpr std::size_t frame_bytes = 256; // of a reply around its value, its receipt aside

bool shortens(const json_writer& out) { return out.text().size() > room::whole; }

bool continues_character(char c) { return (c & 0xC0) == 0x80; }

void error_fields(json_writer& out, const run_error& why) {
  out.field("code", why.code);
  if (why.message.size() <= short_message || !shortens(out)) {
    out.field("message", why.message);
    return;
  }
  std::size_t end = short_message;
  while (end > 0 && continues_character(why.message[end])) --end;
  out.field("message", why.message.substr(0, end) + "...");
}

// An array's elements as long as there is room; the others are counted.
class bounded_list {
public:
  bounded_list(json_writer& out, std::string_view name, std::size_t upto) : out_(out), name_(name), upto_(upto) {
    out_.key(name).begin_array();
  }
  bool has_room() {
    if (left_out_ == 0 && out_.text().size() < upto_) return true;
    ++left_out_;
    return false;
  }
  void end() {
    out_.end_array();
    if (left_out_ != 0) out_.field(std::string(name_) + "_left_out", left_out_);
  }

private:
  json_writer& out_;
  const std::string_view name_;
  const std::size_t upto_;
  std::uint64_t left_out_ = 0;
};

error reply_too_large(std::string what, std::size_t bytes, std::string instead, std::string field) {
  return {errc::too_large, "reply_too_large",
          std::move(what) + " is " + std::to_string(bytes) + " bytes of JSON, and a reply holds " +
              std::to_string(limits::reply_bytes) + ": " + std::move(instead),
          std::move(field)};
}

// Of a state that stands at the end of a reply: it, or that it is left out.
void state_fields(json_writer& out, const json_value& value) {
  const std::string state = value.dump();
  if (out.text().size() + state.size() + frame_bytes <= limits::reply_bytes) out.raw_field("state", state);
  else out.field("state_left_out", true).field("state_bytes", std::uint64_t{state.size()});
}

void optional_at(json_writer& out, std::string_view name, const std::optional<instant>& at) {
  if (at) out.field(name, *at);
}

// What has to happen before the run goes on.
std::string waits_for(const run& r, const work& w, const sign_of_life* sign) {
  if (r.status == run_status::waiting) return "next attempt";
  switch (w.kind) {
  case phase_kind::agent:
  case phase_kind::task:
  case phase_kind::local:
  case phase_kind::exec:
    return std::string(sign && sign->send_again ? "a worker to be there: " : "a worker: ") + w.target;
  case phase_kind::wait: return "signal: " + w.target;
  case phase_kind::sleep: return "time";
  case phase_kind::thread: return "thread: " + (r.input ? r.input->at("thread").get<std::string>() : "");
  case phase_kind::workflow:
    return r.child.empty() ? "a turn: other children are to end first" : "workflow: " + r.child;
  case phase_kind::parallel: return "branches";
  case phase_kind::map: return "elements";
  }
  return {};
}

void render_sign(json_writer& out, const sign_of_life& sign) {
  if (sign.begun) out.field("last_heartbeat_at", sign.last);
  if (sign.progress && !shortens(out)) out.raw_field("progress", sign.progress->dump());
  if (sign.send_again) out.field("refused", sign.refusals).field("next_dispatch_at", *sign.send_again);
}

void render_run(json_writer& out, const instance& s, const run& r, const sign_of_life* sign) {
  const work& w = work_of(s, r);
  out.begin_object()
      .field("run", r.number)
      .field("phase", r.phase)
      .field("kind", name(w.kind))
      .field("status", name(r.status));
  if (r.compensates != 0) out.field("compensates", r.compensates);
  if (const line* l = find_line(s, r.line); l && l->number != 0 && r.compensates == 0) {
    if (l->index) out.field("index", *l->index);
    else out.field("branch", l->branch);
  }
  out.field("attempt", r.attempt);
  const bool once = r.compensates == 0 && retries_inside(phase_of(s, r)); // what fails in it is tried again by itself
  if (const std::uint64_t all = once ? 1 : attempts_in_all(policies_of(s, r)); all != 0) out.field("attempts", all);
  if (r.last_error) {
    out.key("last_error").begin_object();
    error_fields(out, *r.last_error);
    out.field("at", r.last_error_at).end_object();
  }
  out.field("waiting_for", waits_for(r, w, sign))
      .field("since", r.status == run_status::waiting ? r.last_error_at : r.attempt_at);
  out.field("started_at", r.since);
  optional_at(out, "next_attempt_at", r.retry_at);
  const deadlines due = r.status == run_status::waiting ? deadlines{{}, r.due.total, {}, {}, {}} : due_now(w, r, sign);
  if (due != deadlines{}) {
    out.key("deadlines").begin_object();
    optional_at(out, "attempt", due.attempt);
    optional_at(out, "total", due.total);
    optional_at(out, "start", due.start);
    optional_at(out, "heartbeat", due.heartbeat);
    optional_at(out, "timer", due.timer);
    out.end_object();
  }
  if (!r.child.empty()) out.field("child", r.child);
  if (!r.steps.empty()) out.field("steps", std::uint64_t{r.steps.size()});
  if (r.gathers) {
    out.field("opened", r.gathers->opened).field("closed", r.gathers->closed);
    if (r.gathers->items) out.field("elements", std::uint64_t{r.gathers->items->size()});
  }
  if (sign) render_sign(out, *sign);
  out.end_object();
}

// Open runs, and where a line stands on one that failed.
void render_runs(json_writer& out, const instance& s, const liveness* alive) {
  bounded_list open(out, "runs", room::runs);
  for (const auto& [number, r] : s.runs)
    if (is_open(r.status) && open.has_room()) render_run(out, s, r, alive ? alive->find(r) : nullptr);
  open.end();
  std::optional<bounded_list> failed;
  for (const auto& [number, r] : s.runs) {
    if (r.status != run_status::failed) continue;
    if (!failed) failed.emplace(out, "failed_runs", room::failed_runs);
    if (!failed->has_room()) continue;
    out.begin_object().field("run", number).field("phase", r.phase).field("attempt", r.attempt);
    error_fields(out, *r.last_error);
    out.field("at", r.last_error_at).end_object();
  }
  if (failed) failed->end();
}

void render_signals(json_writer& out, const instance& s) {
  if (s.signals.empty()) return;
  bounded_list list(out, "signals", room::signals);
  for (const auto& b : s.signals)
    if (list.has_room()) out.begin_object().field("id", b.id).field("name", b.name).field("at", b.at).end_object();
  list.end();
}

void render_late(json_writer& out, const instance& s) {
  if (s.late_count == 0) return;
  out.key("late_results").begin_object().field("count", s.late_count).key("listed").begin_array();
  for (const auto& l : s.late) {
    if (out.text().size() >= room::late) break; // the count tells
    out.begin_object()
        .field("run", l.run)
        .field("digest", l.digest)
        .field("from", l.from)
        .field("at", l.at)
        .end_object();
  }
  out.end_array().end_object();
}

} // namespace

std::string render_workflow(const entity_key& who, const instance& s, const liveness* alive) {
  json_writer out;
  out.begin_object().field("id", who.id).field("org", who.org);
  out.key("definition")
      .begin_object()
      .field("name", s.definition->read.name)
      .field("version", s.definition->read.version)
      .end_object();
  out.field("status", name(s.status));
  if (!s.status_reason.empty()) out.field("status_reason", s.status_reason);
  if (s.status == instance_status::crashed) out.field("restarts", s.restarts);
  if (!s.why.code.empty()) {
    out.key("error").begin_object();
    error_fields(out, s.why);
    out.end_object();
  }
  out.field("version", s.version).field("created_at", s.created_at).field("updated_at", s.updated_at);
  if (is_over(s.status)) out.field("ended_at", s.ended_at);
  optional_at(out, "deadline", s.deadline);
  out.raw_field("attributes", s.attributes.dump());
  if (s.parent)
    out.key("parent").begin_object().field("workflow", s.parent->workflow).field("run", s.parent->run).end_object();
  if (s.branched_from)
    out.key("branched_from")
        .begin_object()
        .field("workflow", s.branched_from->workflow)
        .field("version", s.branched_from->version)
        .end_object();
  out.field("phase_runs", s.next_run - 1);
  if (s.ending) {
    out.key("ending").begin_object().field("status", name(s.ending->status));
    error_fields(out, s.ending->why);
    out.field("to_undo", std::uint64_t{s.undo_stack.size()}).end_object();
  }
  if (!s.not_undone.empty()) {
    bounded_list list(out, "not_undone", room::not_undone);
    for (const auto run : s.not_undone)
      if (list.has_room()) out.value(run);
    list.end();
  }
  render_runs(out, s, alive);
  render_signals(out, s);
  if (!s.leaving.empty()) {
    bounded_list list(out, "leaving_children", room::children);
    for (const auto& [id, child] : s.leaving)
      if (list.has_room()) out.value(id);
    list.end();
  }
  render_late(out, s);
  out.end_object();
  return std::move(out).take();
}

result<std::string> result_reply(const entity_key& who, const instance& s) {
  if (auto started = require_started(who, s); !started) return started.error();
  if (s.status == instance_status::crashed)
    return error{errc::unavailable,
                 "workflow_crashed",
                 "workflow \"" + who.id + "\" is parked after a crash (" + s.status_reason + "); resume tries again",
                 {}};
  if (!is_over(s.status))
    return error{errc::timeout,
                 "still_running",
                 "workflow \"" + who.id + "\" is " + std::string(name(s.status)) + " and not over yet; ask again",
                 {}};
  json_writer out;
  out.begin_object().field("status", name(s.status));
  if (s.status == instance_status::completed) {
    state_fields(out, *s.value);
  } else {
    out.key("error").begin_object();
    error_fields(out, s.why);
    out.end_object();
  }
  out.field("version", s.version).field("ended_at", s.ended_at).end_object();
  return std::move(out).take();
}

result<std::string> read_reply(const entity_key& who, const instance& s, const liveness* alive, const get& x) {
  if (auto started = require_started(who, s); !started) return started.error();
  json_writer out;
  out.begin_object().raw_field("workflow", render_workflow(who, s, alive));
  if (x.with_state) state_fields(out, *s.value);
  out.end_object();
  return std::move(out).take();
}

result<std::string> read_reply(const entity_key& who, const instance& s, const query& x) {
  if (auto started = require_started(who, s); !started) return started.error();
  const json_value* found = is_json_pointer(x.pointer) ? find_at(*s.value, x.pointer) : nullptr;
  if (!found)
    return error{errc::not_found, "value_not_found", "the state has nothing at \"" + x.pointer + '"', "pointer"};
  const std::string value = found->dump();
  json_writer out;
  out.begin_object().field("pointer", x.pointer);
  if (out.text().size() + value.size() + frame_bytes > limits::reply_bytes)
    return reply_too_large("the value at \"" + x.pointer + '"', value.size(),
                           "query a part of it by its JSON pointer, or read the state in pieces: verb state, offset",
                           "pointer");
  out.raw_field("value", value).end_object();
  return std::move(out).take();
}

result<std::string> read_reply(const entity_key& who, const instance& s, const read_steps& x) {
  if (auto started = require_started(who, s); !started) return started.error();
  const run* r = find_run(s, x.run);
  if (!r || !is_open(r->status))
    return error{errc::not_found, "run_not_found",
                 "workflow \"" + who.id + "\" has no open run " + std::to_string(x.run), "run"};
  json_writer out;
  out.begin_object().field("run", x.run).key("steps").begin_array();
  for (const auto& step : r->steps)
    out.begin_object().field("step", step.name).field("recorded", step.result_version != 0).end_object();
  out.end_array().end_object();
  return std::move(out).take();
}

result<std::string> state_reply(const instance& s, std::optional<std::uint64_t> offset) {
  const std::string state = s.value->dump();
  json_writer out;
  out.begin_object().field("version", s.version).field("time", s.recorded_at).field("status", name(s.status));
  if (!offset) {
    if (out.text().size() + state.size() + frame_bytes > limits::reply_bytes)
      return reply_too_large("the state at version " + std::to_string(s.version), state.size(),
                             "read it in pieces with offset, or query a part of it by its JSON pointer", {});
    out.raw_field("state", state).end_object();
    return std::move(out).take();
  }
  if (auto fine = write_piece(out, state, *offset, "state_bytes"); !fine) return fine.error();
  out.end_object();
  return std::move(out).take();
}

status_result write_piece(json_writer& out, std::string_view text, std::uint64_t offset, std::string_view size) {
  if (offset >= text.size() || continues_character(text[offset]))
    return invalid("offset", "must be next_offset of the piece before, or 0; there are " + std::to_string(text.size()) +
                                 " bytes in all");
  // Compact JSON has no control characters: in a string of JSON a byte takes two at the most.
  std::size_t end = offset, escaped = out.text().size() + frame_bytes;
  for (; end < text.size(); ++end) {
    escaped += text[end] == '"' || text[end] == '\\' ? 2 : 1;
    if (escaped > limits::reply_bytes) break;
  }
  if (end < text.size())
    while (continues_character(text[end])) --end;
  out.field("data", text.substr(offset, end - offset));
  out.field("offset", offset).field(size, std::uint64_t{text.size()});
  if (end < text.size()) out.field("next_offset", std::uint64_t{end});
  return ok();
}

std::string replay_reply(const replay_report& r) {
  json_writer out;
  out.begin_object().field("matches", !r.first).field("events", r.events);
  if (r.first)
    out.key("divergence")
        .begin_object()
        .field("version", r.first->version)
        .field("expected", r.first->expected)
        .field("got", r.first->got)
        .end_object();
  out.end_object();
  return std::move(out).take();
}

status_result fits_reply(std::string_view what, std::size_t bytes) {
  if (bytes + frame_bytes <= limits::reply_bytes) return ok();
  return reply_too_large(std::string(what), bytes, "ask for less, or read the states and compare them", {});
}

} // namespace ropewalk::workflow
