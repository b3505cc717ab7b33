#pragma once
// What can happen to a thread, as it is recorded. The state is the fold of these (I11). Type names and body
// fields are frozen; bodies are compact JSON:
//
//   created        {"name","user","agent","tags":[],"metadata":{},"limits":{…},"origin"?:{…}}
//   updated        {"name","user","agent","tags","metadata","limits"}        everything as after the change
//   appended       {"message":{…},"first_seq"?:N}       first_seq: this append trimmed all before it
//   edited         {"seq":N,"message":{…}}
//   removed        {"seq":N,"id":"…"}
//   cleared        {"count":N}
//   trimmed        {"first_seq":N}
//   forked         {"child","seq","version","header":{a created body}}       on the parent, before the child is
//   fork_completed {"child"}          fork_failed {"child","reason"}
//   suspended      {"reason"}         resumed {}         closed {"reason"}   deleted {"reason"}
//   noted          {"reply":{…}}      the answer of a keyed command that no other event can give again
//
//   origin = {"parent","seq","version","lineage":[{"thread","seq","version"},…],
//             "first_seq","count","system_seqs":[…],"removed":[[a,b],…]}

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/entry.hpp"
#include "runtime/json_text.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/thread/commands.hpp"
#include "runtime/thread/message_set.hpp"

namespace ropewalk::thread {

struct thread_header {
  std::string name, user, agent;
  std::vector<std::string> tags;
  std::string metadata_json = "{}";
  thread_limits limits;
};

struct ancestor {
  std::string thread;
  std::uint64_t seq = 0;     // its messages up to here are inherited
  std::uint64_t version = 0; // as they stood at this version of it
};

struct fork_origin {
  std::vector<ancestor> lineage; // oldest first; the last one is the parent
  message_set inherited;
};

struct created {
  thread_header header;
  std::optional<fork_origin> origin;
};
struct updated {
  thread_header header;
};
struct appended {
  std::string message_json;
  std::uint64_t seq = 0;
  bool system = false;
  std::optional<std::uint64_t> first_seq;
};
struct edited {
  std::uint64_t seq = 0;
  std::string message_json;
};
struct removed {
  std::uint64_t seq = 0;
  std::string id;
};
struct cleared {
  std::uint64_t count = 0;
};
struct trimmed {
  std::uint64_t first_seq = 0;
};
struct forked {
  std::string child;
  std::uint64_t seq = 0, version = 0;
  std::string header_json;
};
struct fork_completed {
  std::string child;
};
struct fork_failed {
  std::string child, reason;
};
struct suspended {
  std::string reason;
};
struct resumed {};
struct closed {
  std::string reason;
};
struct deleted {
  std::string reason;
};
struct noted {
  std::string reply_json;
};

using event = std::variant<created, updated, appended, edited, removed, cleared, trimmed, forked, fork_completed,
                           fork_failed, suspended, resumed, closed, deleted, noted>;

std::string_view type_of(const event& e) noexcept;
std::string body_of(const event& e);
// errc::corrupt for an unknown type or a body that does not have its fields.
result<event> decode_event(std::string_view type, std::string_view body);

// Shared by created/updated/forked bodies and snapshots.
void encode_header(json_writer& out, const thread_header& header); // the fields, without braces
result<thread_header> decode_header(json_view object);
void encode_message_set(json_writer& out, const message_set& set); // fields first_seq, count, system_seqs, removed
result<message_set> decode_message_set(json_view object, std::uint64_t next_seq);
void encode_origin(json_writer& out, const fork_origin& origin);
result<fork_origin> decode_origin(json_view object);
void encode_limits(json_writer& out, const thread_limits& limits);

} // namespace ropewalk::thread
