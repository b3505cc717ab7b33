#pragma once
// A message object (docs/wire.md) for people: one line each.

#include <string>
#include <vector>

#include "cli/output.hpp"
#include "runtime/json_text.hpp"

namespace ropewalk::cli {

// What a message says, as text: text parts as they are, others named in brackets, tool calls as calls.
std::string message_text(json_view message);

colour colour_of_role(std::string_view role);

const std::vector<column>& message_columns();
row message_row(json_view message);

// Messages in a shape for a model (openai, langchain): they have no seq.
const std::vector<column>& shaped_columns();
row shaped_row(json_view message);

} // namespace ropewalk::cli
