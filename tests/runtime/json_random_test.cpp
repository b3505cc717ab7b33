// Random documents, written, read, damaged, and compared with another parser.
#include <set>

#include "runtime/json_text.hpp"
#include "runtime/json_writer.hpp"
#include "tests/random_seed.hpp"

using namespace ropewalk;
using nlohmann::json;

namespace {

std::string random_text(tests::random_seed& seed) {
  static constexpr std::string_view pieces[] = {"a",  "b",    "key",  " ", "\"", "\\", "/", "\n",
                                                "\t", "\x01", "\x7F", "é", "世", "😀",  "0", "u0041"};
  std::string text;
  for (auto n = seed.below(seed.one_in(10) ? 40 : 6); n > 0; --n) text += pieces[seed.below(std::size(pieces))];
  return text;
}

// Writes a random value through json_writer and builds the same one as a tree.
json random_value(tests::random_seed& seed, json_writer& out, int depth) {
  switch (seed.below(depth == 0 ? 6 : 8)) {
  case 0: out.null(); return nullptr;
  case 1: {
    const bool flag = seed.one_in(2);
    out.value(flag);
    return flag;
  }
  case 2: {
    const auto number = static_cast<std::int64_t>(seed.engine()()) >> seed.below(64);
    out.value(number);
    return number;
  }
  case 3: {
    const double number =
        (static_cast<double>(seed.engine()()) - 9e18) / static_cast<double>(1 + seed.below(1'000'000));
    out.value(number);
    return number;
  }
  case 4:
  case 5: {
    const std::string text = random_text(seed);
    out.value(text);
    return text;
  }
  case 6: {
    json array = json::array();
    out.begin_array();
    for (auto n = seed.below(6); n > 0; --n) array.push_back(random_value(seed, out, depth - 1));
    out.end_array();
    return array;
  }
  default: {
    json object = json::object();
    out.begin_object();
    for (auto n = seed.below(seed.one_in(10) ? 40 : 5); n > 0; --n) {
      const std::string key = random_text(seed);
      if (object.contains(key)) continue;
      out.key(key);
      object[key] = random_value(seed, out, depth - 1);
    }
    out.end_object();
    return object;
  }
  }
}

// The same document with white space between its tokens and some characters spelled as escapes.
std::string respelled(tests::random_seed& seed, std::string_view compact) {
  static constexpr std::string_view white[] = {"", "", " ", "\n", "\t", "\r\n  "};
  std::string out;
  bool inside = false;
  for (std::size_t i = 0; i < compact.size(); ++i) {
    const char c = compact[i];
    if (inside && c == '\\') {
      out += compact.substr(i, 2);
      ++i;
      continue;
    }
    if (inside && c == 'a' && seed.one_in(2)) {
      out += "\\u0061";
      continue;
    }
    const bool structural = !inside && std::string_view("{}[],:").find(c) != std::string_view::npos;
    if (structural) out += white[seed.below(std::size(white))];
    out += c;
    if (structural) out += white[seed.below(std::size(white))];
    if (c == '"') inside = !inside;
  }
  return out;
}

// Rebuilds a tree from the views alone.
json tree_of(json_view v) {
  switch (v.type()) {
  case json_type::null: return nullptr;
  case json_type::boolean: return v.boolean();
  case json_type::number: return v.integer() ? json(*v.integer()) : json(v.number());
  case json_type::string: return v.string();
  case json_type::array: {
    json array = json::array();
    for (const json_view element : v.elements()) array.push_back(tree_of(element));
    CHECK(array.size() == v.size());
    return array;
  }
  case json_type::object: {
    json object = json::object();
    for (const json_member& m : v.members()) {
      object[m.key] = tree_of(m.value);
      const auto found = v.find(m.key);
      REQUIRE(found);
      CHECK(found->raw().data() == m.value.raw().data());
    }
    CHECK(object.size() == v.size());
    return object;
  }
  }
  return nullptr;
}

// nlohmann's verdict with the rules that it does not know: unique keys, no byte order mark, no NUL (at
// which it ends).
bool other_parser_accepts(const std::string& text) {
  class strict_sax : public nlohmann::json_sax<json> {
  public:
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t& text) override { return text.find('\0') == std::string::npos; }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override {
      keys_.emplace_back();
      return true;
    }
    bool key(string_t& name) override { return string(name) && keys_.back().insert(name).second; }
    bool end_object() override {
      keys_.pop_back();
      return true;
    }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

  private:
    std::vector<std::set<std::string>> keys_;
  } sax;
  return !text.starts_with("\xEF\xBB\xBF") && text.find('\0') == std::string::npos && json::sax_parse(text, &sax);
}

} // namespace

TEST_CASE("what is written is read, and compacts to the same bytes") {
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  for (int i = 0; i < 3'000; ++i) {
    json_writer out;
    const json expected = random_value(seed, out, 5);
    CAPTURE(out.text());
    const auto document = json_document::parse(out.text(), {});
    REQUIRE(document);
    REQUIRE(document->root().compact() == out.text());
    REQUIRE(tree_of(document->root()) == expected);
  }
}

TEST_CASE("another spelling of a document has the same values, and compacts to a fixed point") {
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  for (int i = 0; i < 3'000; ++i) {
    json_writer out;
    const json expected = random_value(seed, out, 5);
    const std::string text = respelled(seed, out.text());
    CAPTURE(text);
    const auto document = json_document::parse(text, {});
    REQUIRE(document);
    REQUIRE(tree_of(document->root()) == expected);
    const std::string compact = document->root().compact();
    const auto again = json_document::parse(compact, {});
    REQUIRE(again);
    REQUIRE(again->root().compact() == compact);
    REQUIRE(again->root().raw() == compact);
    REQUIRE(tree_of(again->root()) == expected);
  }
}

TEST_CASE("damaged documents are accepted exactly where another strict parser accepts them") {
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  static constexpr std::string_view shards[] = {"{",        "}",
                                                "[",        "]",
                                                ",",        ":",
                                                "\"",       "\\",
                                                "0",        "-",
                                                ".",        "e",
                                                "E",        "+",
                                                "1e309",    "1e-309",
                                                "\\u0061",  "\\u0000",
                                                "\\ud83d",  "\\ude00",
                                                "\x80",     "\xC3",
                                                "\xF0\x9F", "\xED\xA0\x80",
                                                "\n",       " ",
                                                "\x01",     "\0",
                                                "true",     "null",
                                                "NaN",      "a",
                                                "\"a\":",   "\xEF\xBB\xBF",
                                                "/**/",     "00"};
  int accepted = 0, refused = 0;
  for (int i = 0; i < 30'000; ++i) {
    json_writer out;
    random_value(seed, out, 4);
    std::string text = respelled(seed, out.text());
    for (auto n = 1 + seed.below(3); n > 0; --n) {
      const std::size_t at = seed.below(text.size() + 1);
      switch (seed.below(3)) {
      case 0: text.insert(at, shards[seed.below(std::size(shards))]); break;
      case 1: text.erase(at, seed.below(4)); break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(seed.below(256));
      }
    }
    CAPTURE(text);
    const bool ours = static_cast<bool>(json_document::parse(text, {}));
    REQUIRE(ours == other_parser_accepts(text));
    (ours ? accepted : refused) += 1;
  }
  CHECK(accepted > 1'000);
  CHECK(refused > 1'000);
}

TEST_CASE("whatever bytes come, reading ends with a document or an error that names the place") {
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  for (int i = 0; i < 50'000; ++i) {
    const std::size_t size = seed.below(24);
    std::vector<char> bytes(size); // exactly as long, so that a sanitizer sees a read behind it
    for (char& c : bytes)
      c = seed.one_in(3) ? static_cast<char>(seed.below(256)) : R"({}[]",:\u0019d8c-.eE tfn)"[seed.below(24)];
    const auto document = json_document::parse({bytes.data(), bytes.size()}, {});
    if (document) static_cast<void>(tree_of(document->root()));
    else REQUIRE_FALSE(document.error().detail.empty());
  }
}
