// ropewalk wire-reference, ropewalk version

#include <fmt/format.h>

#include "cli/option.hpp"
#include "cli/usage.hpp"
#include "cli/verbs.hpp"
#include "runtime/json_writer.hpp"
#include "transport/name_suggestion.hpp"
#include "transport/verb_table.hpp"

namespace ropewalk::cli {
namespace {

result<exit_code> print_schema(session& s, const std::string& name) {
  std::vector<std::string> names;
  for (const transport::verb_spec& v : transport::verbs()) {
    names.push_back(transport::full_name(v));
    if (names.back() != name) continue;
    s.out().text(transport::json_schema(v) + "\n");
    return exit_code::ok;
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  return bad_usage("--schema", "there is no verb \"" + name + "\"" + transport::did_you_mean(name, known));
}

} // namespace

void add_wire_reference(command_line& line) {
  auto schema = std::make_shared<std::string>();
  CLI::App& verb =
      line.verb(line.root(),
                {.name = "wire-reference",
                 .summary = "Print the reference of the wire: every verb, its fields, limits and errors",
                 .details = "",
                 .example = "ropewalk wire-reference > docs/wire.md\nropewalk wire-reference --schema thread.append"});
  add_option(verb, "--schema", *schema, "only the JSON Schema of one verb's request: thread.append");
  line.on(verb, [schema](session& s) -> result<exit_code> {
    if (!schema->empty()) return print_schema(s, *schema);
    s.out().text(transport::wire_reference());
    return exit_code::ok;
  });
}

void add_version(command_line& line) {
  CLI::App& verb = line.verb(
      line.root(),
      {.name = "version", .summary = "Print the program's version", .details = "", .example = "ropewalk version"});
  line.on(verb, [](session& s) -> result<exit_code> {
    const auto doc =
        reply_document::parse(json_writer().begin_object().field("version", ROPEWALK_VERSION).end_object().text());
    if (!doc) return doc.error();
    s.out().sentence(doc->root(), fmt::format("ropewalk {}", ROPEWALK_VERSION));
    return exit_code::ok;
  });
}

} // namespace ropewalk::cli
