#pragma once
// A workflow's definition as data: what docs/workflows.md describes, checked and ready to run. Instances keep
// the document they were started with, so a new version never disturbs a running one.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/result.hpp"
#include "runtime/workflow/json_bridge.hpp"

namespace ropewalk::workflow {

enum class phase_kind : std::uint8_t { agent, task, local, exec, wait, sleep, thread, workflow, parallel, map };
std::string_view name(phase_kind kind) noexcept;

enum class join : std::uint8_t { all, first };

struct retry_policy {
  std::uint32_t attempts = 3; // in all; 0 = without end
  std::int64_t first_us = 1'000'000;
  std::int64_t most_us = 60'000'000;
  double factor = 2;
  std::vector<std::string> not_on; // codes of errors that are final
};

struct time_limits {                        // microseconds; absent = none
  std::optional<std::int64_t> total_us;     // all attempts and pauses of one run
  std::optional<std::int64_t> attempt_us;   // one attempt, from its dispatch
  std::optional<std::int64_t> start_us;     // until a worker said that it began
  std::optional<std::int64_t> heartbeat_us; // between two signs of life
};

// {"at":"/a/b","above":3}, {"all":[…]}, …; kept as checked JSON, judged by condition.hpp.
struct condition {
  json_value document;
};

struct transition {
  std::optional<condition> when; // absent: always
  std::string to;                // a phase of the same list; "" = the end of the list
};

enum class result_rule : std::uint8_t { merge, discard, put };

// What a phase or a compensation asks somebody to do. The document's own "retry" and "timeouts" stand in field by
// field for what agent, task, local, exec and thread leave out; the other kinds wait for something that no
// repetition and no worker's time limit helps, so they have what they say themselves alone.
struct work {
  phase_kind kind = phase_kind::agent;
  std::string target;                 // subject, queue, function, command, signal or definition, by kind
  std::vector<std::string> arguments; // exec
  std::optional<json_value> input;    // template; absent = the whole state
  retry_policy retry;
  time_limits limits;
  json_value thread;  // thread: template of the id
  json_value message; // thread: template of the message
  bool create_thread = true;
};

struct phase;

struct branch {
  std::string name;
  std::vector<phase> phases;
};

struct phase {
  std::string name;
  std::string description;
  work does;
  std::optional<condition> when;
  std::vector<transition> next; // empty: the following phase
  // Always discard for sleep and parallel (they have none) and for the phase in a map, whose results the map collects.
  result_rule result = result_rule::merge;
  std::string result_at; // JSON pointer, with result_rule::put
  std::optional<work> compensate;

  // wait
  std::optional<std::int64_t> deadline_us;
  std::optional<std::string> on_deadline; // a phase, "" = the end; absent: the phase fails
  // sleep: one of
  std::optional<std::int64_t> for_us;
  std::optional<json_value> until; // template
  // workflow
  std::optional<std::uint32_t> child_version;
  std::optional<json_value> child_id; // template
  // parallel and map
  join joined = join::all;
  std::vector<branch> branches;  // parallel
  std::string over;              // map: JSON pointer
  std::vector<phase> each;       // map: exactly one, neither parallel nor map
  std::uint32_t concurrency = 8; // map
};

struct definition {
  std::string name;
  std::uint32_t version = 0; // 0 = not given: the one after the newest
  std::string description;
  std::optional<std::int64_t> timeout_us;
  json_value state = json_value::object();
  std::vector<phase> phases;
};

// Checks everything that can be known without running it. Errors: invalid with the path of the place
// ("phases[2].retry.attempts"), too_large beyond limits::definition_bytes of compact JSON.
result<definition> read_definition(const json_value& document);
// Parses strictly (UTF-8, no duplicate keys, bounded) and reads.
result<definition> parse_definition(std::string_view text);

// The phase of that name anywhere in the document; nullptr if there is none.
const phase* find_phase(const definition& d, std::string_view name) noexcept;
// The list that a phase stands in, and where.
struct phase_place {
  const std::vector<phase>* list = nullptr;
  std::size_t index = 0;
  const phase& get() const noexcept { return (*list)[index]; }
};
std::optional<phase_place> locate(const definition& d, std::string_view name) noexcept;

} // namespace ropewalk::workflow
