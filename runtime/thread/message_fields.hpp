#pragma once
// One message from outside, every rule checked, as a draft that the machine can append.
//
//   auto draft = decode_message(object, "messages[3]", unknown_fields::refuse);
//   if (!draft) return draft.error();            // field "messages[3].content[0].text"
//
// Rules: role is one of system, user, assistant, tool. content as in message_parts.hpp; null or absent only
// for an assistant with tool calls. tool_calls and tool_call parts only on an assistant; tool_result parts
// only on a tool message, alone; tool_call_id on every other tool message and nowhere else. sender and name 1 to
// limits::name_bytes, id 1 to limits::id_bytes, content and tool_calls together limits::content_bytes,
// metadata an object of limits::metadata_bytes (all as compact JSON). tokens 0 to limits::message_tokens;
// absent: estimated (message_tokens.hpp). An agent's own values are kept byte for byte, white space aside.

#include <string>
#include <string_view>

#include "runtime/json_text.hpp"
#include "runtime/result.hpp"
#include "runtime/thread/message.hpp"
#include "runtime/thread/message_tokens.hpp"

namespace ropewalk::thread {

enum class unknown_fields : std::uint8_t {
  refuse,         // append: a field beyond role, content, name, sender, tool_calls, tool_call_id, metadata, tokens, id
  allow_archived, // our own JSONL: also seq (read, not used), created_at, updated_at, revision, tokens_estimated
  keep_in_metadata, // OpenAI's messages: fields beyond role, content, name, tool_calls, tool_call_id go to
                    // metadata.openai.<field>, and the openai export puts them back. So do known fields that say
                    // nothing (null, "", []); the role "developer" becomes system and is remembered there.
};

// path: where the object stands, for errors; "" = the request itself. beside: a field of the request around
// the message that is somebody else's to read ("expected_seq").
result<message_draft> decode_message(json_view object, std::string_view path, unknown_fields policy,
                                     std::string_view beside = {});

// Single fields, for `edit`: compact JSON. What depends on the message's role is for the caller.
result<std::string> decode_content(json_view content, std::string_view path);
result<std::string> decode_tool_calls(json_view tool_calls, std::string_view path);
result<std::string> decode_metadata(json_view metadata, std::string_view path);

} // namespace ropewalk::thread
