#pragma once
// A stored message as OpenAI's Chat Completions API takes it (platform.openai.com, API reference, "Create chat
// completion", parameter messages):
//
//   {"role":"user","name":"Ann","content":"hi"}
//   {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{…}}]}
//   {"role":"tool","tool_call_id":"c1","content":"42"}
//
// tool_call parts become tool_calls; a tool message with several tool_result parts becomes one message each.

#include <string>

#include "runtime/json_text.hpp"

namespace ropewalk::thread {

enum class openai_purpose : std::uint8_t {
  model, // what the API accepts: names in its alphabet, attachments as text where only users may attach
  file,  // what was imported comes out again: names and parts as they came, metadata.openai.* as fields
};

void append_openai(std::string& out, json_view message, openai_purpose purpose);

} // namespace ropewalk::thread
