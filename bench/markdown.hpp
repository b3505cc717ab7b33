#pragma once
// How figures are printed: Markdown tables with aligned columns, units that suit the value, three digits.

#include <chrono>
#include <string>
#include <vector>

namespace ropewalk::bench {

/// A heading, a paragraph that says what was measured, and a table.
struct section {
  std::string title;
  std::string explanation;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows; ///< each as long as `columns`
};

std::string to_markdown(const section& s);

std::string duration_text(std::chrono::nanoseconds value); ///< "187 us", "1.62 ms", "2.40 s"
std::string number_text(double value);                     ///< "99,200": three digits, then zeros
std::string ratio_text(double value);                      ///< "0.35", "12.4"
std::string bytes_text(double value);                      ///< "1.30 KB", "148 MB" (powers of 1,000)

} // namespace ropewalk::bench
