#pragma once
// Where the members' chains of one partition part, by asking for hashes at indices that they have in common. A chain's hash at an
// index stands for all before it (I1), so equal ones there need no further look, and unequal ones are searched downwards.
//
//   const auto seen = compare_chains({"n1", "n2", "n3"}, [&](auto& member, auto& places) { return ask(member, places); });
//   if (seen->found) ... seen->found->index, seen->found->differ

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/result.hpp"

namespace ropewalk::cli {

struct chain_places { // as the node's verb `chain` has it: evenly from `from` to `to`; one alone is `to`; 0 = none
  std::uint64_t from = 0, to = 0;
  std::uint32_t count = 1;
};
struct chain_hash {
  std::uint64_t index = 0;
  std::string hash;       // hexadecimal digits; "" = the entry does not verify
  std::string unreadable; // why
  friend bool operator==(const chain_hash&, const chain_hash&) = default;
};
struct chain_answer {
  std::uint64_t durable = 0; // how far the member is
  std::vector<chain_hash> points;
};
using chain_question = std::function<result<chain_answer>(const std::string& member, const chain_places& places)>;

struct chain_divergence {
  std::uint64_t index = 0; // the first at which they are not all the same
  struct held {
    std::string member;
    chain_hash at;
    friend bool operator==(const held&, const held&) = default;
  };
  std::vector<held> hashes;        // of who has come so far
  std::vector<std::string> differ; // whose entry does not verify, or is not that of more than half of the others
  friend bool operator==(const chain_divergence&, const chain_divergence&) = default;
};

struct chain_comparison {
  std::uint64_t compared = 0;      // the highest index at which two or more were alike
  std::vector<std::string> silent; // members that did not answer
  std::optional<chain_divergence> found;
  bool unsettled = false; // they changed while they were looked at: nothing is known
};

chain_comparison compare_chains(const std::vector<std::string>& members, const chain_question& ask);

} // namespace ropewalk::cli
