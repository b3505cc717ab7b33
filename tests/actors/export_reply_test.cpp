#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "actors/export_reply.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "runtime/thread/export_format.hpp"
#include "runtime/utf8.hpp"
#include "transport/cursor.hpp"

using namespace ropewalk;
using actors::export_reply;
using thread::export_format;

namespace {

constexpr std::string_view header =
    R"({"id":"t","name":"T","created_at":"2026-01-31T09:05:00.000001Z","message_count":4})";

std::string exported_message(std::uint64_t seq, const std::string& text) {
  json_writer w;
  w.begin_object()
      .field("id", "m" + std::to_string(seq))
      .field("seq", seq)
      .field("role", "user")
      .field("content", text);
  w.field("created_at", "2026-01-31T09:05:00.000001Z").field("tokens", 1).end_object();
  return std::move(w).take();
}

struct exported {
  std::string file;
  std::size_t pieces = 0, count = 0;
};

exported export_all(const std::vector<std::string>& messages, export_format format) {
  exported all;
  thread::export_messages asked;
  asked.format = format;
  while (all.pieces < 100) {
    auto reply = export_reply::begin(asked, header);
    REQUIRE(reply);
    bool more = false;
    for (std::uint64_t seq = asked.after_seq + 1; seq <= messages.size() && !more; ++seq) {
      const auto whole = reply->add(seq, messages[seq - 1]);
      REQUIRE(whole);
      more = !*whole;
    }
    const auto text = std::move(*reply).finish(more);
    REQUIRE(text);
    CHECK(text->size() <= limits::reply_bytes);
    const auto body = nlohmann::json::parse(*text);
    CHECK(is_utf8(body.at("data").get<std::string>()));
    all.file += body.at("data").get<std::string>();
    all.count += body.at("count").get<std::size_t>();
    ++all.pieces;
    if (!body.contains("next_cursor")) break;
    const auto next = transport::decode_export_cursor(body.at("next_cursor").get<std::string>());
    REQUIRE(next);
    asked = {next->format, next->last_seq, next->cut_seq, next->offset, next->hash};
  }
  return all;
}

} // namespace

TEST_CASE("the pieces of an export are the file, whatever has to be escaped in it") {
  std::string letters;
  while (letters.size() < 500'000) letters += "é€𝄞";
  const std::vector<std::string> messages{exported_message(1, std::string(260'000, '"')), exported_message(2, "short"),
                                          exported_message(3, letters),
                                          exported_message(4, std::string(87'000, '\x01'))};
  for (const auto format : {export_format::jsonl, export_format::openai, export_format::markdown, export_format::csv}) {
    std::string expected = *thread::export_header(format, header);
    for (std::size_t i = 0; i < messages.size(); ++i)
      REQUIRE(thread::append_export_row(expected, format, messages[i], i == 0));
    expected += thread::export_footer(format);
    const auto all = export_all(messages, format);
    CHECK((all.file == expected)); // not a megabyte of output
    CHECK(all.count == messages.size());
    CHECK(all.pieces > 1);
  }
}

TEST_CASE("a message that is cut and then changed ends the export") {
  const std::string before(1'000'000, 'x');
  auto first = *export_reply::begin({}, header);
  REQUIRE_FALSE(*first.add(1, exported_message(1, before)));
  const auto text = std::move(first).finish(true);
  const auto cut = *transport::decode_export_cursor(nlohmann::json::parse(*text).at("next_cursor").get<std::string>());
  const thread::export_messages asked{cut.format, cut.last_seq, cut.cut_seq, cut.offset, cut.hash};
  const auto refusal = [&](std::uint64_t seq, const std::string& content) {
    auto reply = *export_reply::begin(asked, header);
    const auto added = reply.add(seq, exported_message(seq, content));
    return added ? std::string("taken") : added.error().type;
  };
  CHECK(refusal(1, before) == "taken");
  CHECK(refusal(1, "shorter now") == "export_changed");
  CHECK(refusal(1, std::string(before.size(), 'y')) == "export_changed");
  CHECK(refusal(1, before + "and longer now") == "export_changed");
  CHECK(refusal(2, before) == "export_changed");
  auto nothing_left = *export_reply::begin(asked, header);
  CHECK_FALSE(std::move(nothing_left).finish(false));
}
