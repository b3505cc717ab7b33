#pragma once
// The commands that phases of kind `exec` may run, as --exec, ROPEWALK_EXEC and the settings file give them:
//
//   NAME=PROGRAM ARGUMENT…                   words as a shell takes them apart: blanks, '…', "…", \; nothing is expanded
//   {"NAME":["PROGRAM","ARGUMENT"],…}        several, as JSON
//   @FILE                                    a file with such an object

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/result.hpp"

namespace ropewalk::cli {

using exec_list = std::map<std::string, std::vector<std::string>>;

// Errors of usage, option "--exec".
result<exec_list> parse_exec_list(const std::vector<std::string>& given);
result<std::vector<std::string>> split_words(std::string_view text);

} // namespace ropewalk::cli
