#pragma once
// Whether appends to one log, and reads of its length and of its last messages, can have happened one after the other, each at a
// moment between its question and its answer (linearizability: Herlihy and Wing, 1990). A log that only grows needs no search for
// such an order: an append's place and a read's length say where they stand in it, so what was answered before something else was
// asked must not stand behind it.
//
//   an append stands behind every append, and beyond every length that was read, that was answered before it was asked;
//   a read is at least as long as every read, and shows every append, that was answered before it was asked;
//   who has seen a message at a place has fixed it there, whether its append was answered or not.
//
// A value that counts its changes is such a log: edits of one message, by revision.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::tests {

struct timed_append {
  std::int64_t asked_us = 0;
  std::optional<std::int64_t> answered_us; // none: nobody was told its place
  std::uint64_t place = 0;
  std::string what; // no two alike
};

struct timed_read {
  std::int64_t asked_us = 0, answered_us = 0;
  std::uint64_t length = 0;
  std::vector<std::pair<std::uint64_t, std::string>> shown; // places and what stands there
  bool lasts = true; // else what it saw was lost since, as it may be: it must show what stands, and binds nobody
};

// What is wrong, in words; nullopt: nothing.
std::optional<std::string> order_fault(const std::vector<timed_append>& appends, const std::vector<timed_read>& reads);

} // namespace ropewalk::tests
