#pragma once
// What clients asked and were told, with the times of it on one clock: what the checks judge.

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::chaos {

enum class level { local, log, peers };
inline const char* name(level l) { return l == level::local ? "local" : l == level::log ? "log" : "peers"; }

inline std::int64_t clock_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// One that was acknowledged; asked again with its key until it was.
struct write_record {
  std::string thread;
  int writer = 0;
  bool is_edit = false; // of the thread's first message, which all of its writers edit
  level asked_level = level::peers;
  std::string content; // no two alike
  std::int64_t asked_us = 0, answered_us = 0;
  std::uint64_t number = 0; // an append's seq, an edit's revision
  // Its receipt.
  std::uint32_t partition = 0;
  std::uint64_t index = 0, epoch = 0;
  std::string hash; // hexadecimal
  std::string durability;
  int tries = 1;
  bool replayed = false;
};

struct read_record {
  std::string thread;
  bool of_first = false; // of the thread's first message, else of its end
  std::int64_t asked_us = 0, answered_us = 0;
  std::uint64_t number = 0; // the first message's revision, or the thread's last seq
  // The newest first: seq and content, but for the first message; of a read of that one its revision and content.
  std::vector<std::pair<std::uint64_t, std::string>> shown;
};

struct history {
  std::vector<write_record> writes;
  std::vector<read_record> reads;
  std::vector<std::string> refusals; // of what should have been done
};

} // namespace ropewalk::chaos
