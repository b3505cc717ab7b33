#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "transport/problem.hpp"

namespace ropewalk::transport {

TEST_CASE("a problem says type, title, status, detail, field and whether to try again") {
  const problem p = to_problem({errc::conflict, "thread_suspended", "the thread is suspended", "id"});
  CHECK(p.code == "409");
  CHECK(p.title == "Conflict");
  CHECK(p.body == R"({"type":"urn:ropewalk:problem:thread_suspended","title":"Conflict","status":409,)"
                  R"("detail":"the thread is suspended","field":"id","retryable":false})");
  const auto plain = nlohmann::json::parse(to_problem({errc::busy, {}, "later", {}}).body);
  CHECK(plain["type"] == "urn:ropewalk:problem:busy");
  CHECK(plain["retryable"] == true);
  CHECK(!plain.contains("field"));
}

TEST_CASE("a problem is valid JSON whatever its detail holds") {
  const auto detail_of = [](std::string detail) {
    return nlohmann::json::parse(to_problem({errc::invalid, {}, std::move(detail), {}}).body)["detail"]
        .get<std::string>();
  };
  CHECK(detail_of("a\xFF"
                  "b") == "a\xEF\xBF\xBD"
                          "b");
  CHECK(detail_of("\xE2\x82") == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(detail_of(std::string("a\0\x1B[2J\"\\", 8)) == "a\xEF\xBF\xBD\xEF\xBF\xBD[2J\"\\");
  CHECK(detail_of("a\xC2\x9B") == "a\xEF\xBF\xBD"); // CSI as one character
  CHECK(detail_of(std::string(600, 'x')) == std::string(512, 'x') + "\xE2\x80\xA6");
  // No character is cut in its middle: 512 is no multiple of 3.
  std::string euros;
  for (int i = 0; i < 300; ++i) euros += "\xE2\x82\xAC";
  CHECK(detail_of(euros) == euros.substr(0, 510) + "\xE2\x80\xA6");
}

TEST_CASE("an error is the same after the way over the wire") {
  for (const errc code :
       {errc::invalid, errc::not_found, errc::conflict, errc::too_large, errc::limit, errc::unsupported, errc::busy,
        errc::unavailable, errc::timeout, errc::corrupt, errc::stale_epoch, errc::internal}) {
    const problem p = to_problem({code, {}, "why", "where"});
    const error e = from_problem(p.code, p.body);
    CAPTURE(p.body);
    CHECK(e.code == code);
    CHECK(e.type.empty());
    CHECK(e.detail == "why");
    CHECK(e.field == "where");
  }
  const problem special = to_problem({errc::not_found, "thread_not_found", "why", {}});
  CHECK(from_problem(special.code, special.body).type == "thread_not_found");
}

TEST_CASE("a reply with an error code but no problem document is still an error") {
  CHECK(from_problem("404", "not here").code == errc::not_found);
  CHECK(from_problem("503", "").code == errc::unavailable);
  CHECK(from_problem("nonsense", "[]").code == errc::internal);
  CHECK(!from_problem("400", "").detail.empty());
}

} // namespace ropewalk::transport
