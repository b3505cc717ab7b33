#include "cli/workflow/event_view.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/duration_text.hpp"
#include "cli/reply_fields.hpp"
#include "cli/wire_client.hpp"
#include "cli/workflow/workflow_view.hpp"

namespace ropewalk::cli {
namespace {

colour colour_of_event(std::string_view type) {
  if (type == "completed" || type == "step_completed" || type == "compensation_completed") return colour::green;
  if (type.ends_with("failed") || type == "crashed" || type == "terminated") return colour::red;
  if (type == "paused" || type == "stopping" || type == "cancel_requested" || type == "cancelled")
    return colour::yellow;
  if (type == "noted" || type == "checkpointed" || type.starts_with("line_")) return colour::dim;
  return colour::none;
}

bool ends_run(std::string_view type) {
  return type == "completed" || type == "failed" || type == "cancelled" || type == "compensation_completed" ||
         type == "compensation_failed";
}

// Told by columns of their own, or too long for a line.
bool is_left_out(std::string_view member) {
  constexpr std::string_view left_out[] = {"version",  "type",      "time",           "run",          "phase",
                                           "document", "deadlines", "workflow",       "input_digest", "code",
                                           "message",  "reply",     "idempotency_key"};
  return std::find(std::begin(left_out), std::end(left_out), member) != std::end(left_out);
}

std::string moment_or_value(const json_member& m) {
  if (m.key.ends_with("_us"))
    if (const auto us = m.value.integer()) return short_time(to_rfc3339({*us}));
  if (m.key == "definition")
    return fmt::format("{} version {}", text_of(m.value, "name"), reply_document::number_of(m.value, "version"));
  if (m.key == "branched_from")
    return fmt::format("{} version {}", text_of(m.value, "workflow"), reply_document::number_of(m.value, "version"));
  return value_text(m.value);
}

std::string name_of(std::string_view member) {
  if (member.ends_with("_us")) member.remove_suffix(3);
  std::string words(member);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string details(json_view event) {
  std::string all;
  for (const json_member m : event.members()) {
    if (is_left_out(m.key) || (m.value.is(json_type::string) && m.value.string_bytes() == 0)) continue;
    if ((m.value.is(json_type::object) || m.value.is(json_type::array)) && m.value.size() == 0) continue;
    if (m.value.is(json_type::null) || (m.key == "line" && m.value.integer() == 0)) continue; // 0: the document's list
    all += (all.empty() ? "" : ", ") + name_of(m.key) + " " + moment_or_value(m);
  }
  if (const std::string why = error_text(event); !why.empty()) all += (all.empty() ? "" : ", ") + why;
  return all;
}

} // namespace

const std::vector<column>& event_rows::columns() {
  static const std::vector<column> all{
      {.title = "VERSION", .right = true, .least = 5},
      {.title = "TIME", .least = 19},
      {.title = "RUN", .right = true, .least = 3},
      {.title = "PHASE", .least = 16},
      {.title = "EVENT", .least = 14},
      {.title = "DETAILS", .stretch = true},
  };
  return all;
}

row event_rows::operator()(json_view event) {
  const std::string type = text_of(event, "type");
  const std::int64_t run = reply_document::number_of(event, "run");
  std::string phase = text_of(event, "phase");
  if (run != 0) {
    if (!phase.empty()) phases_[run] = phase;
    else if (const auto known = phases_.find(run); known != phases_.end()) phase = known->second;
    if (ends_run(type)) phases_.erase(run);
  }
  return {{std::to_string(reply_document::number_of(event, "version"))},
          {short_time(text_of(event, "time"))},
          {run == 0 ? "" : std::to_string(run)},
          {phase},
          {type, colour_of_event(type)},
          {details(event)}};
}

} // namespace ropewalk::cli
