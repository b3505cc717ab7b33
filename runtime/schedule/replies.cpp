#include "runtime/schedule/replies.hpp"

#include <algorithm>

#include "runtime/json_writer.hpp"
#include "runtime/schedule/limits.hpp"

namespace ropewalk::schedule {
namespace {

std::vector<instant> coming(const entity_key& who, const schedule_instance& s, const time_zone& zone,
                            std::uint32_t wanted) {
  std::vector<instant> times;
  const std::uint64_t taken = runs_taken(s);
  const std::uint64_t left = s.spec->max_runs ? *s.spec->max_runs - std::min(taken, *s.spec->max_runs) : UINT64_MAX;
  const std::uint64_t most = s.paused ? 0 : std::min<std::uint64_t>(wanted, left);
  auto at = next_after(s.spec->times, s.through, zone);
  for (; at && times.size() < most; at = next_after(s.spec->times, *at, zone))
    times.push_back(due_at(*s.spec, who.id, *at, zone));
  return times;
}

std::string_view status_of(const schedule_instance& s, const time_zone* zone) {
  if (s.paused) return "paused";
  if (s.spec->max_runs && runs_taken(s) >= *s.spec->max_runs) return "finished";
  const bool known = zone || !s.spec->times.by_clock();
  static const time_zone utc;
  if (known && !next_after(s.spec->times, s.through, zone ? *zone : utc)) return "finished";
  if (!known && s.spec->times.ends_at && *s.spec->times.ends_at <= s.through) return "finished";
  return "active";
}

void write_start(json_writer& out, instant scheduled_at, start_cause cause) {
  out.field("scheduled_time", scheduled_at);
  if (cause != start_cause::time) out.field("cause", name(cause));
}

void starts_field(json_writer& out, const schedule_instance& s) {
  out.field("running_count", std::uint64_t{s.running.size()}).field("waiting_count", std::uint64_t{s.waiting.size()});
  out.key("running").begin_array();
  for (std::size_t i = 0; i < std::min(s.running.size(), limits::schedule_shown); ++i) {
    const running_start& r = s.running[i];
    out.begin_object().field("workflow", r.workflow);
    write_start(out, r.scheduled_at, r.cause);
    out.field("started", r.unconfirmed == nullptr);
    if (r.told != stop::none) out.field("stopping", r.told == stop::cancel ? "cancel" : "terminate");
    out.end_object();
  }
  out.end_array().key("waiting").begin_array();
  for (std::size_t i = 0; i < std::min(s.waiting.size(), limits::schedule_shown); ++i) {
    out.begin_object();
    write_start(out, s.waiting[i].scheduled_at, s.waiting[i].cause);
    out.field("overlap", name(s.waiting[i].policy)).end_object();
  }
  out.end_array().key("recent").begin_array();
  for (auto r = s.recent.rbegin(); r != s.recent.rend(); ++r) {
    out.begin_object().field("workflow", r->workflow);
    write_start(out, r->scheduled_at, r->cause);
    out.field("status", r->how).field("ended_at", r->ended_at);
    if (!r->code.empty())
      out.key("error").begin_object().field("code", r->code).field("message", r->message).end_object();
    out.end_object();
  }
  out.end_array();
}

// Those that run are the newer ones, more or less.
void latest_field(json_writer& out, const schedule_instance& s) {
  std::size_t left = limits::schedule_latest;
  const auto start = [&](const auto& r, std::string_view status) {
    out.begin_object().field("workflow", r.workflow).field("scheduled_time", r.scheduled_at);
    out.field("status", status).end_object();
  };
  out.key("latest").begin_array();
  for (auto r = s.running.rbegin(); r != s.running.rend() && left > 0; ++r, --left) start(*r, "running");
  for (auto r = s.recent.rbegin(); r != s.recent.rend() && left > 0; ++r, --left) start(*r, r->how);
  out.end_array();
}

void write_counts(json_writer& out, const schedule_instance& s) {
  out.field("runs", s.runs).field("asked", s.asked).field("skipped", s.skips).field("missed", s.missed);
  out.field("version", s.version).field("created_at", s.created_at).field("updated_at", s.updated_at);
}

} // namespace

std::string render_schedule(const entity_key& who, const schedule_instance& s, const time_zone* zone,
                            std::uint32_t next) {
  json_writer out;
  out.begin_object().field("name", who.id).field("org", who.org).field("status", status_of(s, zone));
  if (!s.note.empty()) out.field("note", s.note);
  out.raw_field("spec", s.spec->document);
  if (zone) {
    out.key("next").begin_array();
    for (const instant t : coming(who, s, *zone, next)) out.value(t);
    out.end_array();
  }
  starts_field(out, s);
  write_counts(out, s);
  out.end_object();
  return std::move(out).take();
}

result<std::string> read_reply(const entity_key& who, const schedule_instance& s, const time_zone* zone,
                               const get& what) {
  if (auto there = require_schedule(who, s); !there) return there.error();
  return "{\"schedule\":" + render_schedule(who, s, zone, what.next) + '}';
}

std::string render_listed(const entity_key& who, const schedule_instance& s, const time_zone* zone) {
  json_writer out;
  out.begin_object().field("name", who.id).field("org", who.org).field("status", status_of(s, zone));
  if (!s.note.empty()) out.field("note", s.note);
  out.field("definition", s.spec->start.definition).field("overlap", name(s.spec->policy));
  out.field("time_zone", s.spec->time_zone);
  if (zone) {
    const auto next = coming(who, s, *zone, 1);
    if (!next.empty()) out.field("next", next.front());
  }
  out.field("running_count", std::uint64_t{s.running.size()}).field("waiting_count", std::uint64_t{s.waiting.size()});
  latest_field(out, s);
  write_counts(out, s);
  out.end_object();
  return std::move(out).take();
}

} // namespace ropewalk::schedule
