#include "cli/schedule/schedule_options.hpp"

#include <optional>

#include "cli/request_options.hpp"
#include "cli/schedule/schedule_view.hpp"
#include "cli/usage.hpp"
#include "cli/workflow/document_text.hpp"
#include "cli/workflow/workflow_options.hpp"
#include "runtime/limits.hpp"
#include "runtime/schedule/limits.hpp"
#include "runtime/schedule/spec.hpp"

namespace ropewalk::cli {
namespace {

using workflow::json_value;

// Names are the node's to judge: a document that has none is checked as if it had one.
std::optional<error> broken_rule(const json_value& document, const std::string& name) {
  const auto read = schedule::read_spec(name.empty() ? "schedule" : name, document, "");
  if (read) return std::nullopt;
  error e = read.error();
  if (e.field.starts_with('.')) e.field.erase(0, 1);
  return e;
}

// The value that write_object() or write_attributes() makes of an option.
template <class Write>
result<json_value> written(Write write) {
  json_writer w;
  w.begin_object();
  if (auto fine = write(w); !fine) return fine.error();
  w.end_object();
  return json_value::parse(w.text(), nullptr, false);
}

} // namespace

void add_schedule_name(CLI::App& verb, std::string& name) {
  add_option(verb, "NAME", name, "the schedule's name").required();
}

void add_note(CLI::App& verb, std::string& note) {
  add_option(verb, "--note", note, "for people: why; shown until the next pause or unpause");
}

void add_note_options(CLI::App& verb, note_options& o) {
  add_schedule_name(verb, o.name);
  add_note(verb, o.note);
  add_idempotency_key(verb, o.key);
}

result<exit_code> change_with_note(session& s, const note_options& o, std::string_view verb) {
  json_writer w;
  w.begin_object();
  field_if(w, "note", o.note);
  w.end_object();
  return change_schedule_and_show(s, o.name, verb, w.text(), o.key);
}

void add_overlap(CLI::App& verb, std::string& overlap, const char* doc) { add_option(verb, "--overlap", overlap, doc); }

void add_schedule_spec(CLI::App& verb, schedule_spec_options& o) {
  const char* when = "When";
  const char* what = "What";
  add_option(verb, "-f,--file", o.file, "the whole as JSON or YAML, - for standard input; other options count more");
  add_option(verb, "--cron", o.crons, "minute, hour, day, month, day of week, or @daily ...; may be given again")
      .group(when);
  add_option(verb, "--zone", o.zone, "time zone of --cron: Europe/Berlin; default: UTC").group(when);
  add_option(verb, "--every", o.every, "instead of --cron: 15m, 2h, 7d, counted from 1970 in UTC").group(when);
  add_option(verb, "--offset", o.offset, "so much later than --every says").group(when);
  add_option(verb, "--jitter", o.jitter, "each start up to so much later").group(when);
  add_option(verb, "--ends-at", o.ends_at, "no start at or after this time: 2027-01-31 or 2027-01-31T09:05:00Z")
      .group(when);
  o.max_runs_given = add_option(verb, "--max-runs", o.max_runs, "no more starts by time than that").group(when);
  add_option(verb, "--catch-up", o.catch_up, "how late a start is made up for after the node was down; default: 1m")
      .group(when);
  add_option(verb, "-d,--definition", o.definition, "what is started").group(what);
  o.version_given = add_option(verb, "--version", o.version, "of the definition; default: the newest").group(what);
  add_option(verb, "-i,--input", o.input, "a JSON object, @FILE, or - for standard input").group(what);
  add_option(verb, "-a,--attribute", o.attributes, "NAME=VALUE to find the instances by; may be given again")
      .group(what);
  add_option(verb, "--id", o.id, "the instances' ids; default: {schedule}-{time}").group(what);
  add_option(verb, "--overlap", o.overlap,
             "while an instance runs: skip (default), buffer_one, buffer_all, cancel_other, terminate_other, allow_all")
      .group(what);
}

bool says_nothing(const schedule_spec_options& o) {
  for (const std::string* text : {&o.file, &o.zone, &o.every, &o.offset, &o.definition, &o.input, &o.id, &o.overlap,
                                  &o.catch_up, &o.jitter, &o.ends_at})
    if (!text->empty()) return false;
  return o.crons.empty() && o.attributes.empty() && !o.version_given.given() && !o.max_runs_given.given();
}

result<schedule_file> read_schedule_file(const std::string& path, const std::string& name) {
  const auto text = read_document_text(path);
  if (!text) return text.error();
  auto document = workflow::parse_json(text->json, {.max_bytes = limits::request_bytes});
  if (!document) return text->placed(document.error());
  schedule_file file{{}, *std::move(document)};
  if (file.document.is_object())
    if (const auto named = file.document.find("name"); named != file.document.end() && named->is_string())
      file.name = named->get<std::string>();
  if (auto wrong = broken_rule(file.document, name.empty() ? file.name : name)) return text->placed(*std::move(wrong));
  return file;
}

result<json_value> with_options(json_value document, const std::string& name, const schedule_spec_options& o) {
  const auto lay = [](json_value& onto, const char* member, const std::string& text) {
    if (!text.empty()) onto[member] = text;
  };
  if (!o.crons.empty()) {
    document["cron"] = o.crons;
    document.erase("every");
    document.erase("offset");
  }
  if (!o.every.empty()) {
    if (!o.crons.empty()) return bad_usage("--every", "stands instead of --cron, not beside it");
    document.erase("cron");
    document.erase("time_zone");
  }
  lay(document, "every", o.every);
  lay(document, "offset", o.offset);
  lay(document, "time_zone", o.zone);
  lay(document, "overlap", o.overlap);
  lay(document, "catch_up_window", o.catch_up);
  lay(document, "jitter", o.jitter);
  const auto day = parse_rfc3339(o.ends_at + "T00:00:00Z");
  lay(document, "ends_at", day ? o.ends_at + "T00:00:00Z" : o.ends_at);
  if (o.max_runs_given.given()) document["max_runs"] = o.max_runs;
  json_value& start = document["workflow"];
  if (!start.is_object()) start = json_value::object();
  lay(start, "definition", o.definition);
  lay(start, "id", o.id);
  if (o.version_given.given()) start["version"] = o.version;
  if (!o.input.empty()) {
    auto input = written([&](json_writer& w) { return write_object(w, "input", o.input, "--input"); });
    if (!input) return input.error();
    start["input"] = (*input)["input"];
  }
  if (!o.attributes.empty()) {
    auto attributes = written([&](json_writer& w) { return write_attributes(w, "attributes", o.attributes); });
    if (!attributes) return attributes.error();
    start["attributes"] = (*attributes)["attributes"];
  }
  if (auto wrong = broken_rule(document, name)) return *std::move(wrong);
  return document;
}

std::string put_body(const json_value& document, bool paused, const std::string& note) {
  json_writer w;
  w.begin_object().raw_field("schedule", document.dump());
  if (paused) {
    w.field("paused", true);
    field_if(w, "note", note);
  }
  w.end_object();
  return std::move(w).take();
}

} // namespace ropewalk::cli
