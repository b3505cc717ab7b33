#include "runtime/utf8.hpp"

#include <algorithm>

#include "tests/random_seed.hpp"

using namespace ropewalk;
using namespace std::string_literals;

TEST_CASE("text of every length of character is UTF-8") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("plain text, longer than eight bytes"));
  CHECK(is_utf8("\0"s));
  CHECK(is_utf8("\x7F"));
  CHECK(is_utf8("\xC2\x80"));         // U+0080
  CHECK(is_utf8("\xDF\xBF"));         // U+07FF
  CHECK(is_utf8("\xE0\xA0\x80"));     // U+0800
  CHECK(is_utf8("\xED\x9F\xBF"));     // U+D7FF
  CHECK(is_utf8("\xEE\x80\x80"));     // U+E000
  CHECK(is_utf8("\xEF\xBF\xBF"));     // U+FFFF
  CHECK(is_utf8("\xF0\x90\x80\x80")); // U+10000
  CHECK(is_utf8("\xF4\x8F\xBF\xBF")); // U+10FFFF
  CHECK(is_utf8("Grüße, 世界, 😀"));
}

TEST_CASE("overlong, cut, surrogate and too large sequences are not UTF-8, wherever they stand") {
  for (const std::string& bad : {"\x80"s,
                                 "\xBF"s,
                                 "\xC0\x80"s,
                                 "\xC0\xAF"s,
                                 "\xC1\xBF"s,
                                 "\xC2"s,
                                 "\xC2 "s,
                                 "\xC2\xC2"s,
                                 "\xE0\x80\x80"s,
                                 "\xE0\x9F\xBF"s,
                                 "\xE1\x80"s,
                                 "\xE1\x80 "s,
                                 "\xED\xA0\x80"s,
                                 "\xED\xBF\xBF"s,
                                 "\xF0\x80\x80\x80"s,
                                 "\xF0\x8F\xBF\xBF"s,
                                 "\xF0\x9F\x98"s,
                                 "\xF1\x80\x80 "s,
                                 "\xF4\x90\x80\x80"s,
                                 "\xF5\x80\x80\x80"s,
                                 "\xF8\x88\x80\x80\x80"s,
                                 "\xFE"s,
                                 "\xFF"s}) {
    for (std::size_t before = 0; before < 20; ++before) {
      INFO(Catch::Detail::stringify(bad) << " behind " << before << " bytes");
      CHECK_FALSE(is_utf8(std::string(before, 'x') + bad));
      CHECK_FALSE(is_utf8(std::string(before, 'x') + bad + "yyyyyyyyy"));
    }
  }
}

TEST_CASE("every code point but surrogates is written as UTF-8 of one character") {
  for (std::uint32_t point = 0; point <= 0x10FFFF; ++point) {
    if (point >= 0xD800 && point < 0xE000) continue;
    std::string text;
    append_utf8(text, point);
    if (!is_utf8(text) || utf8_character_bytes(text.data(), text.data() + text.size()) != text.size()) {
      CAPTURE(point);
      FAIL("not one well-formed character");
    }
  }
}

TEST_CASE("a character's bytes are counted only up to the end given") {
  const std::string smile = "😀";
  for (std::size_t size = 0; size < 4; ++size) CHECK(utf8_character_bytes(smile.data(), smile.data() + size) == 0);
  CHECK(utf8_character_bytes(smile.data(), smile.data() + 4) == 4);
}

TEST_CASE("four ASCII characters, rounded up, and each other character are a token") {
  CHECK(estimate_tokens("") == 0);
  CHECK(estimate_tokens("a") == 1);
  CHECK(estimate_tokens("abcd") == 1);
  CHECK(estimate_tokens("abcde") == 2);
  CHECK(estimate_tokens("é") == 1);
  CHECK(estimate_tokens("世界") == 2);
  CHECK(estimate_tokens("😀😀") == 2);
  CHECK(estimate_tokens("ab世c") == 2);
  CHECK(estimate_tokens(std::string(1000, 'x')) == 250);
}

TEST_CASE("cutting a character anywhere makes text that is not UTF-8") {
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  for (int i = 0; i < 5'000; ++i) {
    std::string text;
    std::vector<std::size_t> borders{0};
    const auto characters = 1 + seed.below(20);
    for (std::uint64_t c = 0; c < characters; ++c) {
      std::uint32_t point = static_cast<std::uint32_t>(seed.one_in(2) ? seed.below(0x80) : seed.below(0x110000));
      if (point >= 0xD800 && point < 0xE000) point -= 0x800;
      append_utf8(text, point);
      borders.push_back(text.size());
    }
    REQUIRE(is_utf8(text));
    const std::size_t cut = seed.below(text.size() + 1);
    const bool border = std::find(borders.begin(), borders.end(), cut) != borders.end();
    CAPTURE(text, cut);
    REQUIRE(is_utf8(text.substr(0, cut)) == border);
    REQUIRE(is_utf8(text.substr(cut)) == border);
  }
}
