#pragma once
// The real clock and the real dice.

#include "actors/entity_environment.hpp"

namespace ropewalk::actors {

class system_surroundings final : public surroundings_source {
public:
  surroundings look() override;
};

} // namespace ropewalk::actors
