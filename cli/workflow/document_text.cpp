#include "cli/workflow/document_text.hpp"

#include <fmt/format.h>

#include "cli/file_text.hpp"
#include "runtime/limits.hpp"

namespace ropewalk::cli {

// The document is the user's, not a node's: exit code 8 all the same, for it is content that breaks a rule.
error document_text::placed(error e) const {
  e.detail = (yaml ? fmt::format("{} line {}: ", name, yaml->line_of(e.field)) : name + ": ") + e.detail;
  return e;
}

result<document_text> document_text_of(std::string_view text, const std::string& name) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return invalid({}, name + ": is empty");
  if (text[start] == '{') return document_text{std::string(text), name, {}};
  auto converted = yaml_to_json(text, limits::request_bytes);
  if (!converted) {
    error e = converted.error(); // its field is the place
    e.detail = name + ": " + e.detail;
    return e;
  }
  document_text whole{converted->json, name, {}};
  whole.yaml = *std::move(converted);
  return whole;
}

result<document_text> read_document_text(const std::string& path) {
  const auto text = read_whole(path, limits::request_bytes);
  if (!text) return text.error();
  return document_text_of(*text, path == "-" ? "standard input" : path);
}

} // namespace ropewalk::cli
