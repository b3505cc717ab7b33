#pragma once
// A definition as somebody wrote it, JSON or YAML, read and checked before it is sent anywhere.
//
//   auto file = read_definition_file("agent-creation.yaml");
//   if (!file) return file.error();        // field "phases[2].retry.attempts", detail "...yaml line 14: must be ..."
//   send(file->json);

#include <string>

#include "runtime/result.hpp"
#include "runtime/workflow/definition.hpp"

namespace ropewalk::cli {

struct definition_file {
  std::string json; // compact; the members as they were written
  workflow::definition read;
};

// "-" is standard input. What begins with { is JSON, everything else YAML. Errors: as the rules of the document, with
// the place in the document as field; of files, see file_text.hpp.
result<definition_file> read_definition_file(const std::string& path);
// name: of the file, for errors.
result<definition_file> parse_definition_file(std::string_view text, const std::string& name);

} // namespace ropewalk::cli
