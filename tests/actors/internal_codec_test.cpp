// What entities tell each other between members of a cluster, there and back.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "actors/cluster/internal_codec.hpp"

using namespace ropewalk;
using namespace ropewalk::actors;
using nlohmann::json;

namespace {

std::string told_text(workflow::command what) {
  request r;
  r.entity = {"acme", entity_kind::workflow, "order-7"};
  r.what = std::move(what);
  REQUIRE(has_internal_form(r));
  const auto text = encode_internal(r);
  REQUIRE(text);
  return *text;
}

workflow::command heard_command(const std::string& text) {
  const auto r = decode_internal(text);
  REQUIRE(r);
  CHECK((*r)->entity == entity_key{"acme", entity_kind::workflow, "order-7"});
  return std::get<workflow::command>((*r)->what);
}

workflow::start start_of_child(std::uint32_t depth) {
  workflow::start s;
  s.definition = "pack";
  s.version = 3;
  s.parent = workflow::parent_run{"order-7", 12};
  s.depth = depth;
  return s;
}

} // namespace

TEST_CASE("a child's start keeps whose it is and how deep") {
  const auto back = std::get<workflow::start>(
      std::get<workflow::write>(heard_command(told_text(workflow::write{start_of_child(4)}))));
  CHECK(back.definition == "pack");
  CHECK(back.version == 3u);
  REQUIRE(back.parent);
  CHECK(back.parent->workflow == "order-7");
  CHECK(back.parent->run == 12);
  CHECK(back.depth == 4);
}

TEST_CASE("a start of a program that does not know of depths is at depth 0") {
  const json body = json::parse(told_text(workflow::write{start_of_child(0)}));
  CHECK(body.dump().find("depth") == std::string::npos);
  CHECK(std::get<workflow::start>(std::get<workflow::write>(heard_command(body.dump()))).depth == 0);
}

TEST_CASE("what a child and its parent tell each other is the same on the other side") {
  const auto begun =
      std::get<workflow::child_begun>(heard_command(told_text(workflow::child_begun{12, "order-7.pack.12"})));
  CHECK(begun.run == 12);
  CHECK(begun.child == "order-7.pack.12");
  const auto ended = std::get<workflow::child_ended>(heard_command(told_text(workflow::child_ended{
      12, "order-7.pack.12", workflow::child_end::failed, workflow::json_value{{"n", 1}}, {"broken", "it fell"}})));
  CHECK(ended.how == workflow::child_end::failed);
  CHECK(ended.state == workflow::json_value{{"n", 1}});
  CHECK(ended.why.code == "broken");
  const auto stop =
      std::get<workflow::stop_child>(heard_command(told_text(workflow::stop_child{{"order-7", 12}, true, "late"})));
  CHECK(stop.parent.run == 12);
  CHECK(stop.terminate);
  CHECK(stop.reason == "late");
}

TEST_CASE("what is only of this member is not told to another one") {
  request r;
  r.entity = {"acme", entity_kind::workflow, "order-7"};
  r.what = workflow::command{workflow::wake{}};
  CHECK_FALSE(has_internal_form(r));
  CHECK_FALSE(encode_internal(r));
}

TEST_CASE("what a later program tells is kept for later, and what nobody tells is refused") {
  json body = json::parse(told_text(workflow::child_begun{12, "c"}));
  json later = body;
  later["v"] = 99;
  const auto newer = decode_internal(later.dump());
  REQUIRE_FALSE(newer);
  CHECK(newer.error().type == "newer_request");
  CHECK(newer.error().code == errc::unavailable);
  body["what"] = "child_sang";
  for (const std::string& bad : {body.dump(), std::string("{"), std::string("[]"), std::string("{\"v\":1}")}) {
    const auto refused = decode_internal(bad);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::invalid);
  }
}

TEST_CASE("the level that is asked for goes along, and a word without one has none") {
  request r;
  r.entity = {"acme", entity_kind::thread, "child"};
  r.what = thread::command{thread::adopt_fork{"parent", "{}", instant{1}}};
  for (const std::optional<ack_level> level : {std::optional<ack_level>{}, std::optional{ack_level::local},
                                               std::optional{ack_level::log}, std::optional{ack_level::peers}}) {
    r.ack = level;
    const auto text = encode_internal(r);
    REQUIRE(text);
    const auto back = decode_internal(*text);
    REQUIRE(back);
    CHECK(((*back)->ack == level));
  }
  json odd = json::parse(*encode_internal(r));
  odd["ack"] = "everywhere";
  CHECK_FALSE(decode_internal(odd.dump()));
}
