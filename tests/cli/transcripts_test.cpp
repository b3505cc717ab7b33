// Runs tests/cli/transcripts/*.txt against one `ropewalk dev`. Each transcript has an org of its own.

#include <algorithm>
#include <filesystem>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/cli/dev_system.hpp"
#include "tests/cli/transcript.hpp"

using namespace ropewalk::tests;

TEST_CASE("placeholders stand for what changes, everything else is literal") {
  CHECK(difference({"a <number> <id>"}, "a 17 01a1fe46-0741-74d1-b996-f38e00000001\n").empty());
  CHECK(difference({"at <time>", "...", "end"}, "at 2026-01-31 09:05:00\nx\ny\nend\n").empty());
  CHECK(difference({"a.b"}, "axb\n") == "expected:\n  a.b\ngot:\n  axb\n");
  CHECK_FALSE(difference({"a", "b"}, "a\n").empty());
  const auto steps = parse_transcript("// words\n$ one\nout\n\n$ two\n> more\n[exit 3]\n");
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].expected == std::vector<std::string>{"out"});
  CHECK(steps[1].command == "two\nmore");
  CHECK(steps[1].code == 3);
}

TEST_CASE("the program says what its transcripts say") {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(ROPEWALK_SOURCE_DIR "/tests/cli/transcripts"))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  REQUIRE(!files.empty());
  const dev_system dev;
  for (const auto& file : files)
    for (const transcript_step& step : parse_transcript(read_file(file.string()))) {
      const command_result r = dev.run(step.command, file.stem().string());
      INFO(file.filename().string() << ":" << step.line << ": $ " << step.command);
      INFO(difference(step.expected, r.output));
      CHECK(difference(step.expected, r.output).empty());
      CHECK(r.code == step.code);
    }
}
