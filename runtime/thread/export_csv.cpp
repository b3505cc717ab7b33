#include "runtime/thread/export_csv.hpp"

namespace ropewalk::thread {

namespace {

// Spreadsheets run what begins so, quoted or not (OWASP, "CSV Injection").
bool looks_like_a_formula(std::string_view cell) noexcept {
  return !cell.empty() && std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos;
}

void append_cell(std::string& out, std::string_view cell) {
  const bool formula = looks_like_a_formula(cell);
  if (!formula && cell.find_first_of("\",\r\n") == std::string_view::npos) {
    out += cell;
    return;
  }
  out += '"';
  if (formula) out += '\'';
  for (const char c : cell) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

} // namespace

void append_csv_row(std::string& out, json_view message) {
  constexpr std::string_view columns[] = {"seq",    "id",      "role",       "sender",       "name",    "created_at",
                                          "tokens", "content", "tool_calls", "tool_call_id", "metadata"};
  for (const std::string_view column : columns) {
    if (column != columns[0]) out += ',';
    const auto v = message.find(column);
    if (!v || v->is(json_type::null)) continue;
    append_cell(out, v->is(json_type::string) ? v->string() : v->compact());
  }
  out += "\r\n";
}

} // namespace ropewalk::thread
