#pragma once
// A thread for reading, as CommonMark:
//
//   # Flight to Seattle
//
//   - thread: t42
//   - created: 2026-01-31T09:05:00.000001Z
//
//   ## 2 · assistant · Ann · 2026-01-31T09:05:00.000001Z
//
//   > What the message says, each line a quotation's
//
//   tool call get\_weather (call\_1)
//
//   ```json
//   {"city":"Seattle"}
//   ```
//
// Text cannot break out: a message's lines all stand in the quotation, so that its headings, lists and fences
// end with it; raw HTML outside its fenced code is escaped; a fence is longer than any run of backticks in it;
// what stands in a heading or a list item is one escaped line.

#include <string>

#include "runtime/json_text.hpp"

namespace ropewalk::thread {

void append_markdown_header(std::string& out, json_view thread);
void append_markdown_message(std::string& out, json_view message);

} // namespace ropewalk::thread
