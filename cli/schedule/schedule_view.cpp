#include "cli/schedule/schedule_view.hpp"

#include <fmt/format.h>

#include "cli/duration_text.hpp"
#include "cli/wire_client.hpp"
#include "cli/workflow/workflow_view.hpp"
#include "runtime/schedule/spec.hpp"
#include "runtime/workflow/duration_text.hpp"

namespace ropewalk::cli {
namespace {

std::string text(json_view object, std::string_view member) { return reply_document::text_of(object, member); }
std::int64_t number(json_view object, std::string_view member) { return reply_document::number_of(object, member); }

colour colour_of(std::string_view status) noexcept {
  if (status == "active") return colour::green;
  if (status == "paused") return colour::yellow;
  return status == "refused" ? colour::red : status == "finished" ? colour::dim : colour_of_status(status);
}

std::string moment(std::string_view at, instant now) {
  return at.empty() ? "" : fmt::format("{} ({})", short_time(at), in_how_long(at, now));
}

std::string past(std::string_view at, instant now) {
  return at.empty() ? "" : fmt::format("{} ({})", short_time(at), how_long_ago(at, now));
}

std::string definition_started(json_view start) {
  const std::string version = start.find("version") ? fmt::format(" version {}", number(start, "version")) : "";
  return text(start, "definition") + version;
}

// The fields of a specification that have no line of their own, and what holds without them.
std::string rest_text(json_view spec) {
  const schedule::schedule_spec otherwise;
  std::string all;
  const auto add = [&](std::string_view word, std::string_view member, std::string value = {}) {
    if (const auto v = spec.find(member)) value = value_text(*v);
    if (!value.empty()) all += (all.empty() ? "" : ", ") + fmt::format("{} {}", word, value);
  };
  add("overlap", "overlap", std::string(name(otherwise.policy)));
  add("catch-up", "catch_up_window", workflow::print_duration(otherwise.catch_up_us));
  add("jitter", "jitter");
  add("until", "ends_at");
  add("at most", "max_runs");
  return all;
}

std::string counts_text(json_view s) {
  return fmt::format("{} by time, {} asked for, {} skipped, {} of them missed", number(s, "runs"), number(s, "asked"),
                     number(s, "skipped"), number(s, "missed"));
}

detail_lines lines_of(json_view s, instant now) {
  const std::string status = text(s, "status"), note = text(s, "note");
  const auto spec = s.find("spec");
  const auto start = spec ? spec->find("workflow") : std::nullopt;
  const auto input = start ? start->find("input") : std::nullopt;
  detail_lines lines{
      {"name", {text(s, "name"), colour::bold}},
      {"org", {text(s, "org")}},
      {"status", {note.empty() ? status : status + ": " + note, colour_of(status)}},
      {"when", {spec ? when_text(*spec) : ""}},
      {"starts", {start ? definition_started(*start) : ""}},
      {"input", {input ? input->compact() : ""}},
      {"attributes", {start ? attributes_text(*start) : ""}},
      {"ids", {start ? text(*start, "id") : ""}},
      {"rules", {spec ? rest_text(*spec) : ""}},
      {"so far", {counts_text(s)}},
      {"created", {past(text(s, "created_at"), now)}},
      {"updated", {past(text(s, "updated_at"), now)}},
  };
  const auto next = s.find("next");
  if (!next) lines.push_back({"next", {"not known: the node cannot read the time zone", colour::red}});
  if (next && next->is(json_type::array))
    for (const json_view at : next->elements())
      lines.push_back(
          {lines.back().first == "next" || lines.back().first == " " ? " " : "next", {moment(value_text(at), now)}});
  return lines;
}

std::string cause_text(json_view start) {
  const std::string cause = text(start, "cause");
  return cause.empty() ? "time" : cause;
}

void add_starts(std::vector<row>& rows, json_view s, instant now) {
  const auto each = [&](std::string_view member, const std::function<row(json_view)>& row_of) {
    if (const auto starts = s.find(member); starts && starts->is(json_type::array))
      for (const json_view one : starts->elements()) rows.push_back(row_of(one));
  };
  each("waiting", [&](json_view w) {
    return row{{""}, {short_time(text(w, "scheduled_time"))}, {cause_text(w)}, {"waiting", colour::yellow}, {""}};
  });
  each("running", [&](json_view r) {
    const auto started = r.find("started");
    const std::string stopping = text(r, "stopping");
    const std::string status = !stopping.empty()               ? "told to " + stopping
                               : started && started->boolean() ? "running"
                                                               : "starting";
    return row{
        {text(r, "workflow")}, {short_time(text(r, "scheduled_time"))}, {cause_text(r)}, {status, colour::green}, {""}};
  });
  each("recent", [&](json_view r) {
    const std::string status = text(r, "status"), why = error_text(r.find("error"));
    return row{{text(r, "workflow")},
               {short_time(text(r, "scheduled_time"))},
               {cause_text(r)},
               {status, colour_of(status)},
               {why.empty() ? how_long_ago(text(r, "ended_at"), now) : why}};
  });
}

const std::vector<column>& start_columns() {
  static const std::vector<column> columns{{.title = "WORKFLOW"},
                                           {.title = "SCHEDULED"},
                                           {.title = "BY"},
                                           {.title = "STATUS"},
                                           {.title = "ENDED", .stretch = true}};
  return columns;
}

} // namespace

std::string when_text(json_view spec) {
  if (const std::string every = text(spec, "every"); !every.empty()) {
    const std::string offset = text(spec, "offset");
    return "every " + every + (offset.empty() ? "" : ", " + offset + " later");
  }
  std::string all;
  if (const auto cron = spec.find("cron"); cron && cron->is(json_type::array)) {
    for (const json_view one : cron->elements()) all += (all.empty() ? "" : " and ") + value_text(one);
  } else if (cron) {
    all = value_text(*cron);
  }
  const std::string zone = text(spec, "time_zone");
  return all + ", " + (zone.empty() ? "UTC" : zone);
}

const std::vector<column>& schedule_columns() {
  static const std::vector<column> columns{
      {.title = "NAME"},
      {.title = "STARTS"},
      {.title = "STATUS"},
      {.title = "NEXT"},
      {.title = "LATEST"},
      {.title = "RUNNING", .right = true},
      {.title = "WAITING", .right = true, .wide_only = true},
      {.title = "OVERLAP", .wide_only = true},
      {.title = "ZONE", .wide_only = true},
      {.title = "RUNS", .right = true, .wide_only = true},
      {.title = "MISSED", .right = true, .wide_only = true},
      {.title = "NOTE", .stretch = true},
  };
  return columns;
}

row schedule_row(json_view s) {
  const std::string status = text(s, "status");
  std::string latest;
  if (const auto starts = s.find("latest"); starts && starts->is(json_type::array) && starts->size() > 0)
    latest = text(*starts->elements().begin(), "status");
  return {{text(s, "name")},
          {text(s, "definition")},
          {status, colour_of(status)},
          {in_how_long(text(s, "next"), wall_clock())},
          {latest, colour_of(latest)},
          {std::to_string(number(s, "running_count"))},
          {std::to_string(number(s, "waiting_count"))},
          {text(s, "overlap")},
          {text(s, "time_zone")},
          {std::to_string(number(s, "runs"))},
          {std::to_string(number(s, "missed"))},
          {text(s, "note")}};
}

void show_schedule(output& out, json_view reply, instant now) {
  const auto s = reply.find("schedule");
  if (!s) return out.record(reply, {});
  out.record(reply, lines_of(*s, now));
  if (!out.for_people()) return;
  std::vector<row> rows;
  add_starts(rows, *s, now);
  if (rows.empty()) return;
  out.text("\n");
  out.table({}, start_columns(), rows);
}

result<exit_code> change_schedule_and_show(session& s, const std::string& name, std::string_view verb,
                                           const std::string& body, const std::string& key) {
  const auto reply = s.change_schedule(name, verb, body, key);
  if (!reply) return reply.error();
  show_schedule(s.out(), reply->root(), wall_clock());
  return exit_code::ok;
}

} // namespace ropewalk::cli
