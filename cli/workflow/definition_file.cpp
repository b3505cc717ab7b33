#include "cli/workflow/definition_file.hpp"

#include "cli/workflow/document_text.hpp"

namespace ropewalk::cli {
namespace {

result<definition_file> checked_definition(const document_text& text) {
  auto read = workflow::parse_definition(text.json);
  if (!read) return text.placed(read.error());
  const auto doc = json_document::parse(text.json, {});
  if (!doc) return text.placed(doc.error());
  return definition_file{doc->root().compact(), *std::move(read)};
}

} // namespace

result<definition_file> parse_definition_file(std::string_view text, const std::string& name) {
  const auto whole = document_text_of(text, name);
  if (!whole) return whole.error();
  return checked_definition(*whole);
}

result<definition_file> read_definition_file(const std::string& path) {
  const auto whole = read_document_text(path);
  if (!whole) return whole.error();
  return checked_definition(*whole);
}

} // namespace ropewalk::cli
