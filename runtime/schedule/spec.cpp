#include "runtime/schedule/spec.hpp"

#include <algorithm>
#include <array>

#include "runtime/limits.hpp"
#include "runtime/schedule/limits.hpp"
#include "runtime/workflow/document_value.hpp"

namespace ropewalk::schedule {
namespace {

using workflow::document_value;
using workflow::json_value;

constexpr std::array<std::string_view, 6> overlap_names = {"skip",         "buffer_one",      "buffer_all",
                                                           "cancel_other", "terminate_other", "allow_all"};
constexpr std::array<std::string_view, 11> spec_fields = {"name",      "cron",     "every",   "offset",
                                                          "time_zone", "workflow", "overlap", "catch_up_window",
                                                          "jitter",    "ends_at",  "max_runs"};
constexpr std::array<std::string_view, 5> start_fields = {"definition", "version", "input", "attributes", "id"};
constexpr std::array<std::string_view, 2> own_attributes = {"schedule", "scheduled_time"};

constexpr std::string_view schedule_mark = "{schedule}", time_mark = "{time}";
constexpr std::size_t longest_time = std::string_view("20260131T023000_000001Z").size();
constexpr std::int64_t whole_second_us = 1'000'000;

std::string basic_time(instant t) {
  std::string text = to_rfc3339(t);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  const std::size_t fraction = text.find('.');
  if (text.compare(fraction, 7, ".000000") == 0) text.erase(fraction, 7);
  else text[fraction] = '_'; // a token of subjects has no dot
  return text;
}

std::int64_t whole_seconds(const document_value& v) {
  const std::int64_t us = v.duration_us();
  if (us % whole_second_us != 0) v.refuse("must be whole seconds");
  return us / whole_second_us;
}

std::vector<cron_expression> read_crons(const document_value& v) {
  std::vector<cron_expression> all;
  const auto one = [&all](const document_value& text) {
    auto e = cron_expression::parse(text.text(limits::cron_bytes), {});
    if (e) all.push_back(*std::move(e));
    else text.refuse(e.error().detail);
  };
  if (v.json().is_string()) one(v);
  else if (v.is_array(1, limits::schedule_crons, "expressions"))
    for (std::size_t i = 0; i < v.json().size(); ++i) one(v.element(i));
  return all;
}

interval read_interval(const document_value& every, const document_value& root) {
  interval i{whole_seconds(every), 0};
  if (const auto offset = root.find("offset")) {
    if (!offset->json().is_string() || offset->json().get_ref<const std::string&>() != "0s")
      i.offset_s = whole_seconds(*offset);
    if (i.offset_s >= i.every_s) offset->refuse("must be less than \"every\"");
  }
  if (const auto zone = root.find("time_zone"); zone && zone->json() != "UTC")
    zone->refuse("is for \"cron\"; an interval counts in UTC");
  i.every_s = std::max<std::int64_t>(i.every_s, 1); // refused already
  return i;
}

void check_attributes(const document_value& v) {
  if (!v.is_object()) return;
  constexpr std::size_t most = limits::workflow_attributes - own_attributes.size();
  if (v.json().size() > most) return v.refuse("must have at most " + std::to_string(most) + " attributes");
  for (const auto& [key, value] : v.json().get_ref<const json_value::object_t&>()) {
    if (!workflow::is_identifier(key, limits::attribute_name_bytes))
      return v.refuse("must have names of " + workflow::identifier_rule(limits::attribute_name_bytes));
    const document_value at = v.member(key, value);
    if (std::find(own_attributes.begin(), own_attributes.end(), key) != own_attributes.end())
      at.refuse("is set by the schedule");
    if (value.is_string()) at.text(limits::attribute_text_bytes);
    else if (!value.is_number() && !value.is_boolean()) at.refuse("must be a string, a number or a boolean");
  }
}

void check_template(const document_value& v, const std::string& text, std::string_view schedule) {
  std::size_t bytes = 0, times = 0;
  for (std::string_view rest = text; !rest.empty();) {
    if (rest.starts_with(schedule_mark)) {
      bytes += schedule.size();
      rest.remove_prefix(schedule_mark.size());
    } else if (rest.starts_with(time_mark)) {
      ++times;
      bytes += longest_time;
      rest.remove_prefix(time_mark.size());
    } else if (rest.front() == '{' || rest.front() == '}') {
      return v.refuse("knows {schedule} and {time} alone between braces");
    } else {
      ++bytes;
      rest.remove_prefix(1);
    }
  }
  if (times == 0) v.refuse("must have {time}, or each start would be the same instance");
  if (bytes > limits::id_bytes) v.refuse("must give ids of at most " + std::to_string(limits::id_bytes) + " bytes");
}

void read_start(const document_value& v, std::string_view schedule, schedule_spec& spec) {
  v.has_only("a schedule's workflow", start_fields);
  if (auto x = v.require("definition")) spec.start.definition = x->identifier(limits::definition_name_bytes);
  if (auto x = v.find("version"))
    spec.start.version = static_cast<std::uint32_t>(x->whole(1, limits::definition_version));
  if (auto x = v.find("input"); x && x->is_object()) spec.start.input = x->json();
  if (auto x = v.find("attributes")) {
    check_attributes(*x);
    spec.start.attributes = x->json();
  }
  if (auto x = v.find("id")) {
    spec.id_template = x->line(limits::id_bytes);
    check_template(*x, spec.id_template, schedule);
  }
  spec.start.if_absent = true;
}

} // namespace

std::string_view name(overlap policy) noexcept { return overlap_names[static_cast<std::size_t>(policy)]; }

std::optional<overlap> overlap_of(std::string_view name) noexcept {
  const auto at = std::find(overlap_names.begin(), overlap_names.end(), name);
  if (at == overlap_names.end()) return std::nullopt;
  return static_cast<overlap>(at - overlap_names.begin());
}

result<schedule_spec> read_spec(std::string_view schedule, const json_value& document, std::string_view path) {
  if (!document.is_object()) return invalid(std::string(path), "must be an object");
  if (auto fine = workflow::check_value(document, limits::schedule_bytes, path); !fine) return fine.error();
  workflow::first_refusal refused;
  const document_value root(document, path, refused);
  schedule_spec spec;
  root.has_only("a schedule", spec_fields);
  if (auto v = root.find("name"); v && v->json() != schedule)
    v->refuse("is not that of schedule \"" + std::string(schedule) + '"');
  const auto cron = root.find("cron"), every = root.find("every");
  if (!cron && !every) root.refuse("must have one of \"cron\" and \"every\"");
  else if (cron && every) every->refuse("stands instead of \"cron\", not beside it");
  else if (cron) spec.times.when = read_crons(*cron);
  else spec.times.when = read_interval(*every, root);
  if (auto v = root.find("offset"); v && cron) v->refuse("is for \"every\"");
  if (auto v = root.find("time_zone")) {
    spec.time_zone = v->line(64);
    if (!is_time_zone_name(spec.time_zone)) v->refuse("must be the name of a time zone such as \"Europe/Berlin\"");
  }
  if (auto v = root.require("workflow")) read_start(*v, schedule, spec);
  if (auto v = root.find("overlap")) {
    const auto& n = overlap_names;
    spec.policy = static_cast<overlap>(v->one_of({n[0], n[1], n[2], n[3], n[4], n[5]}));
  }
  if (auto v = root.find("catch_up_window")) {
    spec.catch_up_us = v->duration_us();
    if (spec.catch_up_us < whole_second_us) v->refuse("must be at least 1s, or no start would be in time");
  }
  if (auto v = root.find("jitter")) spec.jitter_us = v->duration_us();
  if (auto v = root.find("ends_at")) {
    const auto at = parse_rfc3339(v->text(limits::name_bytes));
    if (at) spec.times.ends_at = *at;
    else v->refuse(at.error().detail);
  }
  if (auto v = root.find("max_runs")) spec.max_runs = static_cast<std::uint64_t>(v->whole(1, limits::count_max));
  if (refused) return refused.error();
  json_value kept = document;
  kept.erase("name");
  spec.document = kept.dump();
  return spec;
}

std::string instance_id(const schedule_spec& spec, std::string_view schedule, instant scheduled_at) {
  std::string id;
  for (std::string_view rest = spec.id_template; !rest.empty();) {
    if (rest.starts_with(schedule_mark)) {
      id += schedule;
      rest.remove_prefix(schedule_mark.size());
    } else if (rest.starts_with(time_mark)) {
      id += basic_time(scheduled_at);
      rest.remove_prefix(time_mark.size());
    } else {
      id += rest.front();
      rest.remove_prefix(1);
    }
  }
  return id;
}

workflow::start start_at(const schedule_spec& spec, std::string_view schedule, instant scheduled_at) {
  workflow::start s = spec.start;
  s.attributes["schedule"] = schedule;
  s.attributes["scheduled_time"] = to_rfc3339(scheduled_at);
  return s;
}

instant due_at(const schedule_spec& spec, std::string_view schedule, instant nominal, const time_zone& zone) {
  if (spec.jitter_us == 0) return nominal;
  std::int64_t most = spec.jitter_us;
  if (const auto next = next_after(spec.times, nominal, zone)) most = std::min(most, next->us - nominal.us);
  std::uint64_t hash = 0xcbf29ce484222325u; // FNV-1a 64
  const auto add = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 0x100000001b3u; };
  for (const char c : schedule) add(static_cast<std::uint8_t>(c));
  for (int shift = 0; shift < 64; shift += 8) add(static_cast<std::uint8_t>(nominal.us >> shift));
  hash ^= hash >> 32; // its low bits alone would hardly differ between neighbouring times
  return {nominal.us + static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(most))};
}

std::optional<instant> pending_at(const schedule_spec& spec, std::string_view schedule, instant now,
                                  const time_zone& zone) {
  const auto last = last_between(spec.times, {now.us - spec.jitter_us}, now, zone); // none if there is no jitter
  return last && due_at(spec, schedule, *last, zone) > now ? last : std::nullopt;
}

bool same_times(const schedule_spec& a, const schedule_spec& b) {
  return a.times.when == b.times.when && a.time_zone == b.time_zone;
}

} // namespace ropewalk::schedule
