#pragma once
// The command line of `chaos`.

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace ropewalk::chaos {

struct chaos_options {
  std::uint64_t seed = 0;           // of the first world
  std::chrono::seconds time{300};   // no round begins later; --for 90s, 5m, 8h
  int worlds = 1'000'000;           // at most
  int rounds = 5;                   // of each world
  std::chrono::seconds round{20};   // in which faults begin
  int nats_servers = 0;             // 1 or 3; 0 = drawn for each world
  int per_second = 150;             // writes and reads
  std::set<std::string> kinds;      // parts of names of faults; empty = all
  bool keep = false;                // directories and logs
  bool planted = false;             // instead: shows that the checks notice
  bool list = false;                // instead: prints the kinds of faults
};

// Throws std::runtime_error for what it does not understand.
chaos_options parse_chaos_options(const std::vector<std::string>& words);
std::string chaos_usage();
// Runs one world of them again, for a shell.
std::string command_of_world(const chaos_options& o, std::uint64_t seed);

} // namespace ropewalk::chaos
