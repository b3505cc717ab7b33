#include "runtime/workflow/definition.hpp"

#include "runtime/limits.hpp"
#include "runtime/workflow/definition_reader.hpp"

namespace ropewalk::workflow {
namespace {

definition read_root(const document_value& root) {
  constexpr std::string_view fields[] = {"name",  "version",  "description", "timeout",
                                         "retry", "timeouts", "state",       "phases"};
  definition d;
  root.has_only("a definition", fields);
  if (const auto v = root.require("name")) d.name = v->identifier(limits::definition_name_bytes);
  if (const auto v = root.find("version"))
    d.version = static_cast<std::uint32_t>(v->whole(1, limits::definition_version));
  if (const auto v = root.find("description")) d.description = v->text(limits::description_bytes);
  if (const auto v = root.find("timeout")) d.timeout_us = v->duration_us();
  if (const auto v = root.find("state"); v && v->is_object()) d.state = v->json();
  const work_defaults defaults{root.find("retry"), root.find("timeouts")};
  if (defaults.retry) read_retry(*defaults.retry, {});
  if (defaults.timeouts) read_time_limits(*defaults.timeouts, {});
  if (root.refused()) return d;
  if (const auto v = root.require("phases")) d.phases = phase_reader(defaults).list(*v, 0);
  return d;
}

std::optional<phase_place> locate_in(const std::vector<phase>& list, std::string_view name) noexcept {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].name == name) return phase_place{&list, i};
    for (const branch& b : list[i].branches)
      if (const auto found = locate_in(b.phases, name)) return found;
    if (const auto found = locate_in(list[i].each, name)) return found;
  }
  return std::nullopt;
}

} // namespace

result<definition> read_definition(const json_value& document) {
  if (const auto fits = check_value(document, limits::definition_bytes, ""); !fits) {
    if (fits.error().code != errc::too_large) return fits.error();
    return error{errc::too_large,
                 {},
                 "a definition must be at most " + std::to_string(limits::definition_bytes) + " bytes of compact JSON",
                 {}};
  }
  first_refusal refused;
  definition d = read_root(document_value(document, "", refused));
  if (refused) return refused.error();
  return d;
}

result<definition> parse_definition(std::string_view text) {
  const auto document = parse_json(
      text, {.max_bytes = limits::request_bytes, .max_depth = limits::json_depth, .max_values = limits::json_values});
  if (!document) return document.error();
  return read_definition(*document);
}

std::optional<phase_place> locate(const definition& d, std::string_view name) noexcept {
  return locate_in(d.phases, name);
}

const phase* find_phase(const definition& d, std::string_view name) noexcept {
  const auto found = locate(d, name);
  return found ? &found->get() : nullptr;
}

} // namespace ropewalk::workflow
