#pragma once
// An error for people: what was wrong and the rule, the field, and the next command to run.
//
//   ropewalk: thread "t42" is suspended; it takes no messages until it is resumed (thread_suspended)
//     try: ropewalk thread resume t42

#include <string>
#include <string_view>

#include "runtime/result.hpp"

namespace ropewalk::cli {

struct problem_place {
  std::string command;         // "thread append"
  std::string id;              // of the thread or workflow at hand; "" = none
  std::string idempotency_key; // that the request carried
};

// "" = nothing to advise.
std::string hint_of(const error& e, const problem_place& place);

// With a line break at the end; harmless for a terminal.
std::string problem_text(const error& e, const problem_place& place, bool colours_on);

// An argument as a shell takes it back.
std::string shell_word(std::string_view text);

} // namespace ropewalk::cli
