#pragma once
// Ending an instance: asked for, then done. Shared by cancel and terminate.

#include <string>

#include "cli/confirmation.hpp"

namespace ropewalk::cli {

struct end_options {
  std::string id, reason, key;
  confirmation confirm;
};
void add_end_options(CLI::App& verb, end_options& o);

// The question names the whole id and where the instance stands, so that the id may be a beginning of it; with --yes it
// must be whole. consequence: "undo what it did".
result<exit_code> end_instance(session& s, const end_options& o, const std::string& verb,
                               const std::string& consequence);

} // namespace ropewalk::cli
