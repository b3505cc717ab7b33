#include <catch2/catch.hpp>

#include <set>

#include "tests/support/example_subject.hpp"
#include "tests/support/hostile_requests.hpp"
#include "transport/content_fingerprint.hpp"
#include "transport/problem.hpp"
#include "transport/request_decoder.hpp"

namespace ropewalk::transport {
namespace {

const decoder_settings settings;
const surroundings request_moment{{1'769'850'300'000'001}, 7, 11};

result<decoded_request> decode(std::string_view subject, std::string_view body, std::vector<header_view> headers = {}) {
  return decode_request({subject, headers, body}, settings, request_moment);
}

template <class T>
T write_of(const result<decoded_request>& r) {
  REQUIRE(r);
  return std::get<T>(std::get<thread::write>(r->what));
}

template <class T>
T read_of(const result<decoded_request>& r) {
  REQUIRE(r);
  return std::get<T>(std::get<thread::read>(r->what));
}

} // namespace

TEST_CASE("every hostile request is refused with its status and field") {
  const auto rows = tests::hostile_requests();
  REQUIRE(rows.size() >= 200);
  for (const auto& row : rows) {
    CAPTURE(row.name, row.subject.substr(0, 200), row.body.substr(0, 200));
    std::vector<header_view> headers;
    for (const auto& [name, value] : row.headers) headers.push_back({name, value});
    const auto r = decode(row.subject, row.body, headers);
    if (r) FAIL_CHECK("accepted");
    if (r) continue;
    CHECK(status(r.error().code) == row.status);
    if (row.field != "*") CHECK(r.error().field == row.field);
    CHECK(!r.error().detail.empty());
    CHECK(json_document::parse(to_problem(r.error()).body, {})); // whatever came in, the answer is JSON
  }
}

TEST_CASE("hostile requests differ in name") {
  std::set<std::string> seen;
  for (const auto& row : tests::hostile_requests()) {
    CAPTURE(row.name, row.subject);
    CHECK(seen.insert(row.name + row.subject).second);
  }
}

TEST_CASE("every hostile query is taken as text") {
  for (const std::string& query : tests::hostile_queries()) {
    CAPTURE(query);
    const auto r = decode("rw.v1.acme.threads.search", "{\"query\":" + tests::quoted(query) + "}");
    REQUIRE(r);
    CHECK(std::get<thread::search>(std::get<thread::across>(r->what)).query == query);
  }
}

TEST_CASE("every example of the table is decoded, and what changes something is marked as a write") {
  for (const verb_spec& v : verbs()) {
    CAPTURE(full_name(v));
    const auto r = decode(tests::example_subject(v), v.example_request);
    if (!r) FAIL_CHECK(r.error().field + ": " + r.error().detail);
    if (!r) continue;
    CHECK(r->verb == &v);
    CHECK(r->key.kind == (v.verb == "define" || v.verb == "definition"            ? entity_kind::definition
                          : v.noun == noun::workflow || v.noun == noun::workflows ? entity_kind::workflow
                          : v.noun == noun::schedule || v.noun == noun::schedules ? entity_kind::schedule
                                                                                  : entity_kind::thread));
    if (v.noun == noun::thread || v.noun == noun::threads)
      CHECK(std::holds_alternative<thread::write>(r->what) == v.writes);
    if (v.noun == noun::schedule) CHECK(std::holds_alternative<schedule::write>(r->what) == v.writes);
    const auto* write = std::get_if<workflow::write>(&r->what);
    if (write && !std::holds_alternative<workflow::heartbeat>(*write)) CHECK(v.writes);
    if (std::holds_alternative<workflow::read>(r->what) || std::holds_alternative<workflow::across>(r->what))
      CHECK(!v.writes);
  }
}

TEST_CASE("an append becomes one draft of its thread and partition") {
  const auto r = decode(
      "rw.v1.acme.thread.t42.append",
      R"( {"role":"user", "content": [ {"type":"text","text":"hi"} ], "metadata":{"b":1, "a":2.50}, "expected_seq":7} )");
  const auto w = write_of<thread::append>(r);
  CHECK(r->key == entity_key{"acme", entity_kind::thread, "t42"});
  CHECK(r->partition == partition_of({"acme", entity_kind::thread, "t42"}, 16));
  CHECK(!r->idempotency);
  REQUIRE(w.messages.size() == 1);
  CHECK(w.messages[0].author == thread::role::user);
  CHECK(w.messages[0].content_json == R"([{"type":"text","text":"hi"}])");
  CHECK(w.messages[0].metadata_json == R"({"b":1,"a":2.50})"); // as it came, white space aside
  CHECK(w.expected_seq == 7);
  CHECK(!w.batch);
}

TEST_CASE("an encoded id is one entity with its decoded name") {
  const auto r = decode("rw.v1.acme.thread.mail%40example%2Ecom.get", "");
  REQUIRE(r);
  CHECK(r->key.id == "mail@example.com");
  CHECK(r->partition == partition_of("acme", "mail%40example%2Ecom", 16));
}

TEST_CASE("another prefix may have dots of its own") {
  const decoder_settings other{"prod.rw", 4};
  CHECK(decode_request({"prod.rw.v1.acme.thread.t1.get", {}, {}}, other, request_moment));
  CHECK(!decode_request({"rw.v1.acme.thread.t1.get", {}, {}}, other, request_moment));
}

TEST_CASE("an empty body counts as an empty object") {
  const auto page = read_of<thread::read_messages>(decode("rw.v1.acme.thread.t1.messages", ""));
  CHECK(page.limit == 50);
  CHECK(page.offset == 0);
  CHECK(!page.reverse);
}

TEST_CASE("the fingerprint of a keyed request follows its content, not its spelling") {
  const auto print = [](std::string_view subject, std::string_view body) {
    const auto r = decode(subject, body, {{"Rw-Idempotency-Key", "k1"}});
    REQUIRE(r);
    return r->idempotency.value().fingerprint;
  };
  const std::string append = "rw.v1.acme.thread.t1.append";
  const auto first = print(append, R"({"role":"user","content":"caf\u00e9","metadata":{"a":{"x":1,"y":[2]},"b":3}})");
  CHECK(first ==
        print(append,
              "{ \"metadata\":{\"b\":3,\"a\":{\"y\":[2], \"x\":1}}, \"content\":\"caf\xC3\xA9\",\"role\":\"user\" }"));
  CHECK(first != print(append, R"({"role":"user","content":"cafe","metadata":{"a":{"x":1,"y":[2]},"b":3}})"));
  CHECK(first != print(append, R"({"role":"user","content":"caf\u00e9","metadata":{"a":{"x":1,"y":[2]},"b":4}})"));
  CHECK(print("rw.v1.acme.thread.t1.suspend", "{}") != print("rw.v1.acme.thread.t1.close", "{}"));
  CHECK(print("rw.v1.acme.thread.t1.suspend", "{}") == print("rw.v1.acme.thread.t1.suspend", ""));
}

TEST_CASE("SHA-256 is SHA-256") {
  CHECK(sha256("abc")[0] == 0xBA);
  CHECK(sha256("abc")[31] == 0xAD);
  CHECK(sha256("")[0] == 0xE3);
}

TEST_CASE("a keyed creation without an id means the same thread each time") {
  const std::vector<header_view> key = {{"Rw-Idempotency-Key", "order-17"}};
  const auto first = decode("rw.v1.acme.threads.create", R"({"name":"a"})", key);
  const auto again = decode_request({"rw.v1.acme.threads.create", key, R"({"name":"a"})"}, settings, {{5}, 1, 2});
  const auto other_org = decode("rw.v1.zeta.threads.create", R"({"name":"a"})", key);
  REQUIRE(first);
  REQUIRE(again);
  REQUIRE(other_org);
  CHECK(first->key.id == again->key.id);
  CHECK(first->key.id != other_org->key.id);
  CHECK(first->key.id.size() == 36);
  CHECK(first->key.id[14] == '8'); // UUIDv8
  CHECK(!first->fresh_id);         // the thread may exist from the first time
  CHECK(first->partition == partition_of(first->key, 16));
}

TEST_CASE("a creation without an id or a key gets a new UUIDv7") {
  const auto r = decode("rw.v1.acme.threads.create", "");
  const auto another = decode_request({"rw.v1.acme.threads.create", {}, {}}, settings, {request_moment.now, 8, 12});
  REQUIRE(r);
  REQUIRE(another);
  CHECK(r->fresh_id);
  CHECK(r->key.id[14] == '7');
  CHECK(r->key.id != another->key.id);
}

TEST_CASE("a fork's child gets an id at the edge") {
  const auto chosen = write_of<thread::fork>(decode("rw.v1.acme.thread.t1.fork", R"({"thread":"t2","seq":3})"));
  CHECK(chosen.child_id == "t2");
  CHECK(chosen.at->seq == 3);
  const auto keyed = decode("rw.v1.acme.thread.t1.fork", "", {{"Rw-Idempotency-Key", "k"}});
  const auto elsewhere = decode("rw.v1.acme.thread.t9.fork", "", {{"Rw-Idempotency-Key", "k"}});
  CHECK(write_of<thread::fork>(keyed).child_id != write_of<thread::fork>(elsewhere).child_id);
  CHECK(!write_of<thread::fork>(keyed).at);
}

TEST_CASE("tags are kept sorted, each once") {
  const auto w = write_of<thread::create>(decode("rw.v1.acme.thread.t1.create", R"({"tags":["b","a","b"]})"));
  CHECK(w.tags == std::vector<std::string>{"a", "b"});
}

TEST_CASE("fields of an import win over the header of its file") {
  const std::string file = tests::quoted(
      R"({"ropewalk":"thread","version":1,"thread":{"id":"old","name":"from the file","user":"ann","tags":["x"],"metadata":{}}})"
      "\n"
      R"({"role":"user","content":"hi"})");
  const auto w = write_of<thread::import>(
      decode("rw.v1.acme.thread.t1.import", R"({"format":"jsonl","name":"mine","data":)" + file + "}"));
  REQUIRE(w.create_if_absent);
  CHECK(w.create_if_absent->name == "mine");
  CHECK(w.create_if_absent->user == "ann");
  CHECK(w.messages.size() == 1);
  const auto no_create =
      write_of<thread::import>(decode("rw.v1.acme.thread.t1.import", R"({"format":"jsonl","create":false,"data":""})"));
  CHECK(!no_create.create_if_absent);
}

TEST_CASE("limits of an import stand over its file's, each for itself") {
  const std::string file =
      tests::quoted(R"({"ropewalk":"thread","version":1,"thread":{"limits":{"max_messages":5,"max_tokens":7}}})"
                    "\n");
  const auto w = write_of<thread::import>(
      decode("rw.v1.acme.thread.t1.import", R"({"format":"jsonl","limits":{"max_messages":0},"data":)" + file + "}"));
  REQUIRE(w.create_if_absent);
  CHECK(w.create_if_absent->limits.max_messages == 0);
  CHECK(w.create_if_absent->limits.max_tokens == 7);
}

TEST_CASE("headers that are not ours pass, and ours compare without case") {
  const auto r = decode("rw.v1.acme.thread.t1.suspend", "",
                        {{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
                         {"Nats-Expected-Stream", "x"},
                         {"rw-idempotency-key", "k"},
                         {"RW-ACK", "local"}});
  REQUIRE(r);
  CHECK(r->idempotency.value().key == "k");
}

TEST_CASE("a misspelt field is told what it was meant to be") {
  const auto field = decode("rw.v1.acme.thread.t1.create", R"({"metdata":{}})");
  REQUIRE(!field);
  CHECK(field.error().detail == R"(is no field of this request; did you mean "metadata"?)");
  const auto verb = decode("rw.v1.acme.thread.t1.apend", "{}");
  REQUIRE(!verb);
  CHECK(verb.error().type == "unknown_verb");
  CHECK(verb.error().detail == R"("apend" is no verb of thread; did you mean "append"?)");
}

TEST_CASE("a refused request still tells its verb to the counters") {
  CHECK(verb_of("rw.v1.acme.thread.t1.append", "rw") == find_verb(noun::thread, "append"));
  CHECK(verb_of("rw.v1.acme.thread.t1.nope", "rw") == nullptr);
}

} // namespace ropewalk::transport
