#include <catch2/catch.hpp>

#include "cli/duration_text.hpp"
#include "cli/progress.hpp"

using namespace ropewalk;
using namespace ropewalk::cli;

TEST_CASE("durations are read with their units") {
  const auto ms = [](std::string_view text) {
    const auto d = parse_duration(text, "x");
    return d ? d->count() : -1;
  };
  CHECK(ms("250ms") == 250);
  CHECK(ms("5s") == 5000);
  CHECK(ms("5") == 5000);
  CHECK(ms("1.5s") == 1500);
  CHECK(ms("10m") == 600'000);
  CHECK(ms("2h") == 7'200'000);
  CHECK(ms("7d") == 604'800'000);
  for (const char* bad : {"", "s", "-1s", "5 s", "5w", "nan", "inf", "1e5", "99999999999d"}) {
    CAPTURE(bad);
    CHECK(ms(bad) == -1);
  }
}

TEST_CASE("a time to live is whole seconds or never") {
  CHECK(*parse_ttl("0", "--ttl") == 0);
  CHECK(*parse_ttl("1s", "--ttl") == 1);
  CHECK(*parse_ttl("30d", "--ttl") == 2'592'000);
  CHECK(parse_ttl("500ms", "--ttl").error().field == "--ttl");
}

TEST_CASE("moments are times, dates, or so long ago") {
  const instant now = *parse_rfc3339("2026-01-31T09:05:00Z");
  CHECK(*parse_moment("2026-01-30T01:02:03Z", now, "x") == "2026-01-30T01:02:03.000000Z");
  CHECK(*parse_moment("2026-01-30", now, "x") == "2026-01-30T00:00:00.000000Z");
  CHECK(*parse_moment("2h", now, "x") == "2026-01-31T07:05:00.000000Z");
  CHECK_FALSE(parse_moment("yesterday", now, "x"));
}

TEST_CASE("times for people are short") {
  const instant now = *parse_rfc3339("2026-01-31T09:05:00Z");
  CHECK(how_long_ago("2026-01-31T09:04:57.5Z", now) == "2s ago");
  CHECK(how_long_ago("2026-01-31T09:00:00Z", now) == "5m ago");
  CHECK(how_long_ago("2026-01-30T09:00:00Z", now) == "24h ago");
  CHECK(how_long_ago("2026-01-20T09:00:00Z", now) == "11d ago");
  CHECK(how_long_ago("2025-01-20T09:00:00Z", now) == "2025-01-20");
  CHECK(short_time("2026-01-31T09:05:00.000001Z") == "2026-01-31 09:05:00");
  CHECK(short_duration(59) == "59s");
  CHECK(short_duration(3 * 86400 + 4 * 3600) == "3d 4h");
  CHECK(short_bytes(1023) == "1023 B");
  CHECK(short_bytes(1536) == "1.5 KiB");
}

TEST_CASE("what is ahead is told to the nearest unit") {
  const instant at = *parse_rfc3339("2026-01-31T09:05:00Z");
  CHECK(in_how_long("", at).empty());
  CHECK(in_how_long("2026-01-31T09:04:00Z", at) == "now");
  CHECK(in_how_long("2026-01-31T09:05:00.000001Z", at) == "in 1s");
  CHECK(in_how_long("2026-01-31T09:05:59Z", at) == "in 59s");
  CHECK(in_how_long("2026-01-31T09:14:50Z", at) == "in 10m");
  CHECK(in_how_long("2026-01-31T11:04:50Z", at) == "in 2h");
  CHECK(in_how_long("2026-02-07T09:04:50Z", at) == "in 7d");
  CHECK(in_how_long("2027-02-07T09:04:50Z", at) == "2027-02-07");
}

TEST_CASE("progress fits its line") {
  CHECK(progress_line("importing", "messages", 512, 1024, 0.5, 80) ==
        "importing  [###################....................]  512 of 1024 messages  50%");
  CHECK(progress_line("importing", "messages", 512, 0, 2, 80) == "importing  512 messages  256/s");
  CHECK(progress_line("importing", "messages", 1, 2, 0, 30) == "importing  1 of 2 messages  50%");
}
