#pragma once
// A message's content and its tool calls, checked as they come in.
//
//   content    = string | null | [part, ...]            (at least one part)
//   part       = {"type":"text","text":string}
//              | {"type":"image","url":string,"detail"?} | {"type":"image","data":base64,"media_type":string,"detail"?}
//              | {"type":"image_url","image_url":{"url":string,"detail"?}}                        (OpenAI's)
//              | {"type":"file","url":string | "file_id":string | "data":base64,"media_type"?,"name"?}
//              | {"type":"file","file":{"file_id":string | "file_data":string,"filename"?}}       (OpenAI's)
//              | {"type":"tool_call","id":string,"name":string,"arguments":string | object}
//              | {"type":"tool_result","tool_call_id":string,"content":string | [part, ...],"is_error"?:bool}
//   tool_calls = [{"id":string,"type":"function","function":{"name":string,"arguments":string}}, ...]   (1 to 128)
//   detail     = "auto" | "low" | "high"
//
// A tool_result's own parts are text, image and file parts. Any other type or field is refused by name.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/json_text.hpp"
#include "runtime/result.hpp"
#include "runtime/thread/field_place.hpp"

namespace ropewalk::thread {

// What the rules across a message's fields need to know of them.
struct content_facts {
  std::uint64_t tokens = 0;         // estimate, message_tokens.hpp
  std::vector<std::string> calls;   // ids of tool calls
  std::vector<std::string> answers; // ids that tool_result parts answer
  bool has_other_parts = false;     // text, image, file
};

status_result check_content(json_view content, const field_place& place, content_facts& facts);
status_result check_tool_calls(json_view tool_calls, const field_place& place, content_facts& facts);

} // namespace ropewalk::thread
