#include "runtime/json_text.hpp"

#include <cmath>
#include <cstdint>

#include <catch2/catch.hpp>

using namespace ropewalk;
using namespace std::string_literals;

namespace {
// Keeps the bytes alive for the views.
struct parsed {
  std::string bytes;
  json_document document;

  explicit parsed(std::string text) : bytes(std::move(text)), document(read(bytes)) {}
  parsed(const parsed&) = delete;
  json_view root() const { return document.root(); }

  static json_document read(std::string_view bytes) {
    auto document = json_document::parse(bytes, {});
    INFO(bytes);
    if (!document) FAIL(document.error().field << ": " << document.error().detail);
    return std::move(*document);
  }
};

std::string compacted(std::string text) { return parsed(std::move(text)).root().compact(); }
} // namespace

TEST_CASE("each type of value is known as itself") {
  const parsed doc(R"([null, true, 1, "x", [], {}])");
  std::vector<json_type> types;
  for (const json_view v : doc.root().elements()) types.push_back(v.type());
  CHECK(types == std::vector{json_type::null, json_type::boolean, json_type::number, json_type::string,
                             json_type::array, json_type::object});
  CHECK(name(json_type::null) == "null");
  CHECK(name(json_type::boolean) == "a boolean");
  CHECK(name(json_type::number) == "a number");
  CHECK(name(json_type::string) == "a string");
  CHECK(name(json_type::array) == "an array");
  CHECK(name(json_type::object) == "an object");
}

TEST_CASE("a scalar alone is a document, white space around it is not part of it") {
  CHECK(parsed(" \t\r\n null \n").root().raw() == "null");
  CHECK(parsed("true").root().boolean());
  CHECK_FALSE(parsed("false").root().boolean());
  CHECK(parsed("\"x\"").root().string() == "x");
  CHECK(parsed("0").root().integer() == 0);
}

TEST_CASE("members are visited in the order written, nested ones are skipped over") {
  const parsed doc(R"({"z":{"inner":[1,{"deep":2}]},"a":[],"":"empty","\u0065sc":4})");
  std::string order;
  for (const json_member m : doc.root().members()) order += m.key + "=" + m.value.compact() + ";";
  CHECK(order == R"(z={"inner":[1,{"deep":2}]};a=[];="empty";esc=4;)");
  CHECK(doc.root().size() == 4);
}

TEST_CASE("elements are visited in order, nested ones are skipped over") {
  const parsed doc(R"([[1,[2]],{"a":{"b":3}},4,[]])");
  std::vector<std::string> elements;
  for (const json_view v : doc.root().elements()) elements.push_back(v.compact());
  CHECK(elements == std::vector<std::string>{"[1,[2]]", R"({"a":{"b":3}})", "4", "[]"});
  CHECK(doc.root().size() == 4);
}

TEST_CASE("empty containers have nothing to visit") {
  const parsed array("[ ]"), object("{ }");
  for ([[maybe_unused]] const json_view v : array.root().elements()) FAIL("an element");
  for ([[maybe_unused]] const json_member& m : object.root().members()) FAIL("a member");
  CHECK(array.root().size() == 0);
  CHECK(object.root().size() == 0);
  CHECK(parsed("7").root().size() == 0);
  CHECK(parsed("\"seven\"").root().size() == 0);
}

TEST_CASE("a member is found by its unescaped name and at its own level only") {
  const parsed doc(R"({"a":{"b":1},"c":"b","\u00e9\n":2,"b":3})");
  REQUIRE(doc.root().find("b"));
  CHECK(doc.root().find("b")->integer() == 3);
  CHECK(doc.root().find("a")->find("b")->integer() == 1);
  REQUIRE(doc.root().find("é\n"));
  CHECK(doc.root().find("é\n")->integer() == 2);
  CHECK_FALSE(doc.root().find("absent"));
  CHECK_FALSE(doc.root().find(""));
  CHECK_FALSE(doc.root().find(R"(\u00e9\n)"));
  CHECK_FALSE(parsed("[1]").root().find("a"));
  CHECK_FALSE(parsed("1").root().find("a"));
}

TEST_CASE("strings are unescaped, their length is counted in bytes") {
  const auto check = [](std::string text, const std::string& expected) {
    INFO(text);
    const parsed doc(std::move(text));
    CHECK(doc.root().string() == expected);
    CHECK(doc.root().string_bytes() == expected.size());
  };
  check(R"("")", "");
  check(R"("plain é 世 😀")", "plain é 世 😀");
  check(R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t");
  check(R"("\u0001\u007f\u0080\u07FF\u0800\uffff")", "\x01\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF");
  check(R"("\ud83d\ude00!\uD800\uDC00\udbff\udfff")", "😀!\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
  check(R"("a\u0062c\\u0064")", "abc\\u0064");
}

TEST_CASE("a string without escapes is seen without a copy") {
  const parsed doc(R"(["plain é","with \n"])");
  const json_view plain = *doc.root().elements().begin();
  REQUIRE(plain.plain_string());
  CHECK(*plain.plain_string() == "plain é");
  CHECK(plain.plain_string()->data() == doc.bytes.data() + 2);
  for (const json_view v : doc.root().elements())
    if (v.string() != "plain é") CHECK_FALSE(v.plain_string());
  CHECK_FALSE(parsed("1").root().plain_string());
}

TEST_CASE("a number is an integer if it is written as one and fits 64 bits") {
  CHECK(parsed("-0").root().integer() == 0);
  CHECK(parsed("9223372036854775807").root().integer() == INT64_MAX);
  CHECK(parsed("-9223372036854775808").root().integer() == INT64_MIN);
  CHECK_FALSE(parsed("9223372036854775808").root().integer());
  CHECK_FALSE(parsed("-9223372036854775809").root().integer());
  CHECK_FALSE(parsed("1.0").root().integer());
  CHECK_FALSE(parsed("1e2").root().integer());
  CHECK_FALSE(parsed("\"1\"").root().integer());
  CHECK_FALSE(parsed("true").root().integer());
}

TEST_CASE("a number is read as the nearest double, too small ones as zero") {
  CHECK(parsed("0.1").root().number() == 0.1);
  CHECK(parsed("-1.5E+3").root().number() == -1500.0);
  CHECK(parsed("1.7976931348623157e308").root().number() == 1.7976931348623157e308);
  CHECK(parsed("5e-324").root().number() == 5e-324);
  CHECK(parsed("1e-400").root().number() == 0.0);
  CHECK(std::signbit(parsed("-1e-400").root().number()));
  CHECK(parsed("12345678901234567890").root().number() == 12345678901234567890.0);
}

TEST_CASE("compact text loses white space between tokens and nothing else") {
  CHECK(compacted(" { \"a b\" : [ 1 , \"x  \\n y\" , { } ] ,\r\n\t\"c\" : -0.50E+01 } ") ==
        R"({"a b":[1,"x  \n y",{}],"c":-0.50E+01})");
  CHECK(compacted(R"("  spaces  stay  ")") == R"("  spaces  stay  ")");
  CHECK(compacted("[ true , false , null ]") == "[true,false,null]");
  CHECK(compacted("[]") == "[]");
  CHECK(compacted("[[ ],[]]") == "[[],[]]");
}

TEST_CASE("escapes, digits and key order stay byte for byte") {
  const std::string text = R"({"z":"\u00e9\/","a":1.10,"m":123456789012345678901234567890,"e":1E400})";
  const std::string fits = R"({"z":"\u00e9\/","a":1.10,"m":123456789012345678901234567890,"e":1E-400})";
  CHECK(compacted(fits) == fits);
  CHECK_FALSE(json_document::parse(text, {}));
}

TEST_CASE("a part of a document is compacted by itself") {
  const parsed doc(R"({"dense":{"a":[1,2]}, "loose":{"a" : [1, 2]}, "s":"x y"})");
  CHECK(doc.root().find("dense")->raw() == R"({"a":[1,2]})");
  CHECK(doc.root().find("dense")->compact() == R"({"a":[1,2]})");
  CHECK(doc.root().find("loose")->raw() == R"({"a" : [1, 2]})");
  CHECK(doc.root().find("loose")->compact() == R"({"a":[1,2]})");
  std::string out = "kept ";
  doc.root().find("s")->append_compact(out);
  CHECK(out == R"(kept "x y")");
}

TEST_CASE("views stay valid when the document moves before they are made") {
  const std::string bytes = R"({"a":[1,2,3]})";
  auto first = json_document::parse(bytes, {});
  REQUIRE(first);
  const json_document second = std::move(*first);
  CHECK(second.root().find("a")->size() == 3);
}
