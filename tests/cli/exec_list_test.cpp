#include "cli/node/exec_list.hpp"

#include <fstream>

#include <catch2/catch.hpp>

#include "tests/support/child_process.hpp"

using namespace ropewalk;
using namespace ropewalk::cli;
using words = std::vector<std::string>;

namespace {

std::string refusal(const std::vector<std::string>& given) {
  const auto list = parse_exec_list(given);
  REQUIRE_FALSE(list);
  CHECK(list.error().field == "--exec");
  return list.error().detail;
}

} // namespace

TEST_CASE("a command is taken apart as a shell does it, and nothing is expanded") {
  CHECK(*split_words("") == words{});
  CHECK(*split_words("  convert  -resize\t50% ") == words{"convert", "-resize", "50%"});
  CHECK(*split_words(R"(a 'b  c' "d \"e\" \n" f\ g '' "")") == words{"a", "b  c", R"(d "e" \n)", "f g", "", ""});
  CHECK(*split_words(R"(sh -c 'echo $HOME; ls *' x"y"z)") == words{"sh", "-c", "echo $HOME; ls *", "xyz"});
  CHECK_FALSE(split_words("a 'b"));
  CHECK_FALSE(split_words("a \"b"));
  CHECK_FALSE(split_words("a\\"));
}

TEST_CASE("commands are given one by one, as JSON and in a file") {
  const tests::scratch_directory dir;
  std::ofstream(dir / "list.json") << R"({"c":["/bin/c"]})";
  const auto list = parse_exec_list({"a=/bin/a -x", R"({"b":["/bin/b","two words"]})", "@" + (dir / "list.json")});
  REQUIRE(list);
  CHECK(*list == exec_list{{"a", {"/bin/a", "-x"}}, {"b", {"/bin/b", "two words"}}, {"c", {"/bin/c"}}});
  CHECK(parse_exec_list({})->empty());
}

TEST_CASE("a list that says nothing clear is refused") {
  CHECK(refusal({"convert"}) == "must be NAME=PROGRAM, a JSON object or @FILE");
  CHECK(refusal({"=convert"}) == "must be NAME=PROGRAM, a JSON object or @FILE");
  CHECK(refusal({"a="}) == "\"a\" must have a program");
  CHECK(refusal({"a=''"}) == "\"a\" must have a program");
  CHECK(refusal({"a=x", "a=y"}) == "\"a\" is given twice");
  CHECK(refusal({"a=x", R"({"a":["y"]})"}) == "\"a\" is given twice");
  CHECK(refusal({R"({"a":"y"})"}) == "\"a\" must be a list of words");
  CHECK(refusal({R"({"a":["y",1]})"}) == "\"a\" must be a list of words");
  CHECK(refusal({R"({"a":[]})"}) == "\"a\" must have a program");
  CHECK(refusal({"{"}).starts_with("is no valid JSON: "));
  CHECK(refusal({"@/no/such/file"}).find("/no/such/file") != std::string::npos);
}
