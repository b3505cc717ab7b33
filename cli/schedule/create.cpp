// ropewalk schedule create

#include "cli/request_options.hpp"
#include "cli/schedule/schedule_options.hpp"
#include "cli/schedule/schedule_view.hpp"
#include "cli/schedule/verbs.hpp"
#include "cli/usage.hpp"

namespace ropewalk::cli {
namespace {

struct schedule_create_options {
  std::string name, note, key;
  schedule_spec_options spec;
  bool paused = false;
};

result<exit_code> run_schedule_create(session& s, const schedule_create_options& o) {
  if (!o.note.empty() && !o.paused) return bad_usage("--note", "is for --paused, and says why");
  workflow::json_value document = workflow::json_value::object();
  if (!o.spec.file.empty()) {
    auto file = read_schedule_file(o.spec.file, o.name);
    if (!file) return file.error();
    document = std::move(file->document);
  }
  const auto whole = with_options(std::move(document), o.name, o.spec);
  if (!whole) return whole.error();
  return change_schedule_and_show(s, o.name, "create", put_body(*whole, o.paused, o.note),
                                  o.key.empty() ? fresh_key() : o.key);
}

} // namespace

void add_schedule_create(command_line& line, CLI::App& schedule) {
  auto o = std::make_shared<schedule_create_options>();
  CLI::App& verb = line.verb(
      schedule,
      {.name = "create",
       .summary = "Make a schedule",
       .details = "Its first time is the first one after this moment. docs/workflows.md describes the document.",
       .example = "ropewalk schedule create nightly --cron \"30 2 * * *\" --zone Europe/Berlin -d report\n"
                  "ropewalk schedule create poll --every 15m -d poll --input '{\"of\":\"mail\"}' --overlap buffer_one\n"
                  "ropewalk schedule create nightly -f nightly.yaml --paused --note \"not before May\""});
  add_schedule_name(verb, o->name);
  add_schedule_spec(verb, o->spec);
  add_flag(verb, "--paused", o->paused, "it fires when it is unpaused");
  add_note(verb, o->note);
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_schedule_create(s, *o); });
}

} // namespace ropewalk::cli
