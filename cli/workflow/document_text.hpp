#pragma once
// A document that somebody wrote in a file, JSON or YAML, as JSON.
//
//   auto text = document_text_of(bytes, "trip.yaml");
//   if (!text) return text.error();
//   auto read = workflow::parse_definition(text->json);
//   if (!read) return text->placed(read.error());      // "trip.yaml line 4: is not a field of ..."

#include <optional>
#include <string>
#include <string_view>

#include "cli/workflow/yaml_json.hpp"
#include "runtime/result.hpp"

namespace ropewalk::cli {

struct document_text {
  std::string json;
  std::string name; // of the file, for errors
  std::optional<yaml_json> yaml;

  // With the file in front, and the line of YAML that the error's field stands in, so that an editor finds the place.
  error placed(error e) const;
};

// What begins with { is JSON, everything else YAML. JSON is not checked here.
result<document_text> document_text_of(std::string_view text, const std::string& name);
// "-" is standard input.
result<document_text> read_document_text(const std::string& path);

} // namespace ropewalk::cli
