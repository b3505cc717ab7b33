#include <catch2/catch.hpp>

#include "transport/base64url.hpp"
#include "transport/cursor.hpp"

namespace ropewalk::transport {

namespace {

thread::read_messages asked(bool reverse, std::optional<std::uint64_t> before, std::optional<std::uint64_t> after) {
  thread::read_messages r;
  r.reverse = reverse;
  r.before_seq = before;
  r.after_seq = after;
  return r;
}

} // namespace

TEST_CASE("cursors have one frozen spelling") {
  CHECK(encode_messages_cursor(asked(true, {}, {}), 2) == "AnIAAAAAAAAAAgAAAAAAAAAA");
  CHECK(encode_messages_cursor(asked(false, 9, {}), 2) == "AmYAAAAAAAAAAgAAAAAAAAAJ");
  CHECK(encode_cursor(export_cursor{2, thread::export_format::jsonl}) == "AWoAAAAAAAAAAg");
}

TEST_CASE("a messages cursor goes on in its direction and keeps the bound ahead") {
  for (const std::uint64_t seq : {std::uint64_t{0}, std::uint64_t{1}, limits::seq_max}) {
    const auto up = decode_messages_cursor(encode_messages_cursor(asked(false, limits::seq_max, 1), seq));
    REQUIRE(up);
    CHECK_FALSE(up->reverse);
    CHECK(up->after_seq == seq);
    CHECK(up->before_seq == limits::seq_max);
    const auto down = decode_messages_cursor(encode_messages_cursor(asked(true, limits::seq_max, 3), seq));
    REQUIRE(down);
    CHECK(down->reverse);
    CHECK(down->before_seq == seq);
    CHECK(down->after_seq == 3);
    const auto open = decode_messages_cursor(encode_messages_cursor(asked(false, {}, 7), seq));
    REQUIRE(open);
    CHECK(open->after_seq == seq);
    CHECK_FALSE(open->before_seq);
  }
}

TEST_CASE("an export cursor is read back as it was") {
  const auto e = decode_export_cursor(encode_cursor(export_cursor{limits::seq_max, thread::export_format::csv}));
  REQUIRE(e);
  CHECK(e->last_seq == limits::seq_max);
  CHECK(e->format == thread::export_format::csv);
  CHECK(e->offset == 0);
  const auto cut =
      decode_export_cursor(encode_cursor(export_cursor{7, thread::export_format::openai, 9, 512, ~std::uint64_t{0}}));
  REQUIRE(cut);
  CHECK(cut->last_seq == 7);
  CHECK(cut->format == thread::export_format::openai);
  CHECK(cut->cut_seq == 9);
  CHECK(cut->offset == 512);
  CHECK(cut->hash == ~std::uint64_t{0});
}

TEST_CASE("a cut export's cursor of the earlier version is refused as such") {
  const auto refused = decode_export_cursor(to_base64url(std::string("\2j", 2) + std::string(23, '\0') + '\1'));
  REQUIRE(!refused);
  CHECK(refused.error().detail.find("earlier version") != std::string::npos);
}

TEST_CASE("a messages cursor of the earlier version is refused as such") {
  for (const char* old : {"AXIAAAAAAAAAAg", "AWYAAAAAAAAAAg"}) {
    const auto refused = decode_messages_cursor(old);
    REQUIRE(!refused);
    CHECK(refused.error().field == "cursor");
    CHECK(refused.error().detail.find("earlier version") != std::string::npos);
  }
  CHECK(!decode_messages_cursor("AWoAAAAAAAAAAg"));
  CHECK(!decode_export_cursor(encode_messages_cursor(asked(true, {}, {}), 2)));
}

TEST_CASE("a cursor of versions belongs to its verb") {
  for (const std::uint64_t version :
       {std::uint64_t{0}, std::uint64_t{8}, static_cast<std::uint64_t>(limits::count_max)}) {
    CHECK(*decode_history_cursor(encode_history_cursor(version)) == version);
    CHECK(*decode_checkpoints_cursor(encode_checkpoints_cursor(version)) == version);
  }
  CHECK(encode_history_cursor(8) == "AWgAAAAAAAAACA");
  CHECK(encode_checkpoints_cursor(7) == "AWsAAAAAAAAABw");
  CHECK(!decode_history_cursor(encode_checkpoints_cursor(7)));
  CHECK(!decode_checkpoints_cursor(encode_history_cursor(7)));
  CHECK(!decode_history_cursor(encode_history_cursor(limits::count_max + 1)));
  CHECK(!decode_export_cursor(encode_history_cursor(7)));
  CHECK(!decode_export_cursor(encode_checkpoints_cursor(7)));
  CHECK(!decode_history_cursor("AWoAAAAAAAAAAg"));
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
