#pragma once
// What `ropewalk` tells a script when it ends. Documented in `ropewalk --help`: the numbers are frozen.

#include <string>

#include "runtime/result.hpp"

namespace ropewalk::cli {

enum class exit_code : int {
  ok = 0,
  failure = 1, // anything that has no number of its own
  usage = 2,   // the command line or a settings file
  not_found = 3,
  conflict = 4,            // also: an id prefix that fits several
  timeout = 5,             // the outcome of a write is unknown
  unavailable = 6,         // no server, no node, or a node that refuses for now
  verification_failed = 7, // bytes on disk do not verify
  invalid = 8,             // the node refused the request's content
  limit = 9,               // a size limit or a quota
  interrupted = 130,       // by SIGINT, as shells count
};

exit_code exit_code_of(errc code) noexcept;
// Tells errors of the command line (usage.hpp) and of files of settings from refusals of the node.
exit_code exit_code_of(const error& e) noexcept;

// The table as `--help` shows it.
std::string exit_code_help();

} // namespace ropewalk::cli
