// The fuzz target's checks without a fuzzer: the seed corpus, then changed copies of it from a fixed seed, the
// same in every run.
//
//   request_decoder_smoke [--runs N] [--seed S]
//   request_decoder_smoke --write-corpus DIR      seeds as files, for libFuzzer

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "tests/fuzz/fuzz_request.hpp"

namespace {

using ropewalk::tests::check_request;

constexpr std::string_view pieces[] = {"{",
                                       "}",
                                       "[",
                                       "]",
                                       "\"",
                                       ":",
                                       ",",
                                       "\\",
                                       "\\u0000",
                                       "\\ud800",
                                       "\\udc00",
                                       "null",
                                       "true",
                                       "-1",
                                       "0",
                                       "1e999",
                                       "1.5",
                                       "9223372036854775808",
                                       "4294967296",
                                       "\xFF",
                                       "\xC3\xA9",
                                       "\xED\xA0\x80",
                                       "\n",
                                       "\n\n",
                                       ".",
                                       "%",
                                       "%00",
                                       "%2E",
                                       "rw.v1.",
                                       ".thread.",
                                       ".threads.",
                                       "append",
                                       "append_batch",
                                       "import",
                                       "\"role\"",
                                       "\"content\"",
                                       "\"tool_calls\"",
                                       "\"metadata\"",
                                       "\"limits\"",
                                       "\"tags\"",
                                       "\"cursor\"",
                                       "\"format\"",
                                       "\"data\"",
                                       ".workflow.",
                                       ".workflows.",
                                       "step.begin",
                                       "\"definition\"",
                                       "\"phases\"",
                                       "\"attributes\"",
                                       "\"input\"",
                                       "\"token\"",
                                       "\"run\"",
                                       "Rw-Idempotency-Key:k\n",
                                       "Rw-Ack:local\n",
                                       "{\"a\":",
                                       "[[[[[[[[",
                                       "]]]]]]]]"};

void change(std::string& text, const std::vector<std::string>& seeds, std::mt19937_64& random) {
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : static_cast<std::size_t>(random() % n); };
  const std::size_t at = below(text.size() + 1), length = below(1 + std::min<std::size_t>(32, text.size() - at));
  switch (below(7)) {
  case 0:
    if (at < text.size()) text[at] = static_cast<char>(random());
    break;
  case 1: text.erase(at, length); break;
  case 2: text.insert(at, text.substr(at, length)); break;
  case 3: text.insert(at, pieces[below(std::size(pieces))]); break;
  case 4: text.resize(at); break;
  case 5: {
    const std::string& other = seeds[below(seeds.size())];
    text.insert(at, other.substr(below(other.size() + 1), 64));
    break;
  }
  case 6: text.replace(at, length, pieces[below(std::size(pieces))]); break;
  }
}

void check(const std::string& text) { check_request(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()); }

int write_corpus(const std::filesystem::path& folder, const std::vector<std::string>& seeds) {
  std::filesystem::create_directories(folder);
  for (std::size_t i = 0; i < seeds.size(); ++i)
    std::ofstream(folder / ("seed-" + std::to_string(i)), std::ios::binary) << seeds[i];
  std::printf("%zu seeds in %s\n", seeds.size(), folder.c_str());
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  std::uint64_t runs = 100'000, seed = 1;
  const auto seeds = ropewalk::tests::seed_requests();
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--runs") == 0) runs = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--seed") == 0) seed = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--write-corpus") == 0) return write_corpus(argv[i + 1], seeds);
  }
  for (const std::string& s : seeds) check(s);
  std::printf("%zu seeds are fine; now %llu changed ones: %s --runs %llu --seed %llu\n", seeds.size(),
              static_cast<unsigned long long>(runs), argv[0], static_cast<unsigned long long>(runs),
              static_cast<unsigned long long>(seed));
  std::fflush(stdout); // it must stand there if a check ends the process
  std::mt19937_64 random(seed);
  for (std::uint64_t i = 0; i < runs; ++i) {
    std::string text = seeds[random() % seeds.size()];
    for (std::uint64_t n = 1 + random() % 4; n > 0; --n) change(text, seeds, random);
    check(text);
  }
  std::puts("none of them broke a rule");
  return 0;
}
