#pragma once
// Options that several verbs of schedules share, and the document that they make.

#include <cstdint>
#include <string>
#include <vector>

#include "cli/option.hpp"
#include "cli/session.hpp"
#include "runtime/workflow/json_bridge.hpp"

namespace ropewalk::cli {

void add_schedule_name(CLI::App& verb, std::string& name);
void add_note(CLI::App& verb, std::string& note);

// Of a verb that takes a note and no more: pause and unpause.
struct note_options {
  std::string name, note, key;
};
void add_note_options(CLI::App& verb, note_options& o);
result<exit_code> change_with_note(session& s, const note_options& o, std::string_view verb);

void add_overlap(CLI::App& verb, std::string& overlap, const char* doc);

// What a schedule is to do, by a file and by options, which count more than the file.
struct schedule_spec_options {
  std::string file, zone, every, offset, definition, input, id, overlap, catch_up, jitter, ends_at;
  std::vector<std::string> crons, attributes;
  std::uint32_t version = 0;
  std::uint64_t max_runs = 0;
  option version_given, max_runs_given;
};
void add_schedule_spec(CLI::App& verb, schedule_spec_options& o);
bool says_nothing(const schedule_spec_options& o);

// A schedule as somebody wrote it, JSON or YAML; checked as far as this program knows the rules. "-" is standard input.
// name: of the schedule, or "" for the one that stands in the document. Errors: with the file, and the line of YAML.
struct schedule_file {
  std::string name; // "" if there is none in the document
  workflow::json_value document;
};
result<schedule_file> read_schedule_file(const std::string& path, const std::string& name);

// The document with the options laid over it; an option of --cron takes the place of "every", and the other way round.
// Checked as above.
result<workflow::json_value> with_options(workflow::json_value document, const std::string& name,
                                          const schedule_spec_options& o);

// {"schedule":{…},"paused"?,"note"?}
std::string put_body(const workflow::json_value& document, bool paused, const std::string& note);

} // namespace ropewalk::cli
