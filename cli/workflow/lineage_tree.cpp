#include "cli/workflow/lineage_tree.hpp"

#include <fmt/format.h>

#include "cli/table.hpp"
#include "cli/terminal_text.hpp"
#include "cli/workflow/workflow_view.hpp"
#include "runtime/json_writer.hpp"

// Trees come from lineage.cpp, which bounds their depth.

namespace ropewalk::cli {
namespace {

void add_text(std::string& out, const lineage_node& n, std::size_t level, bool colours_on) {
  out.append(2 * level, ' ');
  out += paint(one_line(n.id), n.asked_for ? colour::bold : colour::none, colours_on);
  if (n.status.empty()) out += "  " + paint("not to be found", colour::dim, colours_on);
  else out += "  " + one_line(n.definition) + ", " + paint(one_line(n.status), colour_of_status(n.status), colours_on);
  if (!n.origin.empty()) out += "   " + one_line(n.origin);
  out += n.asked_for ? "   <- here\n" : "\n";
  for (const lineage_node& b : n.below) add_text(out, b, level + 1, colours_on);
}

void add_json(json_writer& w, const lineage_node& n) {
  w.begin_object().field("id", n.id);
  if (!n.status.empty()) w.field("definition", n.definition).field("status", n.status);
  if (!n.origin.empty()) w.field("origin", n.origin);
  w.key("below").begin_array();
  for (const lineage_node& b : n.below) add_json(w, b);
  w.end_array().end_object();
}

} // namespace

std::string lineage_text(const lineage_node& root, bool colours_on) {
  std::string out;
  add_text(out, root, 0, colours_on);
  return out;
}

std::string lineage_json(const lineage_node& root) {
  json_writer w;
  add_json(w, root);
  return std::move(w).take();
}

} // namespace ropewalk::cli
