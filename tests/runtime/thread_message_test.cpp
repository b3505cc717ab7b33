#include "tests/runtime/thread_samples.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using thread::unknown_fields;

TEST_CASE("a message is stored with its fields in one fixed order") {
  CHECK(stored(R"({"metadata":{ "b" : 1.0, "a":[ ] }, "content":"hi", "name":"Ann", "sender":"ann", "role":"user"})",
               7) ==
        R"({"id":"m7","seq":7,"role":"user","sender":"ann","name":"Ann","content":"hi","metadata":{"b":1.0,"a":[]},)"
        R"("tokens":5,"tokens_estimated":true,"revision":1,"created_at":"2026-01-31T09:05:00.000001Z"})");
  CHECK(stored(R"({"role":"tool","tool_call_id":"c1","content":"42","tokens":9,"id":"x"})") ==
        R"({"id":"x","seq":1,"role":"tool","content":"42","tool_call_id":"c1","tokens":9,"revision":1,)"
        R"("created_at":"2026-01-31T09:05:00.000001Z"})");
}

TEST_CASE("an agent's own text stays byte for byte") {
  const auto draft =
      decode(R"({"role":"user","content":"\u0041\/ \ud83d\ude00 é","metadata":{"n":1.10e+2,"é":"\u00e9"}})");
  REQUIRE(draft);
  CHECK(draft->content_json == R"("\u0041\/ \ud83d\ude00 é")");
  CHECK(draft->metadata_json == R"({"n":1.10e+2,"é":"\u00e9"})");
}

TEST_CASE("content may be absent or null only for an assistant with tool calls") {
  const std::string calls =
      R"("tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":"{}"}}])";
  CHECK(decode(R"({"role":"assistant",)" + calls + "}")->content_json == "null");
  CHECK(decode(R"({"role":"assistant","content":null,)" + calls + "}")->content_json == "null");
  CHECK(decode(R"({"role":"assistant","content":null})").error().field == "content");
  CHECK(decode(R"({"role":"user"})").error().detail == "is required");
}

TEST_CASE("tokens are the client's count or an estimate of text and calls") {
  CHECK(decode(R"({"role":"user","content":"12345678"})")->tokens == 6);  // 4 + 2
  CHECK(decode(R"({"role":"user","content":"123\n5678"})")->tokens == 6); // of the text, not of its escapes
  CHECK(decode(R"({"role":"user","content":"äöü"})")->tokens == 7);
  CHECK(decode(R"({"role":"user","content":[{"type":"text","text":"1234"},{"type":"image","url":"https://x/y.png"}]})")
            ->tokens == 4 + 1 + 765);
  CHECK(decode(R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"u","detail":"low"}}]})")->tokens ==
        4 + 85);
  CHECK(
      decode(
          R"({"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"add","arguments":"{\"a\":1}"}}]})")
          ->tokens == 4 + 1 + 2);
  const auto counted = decode(R"({"role":"user","content":"x","tokens":10000000})");
  CHECK(counted->tokens == 10'000'000);
  CHECK_FALSE(counted->tokens_estimated);
  CHECK(thread::estimate_message_tokens(R"("12345678")", "") == 6);
  CHECK(thread::estimate_message_tokens(
            "null", R"([{"id":"c","type":"function","function":{"name":"add","arguments":"{\"a\":1}"}}])") == 7);
}

TEST_CASE("all part types are taken") {
  for (const char* content : {
           R"([{"type":"text","text":""}])",
           R"([{"type":"image","url":"https://x/y.png","detail":"high"}])",
           R"([{"type":"image","data":"aGk=","media_type":"image/png"}])",
           R"([{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}])",
           R"([{"type":"file","url":"https://x/y.pdf","media_type":"application/pdf","name":"y.pdf"}])",
           R"([{"type":"file","file_id":"f1"}])",
           R"([{"type":"file","data":"aGk="}])",
           R"([{"type":"file","file":{"file_id":"f1"}}])",
           R"([{"type":"file","file":{"file_data":"data:text/plain;base64,aGk=","filename":"a.txt"}}])",
       }) {
    INFO(content);
    const auto draft = decode(std::string(R"({"role":"user","content":)") + content + "}");
    REQUIRE(draft);
    CHECK(draft->content_json == content);
  }
  CHECK(decode(
      R"({"role":"assistant","content":[{"type":"tool_call","id":"c1","name":"add","arguments":{"a":1}},{"type":"tool_call","id":"c2","name":"add","arguments":"not json"}]})"));
  CHECK(decode(
      R"({"role":"tool","content":[{"type":"tool_result","tool_call_id":"c1","content":"1"},{"type":"tool_result","tool_call_id":"c2","content":[{"type":"text","text":"x"}],"is_error":true}]})"));
}

TEST_CASE("what breaks a rule is refused at its place") {
  struct refusal {
    const char* json;
    const char* field;
    const char* detail;
  };
  const refusal refusals[] = {
      {"[]", "m", "must be an object, not an array"},
      {R"({"content":"x"})", "m.role", "is required"},
      {R"({"role":"bot","content":"x"})", "m.role", R"(must be "system", "user", "assistant" or "tool")"},
      {R"({"role":"developer","content":"x"})", "m.role", R"(must be "system", "user", "assistant" or "tool")"},
      {R"({"role":1,"content":"x"})", "m.role", "must be a string, not a number"},
      {R"({"role":"user","content":5})", "m.content", "must be a string, an array of parts or null, not a number"},
      {R"({"role":"user","content":{}})", "m.content", "must be a string, an array of parts or null, not an object"},
      {R"({"role":"user","content":[]})", "m.content", "must have at least one part"},
      {R"({"role":"user","content":["x"]})", "m.content[0]", "must be an object, not a string"},
      {R"({"role":"user","content":[{"text":"x"}]})", "m.content[0].type", "is required"},
      {R"({"role":"user","content":[{"type":7}]})", "m.content[0].type", "must be a string, not a number"},
      {R"({"role":"user","content":[{"type":"video","url":"u"}]})", "m.content[0].type",
       R"("video" is not a known part type; known are text, image, image_url, file, tool_call, tool_result)"},
      {R"({"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b","bold":true}]})",
       "m.content[1].bold", "is not a field of a text part with text"},
      {R"({"role":"user","content":[{"type":"text"}]})", "m.content[0].text", "is required"},
      {R"({"role":"user","content":[{"type":"text","text":null}]})", "m.content[0].text", "must be a string, not null"},
      {R"({"role":"user","content":[{"type":"image"}]})", "m.content[0]", R"(needs one of "url", "data")"},
      {R"({"role":"user","content":[{"type":"image","url":""}]})", "m.content[0].url", "must not be empty"},
      {R"({"role":"user","content":[{"type":"image","url":"u","data":"aGk="}]})", "m.content[0].data",
       "is not a field of an image part with url"},
      {R"({"role":"user","content":[{"type":"image","data":"aGk="}]})", "m.content[0].media_type", "is required"},
      {R"({"role":"user","content":[{"type":"image","data":"a b","media_type":"image/png"}]})", "m.content[0].data",
       "must be base64 (RFC 4648, section 4)"},
      {R"({"role":"user","content":[{"type":"image","data":"aGk=","media_type":"png"}]})", "m.content[0].media_type",
       R"(must be a media type such as "image/png")"},
      {R"({"role":"user","content":[{"type":"image","url":"u","detail":"ultra"}]})", "m.content[0].detail",
       R"(must be "auto", "low" or "high")"},
      {R"({"role":"user","content":[{"type":"image_url","image_url":"u"}]})", "m.content[0].image_url",
       "must be an object, not a string"},
      {R"({"role":"user","content":[{"type":"image_url","image_url":{}}]})", "m.content[0].image_url.url",
       "is required"},
      {R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"u","x":1}}]})", "m.content[0].image_url.x",
       "is not a field of an image_url"},
      {R"({"role":"user","content":[{"type":"file","file":{"filename":"x"}}]})", "m.content[0].file.file_id",
       "is required"},
      {R"({"role":"user","content":[{"type":"file","name":"x"}]})", "m.content[0]",
       R"(needs one of "url", "file_id", "data", "file")"},
      {R"({"role":"user","content":[{"type":"tool_call","id":"c","name":"n","arguments":"{}"}]})", "m.content",
       "only an assistant message has tool_call parts"},
      {R"({"role":"assistant","content":[{"type":"tool_call","id":"c","name":"n","arguments":[]}]})",
       "m.content[0].arguments", "must be a string or an object, not an array"},
      {R"({"role":"assistant","content":[{"type":"tool_call","id":"c","name":"n","arguments":{}},{"type":"tool_call","id":"c","name":"n","arguments":{}}]})",
       "m.content", R"(tool call ids must differ; twice: "c")"},
      {R"({"role":"user","content":[{"type":"tool_result","tool_call_id":"c","content":"1"}]})", "m.content",
       "only a tool message has tool_result parts"},
      {R"({"role":"tool","content":[{"type":"tool_result","tool_call_id":"c","content":"1"},{"type":"text","text":"x"}]})",
       "m.content", "beside tool_result parts only tool_result parts may stand"},
      {R"({"role":"tool","tool_call_id":"c","content":[{"type":"tool_result","tool_call_id":"c","content":"1"}]})",
       "m.tool_call_id", "stands beside tool_result parts that name their calls themselves"},
      {R"({"role":"tool","content":[{"type":"tool_result","tool_call_id":"c","content":[{"type":"tool_call","id":"c","name":"n","arguments":{}}]}]})",
       "m.content[0].content[0].type", "a tool_call part cannot stand inside a tool_result"},
      {R"({"role":"tool","content":[{"type":"tool_result","tool_call_id":"c","content":null}]})",
       "m.content[0].content", "must be a string or an array of parts, not null"},
      {R"({"role":"tool","content":[{"type":"tool_result","tool_call_id":"c","content":"x","is_error":1}]})",
       "m.content[0].is_error", "must be a boolean, not a number"},
      {R"({"role":"tool","content":"x"})", "m.tool_call_id",
       "is required for role tool, to say which call is answered"},
      {R"({"role":"user","content":"x","tool_call_id":"c"})", "m.tool_call_id", "only a tool message answers a call"},
      {R"({"role":"user","content":"x","tool_calls":[]})", "m.tool_calls",
       "only an assistant message carries tool calls"},
      {R"({"role":"assistant","content":"x","tool_calls":[]})", "m.tool_calls",
       "must have at least one call; leave the field out where there is none"},
      {R"({"role":"assistant","content":"x","tool_calls":{}})", "m.tool_calls", "must be an array, not an object"},
      {R"({"role":"assistant","content":"x","tool_calls":[1]})", "m.tool_calls[0]", "must be an object, not a number"},
      {R"({"role":"assistant","content":"x","tool_calls":[{"id":"c","type":"function"}]})", "m.tool_calls[0].function",
       "is required"},
      {R"({"role":"assistant","content":"x","tool_calls":[{"id":"c","type":"custom","function":{"name":"n","arguments":""}}]})",
       "m.tool_calls[0].type", R"(must be "function")"},
      {R"({"role":"assistant","content":"x","tool_calls":[{"type":"function","function":{"name":"n","arguments":""}}]})",
       "m.tool_calls[0].id", "is required"},
      {R"({"role":"assistant","content":"x","tool_calls":[{"id":"c","type":"function","function":{"name":"n","arguments":{}}}]})",
       "m.tool_calls[0].function.arguments", "must be a string, not an object"},
      {R"({"role":"assistant","content":"x","tool_calls":[{"id":"c","type":"function","function":{"name":"","arguments":""}}]})",
       "m.tool_calls[0].function.name", "must not be empty"},
      {R"({"role":"assistant","content":"x","tool_calls":[{"id":"c","type":"function","function":{"name":"n","arguments":"","type":1}}]})",
       "m.tool_calls[0].function.type", "is not a field of a tool call's function"},
      {R"({"role":"assistant","content":"x","tool_calls":[{"id":"c","index":0,"type":"function","function":{"name":"n","arguments":""}}]})",
       "m.tool_calls[0].index", "is not a field of a tool call"},
      {R"({"role":"assistant","content":"x","tool_calls":[{"id":"c","type":"function","function":{"name":"n","arguments":""}},{"id":"c","type":"function","function":{"name":"n","arguments":""}}]})",
       "m.tool_calls", R"(tool call ids must differ; twice: "c")"},
      {R"({"role":"user","content":"x","mood":"good"})", "m.mood",
       "is not a field of a message; put what is your own in metadata"},
      {R"({"role":"user","content":"x","seq":3})", "m.seq",
       "is not a field of a message; put what is your own in metadata"},
      {R"({"role":"user","content":"x","created_at":"2026-01-31T09:05:00Z"})", "m.created_at",
       "is not a field of a message; put what is your own in metadata"},
      {R"({"role":"user","content":"x","name":""})", "m.name",
       "must not be empty; leave the field out where there is none"},
      {R"({"role":"user","content":"x","sender":null})", "m.sender", "must be a string, not null"},
      {R"({"role":"user","content":"x","metadata":[]})", "m.metadata", "must be an object, not an array"},
      {R"({"role":"user","content":"x","tokens":-1})", "m.tokens", "must be an integer from 0 to 10000000"},
      {R"({"role":"user","content":"x","tokens":10000001})", "m.tokens", "must be an integer from 0 to 10000000"},
      {R"({"role":"user","content":"x","tokens":1.5})", "m.tokens", "must be an integer from 0 to 10000000"},
      {R"({"role":"user","content":"x","tokens":"1"})", "m.tokens", "must be an integer, not a string"},
      {R"({"role":"user","content":"x","id":"a\tb"})", "m.id", "must have no control characters"},
  };
  for (const refusal& r : refusals) {
    INFO(r.json);
    const auto draft = decode(r.json, unknown_fields::refuse, "m");
    REQUIRE_FALSE(draft);
    CHECK(draft.error().code == errc::invalid);
    CHECK(draft.error().field == r.field);
    CHECK(draft.error().detail == r.detail);
  }
}

TEST_CASE("what is too large is refused with its bound") {
  const auto filled = [](std::size_t n) { return std::string(n, 'x'); };
  const auto with_content = [&](std::size_t n) { return R"({"role":"user","content":")" + filled(n) + "\"}"; };
  CHECK(decode(with_content(limits::content_bytes - 2)));
  CHECK(decode(with_content(limits::content_bytes - 1)).error().code == errc::too_large);
  const auto named = [&](const char* field, std::size_t n) {
    return decode(R"({"role":"user","content":"x",")" + std::string(field) + "\":\"" + filled(n) + "\"}");
  };
  CHECK(named("name", 256));
  CHECK(named("name", 257).error().field == "name");
  CHECK(named("sender", 257).error().detail == "is longer than 256 bytes");
  CHECK(named("id", 128));
  CHECK(named("id", 129).error().code == errc::too_large);
  const auto metadata = [&](std::size_t n) {
    return decode(R"({"role":"user","content":"x","metadata":{"k":")" + filled(n) + "\"}}");
  };
  CHECK(metadata(limits::metadata_bytes - 8));
  CHECK(metadata(limits::metadata_bytes - 7).error().field == "metadata");

  // Content and tool calls share one bound.
  const auto half = filled(limits::content_bytes / 2);
  CHECK(decode(R"({"role":"assistant","content":")" + half +
               R"(","tool_calls":[{"id":"c","type":"function","function":{"name":"n","arguments":")" + half +
               R"("}}]})")
            .error()
            .code == errc::too_large);

  const auto calls = [](int n) {
    std::string list;
    for (int i = 0; i < n; ++i)
      list += (i ? "," : "") +
              (R"({"id":"c)" + std::to_string(i) + R"(","type":"function","function":{"name":"n","arguments":""}})");
    return decode(R"({"role":"assistant","tool_calls":[)" + list + "]}");
  };
  CHECK(calls(128));
  CHECK(calls(129).error().detail == "must have at most 128 calls");
}

TEST_CASE("a request's own field beside the message's is left to the request") {
  const auto doc = json_document::parse(R"({"role":"user","content":"x","expected_seq":4})", {});
  CHECK(thread::decode_message(doc->root(), "", unknown_fields::refuse, "expected_seq"));
  CHECK(thread::decode_message(doc->root(), "", unknown_fields::refuse).error().field == "expected_seq");
}

TEST_CASE("single fields of an edit are checked alike") {
  const auto content = [](const char* json) {
    const auto doc = json_document::parse(json, {});
    return thread::decode_content(doc->root(), "content");
  };
  CHECK(*content(R"([ {"type":"text", "text":"x"} ])") == R"([{"type":"text","text":"x"}])");
  CHECK(content(R"([{"type":"text","txt":"x"}])").error().field == "content[0].txt");
  const auto doc = json_document::parse(
      R"([{"id":"c","type":"function","function":{"name":"n","arguments":""}},{"id":"c","type":"function","function":{"name":"n","arguments":""}}])",
      {});
  CHECK(thread::decode_tool_calls(doc->root(), "tool_calls").error().detail == "tool call ids must differ");
}

TEST_CASE("archived messages keep id, times, revision and token count") {
  const std::string line =
      R"({"id":"m7","seq":7,"role":"user","content":"hi","tokens":5,"tokens_estimated":true,"revision":3,)"
      R"("created_at":"2025-01-01T00:00:00.000000Z","updated_at":"2025-01-02T00:00:00.000000Z"})";
  CHECK(stored(line, 7, unknown_fields::allow_archived) == line);
  CHECK(decode(R"({"role":"user","content":"x","created_at":"yesterday"})", unknown_fields::allow_archived)
            .error()
            .field == "created_at");
  CHECK(decode(R"({"role":"user","content":"x","revision":0})", unknown_fields::allow_archived).error().field ==
        "revision");
  CHECK(decode(R"({"role":"user","content":"x","colour":1})", unknown_fields::allow_archived).error().field ==
        "colour");
}

TEST_CASE("what OpenAI's messages have beyond ours is kept in metadata") {
  const auto draft = decode(
      R"({"role":"assistant","content":"x","refusal":null,"tool_calls":null,"weight": 1,"id":"a","metadata":{"k":[1, 2]}})",
      unknown_fields::keep_in_metadata);
  REQUIRE(draft);
  CHECK(draft->metadata_json ==
        R"({"openai":{"refusal":null,"tool_calls":null,"weight":1,"id":"a","metadata":{"k":[1,2]}}})");
  CHECK_FALSE(draft->id);
  const auto developer = decode(R"({"role":"developer","content":"x"})", unknown_fields::keep_in_metadata);
  CHECK(developer->author == thread::role::system);
  CHECK(developer->metadata_json == R"({"openai":{"role":"developer"}})");
  CHECK(decode(R"({"role":"function","name":"f","content":"x"})", unknown_fields::keep_in_metadata).error().field ==
        "role");
  CHECK(decode(R"({"role":"user","content":"x","big":")" + std::string(limits::metadata_bytes, 'x') + "\"}",
               unknown_fields::keep_in_metadata)
            .error()
            .field == "metadata.openai");
}
