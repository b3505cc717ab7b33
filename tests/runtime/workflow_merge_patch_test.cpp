// How results change the state: RFC 7386 and JSON pointers. Also JSON as a tree: what comes in and how long
// it is.
#include <cmath>
#include <limits>
#include <string>

#include <catch2/catch.hpp>

#include "runtime/limits.hpp"
#include "runtime/workflow/json_pointer.hpp"
#include "runtime/workflow/merge_patch.hpp"
#include "tests/random_seed.hpp"

using namespace ropewalk;
using namespace ropewalk::workflow;

namespace {

json_value random_tree(tests::random_seed& seed, int depth) {
  static constexpr std::string_view names[] = {"a", "b", "c", "a/b", "~", "", "\n", "\x01", "\"", "é", "0"};
  switch (seed.below(depth == 0 ? 6 : 8)) {
  case 0: return nullptr;
  case 1: return seed.one_in(2);
  case 2: return static_cast<std::int64_t>(seed.engine()()) >> seed.below(64);
  case 3: return seed.engine()() >> seed.below(64);
  case 4: return (static_cast<double>(seed.engine()()) - 9e18) / static_cast<double>(1 + seed.below(1'000'000));
  case 5: return std::string(names[seed.below(std::size(names))]) + std::string(names[seed.below(std::size(names))]);
  case 6: {
    json_value array = json_value::array();
    for (auto n = seed.below(4); n > 0; --n) array.push_back(random_tree(seed, depth - 1));
    return array;
  }
  default: {
    json_value object = json_value::object();
    for (auto n = seed.below(5); n > 0; --n)
      object[std::string(names[seed.below(std::size(names))])] = random_tree(seed, depth - 1);
    return object;
  }
  }
}

} // namespace

TEST_CASE("merging follows every example of RFC 7386, appendix A") {
  const struct {
    std::string original, patch, expected;
  } table[] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", R"(null)", R"(null)"},
      {R"({"a":"foo"})", R"("bar")", R"("bar")"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
  };
  for (const auto& row : table) {
    CAPTURE(row.original, row.patch);
    json_value target = json_value::parse(row.original);
    merge_patch(target, json_value::parse(row.patch));
    CHECK(target == json_value::parse(row.expected));
  }
}

TEST_CASE("merging agrees with the library's own on random values") {
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  for (int round = 0; round < 2000; ++round) {
    const json_value original = random_tree(seed, 4), patch = random_tree(seed, 4);
    json_value ours = original, theirs = original;
    merge_patch(ours, patch);
    theirs.merge_patch(patch);
    CAPTURE(original.dump(), patch.dump());
    REQUIRE(ours == theirs);
  }
}

TEST_CASE("a value is put where the pointer says, with its parents") {
  const struct {
    std::string state, pointer, expected;
  } table[] = {
      {R"({})", "/a", R"({"a":7})"},
      {R"({"a":1,"b":2})", "/a", R"({"a":7,"b":2})"},
      {R"({})", "/a/b/c", R"({"a":{"b":{"c":7}}})"},
      {R"({"a":null})", "/a/b", R"({"a":{"b":7}})"},
      {R"({"a":{"x":1}})", "/a/b", R"({"a":{"b":7,"x":1}})"},
      {R"({})", "/a~1b/m~0n", R"({"a/b":{"m~n":7}})"},
      {R"({})", "/~01", R"({"~1":7})"},
      {R"({})", "/", R"({"":7})"},
      {R"({})", "/0", R"({"0":7})"},
      {R"({"a":[1,2]})", "/a/1", R"({"a":[1,7]})"},
      {R"({"a":[1,2]})", "/a/2", R"({"a":[1,2,7]})"},
      {R"({"a":[1,2]})", "/a/-", R"({"a":[1,2,7]})"},
      {R"({"a":[]})", "/a/-/b/0", R"({"a":[{"b":{"0":7}}]})"},
      {R"({"a":[{"b":1}]})", "/a/0/b", R"({"a":[{"b":7}]})"},
      {R"({"a":1})", "", "7"},
  };
  for (const auto& row : table) {
    CAPTURE(row.state, row.pointer);
    json_value state = json_value::parse(row.state);
    CHECK(put_at(state, row.pointer, 7));
    CHECK(state == json_value::parse(row.expected));
  }
}

TEST_CASE("a value that cannot be put leaves the state alone and says where") {
  const struct {
    std::string pointer, error;
  } table[] = {
      {"/s/x", R"(/s: is a string and cannot hold "x")"},
      {"/o/n/x/y", R"(/o/n: is a number and cannot hold "x")"},
      {"/a/3", R"(/a: has 2 elements and cannot take "3")"},
      {"/a/01", R"(/a: has 2 elements and cannot take "01")"},
      {"/a/x/y", R"(/a: has 2 elements and cannot take "x")"},
      {"/a/-1", R"(/a: has 2 elements and cannot take "-1")"},
      {"/a/99999999999999999999", R"(/a: has 2 elements and cannot take "99999999999999999999")"},
      {"/a/0/x", R"(/a/0: is a boolean and cannot hold "x")"},
  };
  const json_value state = json_value::parse(R"({"s":"text","o":{"n":1},"a":[true,null]})");
  for (const auto& row : table) {
    json_value changed = state;
    const auto put = put_at(changed, row.pointer, 7);
    CAPTURE(row.pointer);
    REQUIRE_FALSE(put);
    CHECK(put.error().code == errc::conflict);
    CHECK(put.error().field + ": " + put.error().detail == row.error);
    CHECK(changed == state);
  }
}

TEST_CASE("what was put is found again, and nothing else changed") {
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  static constexpr std::string_view tokens[] = {"/a", "/b", "/c", "/a~1b", "/~0", "/", "/0", "/1", "/-"};
  for (int round = 0; round < 2000; ++round) {
    json_value state = random_tree(seed, 4);
    const json_value before = state;
    std::string pointer;
    for (auto n = seed.below(5); n > 0; --n) pointer += tokens[seed.below(std::size(tokens))];
    CAPTURE(before.dump(), pointer);
    if (!put_at(state, pointer, "new")) {
      REQUIRE(state == before);
    } else if (pointer.find("/-") == std::string::npos) {
      const json_value* found = find_at(state, pointer);
      REQUIRE(found);
      REQUIRE(*found == "new");
      if (const json_value* old = find_at(before, pointer)) {
        REQUIRE(put_at(state, pointer, *old));
        REQUIRE(state == before);
      }
    }
  }
}

TEST_CASE("what is a JSON pointer and what is not") {
  for (const char* good : {"", "/", "/a", "/a/b", "//", "/~0~1", "/ ", "/é"}) CHECK(is_json_pointer(good));
  for (const char* bad : {"a", "a/b", "#/a", "/~", "/~2", "/a~/b", " /a"}) CHECK_FALSE(is_json_pointer(bad));
}

TEST_CASE("a parsed tree keeps integers as integers and agrees with the library's own parser") {
  const auto parsed = [](const std::string& text) {
    const auto value = parse_json(text, {});
    REQUIRE(value);
    return *value;
  };
  CHECK(parsed("7").is_number_unsigned());
  CHECK(parsed("-7").is_number_integer());
  CHECK(parsed("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  CHECK(parsed("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(parsed("7.0").is_number_float());
  CHECK(parsed("7e0").is_number_float());
  CHECK(parsed("18446744073709551616") == 18446744073709551616.0);
  CHECK(parsed("-9223372036854775809") == -9223372036854775809.0);
  CHECK_FALSE(parse_json("1e999", {}));
  CHECK_FALSE(parse_json(R"({"a":1,"a":2})", {}));
  CHECK(parse_json("[[1]]", {.max_depth = 1}).error().code == errc::invalid);

  tests::random_seed seed;
  CAPTURE(seed.rerun());
  for (int round = 0; round < 2000; ++round) {
    const std::string text = random_tree(seed, 4).dump();
    CAPTURE(text);
    REQUIRE(parsed(text).dump() == json_value::parse(text).dump());
  }
}

TEST_CASE("the length of a value is that of its text") {
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  for (int round = 0; round < 2000; ++round) {
    const json_value value = random_tree(seed, 4);
    CAPTURE(value.dump());
    REQUIRE(compact_bytes(value) == value.dump().size());
  }
  CHECK(compact_bytes("\b\f\n\r\t\x01\x1F\x7F\"\\/é") == json_value("\b\f\n\r\t\x01\x1F\x7F\"\\/é").dump().size());
  CHECK(compact_bytes(std::vector<int>(1000, 1), 10) > 10);
}

TEST_CASE("a tree that could not be read back is refused with its place") {
  json_value value = {{"a", {1, {{"b", "text"}}}}};
  CHECK(check_value(value, 100, "result"));
  const auto field = [&](json_value inner) {
    value["a"][1]["b"] = std::move(inner);
    const auto checked = check_value(value, 100, "result");
    return checked ? "" : checked.error().field + ": " + checked.error().detail;
  };
  CHECK(field("\xC0\x80") == "result.a[1].b: must be UTF-8");
  CHECK(field(std::string(1, '\0')) == "result.a[1].b: must have no NUL character");
  CHECK(field(std::nan("")) == "result.a[1].b: must be a finite number");
  CHECK(field(std::numeric_limits<double>::infinity()) == "result.a[1].b: must be a finite number");
  CHECK(field(json_value::binary({1, 2})) == "result.a[1].b: must be a JSON value");
  CHECK(field({{"\xFF", 1}}) == "result.a[1].b: has a name that is not UTF-8 without NUL");
  CHECK(field(1.5).empty());
  CHECK(field(std::string(82, 'x')).empty());
  CHECK(field(std::string(83, 'x')) == "result: is longer than 100 bytes");
  json_value deep = 1;
  for (std::uint32_t i = 0; i < limits::json_depth; ++i) deep = {{"a", std::move(deep)}};
  CHECK(check_value(deep, 10'000, ""));
  CHECK_FALSE(deeper_than(deep, limits::json_depth));
  deep = {{"a", std::move(deep)}};
  CHECK_FALSE(check_value(deep, 10'000, ""));
  CHECK(deeper_than(deep, limits::json_depth));
}
