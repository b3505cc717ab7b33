// Bodies that are no JSON, or JSON that is not accepted.

#include "tests/support/hostile_requests.hpp"

namespace ropewalk::tests {

std::vector<hostile_request> hostile_json() {
  using namespace std::string_literals;
  const std::string get = "rw.v1.acme.thread.t1.get", append = "rw.v1.acme.thread.t1.append",
                    update = "rw.v1.acme.thread.t1.update";
  const auto metadata = [](const std::string& json) { return R"({"metadata":)" + json + "}"; };
  const auto content = [](const std::string& json) { return R"({"role":"user","content":)" + json + "}"; };
  return {
      {"white space alone", get, {}, "  \n", 400, ""},
      {"a NUL alone", get, {}, "\0"s, 400, ""},
      {"a word", get, {}, "hello", 400, ""},
      {"a null", get, {}, "null", 400, ""},
      {"a number", get, {}, "42", 400, ""},
      {"a string", get, {}, "\"get\"", 400, ""},
      {"an array", get, {}, "[]", 400, ""},
      {"an array of objects", append, {}, R"([{"role":"user","content":"x"}])", 400, ""},
      {"an object that does not end", get, {}, "{", 400, ""},
      {"an object that ends twice", get, {}, "{}}", 400, ""},
      {"two objects", get, {}, "{}{}", 400, ""},
      {"an object and a NUL behind it", get, {}, "{}\0"s, 400, ""},
      {"an object and a comment", get, {}, "{} // nothing", 400, ""},
      {"a byte order mark", get, {}, "\xEF\xBB\xBF{}", 400, ""},
      {"UTF-16", get, {}, "{\0}\0"s, 400, ""},
      {"a comma at the end", update, {}, R"({"name":"x",})", 400, ""},
      {"a key without quotes", update, {}, "{name:\"x\"}", 400, ""},
      {"a key in single quotes", update, {}, "{'name':\"x\"}", 400, ""},
      {"a key without a value", update, {}, R"({"name"})", 400, "name"},
      {"a value in single quotes", update, {}, "{\"name\":'x'}", 400, "name"},
      {"a string that does not end", update, {}, R"({"name":"x)", 400, "name"},
      {"an escape that does not end", update, {}, R"({"name":"x\)", 400, "name"},
      {"an unknown escape", update, {}, R"({"name":"\x41"})", 400, "name"},
      {"a unicode escape of three digits", update, {}, R"({"name":"\u00e"})", 400, "name"},
      {"a unicode escape that is no number", update, {}, R"({"name":"\u00zz"})", 400, "name"},
      {"a raw line feed in a string", update, {}, "{\"name\":\"a\nb\"}", 400, "name"},
      {"a raw NUL in a string", update, {}, "{\"name\":\"a\0b\"}"s, 400, "name"},
      {"an escaped NUL in a string", update, {}, R"({"name":"a\u0000b"})", 400, "name"},
      {"an escaped NUL deep in metadata", update, {}, metadata(R"({"a":[{"b":"\u0000"}]})"), 400, "metadata.a[0].b"},
      {"an escaped NUL in a key", update, {}, metadata(R"({"a\u0000":1})"), 400, "metadata"},
      {"a lone high surrogate", update, {}, R"({"name":"\ud800"})", 400, "name"},
      {"a lone low surrogate", update, {}, R"({"name":"\udc00"})", 400, "name"},
      {"two high surrogates", update, {}, R"({"name":"\ud800\ud800"})", 400, "name"},
      {"a high surrogate before a letter", update, {}, R"({"name":"\ud800a"})", 400, "name"},
      {"a byte that is not UTF-8", update, {}, "{\"name\":\"\xFF\"}", 400, "name"},
      {"a continuation byte alone", update, {}, "{\"name\":\"\x80\"}", 400, "name"},
      {"half a character at the end", update, {}, "{\"name\":\"\xE2\x82\"}", 400, "name"},
      {"an overlong NUL", update, {}, "{\"name\":\"\xC0\x80\"}", 400, "name"},
      {"an overlong letter", update, {}, "{\"name\":\"\xC1\x81\"}", 400, "name"},
      {"a surrogate in UTF-8", update, {}, "{\"name\":\"\xED\xA0\x80\"}", 400, "name"},
      {"a character beyond U+10FFFF", update, {}, "{\"name\":\"\xF4\x90\x80\x80\"}", 400, "name"},
      {"a key that is not UTF-8", update, {}, metadata("{\"\xFE\":1}"), 400, "metadata"},
      {"a key given twice", update, {}, R"({"name":"a","name":"b"})", 400, "name"},
      {"a key given twice, once escaped", update, {}, R"({"name":"a","n\u0061me":"b"})", 400, "name"},
      {"a key given twice in metadata", update, {}, metadata(R"({"a":1,"b":2,"a":1})"), 400, "metadata.a"},
      {"a key given twice deep in a part", append, {}, content(R"([{"type":"text","type":"text","text":"x"}])"), 400, "content[0].type"},
      {"a number with a leading zero", update, {}, metadata(R"({"a":01})"), 400, "metadata.a"},
      {"a number with a plus", update, {}, metadata(R"({"a":+1})"), 400, "metadata.a"},
      {"a number that begins with a point", update, {}, metadata(R"({"a":.5})"), 400, "metadata.a"},
      {"a number that ends with a point", update, {}, metadata(R"({"a":5.})"), 400, "metadata.a"},
      {"a number without an exponent's digits", update, {}, metadata(R"({"a":1e})"), 400, "metadata.a"},
      {"a hexadecimal number", update, {}, metadata(R"({"a":0x10})"), 400, "metadata"},
      {"a number beyond a double", update, {}, metadata(R"({"a":1e999})"), 400, "metadata.a"},
      {"a number of 400 digits", update, {}, metadata("{\"a\":" + repeated("9", 400) + "}"), 400, "metadata.a"},
      {"a minus alone", update, {}, metadata(R"({"a":-})"), 400, "metadata.a"},
      {"NaN", update, {}, metadata(R"({"a":NaN})"), 400, "metadata.a"},
      {"Infinity", update, {}, metadata(R"({"a":Infinity})"), 400, "metadata.a"},
      {"True in capitals", update, {}, metadata(R"({"a":True})"), 400, "metadata.a"},
      {"half a word", update, {}, metadata(R"({"a":tru})"), 400, "metadata.a"},
      {"arrays nested 1,000 deep", update, {}, metadata("{\"a\":" + repeated("[", 1000) + repeated("]", 1000) + "}"), 400, "*"},
      {"arrays nested 400,000 deep, never closed", get, {}, repeated("[", 400'000), 400, "*"},
      {"objects nested 100,000 deep", update, {}, metadata(repeated("{\"a\":", 100'000) + "1" + repeated("}", 100'000)), 400, "*"},
      {"a content of arrays nested 65 deep", append, {}, content(repeated("[", 65) + repeated("]", 65)), 400, "*"},
      {"more values than a request may have", append, {}, content("[" + repeated("1,", 250'000) + "1]"), 413, "*"},
      {"a body over 1 MiB", append, {}, content(quoted(repeated("x", 1 << 20))), 413, "", false},
      {"a body over 1 MiB of white space", get, {}, repeated(" ", (1 << 20) + 1) + "{}", 413, "", false},
  };
}

} // namespace ropewalk::tests
