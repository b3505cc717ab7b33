#include "cli/workflow/history_pages.hpp"

#include <fmt/format.h>

#include "cli/reply_fields.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"

namespace ropewalk::cli {
namespace {

result<reply_document> whole_event(session& s, const std::string& id, std::uint64_t version) {
  std::string text;
  for (;;) {
    const auto piece = s.ask_exact_workflow(
        id, "history", fmt::format(R"({{"after_version":{},"offset":{}}})", version - 1, text.size()));
    if (!piece) return piece.error();
    const std::string data = piece->text("data");
    if (data.empty() || text.size() + data.size() > limits::history_bytes)
      return error{errc::internal, "bad_reply", "the reply has no piece of an event", {}};
    text += data;
    if (!piece->root().find("next_offset")) return reply_document::parse(std::move(text));
  }
}

} // namespace

result<std::uint64_t> read_history(session& s, const std::string& whole_id, std::uint64_t after_version,
                                   large_events large, const std::function<bool(json_view event)>& use) {
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
      for (const json_view e : events->elements()) {
        if (large == large_events::as_they_come || !flag_of(e, "fields_left_out")) {
          if (!use(e)) return version;
          continue;
        }
        const auto whole = whole_event(s, whole_id, natural_of(e, "version"));
        if (!whole) return whole.error();
        if (!use(whole->root())) return version;
      }
    cursor = page->text("next_cursor");
    if (cursor.empty()) return version;
  }
}

} // namespace ropewalk::cli
