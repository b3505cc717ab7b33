#include "cli/workflow/checkpoint_view.hpp"

#include <fmt/format.h>

#include "cli/duration_text.hpp"
#include "cli/problem_text.hpp"
#include "cli/reply_fields.hpp"
#include "cli/request_options.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::size_t least_checkpoint_prefix = 4; // shorter ones fit too much by accident

// One that another member made is not on the disk of the one that answers: its state is made from the entries.
std::string bytes(json_view c, std::string_view member) {
  if (!c.find(member)) return "-";
  return short_bytes(static_cast<std::uint64_t>(number_of(c, member)));
}

std::string page_request(std::uint64_t limit, const std::string& cursor) {
  json_writer w;
  w.begin_object().field("limit", limit);
  field_if(w, "cursor", cursor);
  w.end_object();
  return std::move(w).take();
}

} // namespace

const std::vector<column>& checkpoint_columns() {
  static const std::vector<column> columns{
      {.title = "ID"},
      {.title = "VERSION", .right = true},
      {.title = "TIME"},
      {.title = "BYTES", .right = true},
      {.title = "STORED", .right = true, .wide_only = true},
      {.title = "PARENT", .wide_only = true},
      {.title = "PHASE"},
      {.title = "REASON", .stretch = true},
  };
  return columns;
}

row checkpoint_row(json_view c) {
  return {{text_of(c, "id")},
          {std::to_string(number_of(c, "version"))},
          {short_time(text_of(c, "time"))},
          {bytes(c, "bytes")},
          {bytes(c, "stored_bytes")},
          {text_of(c, "parent")},
          {text_of(c, "phase")},
          {text_of(c, "reason")}};
}

detail_lines checkpoint_lines(json_view c) {
  return {{"id", {text_of(c, "id"), colour::bold}},
          {"version", {std::to_string(number_of(c, "version"))}},
          {"phase", {text_of(c, "phase")}},
          {"reason", {text_of(c, "reason")}},
          {"time", {short_time(text_of(c, "time"))}},
          {"size", {c.find("bytes") ? fmt::format("{}, {} stored", bytes(c, "bytes"), bytes(c, "stored_bytes"))
                            : std::string("not stored here, made from the journal")}},
          {"parent", {text_of(c, "parent")}}};
}

result<exit_code> list_checkpoints(session& s, const checkpoint_page& page) {
  const auto reply = s.ask_workflow(page.id, "checkpoints", page_request(page.limit, page.cursor));
  if (!reply) return reply.error();
  s.out().list(reply->root(), "checkpoints", checkpoint_columns(), checkpoint_row, "no checkpoints");
  const std::string next = reply->text("next_cursor");
  if (!next.empty() && s.out().style().terminal)
    s.note("there are more: a larger --limit, or --cursor " + shell_word(next));
  return exit_code::ok;
}

result<found_checkpoint> find_checkpoint(session& s, const std::string& whole_id, const std::string& name) {
  std::vector<found_checkpoint> found;
  std::string cursor, ids;
  const bool newest = name == "latest";
  do {
    const auto page =
        s.ask_exact_workflow(whole_id, "checkpoints", page_request(newest ? 1 : limits::page_max, cursor));
    if (!page) return page.error();
    if (const auto list = page->root().find("checkpoints"); list && list->is(json_type::array))
      for (const json_view c : list->elements()) {
        const std::string id = text_of(c, "id");
        const std::int64_t version = number_of(c, "version");
        const bool meant = newest || id == name || std::to_string(version) == name;
        if (!meant && (name.size() < least_checkpoint_prefix || !id.starts_with(name))) continue;
        found.push_back({id, c.compact(), static_cast<std::uint64_t>(version)});
        if (meant) return found.back();
        ids += "\n" + id;
      }
    cursor = page->text("next_cursor");
  } while (!newest && !cursor.empty());
  if (found.size() == 1) return found.front();
  if (!found.empty())
    return error{
        errc::conflict, "ambiguous_id", fmt::format("\"{}\" fits {} checkpoints:{}", name, found.size(), ids), {}};
  return error{errc::not_found,
               "no_checkpoint",
               newest ? "the workflow has no checkpoint yet"
                      : fmt::format("no checkpoint of the workflow is \"{}\"", name),
               {}};
}

} // namespace ropewalk::cli
