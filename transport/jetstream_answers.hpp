#pragma once
// What JetStream's API says, read from its JSON. A text that is not of the expected shape is nullopt, which callers
// take as no answer at all.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::transport {

// Numbers of nats-server's errors.json that decide something; `code` is HTTP-like.
namespace jetstream_errors {
inline constexpr int stream_name_in_use = 10058; // with other settings
inline constexpr int stream_not_found = 10059;
inline constexpr int wrong_last_sequence = 10071;
inline constexpr int account_limits = 10002;
inline constexpr int no_message_found = 10037;
} // namespace jetstream_errors

struct jetstream_problem {
  int error_code = 0;
  std::string description;
};
// nullopt: the answer is no error.
std::optional<jetstream_problem> problem_in(std::string_view body);

// "wrong last sequence: 17".
std::optional<std::uint64_t> actual_last(const jetstream_problem& p);

// Of a publish that was stored.
std::optional<std::uint64_t> stored_sequence(std::string_view body);

struct stream_answer {
  std::string created;     // tells a stream from another one that stood under the same name
  std::string subject;     // the first one
  bool has_leader = true;  // else whoever was asked has answered from what it happens to have
  std::uint64_t first = 0; // last + 1 when nothing is stored
  std::uint64_t last = 0;
  bool has_holes = false; // some sequences from first to last stand for nothing
};
std::optional<stream_answer> read_stream_answer(std::string_view body); // of STREAM.INFO and STREAM.CREATE
// Of STREAM.INFO with "deleted_details", of a stream that ends at `last`: how many sequences up to there stand for nothing.
std::optional<std::uint64_t> removed_at_end(std::string_view body, std::uint64_t last);

// The sequence of STREAM.MSG.GET's message.
std::optional<std::uint64_t> message_sequence(std::string_view body);
// Its bytes.
std::optional<std::string> stored_bytes(std::string_view body);

struct names_page {
  std::uint64_t total = 0;
  std::vector<std::string> names;
};
std::optional<names_page> read_names_page(std::string_view body);

} // namespace ropewalk::transport
