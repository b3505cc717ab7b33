#include "cli/workflow/history_pages.hpp"

#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"

namespace ropewalk::cli {

result<std::uint64_t> read_history(session& s, const std::string& whole_id, std::uint64_t after_version,
                                   const std::function<bool(json_view event)>& use) {
  std::string cursor;
  for (;;) {
    json_writer w;
    w.begin_object().field("limit", limits::page_max);
    if (!cursor.empty()) w.field("cursor", cursor);
    else if (after_version > 0) w.field("after_version", after_version);
    w.end_object();
    const auto page = s.ask_exact_workflow(whole_id, "history", w.text());
    if (!page) return page.error();
    const auto version = static_cast<std::uint64_t>(page->number("version"));
    if (const auto events = page->root().find("events"); events && events->is(json_type::array))
      for (const json_view e : events->elements())
        if (!use(e)) return version;
    cursor = page->text("next_cursor");
    if (cursor.empty()) return version;
  }
}

} // namespace ropewalk::cli
