#pragma once
// The answer to a dry replay.

#include "actors/recorded_states.hpp"

namespace ropewalk::actors {

result<std::string> answer_replay(recorded_states& states, const entity_key& who, const workflow::replay_from& what);

} // namespace ropewalk::actors
