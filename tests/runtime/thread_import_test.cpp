#include "runtime/thread/export_format.hpp"
#include "runtime/thread/import_format.hpp"
#include "tests/random_seed.hpp"
#include "tests/runtime/thread_samples.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using thread::decode_import;
using thread::import_format;

TEST_CASE("our own jsonl comes in as it went out") {
  const std::string lines =
      R"({"id":"0192","seq":3,"role":"system","sender":"ops","content":"be kind","metadata":{"k":[1,2.50]},"tokens":9,"revision":1,"created_at":"2025-01-01T00:00:00.000001Z"})"
      "\n"
      R"({"id":"0193","seq":9,"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}],"tokens":6,"tokens_estimated":true,"revision":2,"created_at":"2025-01-01T00:00:00.000002Z","updated_at":"2025-01-01T00:00:00.000003Z"})"
      "\n"
      R"({"id":"0194","seq":10,"role":"tool","name":"f","content":[{"type":"tool_result","tool_call_id":"c","content":"x\u00e9"}],"tokens":5,"tokens_estimated":true,"revision":1,"created_at":"2025-01-01T00:00:00.000004Z"})"
      "\n";
  const auto in = decode_import(import_format::jsonl, lines);
  REQUIRE(in);
  CHECK_FALSE(in->thread);
  REQUIRE(in->messages.size() == 3);
  std::string out;
  for (const auto& [draft, seq] : {std::pair{&in->messages[0], 3u}, {&in->messages[1], 9u}, {&in->messages[2], 10u}})
    REQUIRE(thread::append_export_row(out, thread::export_format::jsonl, stored(*draft, seq), false));
  CHECK(out == lines);
}

TEST_CASE("a header line gives the thread its name, people, tags, metadata and limits") {
  const auto in = decode_import(
      import_format::jsonl,
      R"({"ropewalk":"thread","version":1,"thread":{"id":"t","org":"o","user":"u","agent":"a","name":"n","tags":["b","a","b"],"metadata":{"k": 1},"status":"closed",)"
      R"("status_reason":"r","limits":{"max_messages":5,"max_tokens":6,"ttl_seconds":7},"message_count":1,"first_seq":1,"last_seq":1,"version":2,"created_at":"x","updated_at":"y","expires_at":"z","parent":{}}})"
      "\r\n\r\n"
      R"({"role":"user","content":"x"})");
  REQUIRE(in);
  REQUIRE(in->thread);
  CHECK(in->thread->name == "n");
  CHECK(in->thread->user == "u");
  CHECK(in->thread->agent == "a");
  CHECK(in->thread->tags == std::vector<std::string>{"a", "b"});
  CHECK(in->thread->metadata_json == R"({"k":1})");
  CHECK(in->thread->limits.max_messages == 5);
  CHECK(in->thread->limits.max_tokens == 6);
  CHECK(in->thread->limits.ttl_s == 7);
  CHECK(in->messages.size() == 1);
}

TEST_CASE("an import's errors name the place in the file") {
  struct refusal {
    import_format format;
    const char* data;
    const char* field;
    errc code = errc::invalid;
  };
  const refusal refusals[] = {
      {import_format::jsonl, "{\"role\":\"user\",\"content\":\"x\"}\n\n{\"role\":\"user\",\"content\":7}\n",
       "data[line 3].content"},
      {import_format::jsonl, "{\"role\":\"user\",\"content\":\"x\"}\n{\"role\":", "data[line 2].role"},
      {import_format::jsonl, "\n\nnull", "data[line 3]"},
      {import_format::jsonl, "[]", "data[line 1]"},
      {import_format::jsonl, "{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}", "data[line 1].content[0].text"},
      {import_format::jsonl, "{\"role\":\"user\",\"content\":\"x\",\"mood\":1}", "data[line 1].mood"},
      {import_format::jsonl, "{\"role\":\"user\",\"content\":\"x\",\"seq\":0}", "data[line 1].seq"},
      {import_format::jsonl,
       "{\"role\":\"user\",\"content\":\"x\"}\n{\"ropewalk\":\"thread\",\"version\":1,\"thread\":{}}", "data[line 2]"},
      {import_format::jsonl, "{\"ropewalk\":\"workflow\",\"version\":1,\"thread\":{}}", "data[line 1].ropewalk"},
      {import_format::jsonl, "{\"ropewalk\":\"thread\",\"version\":2,\"thread\":{}}", "data[line 1].version"},
      {import_format::jsonl, "{\"ropewalk\":\"thread\",\"version\":1}", "data[line 1].thread"},
      {import_format::jsonl, "{\"ropewalk\":\"thread\",\"version\":1,\"thread\":[]}", "data[line 1].thread"},
      {import_format::jsonl, "{\"ropewalk\":\"thread\",\"version\":1,\"thread\":{},\"x\":1}", "data[line 1].x"},
      {import_format::jsonl, "{\"ropewalk\":\"thread\",\"version\":1,\"thread\":{\"mood\":1}}",
       "data[line 1].thread.mood"},
      {import_format::jsonl, "{\"ropewalk\":\"thread\",\"version\":1,\"thread\":{\"tags\":[\"a\",1]}}",
       "data[line 1].thread.tags[1]"},
      {import_format::jsonl, "{\"ropewalk\":\"thread\",\"version\":1,\"thread\":{\"limits\":{\"ttl_seconds\":-1}}}",
       "data[line 1].thread.limits.ttl_seconds"},
      {import_format::jsonl, "{\"ropewalk\":\"thread\",\"version\":1,\"thread\":{\"limits\":{\"max_mess\":1}}}",
       "data[line 1].thread.limits.max_mess"},
      {import_format::jsonl, "{\"ropewalk\":\"thread\",\"version\":1,\"thread\":{\"metadata\":[]}}",
       "data[line 1].thread.metadata"},
      {import_format::jsonl, "{\"role\":\"user\",\"content\":\"x\",\"sender\":\"a\\u001b[31m\"}",
       "data[line 1].sender"},
      {import_format::jsonl, "{\"role\":\"user\",\"content\":\"x\",\"id\":\"a\\u009b\"}", "data[line 1].id"},
      {import_format::jsonl, "{\"role\":\"user\",\"content\":\"x\",\"revision\":2147483647}", "data[line 1].revision"},
      {import_format::jsonl, "{\"ropewalk\":\"thread\",\"version\":1,\"thread\":{\"user\":\"a\\nb\"}}",
       "data[line 1].thread.user"},
      {import_format::jsonl, "{\"ropewalk\":\"thread\",\"version\":1,\"thread\":{\"tags\":[\"a\\t\"]}}",
       "data[line 1].thread.tags[0]"},
      {import_format::jsonl,
       "{\"ropewalk\":\"thread\",\"version\":1,\"thread\":{\"limits\":{\"max_messages\":9000000000}}}",
       "data[line 1].thread.limits.max_messages"},
      {import_format::jsonl,
       "{\"ropewalk\":\"thread\",\"version\":1,\"thread\":{\"limits\":{\"max_tokens\":9000000000000000000}}}",
       "data[line 1].thread.limits.max_tokens"},
      {import_format::openai, "[{\"role\":\"user\",\"content\":\"x\",\"name\":\"a\\nb\"}]", "data[0].name"},
      {import_format::openai, "", "data"},
      {import_format::openai, "7", "data"},
      {import_format::openai, "{}", "data.messages"},
      {import_format::openai, "{\"messages\":{}}", "data.messages"},
      {import_format::openai, "{\"messages\":[],\"model\":\"gpt\"}", "data.model"},
      {import_format::openai, "[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"user\"}]", "data[1].content"},
      {import_format::openai, "{\"messages\":[{\"role\":\"user\",\"content\":\"x\",\"tool_call_id\":\"c\"}]}",
       "data.messages[0].tool_call_id"},
      {import_format::openai, "[{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[]}]", "data[0].content"},
      {import_format::openai, "[{\"role\":\"user\",\"content\":\"x\",\"role\":\"user\"}]", "data[0].role"},
  };
  for (const refusal& r : refusals) {
    INFO(r.data);
    const auto in = decode_import(r.format, r.data);
    REQUIRE_FALSE(in);
    CHECK(in.error().field == r.field);
    CHECK(in.error().code == r.code);
  }
}

TEST_CASE("an empty file has no messages and a long one is refused whole") {
  CHECK(decode_import(import_format::jsonl, "")->messages.empty());
  CHECK(decode_import(import_format::jsonl, "\n \n\r\n")->messages.empty());
  CHECK(decode_import(import_format::openai, "[]")->messages.empty());
  std::string lines, list = "[";
  for (int i = 0; i < 256; ++i) {
    lines += "{\"role\":\"user\",\"content\":\"x\"}\n";
    list += R"({"role":"user","content":"x"},)";
  }
  CHECK(decode_import(import_format::jsonl, lines)->messages.size() == 256);
  CHECK(decode_import(import_format::jsonl, lines + "{\"role\":\"user\",\"content\":\"x\"}\n").error().code ==
        errc::too_large);
  CHECK(decode_import(import_format::openai, list + R"({"role":"user","content":"x"}])").error().code ==
        errc::too_large);
  CHECK(decode_import(import_format::openai, R"({"messages":[{"role":"user","content":"x"}]})")->messages.size() == 1);
}

TEST_CASE("the deepest message that came from OpenAI's shape can be exported and imported again") {
  std::string deep(62, '[');
  deep += std::string(62, ']');
  const auto in = decode_import(import_format::openai, R"([{"role":"user","content":"x","extra":)" + deep + "}]");
  REQUIRE(in);
  const std::string line = stored(in->messages.front(), 1);
  const auto again = decode_import(import_format::jsonl, line);
  REQUIRE(again);
  CHECK(stored(again->messages.front(), 1) == line);
}

TEST_CASE("no damaged file is taken for more than its undamaged lines") {
  random_seed random;
  CAPTURE(random.rerun());
  const std::string file =
      R"({"ropewalk":"thread","version":1,"thread":{"name":"n","tags":["a"],"limits":{"max_messages":5}}})"
      "\n"
      R"({"role":"assistant","content":[{"type":"text","text":"x"},{"type":"tool_call","id":"c","name":"n","arguments":{"a":[1]}}],"metadata":{"k":"v"},"tokens":3})"
      "\n"
      R"({"role":"tool","content":[{"type":"tool_result","tool_call_id":"c","content":"x"}],"id":"i"})"
      "\n";
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = file;
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
      const std::size_t at = random.below(damaged.size());
      switch (random.below(3)) {
      case 0: damaged[at] = static_cast<char>(random.below(256)); break;
      case 1: damaged.erase(at, 1 + random.below(8)); break;
      default: damaged.insert(at, damaged.substr(random.below(damaged.size()), random.below(12))); break;
      }
    }
    const auto in = decode_import(random.one_in(4) ? import_format::openai : import_format::jsonl, damaged);
    CAPTURE(damaged);
    if (!in) {
      REQUIRE(in.error().field.starts_with("data"));
      REQUIRE_FALSE(in.error().detail.empty());
      continue;
    }
    for (const auto& draft : in->messages) REQUIRE(json_document::parse(stored(draft, 1), {}));
  }
}
