// Which request a quarantined append is offered with.

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "cli/quarantine/offered_append.hpp"
#include "runtime/hex.hpp"
#include "transport/content_fingerprint.hpp"

using namespace ropewalk;
using namespace ropewalk::cli;
using nlohmann::json;

namespace {

json message() {
  return {{"id", "0192"},
          {"seq", 7},
          {"role", "user"},
          {"content", "x"},
          {"metadata", {{"b", 1}, {"a", 2}}},
          {"tokens", 3},
          {"tokens_estimated", true},
          {"revision", 1},
          {"created_at", "2026-01-31T09:05:00.000001Z"}};
}

json quarantined(const json& about, const char* type = "appended") {
  return {{"kind", "thread"},
          {"org", "acme"},
          {"id", "t42"},
          {"type", type},
          {"version", 7},
          {"hash", "ab12"},
          {"body", {{"message", about}}}};
}

json with_key(json entry, const json& request, int entries = 1) {
  const std::string text = request.dump();
  const auto doc = json_document::parse(text, {});
  REQUIRE(doc);
  entry["idempotency"] = {{"key", "order-17"},
                          {"fingerprint", to_hex(transport::content_fingerprint("thread.append", doc->root()))},
                          {"entries", entries}};
  return entry;
}

offered_append offered(const json& entry) {
  const auto doc = reply_document::parse(entry.dump());
  REQUIRE(doc);
  auto append = append_of(doc->root());
  REQUIRE(append);
  return *std::move(append);
}

} // namespace

TEST_CASE("an append is offered with the client's key and content, so that both are one request") {
  const json asked = {{"content", "x"}, {"role", "user"}, {"metadata", {{"a", 2}, {"b", 1}}}};
  const offered_append a = offered(with_key(quarantined(message()), asked));
  CHECK(a.org == "acme");
  CHECK(a.thread == "t42");
  CHECK(a.key == "order-17");
  CHECK(a.as_the_client);
  CHECK(json::parse(a.body) == asked);
}

TEST_CASE(
    "an id that the client chose, its own count of tokens and content that it left out are offered as it gave them") {
  json chosen = message();
  chosen.erase("tokens_estimated");
  chosen["content"] = nullptr;
  chosen["role"] = "assistant";
  chosen["tool_calls"] = json::array({{{"id", "c1"}, {"type", "function"}}});
  const json asked = {{"id", "0192"},
                      {"role", "assistant"},
                      {"metadata", chosen["metadata"]},
                      {"tokens", 3},
                      {"tool_calls", chosen["tool_calls"]}};
  const offered_append a = offered(with_key(quarantined(chosen), asked));
  CHECK(a.as_the_client);
  CHECK(json::parse(a.body) == asked);
}

TEST_CASE("where the client's content cannot be told the key is still the client's, and the message keeps its id") {
  const offered_append a =
      offered(with_key(quarantined(message()), {{"role", "user"}, {"content", "x"}, {"expected_seq", 6}}));
  CHECK_FALSE(a.as_the_client);
  CHECK(a.key == "order-17");
  CHECK(json::parse(a.body)["id"] == "0192");
  CHECK_FALSE(json::parse(a.body).contains("seq"));
}

TEST_CASE("without a key, or with one of a batch, the key follows from the entry's hash") {
  CHECK(offered(quarantined(message())).key == "quarantine-ab12");
  CHECK(offered(with_key(quarantined(message()), json::object(), 3)).key == "quarantine-ab12");
}

TEST_CASE("what is no append of a thread is refused by name") {
  const auto doc = reply_document::parse(quarantined(message(), "edited").dump());
  REQUIRE(doc);
  const auto refused = append_of(doc->root());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().type == "cannot_offer");
  CHECK(refused.error().detail ==
        "only appends of threads can be offered again, not thread acme/t42 edited version 7; do "
        "again what is still wanted of it, then discard it");
}
