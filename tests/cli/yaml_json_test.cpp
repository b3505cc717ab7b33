#include <catch2/catch.hpp>

#include "cli/workflow/yaml_json.hpp"

using namespace ropewalk;
using namespace ropewalk::cli;

namespace {

constexpr std::size_t most = 1 << 20;

std::string json_of(std::string_view yaml) {
  const auto converted = yaml_to_json(yaml, most);
  INFO(yaml);
  INFO((converted ? std::string() : converted.error().field + ": " + converted.error().detail));
  REQUIRE(converted);
  return converted->json;
}

error refusal_of(std::string_view yaml, std::size_t bytes = most) {
  const auto converted = yaml_to_json(yaml, bytes);
  INFO(yaml.substr(0, 200));
  REQUIRE_FALSE(converted);
  return converted.error();
}

} // namespace

TEST_CASE("a YAML document is the JSON that it means, in its order") {
  CHECK(json_of("name: trip\n"
                "state: {budget: 1000, tags: [a, b]}\n"
                "phases:\n"
                "  - name: plan\n"
                "    run: agent\n"
                "  - {name: approval, run: wait}\n") ==
        R"({"name":"trip","state":{"budget":1000,"tags":["a","b"]},"phases":[{"name":"plan","run":"agent"},)"
        R"({"name":"approval","run":"wait"}]})");
  CHECK(json_of("{}") == "{}");
  CHECK(json_of("[]") == "[]");
  CHECK(json_of("text: |\n  two\n  lines\nfolded: >\n  one\n  line\n") ==
        R"({"text":"two\nlines\n","folded":"one line\n"})");
}

TEST_CASE("what stands without quotes is read by YAML 1.2's core schema") {
  CHECK(json_of("[true, True, FALSE, false]") == "[true,true,false,false]");
  CHECK(json_of("[null, Null, ~, ]") == "[null,null,null]");
  CHECK(json_of("a:\nb: ~\n") == R"({"a":null,"b":null})");
  CHECK(json_of("[0, -7, +7, 18446744073709551615, 0o17, 0x1F]") == "[0,-7,7,18446744073709551615,15,31]");
  CHECK(json_of("[1.5, -0.5, .5, 5., 1e3, 1.5E-3, +2.5, 00.5]") == "[1.5,-0.5,0.5,5.0,1e3,1.5E-3,2.5,0.5]");
}

TEST_CASE("what other readers of YAML turn into something else stays a text") {
  CHECK(json_of("[yes, no, on, off, y, NO]") == R"(["yes","no","on","off","y","NO"])");
  CHECK(json_of("[2026-01-31, 1:30, 1_000, 7d, 1.2.3, 0xZZ, 1e, ., +, -x]") ==
        R"(["2026-01-31","1:30","1_000","7d","1.2.3","0xZZ","1e",".","+","-x"])");
  CHECK(json_of("[tRUE, nULL, Nan]") == R"(["tRUE","nULL","Nan"])");
}

TEST_CASE("what is quoted is a text, whatever it looks like") {
  CHECK(json_of(R"(["5", '5', "true", 'null', "", '~', "010"])") == R"(["5","5","true","null","","~","010"])");
  CHECK(json_of("[!!str 5, !!str true, ! 7]") == R"(["5","true","7"])");
  CHECK(json_of("a: |\n  5\n") == R"({"a":"5\n"})");
  CHECK(json_of("\"a\\tb\\u00e9\": '\"'") == "{\"a\\tb\xC3\xA9\":\"\\\"\"}");
}

TEST_CASE("keys are texts, also those that look like something else") {
  CHECK(json_of("1: a\ntrue: b\n\"\": c\n") == R"({"1":"a","true":"b","":"c"})");
}

TEST_CASE("numbers that readers of YAML do not agree on are refused") {
  CHECK(refusal_of("zip: 010").detail ==
        "010 is one number to some readers of YAML and another to others; write it without the 0 in front, as 0o... if "
        "it is octal, or in quotes if it is a text");
  CHECK(refusal_of("a: 08").field == "line 1, column 4");
  CHECK(refusal_of("a: -012").code == errc::invalid);
  CHECK(refusal_of("a: .inf").detail == "JSON has no number .inf; quote it if it is a text");
  CHECK(refusal_of("a: -.INF").code == errc::invalid);
  CHECK(refusal_of("a: .nan").code == errc::invalid);
  CHECK(refusal_of("a: -1e999").detail == "-1e999 is too large for a number; quote it if it is a text");
  CHECK(refusal_of("a: 0xFFFFFFFFFFFFFFFFF").detail ==
        "0xFFFFFFFFFFFFFFFFF does not fit 64 bits; quote it if it is a text");
}

TEST_CASE("a key given twice is refused with its place, also if it is spelled otherwise") {
  const error e = refusal_of("name: a\nversion: 1\nname: b\n");
  CHECK(e.detail == "the key \"name\" is given twice");
  CHECK(e.field == "line 3, column 1");
  CHECK(refusal_of("{a: 1, \"a\": 2}").detail == "the key \"a\" is given twice");
  CHECK(json_of("[{a: 1}, {a: 2}]") == R"([{"a":1},{"a":2}])");
}

TEST_CASE("only texts are keys") {
  CHECK(refusal_of("? [a, b]\n: c\n").detail == "a key must be a text");
  CHECK(refusal_of("? {a: b}\n: c\n").detail == "a key must be a text");
  CHECK(refusal_of(": c\n").detail == "a key is empty");
  CHECK(refusal_of("a: &x b\n*x : c\n").detail == "an alias cannot be a key");
  CHECK(refusal_of("&x a: b\n").detail == "a key cannot have an anchor");
  CHECK(refusal_of("base: &b {x: 1}\nmore:\n  <<: *b\n").detail ==
        "merge keys (<<) are not taken; write out what is merged, or use an alias");
  CHECK(json_of("'<<': 1") == R"({"<<":1})");
}

TEST_CASE("tags other than a text's are refused") {
  CHECK(refusal_of("a: !!binary aGVsbG8=").detail ==
        "the tag tag:yaml.org,2002:binary is not taken; quote a text instead");
  CHECK(refusal_of("a: !!int 5").code == errc::invalid);
  CHECK(refusal_of("!!python/object:os.system {}").code == errc::invalid);
  CHECK(refusal_of("a: !secret x").code == errc::invalid);
  CHECK(refusal_of("!!set {a, b}").code == errc::invalid);
}

TEST_CASE("an alias is a copy of what its anchor marked") {
  CHECK(
      json_of("a: &p {attempts: 3, not_on: [x]}\nb: *p\nc: [*p, &n 5, *n]\n") ==
      R"({"a":{"attempts":3,"not_on":["x"]},"b":{"attempts":3,"not_on":["x"]},"c":[{"attempts":3,"not_on":["x"]},5,5]})");
  CHECK(json_of("[&a 1, *a, &a 2, *a]") == "[1,1,2,2]");
  CHECK(json_of("a: &e\nb: *e\n") == R"({"a":null,"b":null})");
  CHECK(refusal_of("a: &x [1, *x]\n").detail == "an alias stands inside of what its own anchor marks");
  CHECK(refusal_of("a: *nowhere\n").code == errc::invalid);
}

TEST_CASE("copies of copies end at the bound") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string last = std::to_string(i - 1), next = std::to_string(i);
    bomb += "a" + next + ": &a" + next + " [";
    for (int k = 0; k < 10; ++k) bomb += (k > 0 ? ", *a" : "*a") + last;
    bomb += "]\n";
  }
  const error e = refusal_of(bomb);
  CHECK(e.code == errc::too_large);
  CHECK(e.detail == "the document is more than 1048576 bytes of JSON, aliases replaced");
  CHECK(e.field.starts_with("line 6, "));
}

TEST_CASE("depth has a bound, through aliases too") {
  const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  CHECK(json_of(nested(64)) == nested(64));
  CHECK(refusal_of(nested(65)).detail == "is nested more than 64 deep");
  CHECK(refusal_of(nested(100'000)).code == errc::invalid);
  std::string dashes;
  for (int i = 0; i < 100'000; ++i) dashes += "- ";
  CHECK(refusal_of(dashes + "x").code == errc::invalid);
  std::string maps;
  for (int i = 0; i < 100'000; ++i) maps += "{a: ";
  CHECK(refusal_of(maps).code == errc::invalid);
  std::string keys;
  for (int i = 0; i < 50'000; ++i) keys += "? ";
  CHECK(refusal_of(keys).code == errc::invalid);
  // 40 levels in an alias that stands 30 deep.
  CHECK(refusal_of("- &a " + nested(40) + "\n- " + std::string(30, '[') + "*a" + std::string(30, ']') + "\n").detail ==
        "is nested more than 64 deep");
  CHECK(json_of("- &a " + nested(40) + "\n- " + std::string(23, '[') + "*a" + std::string(23, ']') + "\n").size() > 80);
  // The depth of an alias counts in what is anchored around it.
  CHECK(refusal_of("- &a " + nested(40) + "\n- &b [*a]\n- " + std::string(23, '[') + "*b" + std::string(23, ']') + "\n")
            .detail == "is nested more than 64 deep");
}

TEST_CASE("bytes that are no text are refused") {
  CHECK(refusal_of("a: \xFF\xFE").detail == "must be UTF-8");
  CHECK(refusal_of(std::string_view("a: b\0c", 6)).detail == "must have no NUL character");
  CHECK(refusal_of("a: \"\\0\"").detail == "must have no NUL character");
  CHECK(refusal_of("a: \"\\ud800\"").code == errc::invalid);
  CHECK(json_of("a: \"\\u2028\\x1b\"") == "{\"a\":\"\xE2\x80\xA8\\u001b\"}");
}

TEST_CASE("a stream is one document") {
  CHECK(json_of("---\na: 1\n...\n") == R"({"a":1})");
  CHECK(json_of("# words\n%YAML 1.2\n---\na: 1\n") == R"({"a":1})");
  CHECK(refusal_of("a: 1\n---\nb: 2\n").detail == "holds more than one document");
  CHECK(refusal_of("").detail == "is empty");
  CHECK(refusal_of("# nothing but words\n").code == errc::invalid);
}

TEST_CASE("what is no YAML is refused with line and column") {
  const error e = refusal_of("a: 1\nb: [1, 2\nc: 3\n");
  CHECK(e.code == errc::invalid);
  CHECK(e.field.starts_with("line "));
  CHECK(e.detail.starts_with("is not YAML: "));
  CHECK(refusal_of("a: b: c").code == errc::invalid);
  CHECK(refusal_of("\ta: b").code == errc::invalid);
  CHECK(refusal_of("a: 'open").code == errc::invalid);
  CHECK(refusal_of("{").code == errc::invalid);
}

TEST_CASE("a document over the bound is not parsed at all") {
  CHECK(refusal_of("a: bcdef", 5).code == errc::too_large);
}

TEST_CASE("the line of a value is known by its path") {
  const auto y = yaml_to_json("name: trip\n"
                              "phases:\n"
                              "  - name: plan\n"
                              "    retry:\n"
                              "      attempts: -1\n"
                              "  - {name: pay,\n"
                              "     run: wait}\n",
                              most);
  REQUIRE(y);
  CHECK(y->line_of("name") == 1);
  CHECK(y->line_of("phases[0].retry.attempts") == 5);
  CHECK(y->line_of("phases[1].run") == 7);
  // What is missing is told with what should hold it.
  CHECK(y->line_of("phases[0].retry.first") == 5);
  CHECK(y->line_of("phases[0].subject") == 3);
  CHECK(y->line_of("nothing") == 1);
}
