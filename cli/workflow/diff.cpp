// ropewalk workflow diff

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/usage.hpp"
#include "cli/workflow/diff_view.hpp"
#include "cli/workflow/verbs.hpp"
#include "cli/workflow/workflow_options.hpp"

namespace ropewalk::cli {
namespace {

struct workflow_diff_options {
  std::string id, with;
  std::uint64_t from = 0, to = 0;
  option from_given, to_given;
};

result<exit_code> run_workflow_diff(session& s, const workflow_diff_options& o) {
  if (!o.from_given.given() && !o.to_given.given() && o.with.empty())
    return bad_usage({}, "give --from, --to or --with: what is compared with what");
  json_writer w;
  w.begin_object();
  std::string other_side;
  if (o.from_given.given()) w.field("from", o.from);
  if (o.to_given.given()) w.field("to", o.to);
  if (!o.with.empty()) {
    const auto other = whole_id(s, o.with);
    if (!other) return other.error();
    w.field("workflow", *other);
    other_side = *other;
  }
  w.end_object();
  const auto reply = s.ask_workflow(o.id, "diff", w.text());
  if (!reply) {
    if (!o.with.empty() && reply.error().field == "to") s.place().id = other_side;
    return reply.error();
  }
  if (s.out().for_people()) s.out().text(diff_text(reply->root(), s.out().style()));
  else s.out().record(reply->root(), {});
  return exit_code::ok;
}

} // namespace

void add_workflow_diff(command_line& line, CLI::App& workflow) {
  auto o = std::make_shared<workflow_diff_options>();
  CLI::App& verb = line.verb(workflow, {.name = "diff",
                                        .summary = "What differs between two states, of one instance or of two",
                                        .details = "-o json is a JSON patch (RFC 6902) with what was there before.",
                                        .example = "ropewalk workflow diff order-7 --from 7\n"
                                                   "ropewalk workflow diff order-7 --from 7 --to 12\n"
                                                   "ropewalk workflow diff order-7 --with order-7-b"});
  add_workflow_id(verb, o->id);
  o->from_given = add_option(verb, "--from", o->from, "version of this instance; default: the newest");
  o->to_given = add_option(verb, "--to", o->to, "version of the other side; default: the newest");
  add_option(verb, "--with", o->with, "another instance, to compare with; default: this one");
  line.on(verb, [o](session& s) { return run_workflow_diff(s, *o); });
}

} // namespace ropewalk::cli
