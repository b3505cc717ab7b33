// Where chains part is found by hashes at common indices.

#include "cli/cluster/chain_comparison.hpp"

#include <algorithm>
#include <map>

#include <catch2/catch.hpp>

#include "tests/random_seed.hpp"

using namespace ropewalk;
using namespace ropewalk::cli;

namespace {

// A member whose chain is another one from `other_from` on; 0: nowhere.
struct told_chain {
  std::uint64_t durable = 0;
  std::uint64_t other_from = 0;
  std::string letter = "b";      // of the other chain
  std::uint64_t unreadable = 0;  // an index
  bool answers = true;
};

struct told_chains {
  std::map<std::string, told_chain> members;
  int questions = 0;

  chain_comparison compare() {
    std::vector<std::string> names;
    for (const auto& [name, chain] : members) names.push_back(name);
    return compare_chains(names, [this](const std::string& name, const chain_places& places) -> result<chain_answer> {
      ++questions;
      const told_chain& m = members.at(name);
      if (!m.answers) return error{errc::unavailable, "no_responders", "nobody", {}};
      chain_answer a{m.durable, {}};
      if (places.to == 0) return a;
      const std::uint64_t width = places.to - places.from;
      const std::uint64_t steps = std::min<std::uint64_t>(places.count - 1, width);
      for (std::uint64_t i = steps + 1; i > 0; --i) {
        const std::uint64_t index = places.to - (steps == 0 ? 0 : width * (i - 1) / steps);
        if (index > m.durable) continue;
        if (index == m.unreadable) a.points.push_back({index, "", "damaged"});
        else
          a.points.push_back(
              {index, (m.other_from != 0 && index >= m.other_from ? m.letter : "a") + std::to_string(index), ""});
      }
      return a;
    });
  }
};

using names = std::vector<std::string>;

} // namespace

TEST_CASE("chains that are alike as far as they go are not taken for different ones, however far each is") {
  told_chains c{{{"n1", {70}}, {"n2", {71}}, {"n3", {5}}, {"n4", {0}}}};
  const auto seen = c.compare();
  CHECK_FALSE(seen.found);
  CHECK(seen.compared == 70);
  CHECK(seen.silent.empty());
}

TEST_CASE("the first index at which a chain differs is named, with who is not like the most") {
  told_chains c{{{"n1", {1'000'000}}, {"n2", {999'999, 123'456}}, {"n3", {1'000'002}}}};
  const auto seen = c.compare();
  REQUIRE(seen.found);
  CHECK(seen.found->index == 123'456);
  CHECK(seen.found->differ == names{"n2"});
  REQUIRE(seen.found->hashes.size() == 3);
  CHECK(seen.found->hashes[1].member == "n2");
  CHECK(seen.found->hashes[1].at.hash == "b123456");
  CHECK(seen.found->hashes[2].at.hash == "a123456");
  CHECK(c.questions < 40); // not entry by entry
}

TEST_CASE("who is far behind does not hide that the others differ") {
  told_chains c{{{"n1", {100, 60}}, {"n2", {90}}, {"n3", {10}}}};
  const auto seen = c.compare();
  REQUIRE(seen.found);
  CHECK(seen.found->index == 60);
  CHECK(seen.compared == 10);
  CHECK(seen.found->differ.empty()); // one against one
  CHECK(seen.found->hashes.size() == 2);
}

TEST_CASE("an entry that does not verify is not like any other") {
  told_chains c{{{"n1", {100}}, {"n2", {100, 0, "b", 100}}, {"n3", {100}}}};
  const auto seen = c.compare();
  REQUIRE(seen.found);
  CHECK(seen.found->index == 100);
  CHECK(seen.found->differ == names{"n2"});
  CHECK(seen.found->hashes[1].at.unreadable == "damaged");
}

TEST_CASE("chains that are other ones at each look are not said to be alike") {
  int questions = 0;
  const auto seen = compare_chains({"n1", "n2"}, [&](const std::string& name, const chain_places& places) {
    const bool alike = places.to == 0 || ++questions > 2; // they differed at first
    chain_answer a{9, {}};
    if (places.to > 0) a.points.push_back({places.to, alike ? "a" : name, ""});
    return result<chain_answer>(a);
  });
  CHECK_FALSE(seen.found);
  CHECK(seen.unsettled);
}

TEST_CASE("three different chains have no majority") {
  told_chains c{{{"n1", {9}}, {"n2", {9, 4, "b"}}, {"n3", {9, 4, "c"}}}};
  const auto seen = c.compare();
  REQUIRE(seen.found);
  CHECK(seen.found->index == 4);
  CHECK(seen.found->differ.empty());
}

TEST_CASE("who does not answer is named, and the others are compared") {
  told_chains c{{{"n1", {9}}, {"n2", {9, 4}}, {"n3", {9, 0, "b", 0, false}}}};
  const auto seen = c.compare();
  CHECK(seen.silent == names{"n3"});
  REQUIRE(seen.found);
  CHECK(seen.found->index == 4);
}

TEST_CASE("the place that is found is the first one, for chains of any length") {
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  for (int round = 0; round < 300; ++round) {
    const auto below = [&](std::uint64_t n) { return 1 + seed.below(n); };
    const std::uint64_t length = below(below(100'000));
    told_chains c{{{"n1", {length + seed.below(5)}}, {"n2", {length, below(length)}}, {"n3", {length + seed.below(5)}}}};
    CAPTURE(length, c.members["n2"].other_from);
    const auto seen = c.compare();
    REQUIRE(seen.found);
    CHECK(seen.found->index == c.members["n2"].other_from);
    CHECK(seen.found->differ == names{"n2"});
  }
}
