#pragma once
// A stored message as a dict that LangChain's convert_to_messages takes:
//
//   {"type":"human","content":"hi","name":"Ann","id":"0192…"}
//   {"type":"ai","content":"","id":"0192…","tool_calls":[{"name":"add","args":{"a":1},"id":"c1","type":"tool_call"}]}
//   {"type":"tool","content":"42","tool_call_id":"c1","id":"0192…","status":"error"}
//
// content is a string or a list of blocks, never null. Arguments that are not a JSON object, which models do
// write, become {"__arg1":"the text"}, LangChain's own name for a tool's single input. A tool message with
// several tool_result parts becomes one message each; the second one's id is "0192…:1", because LangGraph
// takes two messages of one id for an update.

#include <string>

#include "runtime/json_text.hpp"

namespace ropewalk::thread {

void append_langchain(std::string& out, json_view message);

} // namespace ropewalk::thread
