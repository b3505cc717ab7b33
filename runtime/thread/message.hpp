#pragma once
// A message of a thread. Stored and answered as one JSON object whose bytes are made once, when the message
// is appended or edited, and copied from then on:
//
//   {"id":"0192…","seq":7,"role":"user","sender":"ann","name":"Ann","content":"hi","tool_calls":[…],
//    "tool_call_id":"call_1","metadata":{…},"tokens":3,"tokens_estimated":true,"revision":1,
//    "created_at":"2026-01-31T09:05:00.000001Z"}
//
// Absent fields are left out (content may be null when there are tool calls). An edit adds "updated_at" and
// counts "revision" up.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/instant.hpp"

namespace ropewalk::thread {

enum class role : std::uint8_t { system = 1, user = 2, assistant = 3, tool = 4 }; // frozen: stored
std::string_view name(role r) noexcept;
std::optional<role> parse_role(std::string_view text) noexcept;

// What a client gave, checked at the edge. Strings with JSON in them are compact JSON of the named shape.
struct message_draft {
  role author = role::user;
  std::optional<std::string> id;     // chosen by the client; otherwise the machine makes one
  std::optional<std::string> sender; // who, in the application's own terms
  std::optional<std::string> name;   // OpenAI's "name": a participant's or a tool's
  std::string content_json = "null"; // a string, an array of parts, or null
  std::optional<std::string> tool_calls_json;
  std::optional<std::string> tool_call_id;
  std::optional<std::string> metadata_json;
  std::uint32_t tokens = 0; // the client's count, or an estimate of content and tool calls
  bool tokens_estimated = true;
  std::optional<instant> created_at;     // only from imports; otherwise the entry's time
  std::optional<std::uint32_t> revision; // only from imports; otherwise the identity's
  std::optional<instant> updated_at;     // only from imports; otherwise the identity's
};

// What stays the same over edits.
struct message_identity {
  std::string id;
  std::uint64_t seq = 0;
  std::uint32_t revision = 1;
  instant created_at;
  std::optional<instant> updated_at;
};

// The bytes of the stored object, in the order of fields above; always the same for the same arguments.
std::string render_message(const message_identity& who, const message_draft& what);

} // namespace ropewalk::thread
