#pragma once
// A thread as a file, page by page: what the pages of one export have, put behind each other, is the file.
//
//   std::string page = first_page ? export_header(format, thread_json) : "";
//   for (message : page_of_messages) append_export_row(page, format, message, first row of the file?);
//   if (last_page) page += export_footer(format);
//
//   jsonl     {"ropewalk":"thread","version":1,"thread":{…}}, then one stored message a line; import reads it back
//   openai    a JSON array of Chat Completions messages (shape_openai.hpp, purpose file); sender, ids, times and
//             our own metadata are not in it
//   markdown  for reading: a heading for each message, its text as a quotation, tool calls fenced
//   csv       RFC 4180 with CRLF; columns seq,id,role,sender,name,created_at,tokens,content,tool_calls,
//             tool_call_id,metadata; a text content stands as its text, one of parts as JSON. A cell that a
//             spreadsheet would take for a formula (= + - @ TAB CR in front) begins with a ' that is not the
//             message's.

#include <string>
#include <string_view>

#include "runtime/json_text.hpp"
#include "runtime/result.hpp"
#include "runtime/thread/commands.hpp"

namespace ropewalk::thread {

inline constexpr int jsonl_version = 1; // frozen

// thread_json: the wire's thread object.
result<std::string> export_header(export_format format, std::string_view thread_json);
// first: no row of this file was written before, on this page or an earlier one.
status_result append_export_row(std::string& out, export_format format, std::string_view message_json, bool first);
std::string export_footer(export_format format);

} // namespace ropewalk::thread
