// JetStream's answers: bytes of a record that was asked for by itself.
#include <catch2/catch.hpp>

#include <string>

#include "transport/jetstream_answers.hpp"

using ropewalk::transport::message_sequence;
using ropewalk::transport::read_stream_answer;
using ropewalk::transport::removed_at_end;
using ropewalk::transport::stored_bytes;

namespace {

std::string message_with(const std::string& data) {
  return R"({"type":"io.nats.jetstream.api.v1.stream_msg_get_response","message":{"subject":"s","seq":7,"data":")" + data +
         R"(","time":"2026-11-28T00:00:00Z"}})";
}

} // namespace

TEST_CASE("a record that was asked for by itself has the bytes that were stored, whatever their number") {
  CHECK(stored_bytes(message_with("")) == "");
  CHECK(stored_bytes(message_with("AA==")) == std::string(1, '\0'));
  CHECK(stored_bytes(message_with("YWI=")) == "ab");
  CHECK(stored_bytes(message_with("YWJj")) == "abc");
  CHECK(stored_bytes(message_with("/+8AAA==")) == std::string("\xff\xef\0\0", 4));
  CHECK(stored_bytes(R"({"message":{"subject":"s","seq":7}})") == "");
}

TEST_CASE("what is no such answer is none") {
  for (const char* body : {"", "no JSON", "{}", R"({"error":{"code":404,"err_code":10037,"description":"no message found"}})"})
    CHECK_FALSE(stored_bytes(body));
  for (const char* data : {"YWI", "Y", "YW*j", "====A"}) CHECK_FALSE(stored_bytes(message_with(data)));
}

TEST_CASE("the sequences at a stream's end that stand for nothing are counted, those before a record are not") {
  const auto info = [](const std::string& deleted) {
    return R"({"config":{"subjects":["s"]},"state":{"messages":3,"first_seq":2,"last_seq":9)" + deleted + "}}";
  };
  CHECK(removed_at_end(info(""), 9) == 0u);
  CHECK(removed_at_end(info(R"(,"num_deleted":1,"deleted":[9])"), 9) == 1u);
  CHECK(removed_at_end(info(R"(,"num_deleted":4,"deleted":[3,4,8,9])"), 9) == 2u);
  CHECK(removed_at_end(info(R"(,"num_deleted":2,"deleted":[3,4])"), 9) == 0u);
  CHECK_FALSE(removed_at_end(info(R"(,"num_deleted":1,"deleted":[9])"), 8)); // it went on meanwhile
  CHECK_FALSE(removed_at_end(info(R"(,"num_deleted":1,"deleted":["9"])"), 9));
  for (const char* body :
       {"", "no JSON", "{}", R"({"error":{"code":404,"err_code":10059,"description":"stream not found"}})"})
    CHECK_FALSE(removed_at_end(body, 9));
  CHECK(read_stream_answer(info(R"(,"num_deleted":1)"))->has_holes);
  CHECK_FALSE(read_stream_answer(info(""))->has_holes);
  CHECK(message_sequence(message_with("AA==")) == 7u);
  CHECK_FALSE(message_sequence("{}"));
}
