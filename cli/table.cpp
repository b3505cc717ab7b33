#include "cli/table.hpp"

#include <algorithm>

#include "cli/terminal_text.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::size_t gap = 2;             // between columns
constexpr std::size_t most_of_a_cell = 48; // of a column that does not stretch
constexpr std::size_t least_of_stretch = 20;

} // namespace

std::string paint(std::string text, colour c, bool colours_on) {
  if (!colours_on || c == colour::none) return text;
  const char* code = "";
  switch (c) {
  case colour::none: break;
  case colour::bold: code = "1"; break;
  case colour::dim: code = "2"; break;
  case colour::red: code = "31"; break;
  case colour::green: code = "32"; break;
  case colour::yellow: code = "33"; break;
  case colour::blue: code = "34"; break;
  case colour::magenta: code = "35"; break;
  case colour::cyan: code = "36"; break;
  }
  return std::string("\x1b[") + code + "m" + text + "\x1b[0m";
}

std::string text_table::render(const table_style& style) const {
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (style.wide || !columns_[i].wide_only) shown.push_back(i);

  // Harmless texts, and how wide each column becomes.
  const std::size_t most = style.wide ? unlimited_columns : most_of_a_cell;
  std::vector<std::vector<std::string>> texts(rows_.size(), std::vector<std::string>(columns_.size()));
  std::vector<std::size_t> width(columns_.size(), 0);
  std::size_t fixed = 0;
  for (const std::size_t i : shown) {
    if (style.titles) width[i] = columns_of(columns_[i].title);
    width[i] = std::max<std::size_t>(width[i], columns_[i].least);
    if (columns_[i].stretch) continue;
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      texts[r][i] = one_line(rows_[r][i].text, most);
      width[i] = std::max(width[i], columns_of(texts[r][i]));
    }
    fixed += width[i] + gap;
  }
  for (const std::size_t i : shown) {
    if (!columns_[i].stretch) continue;
    const std::size_t left = style.columns > fixed ? style.columns - fixed : 0;
    const std::size_t room = style.wide ? unlimited_columns : std::max(left, least_of_stretch);
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      texts[r][i] = one_line(rows_[r][i].text, room);
      width[i] = std::max(width[i], columns_of(texts[r][i]));
    }
  }

  std::string out;
  const auto line = [&](const auto& text_of, const auto& colour_of) {
    std::string so_far;
    for (const std::size_t i : shown) {
      const std::string& text = text_of(i);
      const std::string pad(width[i] - columns_of(text), ' ');
      const bool last = i == shown.back();
      so_far += columns_[i].right ? pad + paint(text, colour_of(i), style.colour)
                                  : paint(text, colour_of(i), style.colour) + (last ? "" : pad);
      if (!last) so_far.append(gap, ' ');
    }
    so_far.erase(so_far.find_last_not_of(' ') + 1);
    out += so_far + '\n';
  };
  if (style.titles)
    line([&](std::size_t i) -> const std::string& { return columns_[i].title; },
         [](std::size_t) { return colour::bold; });
  for (std::size_t r = 0; r < rows_.size(); ++r)
    line([&](std::size_t i) -> const std::string& { return texts[r][i]; },
         [&](std::size_t i) { return rows_[r][i].colour; });
  return out;
}

} // namespace ropewalk::cli
