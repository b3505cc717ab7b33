#include "bench/markdown.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace ropewalk::bench {

namespace {

/// Three digits, whatever the size: 1.62, 16.2, 162.
std::string three_digits(double value) {
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, value);
  return buffer.data();
}

std::string line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line = "|";
  for (std::size_t i = 0; i < cells.size(); ++i)
    line += " " + std::string(widths[i] - cells[i].size(), ' ') + cells[i] + " |";
  return line + "\n";
}

} // namespace

std::string to_markdown(const section& s) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < s.columns.size(); ++i) {
    auto width = std::max<std::size_t>(s.columns[i].size(), 3);
    for (const auto& row : s.rows) width = std::max(width, row.at(i).size());
    widths.push_back(width);
  }
  std::string text = "## " + s.title + "\n\n" + s.explanation + "\n\n" + line_of(s.columns, widths) + "|";
  for (const auto width : widths) text += " " + std::string(width - 1, '-') + ": |";
  text += "\n";
  for (const auto& row : s.rows) text += line_of(row, widths);
  return text + "\n";
}

std::string duration_text(std::chrono::nanoseconds value) {
  const auto ns = static_cast<double>(value.count());
  if (ns < 999.5e3) return three_digits(ns / 1e3) + " us";
  if (ns < 999.5e6) return three_digits(ns / 1e6) + " ms";
  return three_digits(ns / 1e9) + " s";
}

std::string number_text(double value) {
  if (value < 999.5 && value == std::floor(value)) return std::to_string(std::llround(value)); // a count
  if (value < 999.5) return three_digits(value);
  const double unit = std::pow(10.0, std::floor(std::log10(value)) - 2);
  auto text = std::to_string(std::llround(std::round(value / unit) * unit));
  for (auto at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string ratio_text(double value) { return three_digits(value); }

std::string bytes_text(double value) {
  if (value < 999.5) return three_digits(value) + " B";
  if (value < 999.5e3) return three_digits(value / 1e3) + " KB";
  if (value < 999.5e6) return three_digits(value / 1e6) + " MB";
  return three_digits(value / 1e9) + " GB";
}

} // namespace ropewalk::bench
