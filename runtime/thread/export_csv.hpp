#pragma once
// One message as a line of CSV; the rules stand in export_format.hpp.

#include <string>
#include <string_view>

#include "runtime/json_text.hpp"

namespace ropewalk::thread {

inline constexpr std::string_view csv_header =
    "seq,id,role,sender,name,created_at,tokens,content,tool_calls,tool_call_id,metadata\r\n";

void append_csv_row(std::string& out, json_view message);

} // namespace ropewalk::thread
