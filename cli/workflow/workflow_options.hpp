#pragma once
// Options that several verbs of workflows share.

#include <cstdint>
#include <string>
#include <vector>

#include "cli/option.hpp"
#include "cli/session.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/result.hpp"

namespace CLI {
class App;
}

namespace ropewalk::cli {

// --attribute NAME=VALUE, as often as there are attributes. A value that is a JSON number, true or false is one;
// everything else is a text, as is what stands in JSON's quotes: id="17".
void add_attributes(CLI::App& verb, std::vector<std::string>& attributes, const char* doc);
status_result write_attributes(json_writer& w, std::string_view name, const std::vector<std::string>& attributes);

// --reason, for people; recorded.
void add_reason(CLI::App& verb, std::string& reason);

// Which of a list: --definition, --version, --status, --attribute, --since, --started-since, --started-until, --parent,
// --branched-from.
struct workflow_filters {
  std::string definition, status, since, started_since, started_until, parent, branched_from;
  std::uint32_t version = 0;
  std::vector<std::string> attributes;
  option version_given;
};
void add_filters(CLI::App& verb, workflow_filters& o);
status_result write_filters(json_writer& w, const workflow_filters& o);

// --checkpoint and --version: a recorded state of an instance.
struct recorded_state_options {
  std::string checkpoint;
  std::uint64_t version = 0;
  option version_given;
};
void add_recorded_state(CLI::App& verb, recorded_state_options& o, const char* version_doc);
void write_recorded_state(json_writer& w, const recorded_state_options& o);

// A read that tells whether there is such an instance, and which one an id's beginning means: its whole id.
result<std::string> whole_id(session& s, const std::string& id);

} // namespace ropewalk::cli
