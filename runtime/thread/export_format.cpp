#include "runtime/thread/export_format.hpp"

#include "runtime/json_fields.hpp"
#include "runtime/thread/export_csv.hpp"
#include "runtime/thread/export_markdown.hpp"
#include "runtime/thread/shape_openai.hpp"

namespace ropewalk::thread {

namespace {

error unreadable(const error& why) {
  return {errc::corrupt, "corrupt_record", "a stored record is not JSON: " + why.detail, {}};
}

} // namespace

result<std::string> export_header(export_format format, std::string_view thread_json) {
  switch (format) {
  case export_format::jsonl:
    return "{\"ropewalk\":\"thread\",\"version\":" + std::to_string(jsonl_version) +
           ",\"thread\":" + std::string(thread_json) + "}\n";
  case export_format::openai: return std::string("[");
  case export_format::markdown: {
    const auto doc = json_document::parse(thread_json, record_limits);
    if (!doc) return unreadable(doc.error());
    std::string out;
    append_markdown_header(out, doc->root());
    return out;
  }
  case export_format::csv: return std::string(csv_header);
  }
  return std::string{};
}

status_result append_export_row(std::string& out, export_format format, std::string_view message_json, bool first) {
  if (format == export_format::jsonl) {
    out += message_json;
    out += '\n';
    return ok();
  }
  const auto doc = json_document::parse(message_json, record_limits);
  if (!doc) return unreadable(doc.error());
  switch (format) {
  case export_format::openai:
    out += first ? "\n" : ",\n";
    append_openai(out, doc->root(), openai_purpose::file);
    break;
  case export_format::markdown: append_markdown_message(out, doc->root()); break;
  case export_format::csv: append_csv_row(out, doc->root()); break;
  case export_format::jsonl: break;
  }
  return ok();
}

std::string export_footer(export_format format) { return format == export_format::openai ? "\n]\n" : ""; }

} // namespace ropewalk::thread
