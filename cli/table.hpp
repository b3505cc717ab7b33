#pragma once
// Aligned columns for people.
//
//   text_table t({{.title = "ID"}, {.title = "MESSAGES", .right = true}, {.title = "NAME", .stretch =
//   true}}); t.add({{"t42"}, {"12"}, {"Trip to Oslo"}}); std::fputs(t.render({.columns = 100, .colour =
//   false}).c_str(), stdout);
//
// Cells are made harmless here (terminal_text.hpp): callers hand over text as it came.

#include <string>
#include <vector>

namespace ropewalk::cli {

enum class colour { none, bold, dim, red, green, yellow, blue, magenta, cyan };
// The text between the colour's escape and the reset, or as it is if colours are off.
std::string paint(std::string text, colour c, bool colours_on);

struct column {
  std::string title;
  bool right = false;
  bool wide_only = false; // only with -o wide
  bool stretch = false;   // takes what the others leave of the line; one column at the most
  unsigned least = 0;     // columns, so that tables printed one after the other stay aligned
};

struct cell {
  std::string text;
  cli::colour colour = cli::colour::none;
};
using row = std::vector<cell>;

struct table_style {
  unsigned columns = 100; // of the terminal
  bool colour = false;
  bool wide = false; // all columns, nothing cut
  bool titles = true;
};

class text_table {
public:
  explicit text_table(std::vector<column> columns) : columns_(std::move(columns)) {}
  void add(row r) { rows_.push_back(std::move(r)); }
  bool empty() const noexcept { return rows_.empty(); }
  std::string render(const table_style& style) const;

private:
  std::vector<column> columns_;
  std::vector<row> rows_;
};

} // namespace ropewalk::cli
