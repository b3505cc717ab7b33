#include <catch2/catch.hpp>

#include <random>

#include "cli/thread/import_split.hpp"
#include "runtime/thread/import_format.hpp"
#include "tests/random_seed.hpp"

using namespace ropewalk;
using namespace ropewalk::cli;

namespace {

std::string line(const std::string& content) { return R"({"role":"user","content":")" + content + "\"}"; }

} // namespace

TEST_CASE("lines are cut by count") {
  std::string text;
  for (int i = 0; i < 5; ++i) text += line(std::to_string(i)) + "\n";
  const auto pieces = split_import(text, import_kind::jsonl, {.messages = 2, .bytes = 1000});
  REQUIRE(pieces);
  REQUIRE(pieces->size() == 3);
  CHECK((*pieces)[0].data == line("0") + "\n" + line("1") + "\n");
  CHECK((*pieces)[0].messages == 2);
  CHECK((*pieces)[1].first_line == 3);
  CHECK((*pieces)[2].data == line("4") + "\n");
  CHECK((*pieces)[2].messages == 1);
}

TEST_CASE("lines are cut by bytes, and a long one stands alone") {
  const std::string text = line("a") + "\n" + line(std::string(300, 'b')) + "\n" + line("c") + "\n" + line("d");
  const auto pieces = split_import(text, import_kind::jsonl, {.messages = 256, .bytes = 100});
  REQUIRE(pieces);
  REQUIRE(pieces->size() == 3);
  CHECK((*pieces)[1].messages == 1);
  CHECK((*pieces)[2].messages == 2);
}

TEST_CASE("a header line goes with the first piece and is no message") {
  const std::string header = R"({"ropewalk":"thread","version":1,"thread":{"id":"t"}})";
  const auto pieces = split_import(header + "\n\n" + line("a") + "\n" + line("b") + "\n", import_kind::jsonl,
                                   {.messages = 1, .bytes = 1000});
  REQUIRE(pieces);
  REQUIRE(pieces->size() == 2);
  CHECK((*pieces)[0].data == header + "\n" + line("a") + "\n");
  CHECK((*pieces)[0].messages == 1);
}

TEST_CASE("an OpenAI array is cut between its messages") {
  const auto pieces = split_import(
      R"( [ {"role":"user","content":"a"}, {"role":"assistant","content":"b"},{"role":"user","content":"c"} ] )",
      import_kind::openai, {.messages = 2, .bytes = 1000});
  REQUIRE(pieces);
  REQUIRE(pieces->size() == 2);
  CHECK((*pieces)[0].data == R"([{"role":"user","content":"a"},{"role":"assistant","content":"b"}])");
  CHECK((*pieces)[1].data == R"([{"role":"user","content":"c"}])");
  CHECK(split_import(R"({"messages":[{"role":"user","content":"a"}]})", import_kind::openai, {})->size() == 1);
}

TEST_CASE("what is no list of messages is refused before anything is sent") {
  CHECK_FALSE(split_import("[{", import_kind::openai, {}));
  CHECK_FALSE(split_import("{}", import_kind::openai, {}));
  CHECK_FALSE(split_import(R"({"messages":[],"model":"x"})", import_kind::openai, {}));
  CHECK(split_import("", import_kind::jsonl, {})->empty());
  CHECK(split_import("[]", import_kind::openai, {})->empty());
}

TEST_CASE("the kind of a file is seen from its beginning") {
  CHECK(guess_import_kind("  [{}]") == import_kind::openai);
  CHECK(guess_import_kind("{\"messages\":[]}") == import_kind::openai);
  CHECK(guess_import_kind("{\n \"messages\": []\n}") == import_kind::openai);
  CHECK(guess_import_kind(line("a") + "\n" + line("b")) == import_kind::jsonl);
  CHECK(guess_import_kind(R"({"ropewalk":"thread","version":1,"thread":{}})") == import_kind::jsonl);
}

TEST_CASE("a file without its messages makes the thread") {
  const std::string header = R"({"ropewalk":"thread","version":1,"thread":{"id":"t","name":"First"}})";
  CHECK(import_header("\n" + header + "\n" + line("a"), import_kind::jsonl) == header + "\n");
  CHECK(import_header(line("a") + "\n", import_kind::jsonl).empty());
  CHECK(import_header("[{}]", import_kind::openai) == "[]");
}

TEST_CASE("keys follow from the file alone") {
  const std::string text = line("a");
  const std::string digest = import_digest(text, import_kind::jsonl, "");
  CHECK(digest.size() == 32);
  CHECK(digest == import_digest(text, import_kind::jsonl, ""));
  CHECK(digest != import_digest(text + "\n", import_kind::jsonl, ""));
  CHECK(digest != import_digest(text, import_kind::openai, ""));
  CHECK(digest != import_digest(text, import_kind::jsonl, "again"));
  CHECK(import_key("0123456789abcdef0123456789abcdef", 7) == "import-0123456789abcdef0123456789abcdef-7");
}

TEST_CASE("the pieces of any file hold its messages in order, within the bounds, and each can be imported") {
  tests::random_seed seed;
  auto& dice = seed.engine();
  CAPTURE(seed.rerun());
  for (int round = 0; round < 50; ++round) {
    const bool openai = dice() % 2 == 0;
    const std::size_t count = dice() % 700 + 1;
    std::string text = openai ? "[" : "";
    for (std::size_t i = 0; i < count; ++i) {
      if (openai && i > 0) text += ",";
      text += line(std::to_string(i) + std::string(dice() % 2000, 'x'));
      if (!openai) text += "\n";
    }
    if (openai) text += "]";
    const import_kind kind = openai ? import_kind::openai : import_kind::jsonl;
    const import_bounds bounds;
    const auto pieces = split_import(text, kind, bounds);
    REQUIRE(pieces);
    std::size_t next = 0;
    for (const import_piece& p : *pieces) {
      REQUIRE(p.messages <= bounds.messages);
      REQUIRE(p.data.size() <= bounds.bytes + 2);
      const auto decoded =
          thread::decode_import(openai ? thread::import_format::openai : thread::import_format::jsonl, p.data);
      REQUIRE(decoded);
      REQUIRE(decoded->messages.size() == p.messages);
      for (const auto& m : decoded->messages) REQUIRE(m.content_json.starts_with("\"" + std::to_string(next++)));
    }
    REQUIRE(next == count);
  }
}
