#include "cli/workflow/diff_view.hpp"

#include <fmt/format.h>

#include "cli/terminal_text.hpp"
#include "cli/wire_client.hpp"

namespace ropewalk::cli {
namespace {

std::string side_text(json_view reply, std::string_view member) {
  const auto side = reply.find(member);
  if (!side) return {};
  return fmt::format("{} version {}, {}", reply_document::text_of(*side, "workflow"),
                     reply_document::number_of(*side, "version"), reply_document::text_of(*side, "status"));
}

} // namespace

std::string diff_text(json_view reply, const output_style& style) {
  const std::size_t most = style.format == output_format::wide ? unlimited_columns : style.columns;
  std::string all;
  const auto line = [&](std::string_view sign, std::string_view words, colour c) {
    all += paint(one_line(fmt::format("{} {}", sign, words), most), c, style.colour) + '\n';
  };
  line("---", side_text(reply, "from"), colour::bold);
  line("+++", side_text(reply, "to"), colour::bold);
  const auto changes = reply.find("changes");
  if (!changes || changes->size() == 0) return all + "the states are equal\n";
  for (const json_view change : changes->elements()) {
    // "" is the whole state, which has no name of its own.
    const std::string path = reply_document::text_of(change, "path"), place = path.empty() ? "(all)" : path;
    const auto side = [&](std::string_view member) {
      const auto value = change.find(member);
      return value ? place + " " + value->compact() : place;
    };
    const std::string op = reply_document::text_of(change, "op");
    if (op != "add") line("-", side("before"), colour::red);
    if (op != "remove") line("+", side("value"), colour::green);
  }
  return all;
}

} // namespace ropewalk::cli
