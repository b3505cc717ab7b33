#pragma once
// A workflow with a phase of every kind that others do, for tests that kill them all.

#include <string>

#include <nlohmann/json.hpp>

namespace ropewalk::tests {

// "storm" and its child "drop". Input: thread (id), nap_until (RFC 3339), items (array), fails (bool: in its last phase, so
// that "reserve" and "build" are undone). Agents listen at agents.storm, tasks stand in queue builders, the command is
// `note`, the signal `go`.
nlohmann::json storm_definition();
nlohmann::json drop_definition();

} // namespace ropewalk::tests
