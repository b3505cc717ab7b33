// JetStream's answers: bytes of a record that was asked for by itself.
#include <catch2/catch.hpp>

#include <string>

#include "transport/jetstream_answers.hpp"

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
