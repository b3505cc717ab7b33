#pragma once
// A checkpoint together with the state that it recorded.

#include <string>

#include "cli/option.hpp"
#include "cli/session.hpp"

namespace ropewalk::cli {

struct checkpoint_options {
  std::string id, checkpoint = "latest";
};
void add_checkpoint_options(CLI::App& verb, checkpoint_options& o);

// {"org","workflow","checkpoint":{...},"status","state":{...}}. The node verifies the checkpoint as it reads the state.
result<reply_document> read_checkpoint(session& s, const checkpoint_options& o);

} // namespace ropewalk::cli
