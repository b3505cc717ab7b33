#include <catch2/catch.hpp>

#include "cli/json_text_view.hpp"
#include "cli/output.hpp"
#include "cli/wire_client.hpp"
#include "tests/cli/written_output.hpp"

using namespace ropewalk;
using namespace ropewalk::cli;
using ropewalk::tests::written;

namespace {

reply_document doc(std::string json) { return *reply_document::parse(std::move(json)); }

const std::vector<column> columns{{.title = "ID"},
                                  {.title = "N", .right = true},
                                  {.title = "WIDE", .wide_only = true},
                                  {.title = "TEXT", .stretch = true}};
row row_of(json_view v) {
  return {{reply_document::text_of(v, "id")},
          {std::to_string(reply_document::number_of(v, "n"))},
          {"w"},
          {reply_document::text_of(v, "text")}};
}
const char* list_json =
    R"({"items":[{"id":"a","n":1,"text":"hello"},{"id":"bcd","n":200,"text":"a\u001b[31mb"}],"next_cursor":"x"})";

std::string list_as(output_format format) {
  const auto d = doc(list_json);
  return written(format, [&](output& o) { o.list(d.root(), "items", columns, row_of, "nothing"); });
}

} // namespace

TEST_CASE("a list is an aligned table for people") {
  CHECK(list_as(output_format::table) == "ID     N  TEXT\n"
                                         "a      1  hello\n"
                                         "bcd  200  a\\x1b[31mb\n");
}

TEST_CASE("wide shows all columns") {
  CHECK(list_as(output_format::wide) == "ID     N  WIDE  TEXT\n"
                                        "a      1  w     hello\n"
                                        "bcd  200  w     a\\x1b[31mb\n");
}

TEST_CASE("json is the reply as it came, indented, in its order") {
  CHECK(list_as(output_format::json) == R"({
  "items": [
    {
      "id": "a",
      "n": 1,
      "text": "hello"
    },
    {
      "id": "bcd",
      "n": 200,
      "text": "a\u001b[31mb"
    }
  ],
  "next_cursor": "x"
}
)");
}

TEST_CASE("jsonl is an element a line") {
  CHECK(list_as(output_format::jsonl) ==
        "{\"id\":\"a\",\"n\":1,\"text\":\"hello\"}\n{\"id\":\"bcd\",\"n\":200,\"text\":\"a\\u001b[31mb\"}\n");
}

TEST_CASE("yaml quotes what another reader could take for something else") {
  const auto d = doc(
      R"({"a":"plain text","b":"true","c":"1.0","d":[],"e":[{"x":1,"y":[2,3]},"s: t"],"f":{},"g":null,"h":"two\nlines"})");
  CHECK(yaml_text(d.root()) == "a: plain text\n"
                               "b: \"true\"\n"
                               "c: \"1.0\"\n"
                               "d: []\n"
                               "e:\n"
                               "  - x: 1\n"
                               "    \"y\":\n"
                               "      - 2\n"
                               "      - 3\n"
                               "  - \"s: t\"\n"
                               "f: {}\n"
                               "g: null\n"
                               "h: \"two\\nlines\"\n");
}

TEST_CASE("numbers stay as they came") {
  const auto d = doc(R"({"big":123456789012345678901234567890,"fine":1.10})");
  CHECK(written(output_format::jsonl, [&](output& o) { o.record(d.root(), {}); }) ==
        "{\"big\":123456789012345678901234567890,\"fine\":1.10}\n");
}

TEST_CASE("the stretching column is cut to the line, and not with wide") {
  const auto d = doc(R"({"items":[{"id":"a","n":1,"text":"0123456789012345678901234567890123456789"}]})");
  const auto as = [&](output_format f) {
    return written(
        f, [&](output& o) { o.list(d.root(), "items", columns, row_of, ""); }, 30);
  };
  CHECK(as(output_format::table) == "ID  N  TEXT\na   1  0123456789012345678901…\n");
  CHECK(as(output_format::wide).find("0123456789012345678901234567890123456789") != std::string::npos);
}

TEST_CASE("an empty list says so to people and stays a list for programs") {
  const auto d = doc(R"({"items":[]})");
  CHECK(written(output_format::table, [&](output& o) { o.list(d.root(), "items", columns, row_of, "no items"); }) ==
        "no items\n");
  CHECK(written(output_format::json, [&](output& o) { o.list(d.root(), "items", columns, row_of, "no items"); }) ==
        "{\n  \"items\": []\n}\n");
  CHECK(written(output_format::jsonl, [&](output& o) { o.list(d.root(), "items", columns, row_of, "no items"); }) ==
        "");
}

TEST_CASE("a record leaves out what is empty and indents what has lines") {
  const auto d = doc("{}");
  CHECK(written(output_format::table, [&](output& o) {
          o.record(d.root(), {{"id", {"t1"}}, {"name", {""}}, {"note", {"one\ntwo\x1b"}}});
        }) == "id    t1\nnote  one\n      two\\x1b\n");
}

TEST_CASE("without an end json is a value a line") {
  const auto d = doc(R"({"a":1})");
  CHECK(written(output_format::json, [&](output& o) {
          o.go_on_without_end();
          o.element(d.root(), columns, row_of);
          o.element(d.root(), columns, row_of);
        }) == "{\"a\":1}\n{\"a\":1}\n");
}

TEST_CASE("colours are escapes only where they are wanted") {
  CHECK(paint("x", colour::red, true) == "\x1b[31mx\x1b[0m");
  CHECK(paint("x", colour::red, false) == "x");
  CHECK(paint("x", colour::none, true) == "x");
}

TEST_CASE("a pipe gets json and no colours") {
  std::FILE* pipe = std::tmpfile();
  const output_style style = choose_style(std::nullopt, true, false, pipe);
  CHECK(style.format == output_format::json);
  CHECK_FALSE(style.colour);
  CHECK_FALSE(style.terminal);
  CHECK(choose_style(output_format::wide, true, false, pipe).format == output_format::wide);
  CHECK(choose_style(std::nullopt, true, true, pipe).format == output_format::jsonl);
  std::fclose(pipe);
}
