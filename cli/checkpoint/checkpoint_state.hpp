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

// {"org","workflow","checkpoint":{...},"status","state":{...}}. The
// state is what the checkpoint itself says: one that does not verify is an error.
result<reply_document> read_checkpoint(session& s, const checkpoint_options& o);

} // namespace ropewalk::cli
