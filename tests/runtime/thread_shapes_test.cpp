#include "runtime/thread/message_text.hpp"
#include "runtime/thread/window.hpp"
#include "tests/runtime/thread_samples.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using thread::window_shape;

namespace {

std::string shaped(std::string_view client_json, window_shape shape) {
  std::string out;
  REQUIRE(thread::append_shaped(out, stored(client_json), shape));
  return out;
}
std::string openai(std::string_view client_json) { return shaped(client_json, window_shape::openai); }
std::string langchain(std::string_view client_json) { return shaped(client_json, window_shape::langchain); }

} // namespace

TEST_CASE("the native shape is the stored message") {
  const std::string client = R"({"role":"user","content":"hi"})";
  CHECK(shaped(client, window_shape::native) == stored(client));
}

TEST_CASE("openai: plain messages keep role, name, content and calls") {
  CHECK(openai(R"({"role":"user","content":"h\u0069","name":"Ann","sender":"s","metadata":{"a":1}})") ==
        R"({"role":"user","name":"Ann","content":"h\u0069"})");
  CHECK(
      openai(
          R"({"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"add","arguments":"{"}}]})") ==
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"add","arguments":"{"}}]})");
  CHECK(openai(R"({"role":"tool","tool_call_id":"c","name":"add","content":"42"})") ==
        R"({"role":"tool","tool_call_id":"c","name":"add","content":"42"})");
}

TEST_CASE("openai: a name is brought into the API's alphabet") {
  CHECK(openai(R"({"role":"user","content":"x","name":"Ann <of> Green\\Gables/é"})") ==
        R"({"role":"user","name":"Ann__of__Green_Gables_é","content":"x"})");
  CHECK(openai(R"({"role":"user","content":"x","name":")" + std::string(70, 'n') + "\"}") ==
        R"({"role":"user","name":")" + std::string(64, 'n') + R"(","content":"x"})");
}

TEST_CASE("openai: own parts become the API's") {
  CHECK(
      openai(
          R"({"role":"user","content":[{"type":"text","text":"see"},{"type":"image","url":"https://x/y.png","detail":"low"},)"
          R"({"type":"image","data":"aGk=","media_type":"image/png"},{"type":"file","file_id":"f1","name":"a.pdf"},)"
          R"({"type":"file","data":"aGk=","media_type":"text/plain"},{"type":"file","url":"https://x/y.pdf","name":"y.pdf"}]})") ==
      R"({"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"https://x/y.png","detail":"low"}},)"
      R"({"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}},{"type":"file","file":{"file_id":"f1","filename":"a.pdf"}},)"
      R"({"type":"file","file":{"file_data":"data:text/plain;base64,aGk="}},{"type":"text","text":"[file: y.pdf, https://x/y.pdf]"}]})");
  CHECK(openai(R"({"role":"tool","tool_call_id":"c","content":[{"type":"image","url":"https://x/y.png"}]})") ==
        R"({"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"[image: https://x/y.png]"}]})");
}

TEST_CASE("openai: tool_call parts become tool_calls behind those listed") {
  CHECK(
      openai(R"({"role":"assistant","content":[{"type":"tool_call","id":"b","name":"add","arguments":{"a":1}}]})") ==
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"b","type":"function","function":{"name":"add","arguments":"{\"a\":1}"}}]})");
  CHECK(
      openai(
          R"({"role":"assistant","content":[{"type":"text","text":"x"},{"type":"tool_call","id":"b","name":"add","arguments":"1"}],)"
          R"("tool_calls":[{"id":"a","type":"function","function":{"name":"sub","arguments":"2"}}]})") ==
      R"({"role":"assistant","content":[{"type":"text","text":"x"}],"tool_calls":[{"id":"a","type":"function","function":{"name":"sub","arguments":"2"}},)"
      R"({"id":"b","type":"function","function":{"name":"add","arguments":"1"}}]})");
}

TEST_CASE("openai: several tool results become several messages") {
  CHECK(
      openai(
          R"({"role":"tool","content":[{"type":"tool_result","tool_call_id":"a","content":"1"},{"type":"tool_result","tool_call_id":"b","content":[{"type":"text","text":"2"}],"is_error":true}]})") ==
      R"({"role":"tool","tool_call_id":"a","content":"1"},{"role":"tool","tool_call_id":"b","content":[{"type":"text","text":"2"}]})");
}

TEST_CASE("langchain: types, ids and content that is never null") {
  CHECK(langchain(R"({"role":"user","content":"hi","name":"Ann"})") ==
        R"({"type":"human","content":"hi","name":"Ann","id":"m1"})");
  CHECK(langchain(R"({"role":"system","content":"be kind"})") == R"({"type":"system","content":"be kind","id":"m1"})");
  CHECK(
      langchain(
          R"({"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"add","arguments":"{\"a\": [1]}"}}]})") ==
      R"({"type":"ai","content":"","id":"m1","tool_calls":[{"name":"add","args":{"a":[1]},"id":"c","type":"tool_call"}]})");
  CHECK(langchain(R"({"role":"tool","tool_call_id":"c","content":"42"})") ==
        R"({"type":"tool","content":"42","tool_call_id":"c","id":"m1"})");
}

TEST_CASE("langchain: arguments are always an object") {
  const auto with = [](const char* arguments) {
    return langchain(
        R"({"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":")" +
        std::string(arguments) + "\"}}]}");
  };
  const auto expected = [](const char* args) {
    return R"({"type":"ai","content":"","id":"m1","tool_calls":[{"name":"f","args":)" + std::string(args) +
           R"(,"id":"c","type":"tool_call"}]})";
  };
  CHECK(with("") == expected("{}"));
  CHECK(with(" ") == expected("{}"));
  CHECK(with("{") == expected(R"({"__arg1":"{"})"));
  CHECK(with("[1]") == expected(R"({"__arg1":"[1]"})"));
  CHECK(with("null") == expected(R"({"__arg1":"null"})"));
}

TEST_CASE("langchain: several results have ids of their own, and errors a status") {
  CHECK(
      langchain(
          R"({"role":"tool","content":[{"type":"tool_result","tool_call_id":"a","content":"1"},{"type":"tool_result","tool_call_id":"b","content":"2","is_error":true}]})") ==
      R"({"type":"tool","content":"1","tool_call_id":"a","id":"m1"},{"type":"tool","content":"2","tool_call_id":"b","id":"m1:1","status":"error"})");
}

TEST_CASE("shapes make something of any stored JSON") {
  for (
      const char* odd :
      {"{}", R"({"role":7,"content":{"a":1}})", R"({"role":"tool","content":[{"type":"tool_result"}]})",
       R"({"role":"user","content":[{"type":"tool_result","tool_call_id":"a","content":"1"},{"type":"tool_call","id":1,"name":2,"arguments":3},4]})",
       R"({"role":"assistant","content":[],"tool_calls":[{},{"function":1},5],"metadata":{"openai":[]}})",
       R"({"role":"assistant","content":[{"type":"file","file":1},{"type":"image_url","image_url":1}]})"})
    for (const auto shape : {window_shape::openai, window_shape::langchain}) {
      INFO(odd);
      std::string out;
      REQUIRE(thread::append_shaped(out, odd, shape));
      CHECK(json_document::parse("[" + out + "]", {}));
    }
  std::string out;
  CHECK(thread::append_shaped(out, "nonsense", window_shape::openai).error().code == errc::corrupt);
}

TEST_CASE("search text is content, results and calls, without attachments and ids") {
  CHECK(*thread::message_text(
            stored(R"({"role":"user","content":"h\u0069 there","name":"Ann","metadata":{"a":"b"}})")) == "hi there");
  CHECK(
      *thread::message_text(stored(
          R"({"role":"user","content":[{"type":"text","text":"a"},{"type":"image","url":"https://x"},{"type":"text","text":"b"}]})")) ==
      "a\nb");
  CHECK(
      *thread::message_text(stored(
          R"({"role":"assistant","content":"thinking","tool_calls":[{"id":"c","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Rome\"}"}}]})")) ==
      "thinking\nget_weather\n{\"city\":\"Rome\"}");
  CHECK(
      *thread::message_text(stored(
          R"({"role":"tool","content":[{"type":"tool_result","tool_call_id":"c","content":[{"type":"text","text":"sunny"}]}]})")) ==
      "sunny");
  CHECK(*thread::message_text(stored(R"({"role":"user","content":"aé"})"), 2) == "a");
  CHECK(*thread::message_text(stored(R"({"role":"user","content":"aé"})"), 3) == "aé");
  CHECK(thread::message_text(std::string_view("[")).error().code == errc::corrupt);
}
