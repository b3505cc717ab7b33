#include "cli/output.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cli/json_text_view.hpp"
#include "cli/terminal.hpp"
#include "cli/terminal_text.hpp"
#include "runtime/json_fields.hpp"

namespace ropewalk::cli {

std::optional<output_format> parse_output_format(std::string_view text) noexcept {
  constexpr std::pair<std::string_view, output_format> formats[] = {{"table", output_format::table},
                                                                    {"wide", output_format::wide},
                                                                    {"json", output_format::json},
                                                                    {"jsonl", output_format::jsonl},
                                                                    {"yaml", output_format::yaml}};
  for (const auto& [name, format] : formats)
    if (text == name) return format;
  return std::nullopt;
}

output_style choose_style(std::optional<output_format> asked, bool colours_allowed, bool endless, std::FILE* to) {
  output_style style;
  style.terminal = is_terminal(to);
  style.colour = colours_allowed && colours_wanted(to);
  style.columns = terminal_columns();
  style.format = asked.value_or(style.terminal ? output_format::table : output_format::json);
  if (endless && style.format == output_format::json) style.format = output_format::jsonl;
  return style;
}

table_style output::style_of_tables() const noexcept {
  return {.columns = style_.columns, .colour = style_.colour, .wide = style_.format == output_format::wide};
}

void output::text(std::string_view verbatim) { std::fwrite(verbatim.data(), 1, verbatim.size(), to_); }

void output::structured(json_view value) {
  switch (style_.format) {
  case output_format::yaml: return text(yaml_text(value));
  case output_format::jsonl: return text(harmless_json(value.compact()) + '\n');
  default: return text(indented_json(value) + '\n');
  }
}

void output::record(json_view reply, const detail_lines& lines) {
  if (!for_people()) return structured(reply);
  std::size_t width = 0;
  for (const auto& [label, value] : lines)
    if (!value.text.empty()) width = std::max(width, columns_of(label));
  for (const auto& [label, value] : lines) {
    if (value.text.empty()) continue;
    const std::string pad(width - columns_of(label) + 2, ' ');
    const std::string shown = many_lines(value.text, std::string(width + 2, ' '));
    text(paint(label, colour::dim, style_.colour) + pad + paint(shown, value.colour, style_.colour) + '\n');
  }
}

void output::sentence(json_view reply, std::string_view words) {
  if (!for_people()) return structured(reply);
  text(one_line(words) + '\n');
}

void output::list(json_view reply, std::string_view member, const std::vector<column>& columns,
                  const std::function<row(json_view)>& row_of, std::string_view none) {
  const auto elements = reply.find(member);
  const bool is_list = elements && elements->is(json_type::array);
  if (style_.format == output_format::jsonl && is_list) {
    for (const json_view e : elements->elements()) structured(e);
    return;
  }
  if (!for_people() || !is_list) return structured(reply);
  text_table t(columns);
  for (const json_view e : elements->elements()) t.add(row_of(e));
  text(t.empty() ? std::string(none) + '\n' : t.render(style_of_tables()));
}

void output::element(json_view value, const std::vector<column>& columns, const std::function<row(json_view)>& row_of) {
  if (style_.format == output_format::yaml) text("---\n");
  if (!for_people()) return structured(value);
  text_table t(columns);
  t.add(row_of(value));
  table_style style = style_of_tables();
  style.titles = false;
  text(t.render(style));
}

void output::table(std::string_view json, const std::vector<column>& columns, const std::vector<row>& rows) {
  if (!for_people()) {
    if (const auto doc = json_document::parse(json, record_limits)) structured(doc->root());
    return;
  }
  text_table t(columns);
  for (const row& r : rows) t.add(r);
  text(t.render(style_of_tables()));
}

status_result output::finish() {
  if (std::fflush(to_) == 0 && std::ferror(to_) == 0) return ok();
  return error{errc::unavailable, "output", std::string("cannot write the output: ") + std::strerror(errno), {}};
}

} // namespace ropewalk::cli
