// ropewalk checkpoint verify

#include <fmt/format.h>

#include "cli/checkpoint/verbs.hpp"
#include "cli/counted.hpp"
#include "cli/duration_text.hpp"
#include "cli/option.hpp"
#include "cli/reply_fields.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/checkpoint_view.hpp"
#include "cli/workflow/workflow_options.hpp"

namespace ropewalk::cli {
namespace {

struct checkpoint_verify_options {
  std::string id;
};

const std::vector<column>& verdict_columns() {
  static const std::vector<column> columns{
      {.title = "ID"}, {.title = "VERSION", .right = true}, {.title = "TIME"}, {.title = "VERDICT", .stretch = true}};
  return columns;
}

row verdict_row(json_view c) {
  const std::string refused = text_of(c, "refused");
  cell verdict{"not stored here: its state is made from the journal"};
  if (flag_of(c, "verified")) verdict = {"verifies", colour::green};
  else if (!refused.empty()) verdict = {refused, colour::red};
  return {{text_of(c, "id")}, {std::to_string(number_of(c, "version"))}, {short_time(text_of(c, "time"))}, verdict};
}

// Of the whole instance, page by page: {"checkpoints":[...]}, and how many of them are refused.
struct all_verdicts {
  std::string json;
  std::int64_t count = 0, refused = 0;
};
result<all_verdicts> verify_all(session& s, const std::string& id) {
  all_verdicts all;
  std::string cursor;
  json_writer out;
  out.begin_object().key("checkpoints").begin_array();
  do {
    json_writer w;
    w.begin_object().field("verify", true);
    field_if(w, "cursor", cursor);
    w.end_object();
    const auto page = s.ask_exact_workflow(id, "checkpoints", w.text());
    if (!page) return page.error();
    if (const auto list = page->root().find("checkpoints"); list && list->is(json_type::array))
      for (const json_view c : list->elements()) {
        ++all.count;
        if (!text_of(c, "refused").empty()) ++all.refused;
        out.raw(c.compact());
      }
    cursor = page->text("next_cursor");
  } while (!cursor.empty());
  out.end_array().field("refused", all.refused).end_object();
  all.json = std::move(out).take();
  return all;
}

result<exit_code> run_checkpoint_verify(session& s, const checkpoint_verify_options& o) {
  const auto id = whole_id(s, o.id);
  if (!id) return id.error();
  const auto all = verify_all(s, *id);
  if (!all) return all.error();
  const auto reply = reply_document::parse(all->json);
  if (!reply) return reply.error();
  s.out().list(reply->root(), "checkpoints", verdict_columns(), verdict_row, "no checkpoints");
  if (all->refused == 0) return exit_code::ok;
  s.note(fmt::format("{} of {} of workflow {} NOT verified", all->refused, counted(all->count, "checkpoint"), *id));
  return exit_code::verification_failed;
}

} // namespace

void add_checkpoint_verify(command_line& line, CLI::App& checkpoint) {
  auto o = std::make_shared<checkpoint_verify_options>();
  CLI::App& verb = line.verb(
      checkpoint,
      {.name = "verify",
       .summary = "Whether an instance's checkpoints are as they were signed; exit code 7 if not",
       .details = "Reads each of them and checks its seal with the node's keys. What is refused is passed over\n"
                  "when the instance is loaded: one before it and the journal stand in.",
       .example = "ropewalk checkpoint verify order-7"});
  add_workflow_id(verb, o->id);
  line.on(verb, [o](session& s) { return run_checkpoint_verify(s, *o); });
}

} // namespace ropewalk::cli
