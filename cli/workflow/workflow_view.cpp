#include "cli/workflow/workflow_view.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/duration_text.hpp"
#include "cli/reply_fields.hpp"
#include "cli/wire_client.hpp"

namespace ropewalk::cli {
namespace {

std::string definition_text(json_view w) {
  const auto d = w.find("definition");
  return d ? fmt::format("{} version {}", text_of(*d, "name"), number_of(*d, "version")) : "";
}

// The names of an array of strings, or of the member of an array of objects.
std::string joined(std::optional<json_view> list, std::string_view member = {}) {
  std::string all;
  if (list && list->is(json_type::array))
    for (const json_view one : list->elements())
      all += (all.empty() ? "" : ", ") + (member.empty() ? value_text(one) : text_of(one, member));
  return all;
}

std::string origin_text(std::optional<json_view> from, std::string_view counted_by) {
  return from ? fmt::format("{} {} {}", text_of(*from, "workflow"), counted_by == "run" ? "in its run" : "at version",
                            number_of(*from, counted_by))
              : "";
}

std::string ago(json_view object, std::string_view member, instant now) {
  const std::string at = text_of(object, member);
  return at.empty() ? "" : fmt::format("{} ({})", short_time(at), how_long_ago(at, now));
}

std::string ahead(json_view object, std::string_view member, instant now) {
  const std::string at = text_of(object, member);
  return at.empty() ? "" : fmt::format("{} ({})", short_time(at), in_how_long(at, now));
}

std::string ending_text(json_view w) {
  const auto ending = w.find("ending");
  if (!ending) return {};
  return fmt::format("{} ({}), {} still to undo", text_of(*ending, "status"), error_text(*ending),
                     number_of(*ending, "to_undo"));
}

std::string attempt_text(json_view run) {
  const auto attempts = run.find("attempts");
  return attempts ? fmt::format("{} of {}", number_of(run, "attempt"), attempts->integer().value_or(0))
                  : fmt::format("{}, no limit", number_of(run, "attempt"));
}

std::string phase_text(json_view run) {
  std::string all = text_of(run, "phase");
  if (run.find("index")) all += fmt::format("[{}]", number_of(run, "index"));
  if (const std::string branch = text_of(run, "branch"); !branch.empty()) all += " (" + branch + ")";
  return run.find("compensates") ? fmt::format("undo of {}, run {}", all, number_of(run, "compensates")) : all;
}

std::string waits_text(json_view run) {
  std::string all = text_of(run, "waiting_for");
  if (!run.find("opened")) return all;
  all += fmt::format(", {} of {} closed", number_of(run, "closed"), number_of(run, "opened"));
  return run.find("elements") ? all + fmt::format(", {} in all", number_of(run, "elements")) : all;
}

// The first thing that happens by itself: a retry, a repeated dispatch, or the nearest deadline with its name.
std::string next_text(json_view run, instant now) {
  for (const auto& [member, word] :
       {std::pair{"next_attempt_at", "attempt "}, std::pair{"next_dispatch_at", "asked again "}})
    if (const std::string at = text_of(run, member); !at.empty()) return word + in_how_long(at, now);
  std::string name, first;
  if (const auto due = run.find("deadlines"); due && due->is(json_type::object))
    for (const json_member m : due->members()) {
      if (!m.value.is(json_type::string)) continue;
      const std::string at = m.value.string(); // RFC 3339 in UTC with six digits: sorts as text
      if (!first.empty() && at >= first) continue;
      first = at;
      name = m.key;
    }
  if (first.empty()) return {};
  if (name == "timer") return (text_of(run, "kind") == "wait" ? "deadline " : "goes on ") + in_how_long(first, now);
  return name + " time-out " + in_how_long(first, now);
}

void add_run_lines(detail_lines& lines, json_view run, instant now) {
  const std::string which = fmt::format("run {}", number_of(run, "run"));
  if (const auto e = run.find("last_error"))
    lines.push_back(
        {which + " error", {fmt::format("{} ({})", error_text(e), how_long_ago(text_of(*e, "at"), now)), colour::red}});
  if (run.find("refused"))
    lines.push_back({which, {fmt::format("nobody was there to take it, {} times", number_of(run, "refused"))}});
  if (const auto progress = run.find("progress")) lines.push_back({which + " progress", {value_text(*progress)}});
  if (const std::string beat = text_of(run, "last_heartbeat_at"); !beat.empty())
    lines.push_back({which + " heartbeat", {how_long_ago(beat, now)}});
  if (const std::string child = text_of(run, "child"); !child.empty()) lines.push_back({which + " child", {child}});
  if (run.find("steps")) lines.push_back({which + " steps", {std::to_string(number_of(run, "steps"))}});
}

} // namespace

std::string attributes_text(json_view w) {
  std::string all;
  if (const auto attributes = w.find("attributes"); attributes && attributes->is(json_type::object))
    for (const json_member m : attributes->members())
      all += (all.empty() ? "" : ", ") + m.key + "=" + value_text(m.value);
  return all;
}

bool is_over(std::string_view status) noexcept {
  return status == "completed" || status == "failed" || status == "cancelled" || status == "terminated";
}

colour colour_of_status(std::string_view status) noexcept {
  if (status == "running" || status == "completed") return colour::green;
  if (status == "paused" || status == "compensating") return colour::yellow;
  if (status == "failed" || status == "crashed") return colour::red;
  return colour::dim;
}

std::string value_text(json_view value) { return value.is(json_type::string) ? value.string() : value.compact(); }

std::string error_text(std::optional<json_view> e) {
  if (!e) return {};
  const std::string code = text_of(*e, "code"), message = text_of(*e, "message");
  return message.empty() ? code : code + ": " + message;
}

const std::vector<column>& workflow_columns() {
  static const std::vector<column> columns{
      {.title = "ID"},
      {.title = "DEFINITION"},
      {.title = "STATUS"},
      {.title = "PHASE"},
      {.title = "UPDATED"},
      {.title = "VERSION", .right = true, .wide_only = true},
      {.title = "STARTED", .wide_only = true},
      {.title = "ENDED", .wide_only = true},
      {.title = "PARENT", .wide_only = true},
      {.title = "ATTRIBUTES", .wide_only = true},
      {.title = "REASON", .stretch = true},
  };
  return columns;
}

row workflow_row(json_view w) {
  const std::string status = text_of(w, "status"), reason = text_of(w, "status_reason");
  const auto d = w.find("definition"), parent = w.find("parent");
  return {{text_of(w, "id")},
          {d ? fmt::format("{}:{}", text_of(*d, "name"), number_of(*d, "version")) : ""},
          {status, colour_of_status(status)},
          {text_of(w, "phase")},
          {how_long_ago(text_of(w, "updated_at"), wall_clock())},
          {std::to_string(number_of(w, "version"))},
          {short_time(text_of(w, "created_at"))},
          {short_time(text_of(w, "ended_at"))},
          {parent ? text_of(*parent, "workflow") : ""},
          {attributes_text(w)},
          {reason.empty() ? error_text(w.find("error")) : reason}};
}

detail_lines workflow_lines(json_view w, instant now) {
  const std::string status = text_of(w, "status"), reason = text_of(w, "status_reason");
  const auto restarts = number_of(w, "restarts");
  const auto late = w.find("late_results");
  detail_lines lines{
      {"id", {text_of(w, "id"), colour::bold}},
      {"org", {text_of(w, "org")}},
      {"definition", {definition_text(w)}},
      {"status", {reason.empty() ? status : status + ": " + reason, colour_of_status(status)}},
      {"restarts", {restarts > 0 ? std::to_string(restarts) : ""}},
      {"error", {error_text(w.find("error")), colour::red}},
      {"will be", {ending_text(w), colour::yellow}},
      {"attributes", {attributes_text(w)}},
      {"version",
       {fmt::format("{}, {} so far", number_of(w, "version"), counted(number_of(w, "phase_runs"), "phase run"))}},
      {"started", {ago(w, "created_at", now)}},
      {"updated", {ago(w, "updated_at", now)}},
      {"ended", {ago(w, "ended_at", now)}},
      {"deadline", {is_over(status) ? "" : ahead(w, "deadline", now)}},
      {"child of", {origin_text(w.find("parent"), "run")}},
      {"branch of", {origin_text(w.find("branched_from"), "version")}},
      {"signals kept", {joined(w.find("signals"), "name")}},
      {"children leaving", {joined(w.find("leaving_children"))}},
      {"not undone", {joined(w.find("not_undone")), colour::red}},
      {"late results", {late ? std::to_string(number_of(*late, "count")) : ""}},
  };
  if (const auto runs = w.find("failed_runs"); runs && runs->is(json_type::array))
    for (const json_view r : runs->elements())
      lines.push_back({fmt::format("run {} failed", number_of(r, "run")),
                       {fmt::format("{}, attempt {}: {} ({})", text_of(r, "phase"), number_of(r, "attempt"),
                                    error_text(r), how_long_ago(text_of(r, "at"), now)),
                        colour::red}});
  if (const auto runs = w.find("runs"); runs && runs->is(json_type::array))
    for (const json_view r : runs->elements()) add_run_lines(lines, r, now);
  return lines;
}

const std::vector<column>& run_columns() {
  static const std::vector<column> columns{
      {.title = "RUN", .right = true},
      {.title = "PHASE"},
      {.title = "KIND"},
      {.title = "ATTEMPT"},
      {.title = "SINCE"},
      {.title = "NEXT"},
      {.title = "WAITS FOR", .stretch = true},
  };
  return columns;
}

row run_row(json_view r, instant now) {
  const bool retries = text_of(r, "status") == "waiting";
  return {{std::to_string(number_of(r, "run"))},
          {phase_text(r)},
          {text_of(r, "kind")},
          {attempt_text(r), retries ? colour::yellow : colour::none},
          {how_long_ago(text_of(r, "since"), now)},
          {next_text(r, now)},
          {waits_text(r)}};
}

void show_workflow(output& out, json_view reply, instant now) {
  const auto w = reply.find("workflow");
  if (!w) return out.record(reply, {});
  out.record(reply, workflow_lines(*w, now));
  const auto runs = w->find("runs");
  if (!out.for_people() || !runs || runs->size() == 0) return;
  std::vector<row> rows;
  for (const json_view r : runs->elements()) rows.push_back(run_row(r, now));
  out.text("\n");
  out.table({}, run_columns(), rows);
}

result<exit_code> change_and_show(session& s, const std::string& id, std::string_view verb, const std::string& body,
                                  const std::string& key) {
  const auto reply = s.change_workflow(id, verb, body, key);
  if (!reply) return reply.error();
  show_workflow(s.out(), reply->root(), wall_clock());
  return exit_code::ok;
}

} // namespace ropewalk::cli
