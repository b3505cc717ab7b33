#pragma once
// A transcript: commands and what they say, as a person would see it.
//
//   // Text for the reader.
//   $ ropewalk thread get nosuch
//   ropewalk: there is no thread "nosuch"; create it first (thread_not_found)
//   ...
//   [exit 3]
//
// Lines that begin with `$ ` are commands (`> ` continues one), those behind them the expected output. In it
// <id> is a UUID, <time> a time of either form, <hash> 64 hexadecimal digits, <number> digits and <any>
// anything within the line; a line of `...` is any number of lines. Without `[exit N]` the code is 0.

#include <string>
#include <vector>

namespace ropewalk::tests {

struct transcript_step {
  std::string command;
  std::vector<std::string> expected;
  int code = 0;
  int line = 0; // in the file
};

std::vector<transcript_step> parse_transcript(const std::string& text);

// "" if they fit; otherwise what did not.
std::string difference(const std::vector<std::string>& expected, const std::string& output);

} // namespace ropewalk::tests
