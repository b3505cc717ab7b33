// What is JSON and what is not, and where the error says that it is. The cases follow RFC 8259 and the
// known differences between parsers (N. Seriot, "Parsing JSON is a minefield").
#include <chrono>

#include <catch2/catch.hpp>

#include "runtime/json_text.hpp"

using namespace ropewalk;
using namespace std::string_literals;

namespace {
std::string repeated_text(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

error refusal(const std::string& text, const json_limits& limits = {}) {
  const auto document = json_document::parse(text, limits);
  INFO(text.substr(0, 200));
  REQUIRE_FALSE(document);
  return document.error();
}

struct claim {
  std::string text;
  std::string field;
  std::string detail;
};
void check(const claim& expected) {
  const error e = refusal(expected.text);
  CAPTURE(expected.text);
  CHECK(e.code == errc::invalid);
  CHECK(e.field == expected.field);
  CHECK(e.detail == expected.detail);
}
} // namespace

TEST_CASE("what RFC 8259 calls JSON is accepted") {
  for (const std::string& text : {"[]"s,
                                  "{}"s,
                                  "[[]   ]"s,
                                  "[\"\"]"s,
                                  "[false]"s,
                                  "[null, 1, \"1\", {}]"s,
                                  "[1\n]"s,
                                  " [1]"s,
                                  "[2] "s,
                                  "[1,null,null,null,2]"s,
                                  "[0]"s,
                                  "[-0]"s,
                                  "[-1]"s,
                                  "[0e+1]"s,
                                  "[0e1]"s,
                                  "[ 4]"s,
                                  "[-0.000000000000000000000000000000000000000000001]"s,
                                  "[20e1]"s,
                                  "[123e65]"s,
                                  "[1E22]"s,
                                  "[1E-2]"s,
                                  "[1E+2]"s,
                                  "[123e45]"s,
                                  "[123.456e78]"s,
                                  "[1e-2]"s,
                                  "[1e+2]"s,
                                  "[123.456789]"s,
                                  "[1e-999999999999999999999]"s,
                                  "[0e999999999999999999999]"s,
                                  "[0.0e309]"s,
                                  "[1e308]"s,
                                  "[1.7976931348623157e308]"s,
                                  "[0.00000000000000000001e325]"s,
                                  "[" + std::string(308, '9') + "]",
                                  "[0." + std::string(5000, '0') + "1e5000]",
                                  "[1" + std::string(5000, '0') + "e-5000]",
                                  "{\"asd\":\"sdf\", \"dfg\":\"fgh\"}"s,
                                  "{\"\":0}"s,
                                  "{\"a\":[]}"s,
                                  "{\"a\":\"b\",\"A\":\"b\"}"s,
                                  "{\n\"a\": \"b\"\n}"s,
                                  R"(["\u0060\u012a\u12AB"])"s,
                                  R"(["\uD801\udc37"])"s,
                                  R"(["\ud83d\ude39\ud83d\udc8d"])"s,
                                  R"(["\"\\\/\b\f\n\r\t"])"s,
                                  R"(["\\u0000"])"s,
                                  R"(["\\a"])"s,
                                  R"(["\uDBFF\uDFFF"])"s,
                                  R"(["\uFFFF\uFDD0"])"s,
                                  "[\"\xEF\xBF\xBF\"]"s,
                                  "[\"\xF4\x8F\xBF\xBF\"]"s,
                                  "[\"\x7F\"]"s,
                                  "[\"\xE2\x80\xA8\"]"s,
                                  "[\"asd \"]"s,
                                  "\" \""s,
                                  "42"s,
                                  "-0.1"s,
                                  "null"s,
                                  "true"s,
                                  "[\"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\"]"s}) {
    INFO(text.substr(0, 200));
    const auto document = json_document::parse(text, {});
    if (!document) FAIL_CHECK(document.error().detail);
  }
}

TEST_CASE("what RFC 8259 does not call JSON is refused") {
  for (const std::string& text : {""s,
                                  " "s,
                                  "\n\t"s,
                                  "[1 true]"s,
                                  "[\"\": 1]"s,
                                  "[\"\"],"s,
                                  "[,1]"s,
                                  "[1,,2]"s,
                                  "[\"x\",,]"s,
                                  "[\"x\"]]"s,
                                  "[\"\",]"s,
                                  "[\"x\""s,
                                  "[x"s,
                                  "[3[4]]"s,
                                  "[1:2]"s,
                                  "[,]"s,
                                  "[-]"s,
                                  "[   , \"\"]"s,
                                  "[\"a\",\n4\n,1,"s,
                                  "[1,]"s,
                                  "[*]"s,
                                  "[1,\n1\n,1"s,
                                  "[{}"s,
                                  "["s,
                                  "]"s,
                                  "}"s,
                                  "{"s,
                                  "[fals]"s,
                                  "[nul]"s,
                                  "[tru]"s,
                                  "[True]"s,
                                  "[NULL]"s,
                                  "nulll"s,
                                  "truefalse"s,
                                  "[++1234]"s,
                                  "[+1]"s,
                                  "[+Inf]"s,
                                  "[-01]"s,
                                  "[-1.0.]"s,
                                  "[-2.]"s,
                                  "[-NaN]"s,
                                  "[.-1]"s,
                                  "[.2e-3]"s,
                                  "[0.1.2]"s,
                                  "[0.3e+]"s,
                                  "[0.3e]"s,
                                  "[0.e1]"s,
                                  "[0E+]"s,
                                  "[0E]"s,
                                  "[0e+]"s,
                                  "[1.0e+]"s,
                                  "[1.0e-]"s,
                                  "[1.0e]"s,
                                  "[1eE2]"s,
                                  "[1 000.0]"s,
                                  "[2.e+3]"s,
                                  "[2.e-3]"s,
                                  "[9.e+]"s,
                                  "[Inf]"s,
                                  "[NaN]"s,
                                  "[Infinity]"s,
                                  "[-Infinity]"s,
                                  "NaN"s,
                                  "[0x1]"s,
                                  "[0x42]"s,
                                  "[1+2]"s,
                                  "[-1x]"s,
                                  "[-foo]"s,
                                  "[- 1]"s,
                                  "[-012]"s,
                                  "[012]"s,
                                  "[00]"s,
                                  "[-00]"s,
                                  "[1.]"s,
                                  "[.123]"s,
                                  "[1.2a-3]"s,
                                  "[1.8011670033376514H-308]"s,
                                  "[\xEF\xBC\x91]"s,
                                  "[\"x\", truth]"s,
                                  "{[: \"x\"}\n"s,
                                  "{\"x\", null}"s,
                                  "{\"x\"::\"b\"}"s,
                                  "{\"a\":\"a\" 123}"s,
                                  "{key: 'value'}"s,
                                  "{\"a\" b}"s,
                                  "{:\"b\"}"s,
                                  "{\"a\":"s,
                                  "{\"a\""s,
                                  "{\"a"s,
                                  "{1:1}"s,
                                  "{9999E9999:1}"s,
                                  "{null:null,null:null}"s,
                                  "{\"id\":0,,,,,}"s,
                                  "{'a':0}"s,
                                  "{\"id\":0,}"s,
                                  "{\"a\":\"b\"}/**/"s,
                                  "{\"a\":\"b\"}//"s,
                                  "{\"a\":/*comment*/\"b\"}"s,
                                  "{\"a\":\"b\",,\"c\":\"d\"}"s,
                                  "{a: \"b\"}"s,
                                  "{\"a\":\"a"s,
                                  "{ \"foo\" : \"bar\", \"a\" }"s,
                                  "{\"a\":\"b\"}#"s,
                                  "{\"a\":\"b\"}#{}"s,
                                  "{}}"s,
                                  "{]"s,
                                  "[}"s,
                                  "{\"a\":1]"s,
                                  "[1}"s,
                                  R"(["\uD800\"])"s,
                                  R"(["\uD800\u"])"s,
                                  R"(["\uD800\u1"])"s,
                                  R"(["\uD800\u1x"])"s,
                                  R"(["\u00A"])"s,
                                  R"(["\u"])"s,
                                  R"(["\uqqqq"])"s,
                                  R"(["\u 123"])"s,
                                  R"(["\u+123"])"s,
                                  R"(["\x00"])"s,
                                  R"(["\a"])"s,
                                  R"(["\'"])"s,
                                  R"(["\"])"s,
                                  R"(["\\\"])"s,
                                  "[\"\\\xE5\"]"s,
                                  "[\"\\\n\"]"s,
                                  "['single']"s,
                                  "[\"a\0a\"]"s,
                                  "[\"new\nline\"]"s,
                                  "[\"\t\"]"s,
                                  "[\"\x1F\"]"s,
                                  "\""s,
                                  "\"\\"s,
                                  "\"\\u"s,
                                  "\"\\uD800"s,
                                  "\"\\uD83D\\uDE0"s,
                                  "\"x\" x"s,
                                  "\"x\"\"y\""s,
                                  "[1]x"s,
                                  "[1][2]"s,
                                  "1 2"s,
                                  "2@"s,
                                  "{}{}"s,
                                  "<.>"s,
                                  "[<null>]"s,
                                  "abc"s,
                                  "'"s,
                                  "\\"s,
                                  "[\\n]"s,
                                  "[\f1]"s,
                                  "[\v1]"s,
                                  "\xC2\xA0[1]"s,
                                  "[\xE2\x81\xA0]"s,
                                  "\0"s,
                                  "[1]\0"s,
                                  "[\0]"s,
                                  "{\"a\":\"b\"}\0"s,
                                  "\xEF\xBB\xBF{}"s,
                                  "\xEF\xBB\xBF"s,
                                  "\xFE\xFF\0[\0]"s,
                                  "[\xFF]"s,
                                  "[a\xE5]"s,
                                  "{\"\xB9\":\"0\",}"s,
                                  "\xC3\xA5"s,
                                  "[\"\xFF\"]"s,
                                  "[\"\xC0\x80\"]"s,
                                  "[\"\xC0\xAF\"]"s,
                                  "[\"\xE0\x80\xAF\"]"s,
                                  "[\"\xF0\x80\x80\xAF\"]"s,
                                  "[\"\xED\xA0\x80\"]"s,
                                  "[\"\xF4\xBF\xBF\xBF\"]"s,
                                  "[\"\xE0\xFF\"]"s,
                                  "[\"\x81\"]"s,
                                  "[\"\xE9\"]"s,
                                  "[\"\xC3\"]"s,
                                  "\"\xC3"s,
                                  "\"\xF0\x9F\x98"s}) {
    CAPTURE(text);
    const auto document = json_document::parse(text, {});
    if (document) FAIL_CHECK("accepted");
    else CHECK(document.error().code == errc::invalid);
  }
}

TEST_CASE("every beginning of a document is refused, none is read beyond its end") {
  const std::string text =
      R"({"role":"user","content":[{"type":"text","text":"\ud83d\ude00 é \n"}],"n":-1.5e+3,"t":true,"z":null})";
  REQUIRE(json_document::parse(text, {}));
  for (std::size_t size = 0; size < text.size(); ++size) {
    // A copy of its own, so that a sanitizer sees a read behind it.
    const std::vector<char> beginning(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
    CAPTURE(size);
    CHECK_FALSE(json_document::parse({beginning.data(), beginning.size()}, {}));
  }
}

TEST_CASE("an error names the place, the rule and the byte") {
  check({"", "", "a JSON value is expected, the text is empty, at byte 0"});
  check({"{} x", "", "nothing may stand behind the value, found 'x', at byte 3"});
  check({"\xEF\xBB\xBF{}", "", "the text must not begin with a byte order mark, at byte 0"});
  check({R"({"a":tru})", "a", "a JSON value is expected, found 't', at byte 5"});
  check({R"({"a":[1,2,x]})", "a[2]", "a JSON value is expected, found 'x', at byte 10"});
  check({R"({"messages":[{},{},{},{"metadata":{"a":01}}]})", "messages[3].metadata.a",
         "a number must not have leading zeros, at byte 39"});
  check({R"([[[nul]]])", "[0][0][0]", "a JSON value is expected, found 'n', at byte 3"});
  check({R"({"a":1 "b":2})", "", "',' or '}' is expected, found '\"', at byte 7"});
  check({R"({"a":[1 2]})", "a", "',' or ']' is expected, found '2', at byte 8"});
  check({R"({"a":{b:1}})", "a", "a key in quotes is expected, found 'b', at byte 6"});
  check({R"({"a":{"b" 1}})", "a.b", "':' is expected behind a key, found '1', at byte 10"});
  check({R"({"a":{"b":)", "a.b", "a JSON value is expected, the text ends, at byte 10"});
  check({R"({"a":"bc)", "a", "the string that begins here has no closing quote, at byte 5"});
  check({R"({"a":-})", "a", "a digit is expected in a number, found '}', at byte 6"});
  check({R"({"a":1.})", "a", "a digit is expected behind a decimal point, found '}', at byte 7"});
  check({R"({"a":1e})", "a", "a digit is expected in an exponent, found '}', at byte 7"});
  check({R"({"a":[0,1e309]})", "a[1]", "the number is too large for a double, at byte 8"});
  check({"{\"a\":\"x\ny\"}", "a", "control character 0x0A in a string; it must be escaped, at byte 7"});
  check({"{\"a\":\"x\xFF\"}", "a", "byte 0xFF is not UTF-8 here, at byte 7"});
  check({R"({"a":"\q"})", "a", R"(after a backslash one of "\/bfnrtu is expected, found 'q', at byte 6)"});
  check({R"({"a":"\u12"})", "a", R"(\u must be followed by four hexadecimal digits, at byte 6)"});
  check({R"({"a":"\u0000"})", "a", R"(\u0000 is not allowed in a string, at byte 6)"});
  check(
      {R"({"a":"x\ud800y"})", "a", "a high surrogate without a low one behind it stands for no character, at byte 7"});
  check({R"({"a":"\udc00"})", "a", "a low surrogate without a high one before it stands for no character, at byte 6"});
  check({R"({"a":{"b":1,"b":2}})", "a.b", "the key stands twice in this object, at byte 12"});
  check({"{\"a\":{\"\x01\":1}}", "a", "control character 0x01 in a string; it must be escaped, at byte 7"});
  check({"[\x01]", "[0]", "a JSON value is expected, found byte 0x01, at byte 1"});
}

TEST_CASE("a long key is cut in the path, between characters") {
  const std::string name = "x" + repeated_text("é", 100);
  CHECK(refusal("{\"" + name + "\":!}").field == "x" + repeated_text("é", 31) + "...");
}

TEST_CASE("a lone surrogate and NUL are refused in every spelling") {
  for (const std::string& text :
       {R"("\ud800")"s, R"("\uDBFF")"s, R"("\udc00")"s, R"("\uDFFF")"s, R"("\ud800\ud800")"s, R"("\ud800x")"s,
        R"("\ud800\n")"s, R"("\ud800\u0041")"s, R"("\udc00\ud800")"s, R"("\ud83d\ude00\ude00")"s, R"({"\ud800":1})"s,
        "\"\xED\xA0\x80\""s, R"("\u0000")"s, R"("a\u0000b")"s, R"({"\u0000":1})"s, "\"\0\""s}) {
    CAPTURE(text);
    CHECK_FALSE(json_document::parse(text, {}));
  }
}

TEST_CASE("a key may stand once in an object, however it is spelled") {
  for (const std::string& text :
       {R"({"a":1,"a":1})"s, R"({"a":1,"\u0061":2})"s, R"({"\u0061":1,"a":2})"s, R"({"\u00e9":1,"é":2})"s,
        R"({"":1,"":2})"s, R"({"\/":1,"/":2})"s, R"({"😀":1,"\ud83d\ude00":2})"s, R"({"a":{"a":1,"b":{"c":1},"a":1}})"s,
        R"([{"x":[1],"y":{},"x":1}])"s}) {
    CAPTURE(text);
    CHECK_FALSE(json_document::parse(text, {}));
  }
  for (const std::string& text : {R"({"a":{"a":{"a":1}}})"s, R"([{"a":1},{"a":1}])"s, R"({"a":1,"A":2,"a ":3,"":4})"s,
                                  R"({"\\u0061":1,"a":2})"s, R"({"e\u0301":1,"é":2})"s}) {
    CAPTURE(text);
    CHECK(json_document::parse(text, {}));
  }
}

TEST_CASE("a repeated key is found in objects of every size, at every place") {
  for (const std::size_t keys : {2, 3, 15, 16, 17, 18, 33, 100, 1000}) {
    for (const std::size_t repeats : {std::size_t{0}, (keys - 1) / 2, keys - 2}) {
      for (const bool escaped : {false, true}) {
        std::string text = "{\"outer\":{", expected_key = "key" + std::to_string(repeats);
        std::string unique = text;
        for (std::size_t k = 0; k + 1 < keys; ++k) {
          text += "\"key" + std::to_string(k) + "\":{\"x\":[1]},";
          unique += "\"key" + std::to_string(k) + "\":{\"x\":[1]},";
        }
        const std::size_t offset = text.size();
        text += (escaped ? "\"\\u006bey" : "\"key") + std::to_string(repeats) + "\":0}}";
        unique += "\"last\":0}}";
        CAPTURE(keys, repeats, escaped);
        const error e = refusal(text);
        CHECK(e.field == "outer." + expected_key);
        CHECK(e.detail == "the key stands twice in this object, at byte " + std::to_string(offset));
        CHECK(json_document::parse(unique, {}));
      }
    }
  }
}

TEST_CASE("of several repetitions the first one in the text is named") {
  std::string text = "{";
  for (int k = 0; k < 50; ++k) text += "\"k" + std::to_string(k) + "\":0,";
  text += R"("k40":1,"k3":1,"k40":1})";
  CHECK(refusal(text).field == "k40");
}

TEST_CASE("nesting is allowed up to the limit and refused beyond it") {
  const json_limits limits{.max_bytes = 1 << 20, .max_depth = 64, .max_values = 100'000};
  CHECK(json_document::parse(repeated_text("[", 64) + repeated_text("]", 64), limits));
  CHECK(json_document::parse(repeated_text("{\"a\":", 64) + "1" + repeated_text("}", 64), limits));
  const error e = refusal(repeated_text("[", 65) + repeated_text("]", 65), limits);
  CHECK(e.code == errc::invalid);
  CHECK(e.field == repeated_text("[0]", 64));
  CHECK(e.detail == "nesting may be at most 64 deep, at byte 64");
  CHECK(refusal(repeated_text("[{\"a\":", 33) + "1", limits).detail.starts_with("nesting may be at most 64 deep"));
  CHECK(json_document::parse("1", {.max_depth = 0}));
  CHECK_FALSE(json_document::parse("[]", {.max_depth = 0}));
}

TEST_CASE("a document nested half a million deep is refused without recursion") {
  CHECK_FALSE(json_document::parse(std::string(500'000, '['), {}));
  const json_limits unlimited{.max_bytes = 10 << 20, .max_depth = 1'000'000, .max_values = 10'000'000};
  const std::string deep = std::string(500'000, '[') + std::string(500'000, ']');
  const auto document = json_document::parse(deep, unlimited);
  REQUIRE(document);
  CHECK(document->root().compact() == deep);
}

TEST_CASE("values and keys are counted up to the limit and refused beyond it") {
  CHECK(json_document::parse("[1,2,3]", {.max_values = 4}));
  const error e = refusal("[1,2,3,4]", {.max_values = 4});
  CHECK(e.code == errc::too_large);
  CHECK(e.detail == "a document may hold at most 4 values and keys, at byte 7");
  CHECK(json_document::parse(R"({"a":1})", {.max_values = 3}));
  CHECK_FALSE(json_document::parse(R"({"a":1})", {.max_values = 2}));
}

TEST_CASE("bytes are counted up to the limit and refused beyond it") {
  CHECK(json_document::parse("[1,2]", {.max_bytes = 5}));
  const error e = refusal("[1,2] ", {.max_bytes = 5});
  CHECK(e.code == errc::too_large);
  CHECK(e.field.empty());
  CHECK(e.detail == "the text has 6 bytes, at most 5 are allowed");
}

TEST_CASE("no document of the largest size takes long, chosen as it may be") {
  const auto numbered = [](std::size_t count, std::string_view before, std::string_view after) {
    std::string text = "{";
    for (std::size_t k = 0; k < count; ++k)
      text += (k == 0 ? "" : ",") + ("\"" + std::string(before)) + std::to_string(k) + std::string(after) + "\":0";
    return text + "}";
  };
  const std::string hostile[] = {
      numbered(90'000, "", ""),
      numbered(900, std::string(1000, 'k'), ""),
      numbered(20'000, "", std::string(8, 'k')),
      numbered(20'000, "\\u0061", ""),
      numbered(16, std::string(60'000, 'k'), ""),
      numbered(16, repeated_text("\\u0061", 10'000), ""),
      "[" + repeated_text("{\"a\":0,\"b\":0},", 60'000) + "0]",
      "[" + repeated_text("0,", 400'000) + "0]",
      std::string(1'000'000, ' ') + "0",
      "\"" + repeated_text("\\ud83d\\ude00", 80'000) + "\"",
      "\"" + repeated_text("é", 500'000) + "\"",
      std::string(1'000'000, '9') + "e-1000000",
      "0." + std::string(1'000'000, '0') + "1e1000000",
      repeated_text("[", 500'000),
  };
  for (const std::string& text : hostile) {
    CAPTURE(text.substr(0, 60), text.size());
    REQUIRE(text.size() < 4u << 20);
    const auto begin = std::chrono::steady_clock::now();
    const auto document = json_document::parse(text, {.max_bytes = 4u << 20, .max_depth = 64, .max_values = 200'000});
    const auto took = std::chrono::steady_clock::now() - begin;
    static_cast<void>(document);
    CHECK(took < std::chrono::seconds(30)); // some ms; generous for sanitizers and busy machines
  }
}
