#pragma once
// Options that several verbs share.

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/result.hpp"

namespace CLI {
class App;
}

namespace ropewalk::cli {

void add_thread_id(CLI::App& verb, std::string& id); // or a beginning of it
void add_whole_thread_id(CLI::App& verb, std::string& id);

// --idempotency-key. Verbs that would do harm when they are done twice make a key themselves (fresh_key), so
// that a time-out can be answered with the same command again.
void add_idempotency_key(CLI::App& verb, std::string& key);
std::string fresh_key();

// --tag, as often as there are tags.
void add_tags(CLI::App& verb, std::vector<std::string>& tags, const char* doc);
void write_strings(json_writer& w, std::string_view name, const std::vector<std::string>& values);

// JSON given on the command line; "@FILE" reads it from a file, "-" from standard input. Written as member `name` if
// it is not "".
status_result write_object(json_writer& w, std::string_view name, const std::string& text, std::string_view option);

void field_if(json_writer& w, std::string_view name, const std::string& value); // unless it is ""

// ID of the verbs of `workflow` and `checkpoint`.
void add_workflow_id(CLI::App& verb, std::string& id); // or a beginning of it
void add_whole_workflow_id(CLI::App& verb, std::string& id);

// --watch
struct watch_options {
  bool on = false;
};
void add_watch(CLI::App& verb, watch_options& o);
// Runs once, or every 2 seconds until a signal ends the program. An error ends a watch only if it is the
// first run's: later ones are shown, for what is watched may come back.
result<exit_code> watched(session& s, const watch_options& o, const std::function<result<exit_code>()>& once);

} // namespace ropewalk::cli
