#pragma once
// One request from outside, checked whole and made into a typed command. Takes bytes, knows no NATS: this is
// what the fuzz target feeds. Whatever the bytes are, the answer is a command or an error that names the
// field and the rule; nothing is changed and nothing thrown.
//
//   request_view in{.subject = "rw.v1.acme.thread.t42.append", .headers = {}, .body = R"({"role":...})"};
//   result<decoded_request> r = decode_request(in, settings, around);

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/command.hpp"
#include "runtime/entity_key.hpp"
#include "runtime/limits.hpp"
#include "runtime/result.hpp"
#include "runtime/schedule/commands.hpp"
#include "runtime/schedule/queries.hpp"
#include "runtime/thread/commands.hpp"
#include "runtime/workflow/commands.hpp"
#include "runtime/workflow/queries.hpp"
#include "transport/header_block.hpp"
#include "transport/node_command.hpp"
#include "transport/subject.hpp"
#include "transport/verb_table.hpp"

namespace ropewalk::transport {

inline constexpr std::string_view idempotency_header = "Rw-Idempotency-Key";
inline constexpr std::string_view ack_header = "Rw-Ack";
inline constexpr std::string_view read_header = "Rw-Read";
inline constexpr std::string_view position_header = "Rw-Min-Position";

struct request_view {
  std::string_view subject;
  std::span<const header_view> headers{}; // a repeated header stands once for each value
  std::string_view body{};                // "" counts as {}
};

struct decoder_settings {
  std::string prefix{default_prefix};
  std::uint16_t partitions = 16;
  // An operator may allow less than the reference says, never more.
  std::size_t max_request_bytes = limits::request_bytes;
  std::size_t max_content_bytes = limits::content_bytes;
  std::optional<std::uint32_t> guaranteed_peers = std::nullopt; // of a member of a cluster: what `peers:N` may ask for
};

struct arm_failpoints { // of builds for tests
  std::string points;
};

// A read that any member of a cluster may answer from what it has applied, once that is as far as this.
struct replica_read {
  struct place {
    partition_id partition;
    std::uint64_t index = 0;
  };
  std::vector<place> at_least; // each partition once; empty: whatever there is
};

struct decoded_request {
  const verb_spec* verb = nullptr; // never null in a result
  // Whom it is for; org alone for requests across threads, workflows or schedules; id = the node's name for node requests.
  entity_key key;
  partition_id partition;                              // of key; 0 where no single entity is named
  std::optional<idempotency_token> idempotency;        // writes only
  std::optional<ack_level> ack;                        // absent: the node's default
  std::optional<transport::replica_read> replica_read; // reads only; absent: the owner answers
  bool fresh_id = false;                               // key.id was made here from entropy: nothing can exist under it
  std::string task_token;                              // as a worker showed it, unchecked; "" where the verb takes none
  std::variant<thread::write, thread::read, thread::across, workflow::write, workflow::read, workflow::instance_query,
               workflow::definition_request, workflow::across, schedule::write, schedule::get, schedule::list,
               node_command, arm_failpoints>
      what;
};

// `around` is used for ids that the client left to us (threads.create, fork, workflows.start, branch). With an
// idempotency key such an id is derived from org, entity and key instead, so that a repeat means the same one.
result<decoded_request> decode_request(const request_view& in, const decoder_settings& settings,
                                       const surroundings& around);

// The verb that a subject names, also where the rest of the request is refused; nullptr if there is none.
const verb_spec* verb_of(std::string_view subject, std::string_view prefix) noexcept;

} // namespace ropewalk::transport
