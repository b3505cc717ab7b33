#pragma once
// How far each phase of a definition is, from an instance's history: what its graph is marked with.

#include <map>
#include <string>

#include "runtime/json_text.hpp"
#include "runtime/workflow/definition_graph.hpp"

namespace ropewalk::cli {

// A loop and a map's elements run a phase several times: the last event stands, and what is under way over it.
class phase_progress {
public:
  void on(json_view event);        // of `history`, in order
  void on_open_run(json_view run); // of `get`, when all events were told
  const workflow::phase_marks& marks() const noexcept { return marks_; }

private:
  workflow::phase_marks marks_;
  std::map<std::int64_t, std::string> phases_; // of runs that are not over
};

} // namespace ropewalk::cli
