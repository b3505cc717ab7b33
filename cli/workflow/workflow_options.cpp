#include "cli/workflow/workflow_options.hpp"

#include <fmt/format.h>

#include "cli/duration_text.hpp"
#include "cli/request_options.hpp"
#include "cli/usage.hpp"
#include "runtime/json_text.hpp"
#include "runtime/utf8.hpp"

namespace ropewalk::cli {
namespace {

std::string attribute_json(const std::string& value) {
  if (const auto doc = json_document::parse(value, {}))
    if (const json_type t = doc->root().type();
        t == json_type::number || t == json_type::boolean || t == json_type::string)
      return doc->root().compact();
  std::string json;
  append_json_string(json, value);
  return json;
}

status_result write_moment(json_writer& w, std::string_view name, const std::string& text, std::string_view option) {
  if (text.empty()) return ok();
  const auto moment = parse_moment(text, wall_clock(), option);
  if (!moment) return moment.error();
  w.field(name, *moment);
  return ok();
}

} // namespace

void add_attributes(CLI::App& verb, std::vector<std::string>& attributes, const char* doc) {
  add_option(verb, "-a,--attribute", attributes, doc);
}

status_result write_attributes(json_writer& w, std::string_view name, const std::vector<std::string>& attributes) {
  if (attributes.empty()) return ok();
  w.key(name).begin_object();
  for (const std::string& a : attributes) {
    const std::size_t equals = a.find('=');
    if (equals == 0 || equals == std::string::npos)
      return bad_usage("--attribute", fmt::format("\"{}\" must be NAME=VALUE", a));
    if (!is_utf8(a)) return bad_usage("--attribute", "must be UTF-8");
    w.raw_field(a.substr(0, equals), attribute_json(a.substr(equals + 1)));
  }
  w.end_object();
  return ok();
}

void add_reason(CLI::App& verb, std::string& reason) {
  add_option(verb, "--reason", reason, "for people; recorded in the history");
}

void add_filters(CLI::App& verb, workflow_filters& o) {
  const char* group = "Which workflows";
  add_option(verb, "-d,--definition", o.definition, "only instances of this definition").group(group);
  o.version_given = add_option(verb, "--version", o.version, "only of this version of --definition").group(group);
  add_option(verb, "--status", o.status,
             "running, paused, compensating, completed, failed, cancelled, terminated or crashed")
      .group(group);
  add_option(verb, "-a,--attribute", o.attributes, "only with this NAME=VALUE; may be given again").group(group);
  add_option(verb, "--since", o.since, "changed since: 2h, 7d, 2026-01-31 or a time").group(group);
  add_option(verb, "--started-since", o.started_since, "started at or after that").group(group);
  add_option(verb, "--started-until", o.started_until, "started before that").group(group);
  add_option(verb, "--parent", o.parent, "only children of this instance").group(group);
  add_option(verb, "--branched-from", o.branched_from, "only branches of this instance").group(group);
}

status_result write_filters(json_writer& w, const workflow_filters& o) {
  field_if(w, "definition", o.definition);
  if (o.version_given.given()) w.field("version", o.version);
  field_if(w, "status", o.status);
  field_if(w, "parent", o.parent);
  field_if(w, "branched_from", o.branched_from);
  if (auto fine = write_attributes(w, "attributes", o.attributes); !fine) return fine;
  if (auto fine = write_moment(w, "updated_since", o.since, "--since"); !fine) return fine;
  if (auto fine = write_moment(w, "started_since", o.started_since, "--started-since"); !fine) return fine;
  return write_moment(w, "started_until", o.started_until, "--started-until");
}

void add_recorded_state(CLI::App& verb, recorded_state_options& o, const char* version_doc) {
  option checkpoint = add_option(verb, "--checkpoint", o.checkpoint, "a checkpoint's id, or a beginning of it");
  o.version_given = add_option(verb, "--version", o.version, version_doc);
  o.version_given.excludes(checkpoint);
}

void write_recorded_state(json_writer& w, const recorded_state_options& o) {
  field_if(w, "checkpoint", o.checkpoint);
  if (o.version_given.given()) w.field("version", o.version);
}

result<std::string> whole_id(session& s, const std::string& id) {
  const auto seen = s.ask_workflow(id, "get", R"({"state":false})");
  if (!seen) return seen.error();
  return s.place().id;
}

} // namespace ropewalk::cli
