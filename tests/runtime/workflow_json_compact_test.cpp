// What is recorded, signed and hashed is written by compact_text(): it must never differ from dump().

#include <catch2/catch.hpp>

#include <limits>

#include "runtime/workflow/json_compact.hpp"
#include "tests/random_seed.hpp"

using namespace ropewalk::workflow;
using ropewalk::tests::random_seed;

namespace {

std::string random_json_text(random_seed& seed) {
  static const std::vector<std::string> parts{"a",
                                              "word ",
                                              "\"",
                                              "\\",
                                              "/",
                                              "\n",
                                              "\t",
                                              "\b\f\r",
                                              std::string(1, '\0'),
                                              "\x01",
                                              "\x1f",
                                              "\x7f",
                                              "é",
                                              "漢字",
                                              "😀",
                                              "long enough for eight bytes"};
  std::string text;
  for (auto n = seed.below(6); n-- > 0;) text += parts[seed.below(parts.size())];
  return text;
}

json_value random_json_value(random_seed& seed, int depth) {
  switch (seed.below(depth > 0 ? 9 : 7)) {
  case 0: return nullptr;
  case 1: return seed.one_in(2);
  case 2: return random_json_text(seed);
  case 3: return -static_cast<std::int64_t>(seed.below(1'000'000)) - 1;
  case 4: return std::uint64_t{seed.below(1'000'000)};
  case 5: return static_cast<double>(seed.below(1'000'000)) / (1.0 + static_cast<double>(seed.below(1000)));
  case 6:
    return seed.one_in(2) ? json_value(std::numeric_limits<std::uint64_t>::max())
                          : json_value(std::numeric_limits<std::int64_t>::min());
  case 7: {
    json_value all = json_value::array();
    for (auto n = seed.below(5); n-- > 0;) all.push_back(random_json_value(seed, depth - 1));
    return all;
  }
  default: {
    json_value all = json_value::object();
    for (auto n = seed.below(5); n-- > 0;) all[random_json_text(seed)] = random_json_value(seed, depth - 1);
    return all;
  }
  }
}

} // namespace

TEST_CASE("a tree is written byte for byte as dump() writes it") {
  random_seed seed;
  CAPTURE(seed.rerun());
  for (int i = 0; i < 3000; ++i) {
    const json_value v = random_json_value(seed, 4);
    REQUIRE(compact_text(v, seed.below(100)) == v.dump());
  }
  for (const double d : {0.0, -0.0, 1.0, 1e300, 5e-324, 0.1, 123456789.125})
    CHECK(compact_text(d) == json_value(d).dump());
  CHECK(compact_text(json_value::parse(R"({"b":[],"a":{},"c":[[{}]]})")) == R"({"a":{},"b":[],"c":[[{}]]})");
}
