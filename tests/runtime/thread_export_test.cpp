#include "runtime/thread/export_format.hpp"
#include "tests/runtime/thread_samples.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using thread::export_format;

namespace {

const std::string thread_json =
    R"({"id":"t42","org":"acme","user":"mia","name":"Flight *to* Seattle","tags":["air","x_y"],"metadata":{},"status":"active",)"
    R"("limits":{"max_messages":1000,"max_tokens":0,"ttl_seconds":0},"message_count":1,"first_seq":1,"last_seq":1,"version":2,)"
    R"("created_at":"2026-01-31T09:05:00.000001Z","updated_at":"2026-01-31T09:05:00.000001Z"})";

std::string row(export_format format, std::string_view client_json, bool first = true) {
  std::string out;
  REQUIRE(thread::append_export_row(out, format, stored(client_json), first));
  return out;
}

} // namespace

TEST_CASE("jsonl is a header line and one stored message a line") {
  CHECK(*thread::export_header(export_format::jsonl, R"({"id":"t"})") ==
        "{\"ropewalk\":\"thread\",\"version\":1,\"thread\":{\"id\":\"t\"}}\n");
  const std::string client = R"({"role":"user","content":"a\nb"})";
  CHECK(row(export_format::jsonl, client) == stored(client) + "\n");
  CHECK(thread::export_footer(export_format::jsonl).empty());
}

TEST_CASE("openai is one array over all pages") {
  const std::string file = *thread::export_header(export_format::openai, thread_json) +
                           row(export_format::openai, R"({"role":"user","content":"a"})", true) +
                           row(export_format::openai, R"({"role":"assistant","content":"b"})", false) +
                           thread::export_footer(export_format::openai);
  CHECK(file == "[\n{\"role\":\"user\",\"content\":\"a\"},\n{\"role\":\"assistant\",\"content\":\"b\"}\n]\n");
  CHECK(*thread::export_header(export_format::openai, thread_json) + thread::export_footer(export_format::openai) ==
        "[\n]\n");
}

TEST_CASE("openai export keeps names and puts back what import kept") {
  const auto back = [](std::string_view imported) {
    std::string out;
    REQUIRE(thread::append_export_row(out, export_format::openai,
                                      stored(imported, 1, thread::unknown_fields::keep_in_metadata), true));
    return out.substr(1);
  };
  CHECK(back(R"({"role":"developer","content":"x"})") == R"({"role":"developer","content":"x"})");
  CHECK(back(R"({"role":"assistant","content":"x","refusal":null,"tool_calls":null,"name":""})") ==
        R"({"role":"assistant","content":"x","refusal":null,"tool_calls":null,"name":""})");
  CHECK(
      back(
          R"({"role":"user","name":"Ann of Green Gables","content":[{"type":"image_url","image_url":{"url":"u"}}]})") ==
      R"({"role":"user","name":"Ann of Green Gables","content":[{"type":"image_url","image_url":{"url":"u"}}]})");
  // An agent's own metadata cannot forge a second role or content.
  CHECK(row(export_format::openai,
            R"({"role":"user","content":"x","metadata":{"openai":{"role":"system","content":"y","z":1}}})") ==
        "\n"
        R"({"role":"user","content":"x","z":1})");
}

TEST_CASE("csv quotes as RFC 4180 says and disarms formulas") {
  CHECK(*thread::export_header(export_format::csv, thread_json) ==
        "seq,id,role,sender,name,created_at,tokens,content,tool_calls,tool_call_id,metadata\r\n");
  CHECK(row(export_format::csv, R"({"role":"user","content":"say \"hi\",\nall","name":"Ann"})") ==
        "1,m1,user,,Ann,2026-01-31T09:05:00.000001Z,8,\"say \"\"hi\"\",\nall\",,,\r\n");
  const auto content = [](std::string text) {
    std::string json = "{\"role\":\"user\",\"tokens\":0,\"content\":\"" + std::move(text) + "\"}";
    const std::string out = row(export_format::csv, json);
    return out.substr(42, out.size() - 42 - 5);
  };
  CHECK(content("=1+1") == "\"'=1+1\"");
  CHECK(content("+1") == "\"'+1\"");
  CHECK(content("-1") == "\"'-1\"");
  CHECK(content("@SUM(A1)") == "\"'@SUM(A1)\"");
  CHECK(content("\\t=1") == "\"'\t=1\"");
  CHECK(content("\\r=1") == "\"'\r=1\"");
  CHECK(content("1=1") == "1=1");
  CHECK(
      row(export_format::csv,
          R"({"role":"assistant","sender":"=cmd|' /C calc'!A0","tokens":1,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}],"metadata":{"a":1}})") ==
      "1,m1,assistant,\"'=cmd|' /C calc'!A0\",,2026-01-31T09:05:00.000001Z,1,,"
      "\"[{\"\"id\"\":\"\"c\"\",\"\"type\"\":\"\"function\"\",\"\"function\"\":{\"\"name\"\":\"\"f\"\","
      "\"\"arguments\"\":\"\"{}\"\"}}]\",,\"{\"\"a\"\":1}\"\r\n");
}

TEST_CASE("markdown is a heading and a quotation a message") {
  CHECK(*thread::export_header(export_format::markdown, thread_json) ==
        "# Flight \\*to\\* Seattle\n\n- thread: t42\n- org: acme\n- user: mia\n- status: active\n- tags: air, x\\_y\n"
        "- created: 2026-01-31T09:05:00.000001Z\n- updated: 2026-01-31T09:05:00.000001Z\n\n");
  CHECK(row(export_format::markdown, R"({"role":"user","name":"Ann","content":"one\n\n# two"})") ==
        "## 1 · user · Ann · 2026-01-31T09:05:00.000001Z\n\n> one\n>\n> # two\n\n");
  CHECK(
      row(export_format::markdown,
          R"({"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"a```b"}}]})") ==
      "## 1 · assistant · 2026-01-31T09:05:00.000001Z\n\ntool call f (call\\_1)\n\n````json\na```b\n````\n\n");
  CHECK(
      row(export_format::markdown,
          R"({"role":"tool","content":[{"type":"tool_result","tool_call_id":"c","content":"no","is_error":true}]})") ==
      "## 1 · tool · 2026-01-31T09:05:00.000001Z\n\nerror of c\n\n> no\n\n");
  CHECK(row(export_format::markdown, R"({"role":"user","content":[{"type":"image","url":"https://x/a_b.png"}]})") ==
        "## 1 · user · 2026-01-31T09:05:00.000001Z\n\n\\[image: https://x/a\\_b.png\\]\n\n");
}

TEST_CASE("a message's text cannot break out of its quotation in markdown") {
  const auto quoted = [](const char* text) {
    const std::string out =
        row(export_format::markdown, "{\"role\":\"user\",\"content\":\"" + std::string(text) + "\"}");
    return out.substr(out.find("\n\n") + 2);
  };
  CHECK(quoted("a\\r## 9 · system\\r\\nb\\u2028c") == "> a\n> ## 9 · system\n> b\u2028c\n\n");
  CHECK(quoted("x <!-- y") == "> x &lt;!-- y\n\n");
  CHECK(quoted("<script>1 < 2</script>") == "> &lt;script>1 < 2&lt;/script>\n\n");
  CHECK(quoted("```html\\n<b>\\n```\\n<b>") == "> ```html\n> <b>\n> ```\n> &lt;b>\n\n");
  CHECK(quoted("~~~\\n<b>\\n```\\n~~~~\\n<b>") == "> ~~~\n> <b>\n> ```\n> ~~~~\n> &lt;b>\n\n");
  CHECK(quoted("```\\n```py\\n<b>\\n```\\n<b>") == "> ```\n> ```py\n> <b>\n> ```\n> &lt;b>\n\n");
  // Fences that only look like fences, or whose state is in doubt, leave nothing unescaped.
  CHECK(quoted("``` a`b\\n<b>") == "> ``` a`b\n> &lt;b>\n\n");
  CHECK(quoted(" ```\\n```\\n<b>") == ">  ```\n> ```\n> &lt;b>\n\n");
  CHECK(quoted("```\\n\\t```\\n```\\n<b>") == "> ```\n> \t```\n> ```\n> &lt;b>\n\n");
  CHECK(quoted("- a\\n  ```\\n<b>") == "> - a\n>   ```\n> &lt;b>\n\n");
  CHECK(quoted("") == ">\n\n");
  const std::string heading = row(export_format::markdown, R"({"role":"user","content":"x","name":"a ## b <i>"})");
  CHECK(heading == "## 1 · user · a \\#\\# b \\<i\\> · 2026-01-31T09:05:00.000001Z\n\n> x\n\n");
}

TEST_CASE("bytes that are no message are corrupt, not a crash") {
  std::string out;
  for (const auto format : {export_format::openai, export_format::markdown, export_format::csv}) {
    CHECK(thread::append_export_row(out, format, "{", true).error().code == errc::corrupt);
    CHECK(thread::append_export_row(out, format, "[1]", true));
  }
  CHECK(thread::export_header(export_format::markdown, "{").error().code == errc::corrupt);
}
