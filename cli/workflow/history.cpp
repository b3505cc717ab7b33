// ropewalk workflow history

#include <fmt/format.h>

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/event_view.hpp"
#include "cli/workflow/history_pages.hpp"
#include "cli/workflow/instance_watch.hpp"
#include "cli/workflow/verbs.hpp"
#include "cli/workflow/workflow_options.hpp"
#include "runtime/workflow/recorded_history.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_history_options {
  std::string id;
  std::uint64_t after = 0, limit = 0;
  bool follow = false;
  option limit_given;
};

// One document, see runtime/workflow/recorded_history.hpp.
result<exit_code> whole(session& s, const workflow_history_options& o, const std::string& id) {
  std::string events;
  std::uint64_t count = 0;
  const auto version = read_history(s, id, o.after, large_events::whole, [&](json_view e) {
    if (o.limit_given.given() && count >= o.limit) return false;
    ++count;
    if (!events.empty()) events += ',';
    events += e.raw();
    return true;
  });
  if (!version) return version.error();
  json_writer w;
  w.begin_object()
      .field("format", workflow::history_format)
      .field("org", s.endpoint()->org)
      .field("workflow", id)
      .raw_field("events", '[' + events + ']')
      .field("version", *version)
      .end_object();
  const auto document = reply_document::parse(std::move(w).take());
  if (!document) return document.error();
  s.out().record(document->root(), {});
  return exit_code::ok;
}

// As it comes. A table is aligned a page at a time; what follows later has columns of the least width.
class listing {
public:
  listing(session& s, const workflow_history_options& o) : s_(s), o_(o), after_(o.after) {}

  // True if the instance is over, as far as it was read.
  result<bool> read_on(const std::string& id) {
    std::vector<row> rows;
    const auto large = s_.out().for_people() ? large_events::as_they_come : large_events::whole;
    const auto version = read_history(s_, id, after_, large, [&](json_view e) {
      if (o_.limit_given.given() && count_ >= o_.limit) return false;
      ++count_;
      after_ = static_cast<std::uint64_t>(reply_document::number_of(e, "version"));
      const std::string type = reply_document::text_of(e, "type");
      if (type != "noted" && type != "late_result") over_ = type == "ended";
      if (!s_.out().for_people() || printed_)
        s_.out().element(e, event_rows::columns(), [&](json_view v) { return rows_(v); });
      else rows.push_back(rows_(e));
      return true;
    });
    if (!printed_ && s_.out().for_people()) {
      if (rows.empty()) s_.out().text(o_.follow ? "" : "no events\n");
      else s_.out().table({}, event_rows::columns(), rows);
      printed_ = !rows.empty();
    }
    if (!version) return version.error();
    return over_;
  }

private:
  session& s_;
  const workflow_history_options& o_;
  std::uint64_t after_, count_ = 0;
  bool over_ = false, printed_ = false;
  event_rows rows_;
};

result<exit_code> run_workflow_history(session& s, const workflow_history_options& o) {
  const auto id = whole_id(s, o.id);
  if (!id) return id.error();
  if (o.follow) s.out().go_on_without_end();
  const output_format format = s.out().style().format;
  if (!o.follow && (format == output_format::json || format == output_format::yaml)) return whole(s, o, *id);
  listing all(s, o);
  if (o.follow) return watch_instance(s, *id, [&] { return all.read_on(*id); });
  const auto read = all.read_on(*id);
  if (!read) return read.error();
  return exit_code::ok;
}

} // namespace

void add_workflow_history(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_history_options>();
  CLI::App& verb = line.verb(
      workflow,
      {.name = "history",
       .summary = "Everything that happened to an instance",
       .details = "-o json is one document with all events, whole: `workflow replay --history` and tests read it.",
       .example = "ropewalk workflow history order-7\n"
                  "ropewalk workflow history order-7 --follow\n"
                  "ropewalk workflow history order-7 --after 31 -o jsonl\n"
                  "ropewalk workflow history order-7 -o json > order-7.json"});
  add_workflow_id(verb, o->id);
  add_option(verb, "--after", o->after, "only events after this version");
  o->limit_given = add_option(verb, "-n,--limit", o->limit, "most events; default: all");
  option follow = add_flag(verb, "-f,--follow", o->follow, "go on with what happens, until the instance is over");
  follow.excludes(o->limit_given);
  line.on(verb, [o](session& s) { return run_workflow_history(s, *o); });
}

} // namespace ropewalk::cli
