// ropewalk schedule update

#include "cli/request_options.hpp"
#include "cli/schedule/schedule_options.hpp"
#include "cli/schedule/schedule_view.hpp"
#include "cli/schedule/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct schedule_update_options {
  std::string name, key;
  schedule_spec_options spec;
};

result<workflow::json_value> document_at_hand(session& s, const schedule_update_options& o) {
  if (!o.spec.file.empty()) {
    auto file = read_schedule_file(o.spec.file, o.name);
    if (!file) return file.error();
    return std::move(file->document);
  }
  const auto seen = s.change_schedule(o.name, "get", R"({"next":0})");
  if (!seen) return seen.error();
  const auto schedule = seen->root().find("schedule");
  const auto spec = schedule ? schedule->find("spec") : std::nullopt;
  if (!spec) return error{errc::internal, "bad_reply", "the reply has no schedule", {}};
  return workflow::to_json(*spec);
}

result<exit_code> run_schedule_update(session& s, const schedule_update_options& o) {
  auto document = document_at_hand(s, o);
  if (!document) return document.error();
  const auto whole = with_options(*std::move(document), o.name, o.spec);
  if (!whole) return whole.error();
  return change_schedule_and_show(s, o.name, "update", put_body(*whole, false, {}), o.key);
}

} // namespace

void add_schedule_update(command_line& line, CLI::App& schedule) {
  auto o = std::make_shared<schedule_update_options>();
  CLI::App& verb = line.verb(
      schedule,
      {.name = "update",
       .summary = "Change what a schedule is to do",
       .details = "Without a file the options change what it does now, and the rest stays. Instances that run\n"
                  "are left alone, and whether it is paused stays.",
       .example = "ropewalk schedule update nightly --cron \"0 3 * * *\"\n"
                  "ropewalk schedule update nightly -f nightly.yaml"});
  add_schedule_name(verb, o->name);
  add_schedule_spec(verb, o->spec);
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_schedule_update(s, *o); });
}

} // namespace ropewalk::cli
