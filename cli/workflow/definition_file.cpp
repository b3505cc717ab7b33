#include "cli/workflow/definition_file.hpp"

#include <optional>

#include <fmt/format.h>

#include "cli/file_text.hpp"
#include "cli/workflow/yaml_json.hpp"
#include "runtime/limits.hpp"

namespace ropewalk::cli {
namespace {

// The file in front, so that an editor finds the place. The document is the user's, not a node's: exit code 8 all the
// same, for it is content that breaks a rule.
error in_file(error e, const std::string& where) {
  e.detail = where + ": " + e.detail;
  return e;
}

} // namespace

result<definition_file> parse_definition_file(std::string_view text, const std::string& name) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return invalid({}, name + ": is empty");
  std::optional<yaml_json> yaml;
  std::string json(text);
  if (text[start] != '{') {
    auto converted = yaml_to_json(text, limits::request_bytes);
    if (!converted) return in_file(converted.error(), name);
    yaml = *std::move(converted);
    json = yaml->json;
  }
  auto read = workflow::parse_definition(json);
  if (!read)
    return in_file(read.error(), yaml ? fmt::format("{} line {}", name, yaml->line_of(read.error().field)) : name);
  const auto doc = json_document::parse(json, {});
  if (!doc) return in_file(doc.error(), name);
  return definition_file{doc->root().compact(), *std::move(read)};
}

result<definition_file> read_definition_file(const std::string& path) {
  const auto text = read_whole(path, limits::request_bytes);
  if (!text) return text.error();
  return parse_definition_file(*text, path == "-" ? "standard input" : path);
}

} // namespace ropewalk::cli
