#pragma once
// YAML documents as JSON, so that one reader checks both.
//
// The reading is YAML 1.2's core schema: true and false, null and ~, decimal, 0o and 0x integers, decimal fractions;
// everything else that stands without quotes is a string ("yes", "2026-01-31", "1:30"), and so is everything in
// quotes. Refused, with line and column: more than one document, keys that are no plain texts or come twice, tags
// other than !!str, merge keys (<<), .inf and .nan, and integers that begin with 0, which YAML 1.1 reads as octal. An
// alias stands for a copy of what its anchor marked; the whole JSON has a bound, so that copies of copies have one.
//
//   auto yaml = yaml_to_json(text, limits::request_bytes);
//   if (!yaml) return yaml.error();                  // field "line 7, column 3"
//   parse(yaml->json); ... yaml->line_of("phases[2].retry.attempts");

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "runtime/result.hpp"

namespace ropewalk::cli {

struct yaml_json {
  std::string json;                    // compact, members in the document's order
  std::map<std::string, int> lines;    // of every value, by its path: "phases[2].retry"
  int line_of(std::string path) const; // of the value or of what holds it; counted from 1
};

// Errors: invalid (field: the place), too_large beyond max_bytes of text or of JSON.
result<yaml_json> yaml_to_json(std::string_view text, std::size_t max_bytes);

} // namespace ropewalk::cli
