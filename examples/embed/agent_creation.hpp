#pragma once
// The workflow that makes an agent: seven phases, each a function of this program.

#include <string>

#include "actors/local_function.hpp"

namespace agent_creation {

// The definition document, docs/workflows.md.
ropewalk::workflow::json_value definition();
ropewalk::actors::local_functions functions();

} // namespace agent_creation
