#pragma once
// The rules of everything that `ropewalk` writes, in one place:
//
//   - Standard output carries the answer, standard error everything else (errors, hints, progress,
//   questions).
//   - On a terminal people get tables and short lines (`table`; `wide` shows all columns and cuts nothing).
//     Piped, the default is `json`: the node's reply as it came, indented, keys in its order; a verb that
//     goes on without end (tail, --watch) writes `jsonl` there, one value a line.
//   - `-o` decides for terminals and pipes alike.
//   - Colours only on a terminal, never with NO_COLOR, TERM=dumb or --no-color.
//   - Text that others wrote is made harmless (terminal_text.hpp), in every format.
//   - Whoever reads standard output and goes away ends the program without a complaint (SIGPIPE).

#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/table.hpp"
#include "runtime/json_text.hpp"
#include "runtime/result.hpp"

namespace ropewalk::cli {

enum class output_format { table, wide, json, jsonl, yaml };
std::optional<output_format> parse_output_format(std::string_view text) noexcept;

struct output_style {
  output_format format = output_format::table;
  bool colour = false;
  bool terminal = false;
  unsigned columns = 100;
  bool for_people() const noexcept { return format == output_format::table || format == output_format::wide; }
};

// The rules above for a stream. endless: the verb goes on without end.
output_style choose_style(std::optional<output_format> asked, bool colours_allowed, bool endless, std::FILE* to);

// "Label" and its text, one below the other; an empty text leaves the line out.
using detail_lines = std::vector<std::pair<std::string, cell>>;

class output {
public:
  explicit output(output_style style, std::FILE* to = stdout) : style_(style), to_(to) {}

  const output_style& style() const noexcept { return style_; }
  bool for_people() const noexcept { return style_.for_people(); }

  // From here on there is one value after the other: json becomes jsonl.
  void go_on_without_end() noexcept {
    if (style_.format == output_format::json) style_.format = output_format::jsonl;
  }

  // One answer: people see the lines.
  void record(json_view reply, const detail_lines& lines);
  // One answer that people need one sentence for. It may hold text of others.
  void sentence(json_view reply, std::string_view text);
  // A list: people see a table of the elements of reply[member], or `none` if there are none. jsonl writes
  // an element a line.
  void list(json_view reply, std::string_view member, const std::vector<column>& columns,
            const std::function<row(json_view)>& row_of, std::string_view none);
  // One element after the other without an end: a table without titles, or a line of JSON.
  void element(json_view value, const std::vector<column>& columns, const std::function<row(json_view)>& row_of);
  // A table that is no node's reply; `json` is the same for programs.
  void table(std::string_view json, const std::vector<column>& columns, const std::vector<row>& rows);
  // Text that is harmless and complete as it is (help, references, files).
  void text(std::string_view verbatim);

  // All is written. An error (a full disk) must not look like success.
  status_result finish();

private:
  void structured(json_view value);
  table_style style_of_tables() const noexcept;

  output_style style_;
  std::FILE* to_;
};

} // namespace ropewalk::cli
