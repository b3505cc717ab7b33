// ropewalk schedule apply: a file decides what there is.

#include <fmt/format.h>

#include "cli/request_options.hpp"
#include "cli/schedule/schedule_options.hpp"
#include "cli/schedule/verbs.hpp"
#include "cli/usage.hpp"

namespace ropewalk::cli {
namespace {

struct schedule_apply_options {
  std::string file, key;
};

result<exit_code> run_schedule_apply(session& s, const schedule_apply_options& o) {
  const auto file = read_schedule_file(o.file, {});
  if (!file) return file.error();
  if (file->name.empty()) return bad_usage("FILE", "the document must have a \"name\"");
  const auto reply = s.change_schedule(file->name, "apply", put_body(file->document, false, {}), o.key);
  if (!reply) return reply.error();
  const bool changed = reply->root().find("receipt").has_value();
  s.out().sentence(reply->root(), fmt::format("schedule {} {}", file->name,
                                              reply->flag("created") ? "created"
                                              : changed              ? "changed"
                                                                     : "is like that already"));
  return exit_code::ok;
}

} // namespace

void add_schedule_apply(command_line& line, CLI::App& schedule) {
  auto o = std::make_shared<schedule_apply_options>();
  CLI::App& verb = line.verb(schedule, {.name = "apply",
                                        .summary = "Make a schedule as a file says, or change it to that",
                                        .details = "The document has a \"name\". Doing it again changes nothing.",
                                        .example = "ropewalk schedule apply nightly.yaml"});
  add_option(verb, "FILE", o->file, "JSON or YAML; - for standard input").required();
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_schedule_apply(s, *o); });
}

} // namespace ropewalk::cli
