#include <map>

#include "runtime/json_writer.hpp"
#include "runtime/workflow/definition_book.hpp"
#include "runtime/workflow/events.hpp"
#include "tests/random_seed.hpp"
#include "tests/runtime/workflow_samples.hpp"

namespace ropewalk::workflow::book {
namespace {

using tests::random_seed;

const entity_key who{"acme", entity_kind::definition, "trip"};

std::string document(const std::string& queue) {
  return R"({"name":"trip","phases":[{"name":"plan","queue":")" + queue + R"(","run":"task"}]})";
}

struct book_driver {
  book_state state;
  std::int64_t now_us = 1'000;
  std::vector<entry_draft> recorded;

  result<decision> attempt(const define& c, const std::string& key = {}) {
    ++now_us;
    auto d = decide(who, state, c, {instant{now_us}, 1, 2}, !key.empty());
    if (!d) return d;
    for (const event& e : d->events) {
      entry_draft draft{std::string(type_of(e)), body_of(e), state.version + 1, instant{now_us}, {}};
      if (!key.empty()) draft.idempotency = idempotency_record{key, {}, 1};
      REQUIRE(fits(state, e));
      apply_drafted(state, e, draft);
      recorded.push_back(std::move(draft));
    }
    return d;
  }
  std::string define_it(const std::string& text, std::optional<std::uint32_t> version = {},
                        const std::string& key = {}) {
    auto document = json_value::parse(text);
    if (version) document["version"] = *version;
    const auto d = attempt({document.dump(), "trip", version}, key);
    return d ? d->reply : d.error().type.empty() ? std::string(name(d.error().code)) : d.error().type;
  }
};

std::string said(std::uint32_t version, bool created) {
  return R"({"name":"trip","version":)" + std::to_string(version) + R"(,"created":)" + (created ? "true}" : "false}");
}

} // namespace

TEST_CASE("versions are counted, or given and above the newest") {
  book_driver b;
  CHECK(b.define_it(document("a")) == said(1, true));
  CHECK(b.define_it(document("b")) == said(2, true));
  CHECK(b.define_it(document("c"), 7) == said(7, true));
  CHECK(b.define_it(document("d"), 5) == "invalid");
  CHECK(b.define_it(document("d")) == said(8, true));
  CHECK(b.define_it(document("d"), 9) == said(9, true)); // asked for, whatever the newest is
  CHECK(b.define_it(document("e"), limits::definition_version) == said(limits::definition_version, true));
  CHECK(b.define_it(document("f")) == "limit_exceeded");
  CHECK(b.state.versions.size() == 6);
  CHECK(find(b.state, {})->version == limits::definition_version);
  CHECK(find(b.state, 7)->document == json_value::parse(document("c").insert(1, "\"version\":7,")).dump());
  CHECK(find(b.state, 6) == nullptr);
}

TEST_CASE("the document that is there already changes nothing") {
  book_driver b;
  CHECK(b.define_it(document("a")) == said(1, true));
  CHECK(b.define_it(document("b")) == said(2, true));
  const auto events = b.recorded.size();
  CHECK(b.define_it(document("b")) == said(2, false));
  CHECK(b.define_it(document("b"), 2) == said(2, false));
  CHECK(b.define_it(document("a"), 1) == said(1, false)); // as that version
  CHECK(b.define_it(document("b"), 1) == "definition_exists");
  CHECK(b.recorded.size() == events);
  CHECK(b.define_it(document("a")) == said(3, true)); // an older one is not the newest
}

TEST_CASE("a definition is only taken under its own name") {
  book_driver b;
  const auto d = b.attempt({R"({"name":"other"})", "other", {}});
  REQUIRE_FALSE(d);
  CHECK(d.error().field == "definition.name");
}

TEST_CASE("a book takes no more versions and bytes than its limits") {
  book_driver b;
  for (std::uint32_t v = 1; v <= limits::definition_versions; ++v) apply(b.state, defined{v, "{}"}, {});
  CHECK(b.define_it(document("a")) == "limit_exceeded");
  CHECK(b.recorded.empty());

  book_driver large;
  const std::string filler(limits::definition_bytes - 200, 'x');
  std::uint32_t made = 0;
  while (made < 1000 && large.attempt({document(filler + std::to_string(made)), "trip", {}})) ++made;
  CHECK(made == 128);
  CHECK(large.state.document_bytes <= limits::definition_book_bytes);

  book_driver tight; // fits without its version only
  std::string text = document("");
  text = document(std::string(limits::definition_bytes - text.size(), 'x'));
  REQUIRE(text.size() == limits::definition_bytes);
  CHECK(tight.define_it(text) == "too_large");
}

TEST_CASE("a keyed command's answer comes back from its events") {
  book_driver b;
  for (const char* queue : {"a", "a", "b"}) {
    const std::size_t before = b.recorded.size();
    const std::string reply = b.define_it(document(queue), {}, "key" + std::to_string(before));
    REQUIRE(b.recorded.size() == before + 1);
    const auto e = decode_event(b.recorded.back().type, b.recorded.back().body);
    REQUIRE(e);
    CHECK(*recorded_reply(who, {*e}) == reply);
    CHECK(b.state.keys.find("key" + std::to_string(before))->version == before + 1);
  }
  CHECK(recorded_reply(who, {}).error().code == errc::corrupt);
}

TEST_CASE("whatever was defined, entries and snapshots give the same book, and a map agrees") {
  random_seed seed;
  CAPTURE(seed.rerun());
  book_driver b;
  std::map<std::uint32_t, std::string> model; // document without its version
  for (int i = 0; i < 300; ++i) {
    std::string text = document(std::string(1, static_cast<char>('a' + seed.below(3))));
    if (seed.one_in(9)) text.insert(1, R"("description":"\u00e9\n\"",)");
    const std::uint32_t newest = model.empty() ? 0 : model.rbegin()->first;
    std::optional<std::uint32_t> version;
    if (seed.one_in(2)) version = 1 + static_cast<std::uint32_t>(seed.below(newest + 4));
    const std::string plain = json_value::parse(text).dump();
    std::string expected;
    if (const auto there = version ? model.find(*version) : model.find(newest);
        there != model.end() && there->second == plain)
      expected = said(there->first, false);
    else if (version && there != model.end()) expected = "definition_exists";
    else if (version && *version < newest) expected = "invalid";
    else expected = said(version.value_or(newest + 1), true), model[version.value_or(newest + 1)] = plain;
    CHECK(b.define_it(text, version, seed.one_in(2) ? "k" + std::to_string(i) : "") == expected);
  }
  book_state folded;
  for (const entry_draft& d : b.recorded) REQUIRE(apply_entry(folded, d));
  const std::string bytes = encode_state(b.state);
  CHECK(encode_state(folded) == bytes);
  auto again = decode_state(bytes);
  REQUIRE(again);
  CHECK(encode_state(*again) == bytes);
  CHECK(again->document_bytes == b.state.document_bytes);
  REQUIRE(folded.versions.size() == model.size());
  for (const auto& d : folded.versions) {
    auto document = json_value::parse(d.document);
    CHECK(document.at("version") == d.version);
    CHECK(pin_definition(document, d.version));
    document.erase("version");
    CHECK(document.dump() == model.at(d.version));
  }
}

TEST_CASE("records that cannot be are corrupt") {
  book_state state;
  apply(state, defined{3, "{}"}, {});
  const auto entry_of = [&](std::string type, std::string body, std::uint64_t version = 2) {
    return apply_entry(state, {std::move(type), std::move(body), version, {}, {}});
  };
  const std::pair<const char*, const char*> bad[] = {{"defined", R"({"version":3,"document":{}})"},
                                                     {"defined", R"({"version":0,"document":{}})"},
                                                     {"defined", R"({"version":"4","document":{}})"},
                                                     {"defined", R"({"version":4})"},
                                                     {"defined", R"({"version":4,"document":[]})"},
                                                     {"defined", "{"},
                                                     {"noted", "{}"},
                                                     {"redefined", R"({"version":4,"document":{}})"}};
  for (const auto& [type, body] : bad) {
    INFO(type << " " << body);
    const auto done = entry_of(type, body);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == errc::corrupt);
  }
  CHECK_FALSE(entry_of("defined", R"({"version":4,"document":{}})", 3));
  CHECK(entry_of("defined", R"({"version":4,"document":{}})"));
  for (
      const char* bytes :
      {"", "{}", R"({"format":2,"version":0,"recorded_us":0,"versions":[],"keys":[]})",
       R"({"format":1,"version":0,"recorded_us":0,"versions":[{"version":2,"created_us":0,"document":"{}"},{"version":2,"created_us":0,"document":"{}"}],"keys":[]})"}) {
    INFO(bytes);
    CHECK_FALSE(decode_state(bytes));
  }
}

TEST_CASE("a definition is shown with how many phases it has, and its document where that is wanted") {
  book_driver b;
  json_value every = json_value::parse(samples::every_kind);
  every["name"] = "trip";
  every["version"] = 3;
  REQUIRE(b.attempt({every.dump(), "trip", 3}));
  const auto& d = *find(b.state, {});
  const std::string head =
      R"({"name":"trip","version":3,"description":"Builds and ships.\nTwice a day.","phases":14,"created_at":")" +
      to_rfc3339(d.created_at) + '"';
  CHECK(*render_definition("trip", d, false) == head + "}");
  CHECK(*read_reply(who, b.state, {}) == "{\"definition\":" + head + ",\"document\":" + every.dump() + "}}");
  CHECK(read_reply(who, b.state, {2}).error().type == "definition_not_found");
  CHECK(read_reply(who, {}, {}).error().code == errc::not_found);
}

} // namespace ropewalk::workflow::book
