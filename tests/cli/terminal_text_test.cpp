#include <catch2/catch.hpp>

#include "cli/terminal_text.hpp"

using namespace ropewalk::cli;

TEST_CASE("escape sequences are shown, never sent") {
  CHECK(one_line("\x1b[2Jgone") == "\\x1b[2Jgone");
  CHECK(one_line("\x1b]0;title\x07") == "\\x1b]0;title\\x07");
  CHECK(one_line("a\rb") == "a\\x0db");
  CHECK(one_line(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(one_line("\x7f") == "\\x7f");
}

TEST_CASE("C1 controls are shown whether they come as UTF-8 or as bare bytes") {
  CHECK(one_line("\xC2\x9B"
                 "31m") == "\\u009b31m"); // U+009B is CSI
  CHECK(one_line("\x9B"
                 "31m") == "\xEF\xBF\xBD"
                           "31m");
}

TEST_CASE("what makes text read as something else is shown") {
  CHECK(one_line("a\u202Eb") == "a\\u202eb");
  CHECK(one_line("a\u2066b") == "a\\u2066b");
  CHECK(one_line("a\u200Bb") == "a\\u200bb");
  CHECK(one_line("\uFEFFa") == "\\ufeffa");
  CHECK(one_line("\U000E0041") == "\\U000e0041");
  CHECK(one_line("a\u2028b") == "a\\u2028b");
}

TEST_CASE("ordinary text of any script stays as it is") {
  CHECK(one_line("Grüße, 世界, שלום, 👍") == "Grüße, 世界, שלום, 👍");
}

TEST_CASE("a line is one line") { CHECK(one_line("a\nb\tc") == "a↵b c"); }

TEST_CASE("lines are cut at their width and say so") {
  CHECK(one_line("abcdef", 6) == "abcdef");
  CHECK(one_line("abcdefg", 6) == "abcde…");
  CHECK(one_line("世界世界", 5) == "世界…");
  CHECK(one_line("世界世界", 4) == "世…");
  CHECK(one_line("abc", 0) == "");
  CHECK(one_line("", 5) == "");
}

TEST_CASE("widths count columns, not bytes") {
  CHECK(columns_of("abc") == 3);
  CHECK(columns_of("世界") == 4);
  CHECK(columns_of("e\u0301") == 1);
  CHECK(columns_of("👍") == 2);
}

TEST_CASE("a pile of combining marks does not paint over other lines") {
  std::string pile = "a";
  for (int i = 0; i < 50; ++i) pile += "\u0301";
  CHECK(one_line(pile).find("\\u0301") != std::string::npos);
  CHECK(one_line("e\u0301") == "e\u0301");
}

TEST_CASE("several lines keep their breaks and nothing else") {
  CHECK(many_lines("a\nb\x1b"
                   "c\n",
                   "  ") == "a\n  b\\x1bc\n  ");
}

TEST_CASE("JSON stays the same value") {
  CHECK(harmless_json("{\"a\":\"x\u202Ey\xC2\x9Bz\x7F\"}") == "{\"a\":\"x\\u202ey\\u009bz\\u007f\"}");
  CHECK(harmless_json("[\"\U000E0041\"]") == "[\"\\udb40\\udc41\"]");
  CHECK(harmless_json("{\n  \"a\": 1\n}") == "{\n  \"a\": 1\n}");
}
