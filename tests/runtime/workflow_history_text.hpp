#pragma once
// What was recorded as `ropewalk workflow history -o json` writes it.

#include <string>
#include <vector>

#include "runtime/workflow/recorded_history.hpp"

namespace ropewalk::workflow {

inline std::string history_text(const entity_key& who, const std::vector<entry_draft>& events) {
  std::string text = R"({"format":1,"org":")" + who.org + R"(","workflow":")" + who.id + R"(","events":[)";
  for (const entry_draft& e : events) text += (e.version > 1 ? "," : "") + history_event(e);
  return text + R"(],"version":)" + std::to_string(events.size()) + '}';
}

} // namespace ropewalk::workflow
