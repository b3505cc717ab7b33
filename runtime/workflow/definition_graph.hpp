#pragma once
// A definition, or an instance of it, drawn for people. Text from the document is escaped for where it goes:
// control characters never reach a terminal, quotes and backslashes never end a label.

#include <functional>
#include <map>
#include <string>

#include "runtime/workflow/definition.hpp"

namespace ropewalk::workflow {

// Phase name to a word on its status: "completed", "waiting". A phase that is not there has none.
using phase_marks = std::map<std::string, std::string, std::less<>>;

// The definition must have been read by read_definition. Lines with an indentation of two spaces a level, in the
// order of the document, branches by name:
//
//   agent-creation version 3, at most 2h
//     council [completed]: wait for signal approved, after 2d: end
//     build [scheduled]: parallel, all of 2
//       branch api
//         api_code: task coders
//       next: release if /score above 7, else end
std::string graph_text(const definition& d, const phase_marks& marks = {});

// Graphviz: parallel branches and maps are clusters, compensations dashed, marked phases coloured.
std::string graph_dot(const definition& d, const phase_marks& marks = {});

} // namespace ropewalk::workflow
