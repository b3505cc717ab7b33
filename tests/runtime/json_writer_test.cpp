#include "runtime/json_writer.hpp"

#include <bit>
#include <cmath>
#include <limits>

#include "tests/random_seed.hpp"

using namespace ropewalk;
using namespace std::string_literals;

namespace {
std::string in_quotes(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}
template <class T>
std::string written(T value) {
  json_writer w;
  w.value(value);
  return w.text();
}
} // namespace

TEST_CASE("a document is written compactly in the order of the calls") {
  json_writer w;
  w.begin_object()
      .field("id", "m1")
      .field("seq", std::uint64_t{7})
      .raw_field("metadata", R"({"z":1,"a":[ ]})")
      .key("tags")
      .begin_array()
      .value("x")
      .value(-1)
      .value(true)
      .null()
      .begin_object()
      .end_object()
      .begin_array()
      .end_array()
      .raw("0.50")
      .end_array()
      .field("last", false)
      .end_object();
  CHECK(w.text() ==
        R"({"id":"m1","seq":7,"metadata":{"z":1,"a":[ ]},"tags":["x",-1,true,null,{},[],0.50],"last":false})");
}

TEST_CASE("a writer goes on behind the text it was given") {
  json_writer w("data: ");
  w.begin_array().value(1).value(2).end_array();
  CHECK(std::move(w).take() == "data: [1,2]");
}

TEST_CASE("quotes, backslashes and control characters are escaped, nothing else") {
  CHECK(in_quotes("") == R"("")");
  CHECK(in_quotes(R"(say "hi" \ bye)") == R"("say \"hi\" \\ bye")");
  CHECK(in_quotes("\b\f\n\r\t") == R"("\b\f\n\r\t")");
  CHECK(in_quotes("\0\x01\x1F"s) == R"("\u0000\u0001\u001f")");
  CHECK(in_quotes("/ \x7F é 世 😀") == "\"/ \x7F é 世 😀\"");
}

TEST_CASE("an escape is found at every place of a long text") {
  for (std::size_t size = 1; size < 40; ++size)
    for (std::size_t at = 0; at < size; ++at)
      for (const char c : {'"', '\\', '\n'}) {
        std::string text(size, 'x');
        text[at] = c;
        std::string expected = "\"" + std::string(at, 'x') + (c == '\n' ? "\\n" : std::string{'\\', c}) +
                               std::string(size - at - 1, 'x') + "\"";
        REQUIRE(in_quotes(text) == expected);
      }
}

TEST_CASE("integers keep all 64 bits") {
  CHECK(written(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(written(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(written(std::uint32_t{4294967295}) == "4294967295");
  CHECK(written(0) == "0");
}

TEST_CASE("a double is written with the fewest digits that read back the same") {
  CHECK(written(0.1) == "0.1");
  CHECK(written(1.0) == "1");
  CHECK(written(-0.0) == "-0");
  CHECK(written(1e300) == "1e+300");
  CHECK(written(0.30000000000000004) == "0.30000000000000004");
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  for (int i = 0; i < 10'000; ++i) {
    const double value = std::bit_cast<double>(seed.engine()());
    if (!std::isfinite(value)) continue;
    REQUIRE(nlohmann::json::parse(written(value)).get<double>() == value);
  }
}

TEST_CASE("an instant is written as an RFC 3339 string") {
  CHECK(written(instant{1}) == R"("1970-01-01T00:00:00.000001Z")");
}

TEST_CASE("what is written as a string is read as the same string by another parser") {
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  for (int i = 0; i < 5'000; ++i) {
    std::string text;
    const auto size = seed.below(60);
    for (std::uint64_t c = 0; c < size; ++c)
      text += seed.one_in(8) ? "é世😀"s : std::string(1, static_cast<char>(seed.below(0x80)));
    CAPTURE(text);
    REQUIRE(nlohmann::json::parse(in_quotes(text)).get<std::string>() == text);
  }
}
