#include <catch2/catch.hpp>

#include "transport/base64url.hpp"
#include "transport/cursor.hpp"

namespace ropewalk::transport {

TEST_CASE("cursors have one frozen spelling") {
  CHECK(encode_cursor(messages_cursor{2, true}) == "AXIAAAAAAAAAAg");
  CHECK(encode_cursor(messages_cursor{2, false}) == "AWYAAAAAAAAAAg");
  CHECK(encode_cursor(export_cursor{2, thread::export_format::jsonl}) == "AWoAAAAAAAAAAg");
}

TEST_CASE("a cursor is read back as it was") {
  for (const std::uint64_t seq : {std::uint64_t{0}, std::uint64_t{1}, limits::seq_max}) {
    const auto m = decode_messages_cursor(encode_cursor(messages_cursor{seq, true}));
    REQUIRE(m);
    CHECK(m->last_seq == seq);
    CHECK(m->reverse);
    const auto e = decode_export_cursor(encode_cursor(export_cursor{seq, thread::export_format::csv}));
    REQUIRE(e);
    CHECK(e->last_seq == seq);
    CHECK(e->format == thread::export_format::csv);
  }
}

TEST_CASE("base64url knows one spelling of each text") {
  CHECK(to_base64url("") == "");
  CHECK(to_base64url("f") == "Zg");
  CHECK(to_base64url("fo") == "Zm8");
  CHECK(to_base64url("foo") == "Zm9v");
  CHECK(to_base64url("\xFB\xFF") == "-_8");
  CHECK(from_base64url("Zm8") == "fo");
  for (const char* bad : {"Z", "Zh", "Zm9", "Zm9v=", "Zm 9", "+/8", "Zm9vZ"}) {
    CAPTURE(bad);
    CHECK(!from_base64url(bad));
  }
}

} // namespace ropewalk::transport
