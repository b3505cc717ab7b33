// Messages that break a rule of messages, alone, in batches and in files.

#include "tests/support/hostile_requests.hpp"

namespace ropewalk::tests {

std::string repeated(const std::string& piece, std::size_t times) {
  std::string text;
  text.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

std::string quoted(const std::string& text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    if (c == '\n') json += "\\n";
    else json += c;
  }
  return json += '"';
}

std::vector<hostile_request> hostile_messages() {
  const std::string append = "rw.v1.acme.thread.t1.append", batch = "rw.v1.acme.thread.t1.append_batch";
  const auto user = [](const std::string& rest) { return R"({"role":"user",)" + rest + "}"; };
  const auto parts = [&](const std::string& json) { return user(R"("content":[)" + json + "]"); };
  const auto calls = [](const std::string& json) { return R"({"role":"assistant","content":null,"tool_calls":)" + json + "}"; };
  const auto batch_of = [](const std::string& json) { return R"({"messages":[)" + json + "]}"; };
  const std::string fine = R"({"role":"user","content":"x"})";
  const std::string call = R"({"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}})";
  return {
      {"no role", append, {}, R"({"content":"x"})", 400, "role"},
      {"an empty body", append, {}, "", 400, "role"},
      {"no content", append, {}, R"({"role":"user"})", 400, "content"},
      {"an unknown role", append, {}, R"({"role":"bot","content":"x"})", 400, "role"},
      {"a role of OpenAI's that is not ours", append, {}, R"({"role":"developer","content":"x"})", 400, "role"},
      {"a role in capitals", append, {}, R"({"role":"User","content":"x"})", 400, "role"},
      {"a role with a space", append, {}, R"({"role":"user ","content":"x"})", 400, "role"},
      {"a role that is a number", append, {}, R"({"role":1,"content":"x"})", 400, "role"},
      {"a role that is null", append, {}, R"({"role":null,"content":"x"})", 400, "role"},
      {"a content that is null", append, {}, user(R"("content":null)"), 400, "content"},
      {"a content that is a number", append, {}, user(R"("content":5)"), 400, "content"},
      {"a content that is true", append, {}, user(R"("content":true)"), 400, "content"},
      {"a content that is an object", append, {}, user(R"("content":{"type":"text","text":"x"})"), 400, "content"},
      {"a content of no parts", append, {}, user(R"("content":[])"), 400, "content"},
      {"a content over 512 KiB", append, {}, user(R"("content":)" + quoted(repeated("x", 525'000))), 413, "content"},
      {"a part that is a string", append, {}, parts(R"("x")"), 400, "content[0]"},
      {"a part without a type", append, {}, parts(R"({"text":"x"})"), 400, "content[0].type"},
      {"a part of an unknown type", append, {}, parts(R"({"type":"video","url":"x"})"), 400, "content[0].type"},
      {"a part whose type is a number", append, {}, parts(R"({"type":1})"), 400, "content[0].type"},
      {"a text part without a text", append, {}, parts(R"({"type":"text"})"), 400, "content[0].text"},
      {"a text part whose text is a number", append, {}, parts(R"({"type":"text","text":1})"), 400, "content[0].text"},
      {"a text part with another field", append, {}, parts(R"({"type":"text","text":"x","bold":true})"), 400, "content[0].bold"},
      {"the second part wrong", append, {}, parts(R"({"type":"text","text":"x"},{"type":"text"})"), 400, "content[1].text"},
      {"an image without a place", append, {}, parts(R"({"type":"image"})"), 400, "content[0]"},
      {"an image with an empty URL", append, {}, parts(R"({"type":"image","url":""})"), 400, "content[0].url"},
      {"an image that is not base64", append, {}, parts(R"({"type":"image","data":"!!","media_type":"image/png"})"), 400, "content[0].data"},
      {"an image without a media type", append, {}, parts(R"({"type":"image","data":"AAAA"})"), 400, "content[0].media_type"},
      {"an image in unknown detail", append, {}, parts(R"({"type":"image","url":"u","detail":"best"})"), 400, "content[0].detail"},
      {"an image_url that is a string", append, {}, parts(R"({"type":"image_url","image_url":"u"})"), 400, "content[0].image_url"},
      {"an image_url without a URL", append, {}, parts(R"({"type":"image_url","image_url":{}})"), 400, "content[0].image_url.url"},
      {"a tool call part of a user", append, {}, parts(R"({"type":"tool_call","id":"c","name":"f","arguments":"{}"})"), 400, "content"},
      {"a tool result part of a user", append, {}, parts(R"({"type":"tool_result","tool_call_id":"c","content":"x"})"), 400, "content"},
      {"a tool result in a tool result", append, {}, R"({"role":"tool","content":[{"type":"tool_result","tool_call_id":"c","content":[{"type":"tool_result","tool_call_id":"d","content":"x"}]}]})", 400, "content[0].content[0].type"},
      {"tool calls of a user", append, {}, user(R"("content":"x","tool_calls":[)" + call + "]"), 400, "tool_calls"},
      {"tool calls that are an object", append, {}, calls(call), 400, "tool_calls"},
      {"no tool calls", append, {}, calls("[]"), 400, "tool_calls"},
      {"tool calls that are null", append, {}, calls("null"), 400, "tool_calls"},
      {"a tool call without an id", append, {}, calls(R"([{"type":"function","function":{"name":"f","arguments":"{}"}}])"), 400, "tool_calls[0].id"},
      {"a tool call without a type", append, {}, calls(R"([{"id":"c","function":{"name":"f","arguments":"{}"}}])"), 400, "tool_calls[0].type"},
      {"a tool call of another type", append, {}, calls(R"([{"id":"c","type":"python","function":{"name":"f","arguments":"{}"}}])"), 400, "tool_calls[0].type"},
      {"a tool call without a function", append, {}, calls(R"([{"id":"c","type":"function"}])"), 400, "tool_calls[0].function"},
      {"a tool call whose arguments are an object", append, {}, calls(R"([{"id":"c","type":"function","function":{"name":"f","arguments":{}}}])"), 400, "tool_calls[0].function.arguments"},
      {"a tool call with another field", append, {}, calls(R"([{"id":"c","type":"function","index":0,"function":{"name":"f","arguments":"{}"}}])"), 400, "tool_calls[0].index"},
      {"two tool calls of one id", append, {}, calls("[" + call + "," + call + "]"), 400, "tool_calls"},
      {"a tool message that answers no call", append, {}, R"({"role":"tool","content":"x"})", 400, "tool_call_id"},
      {"a user who answers a call", append, {}, user(R"("content":"x","tool_call_id":"c")"), 400, "tool_call_id"},
      {"a tool_call_id that is a number", append, {}, R"({"role":"tool","content":"x","tool_call_id":1})", 400, "tool_call_id"},
      {"a name that is empty", append, {}, user(R"("content":"x","name":"")"), 400, "name"},
      {"a name that is null", append, {}, user(R"("content":"x","name":null)"), 400, "name"},
      {"a name of 257 bytes", append, {}, user(R"("content":"x","name":)" + quoted(repeated("n", 257))), 413, "name"},
      {"a sender that is an object", append, {}, user(R"("content":"x","sender":{})"), 400, "sender"},
      {"metadata that is a string", append, {}, user(R"("content":"x","metadata":"m")"), 400, "metadata"},
      {"metadata over 64 KiB", append, {}, user(R"("content":"x","metadata":{"a":)" + quoted(repeated("m", 66'000)) + "}"), 413, "metadata"},
      {"negative tokens", append, {}, user(R"("content":"x","tokens":-1)"), 400, "tokens"},
      {"tokens with a fraction", append, {}, user(R"("content":"x","tokens":1.5)"), 400, "tokens"},
      {"tokens beyond all", append, {}, user(R"("content":"x","tokens":4294967296)"), 400, "tokens"},
      {"tokens that are a string", append, {}, user(R"("content":"x","tokens":"5")"), 400, "tokens"},
      {"an empty message id", append, {}, user(R"("content":"x","id":"")"), 400, "id"},
      {"a message id of 129 bytes", append, {}, user(R"("content":"x","id":)" + quoted(repeated("i", 129))), 413, "id"},
      {"a message id with a control character", append, {}, user(R"("content":"x","id":"a\u0001")"), 400, "id"},
      {"a seq of the client's own", append, {}, user(R"("content":"x","seq":1)"), 400, "seq"},
      {"a time of the client's own", append, {}, user(R"("content":"x","created_at":"2026-01-01T00:00:00Z")"), 400, "created_at"},
      {"an unknown field", append, {}, user(R"("content":"x","temperature":1)"), 400, "temperature"},
      {"a misspelt field", append, {}, user(R"("content":"x","tool_call":[])"), 400, "tool_call"},
      {"a negative expected_seq", append, {}, user(R"("content":"x","expected_seq":-1)"), 400, "expected_seq"},
      {"an expected_seq that is a string", append, {}, user(R"("content":"x","expected_seq":"1")"), 400, "expected_seq"},
      {"an expected_seq beyond all", append, {}, user(R"("content":"x","expected_seq":4294967296)"), 400, "expected_seq"},
      {"a batch without messages", batch, {}, "{}", 400, "messages"},
      {"a batch of none", batch, {}, batch_of(""), 400, "messages"},
      {"a batch that is an object", batch, {}, R"({"messages":{}})", 400, "messages"},
      {"a batch of 257 messages", batch, {}, batch_of(repeated(fine + ",", 256) + fine), 413, "messages"},
      {"a batch over 256 KiB", batch, {}, batch_of(user(R"("content":)" + quoted(repeated("x", 263'000)))), 413, "messages"},
      {"a batch with a string among the messages", batch, {}, batch_of(fine + R"(,"x")"), 400, "messages[1]"},
      {"a batch whose third message has no role", batch, {}, batch_of(fine + "," + fine + R"(,{"content":"x"})"), 400, "messages[2].role"},
      {"a batch with an expectation in a message", batch, {}, batch_of(R"({"role":"user","content":"x","expected_seq":0})"), 400, "messages[0].expected_seq"},
      {"a batch with an unknown field in a message", batch, {}, batch_of(R"({"role":"user","content":"x","colour":1})"), 400, "messages[0].colour"},
      {"a batch with a bad part", batch, {}, batch_of(parts(R"({"type":"nope"})")), 400, "messages[0].content[0].type"},
      {"a batch with a field of its own", batch, {}, R"({"messages":[)" + fine + R"(],"atomic":false})", 400, "atomic"},
  };
}

std::vector<hostile_request> hostile_imports() {
  const std::string import = "rw.v1.acme.thread.t1.import";
  const auto file = [](const std::string& format, const std::string& data) {
    return R"({"format":")" + format + R"(","data":)" + quoted(data) + "}";
  };
  const std::string line = R"({"role":"user","content":"x"})";
  return {
      {"an import of nothing", import, {}, "{}", 400, "format"},
      {"an import without data", import, {}, R"({"format":"jsonl"})", 400, "data"},
      {"an import of Markdown", import, {}, file("markdown", "# x"), 400, "format"},
      {"data that is an array", import, {}, R"({"format":"openai","data":[]})", 400, "data"},
      {"data that is null", import, {}, R"({"format":"openai","data":null})", 400, "data"},
      {"create that is a string", import, {}, R"({"format":"openai","data":"[]","create":"no"})", 400, "create"},
      {"JSONL that is no JSON", import, {}, file("jsonl", "hello"), 400, "data[line 1]"},
      {"JSONL whose third line is broken", import, {}, file("jsonl", line + "\n" + line + "\n{"), 400, "data[line 3]"},
      {"JSONL with an array in a line", import, {}, file("jsonl", "[]"), 400, "data[line 1]"},
      {"JSONL with an unknown role", import, {}, file("jsonl", R"({"role":"bot","content":"x"})"), 400, "data[line 1].role"},
      {"JSONL with an unknown field", import, {}, file("jsonl", R"({"role":"user","content":"x","colour":1})"), 400, "data[line 1].colour"},
      {"JSONL with a key given twice", import, {}, file("jsonl", R"({"role":"user","role":"user","content":"x"})"), 400, "data[line 1].role"},
      {"JSONL of 257 messages", import, {}, file("jsonl", repeated(line + "\n", 257)), 413, "data"},
      {"OpenAI messages that are no JSON", import, {}, file("openai", "[{]"), 400, "data[0]"},
      {"OpenAI messages that are a string", import, {}, file("openai", "\"x\""), 400, "data"},
      {"an OpenAI request instead of its messages", import, {}, file("openai", R"({"model":"gpt","messages":[]})"), 400, "data.model"},
      {"OpenAI messages with an unknown role", import, {}, file("openai", R"([{"role":"function","content":"x"}])"), 400, "data[0].role"},
      {"OpenAI messages with one that is no object", import, {}, file("openai", "[5]"), 400, "data[0]"},
      {"257 OpenAI messages", import, {}, file("openai", "[" + repeated(line + ",", 256) + line + "]"), 413, "data"},
      {"OpenAI messages nested too deep", import, {}, file("openai", repeated("[", 5000)), 400, "*"},
      {"an import with an unknown limit", import, {}, R"({"format":"openai","data":"[]","limits":{"max_bytes":1}})", 400, "limits.max_bytes"},
      {"an import with tags that are a string", import, {}, R"({"format":"openai","data":"[]","tags":"a"})", 400, "tags"},
  };
}

std::vector<hostile_request> hostile_requests() {
  std::vector<hostile_request> all;
  for (auto part : {hostile_subjects(), hostile_headers(), hostile_json(), hostile_thread_fields(), hostile_reads(),
                    hostile_messages(), hostile_imports(), hostile_workflows(), hostile_workflow_work(), hostile_definitions()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

} // namespace ropewalk::tests
