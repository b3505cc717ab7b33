// ropewalk checkpoint export

#include "cli/checkpoint/checkpoint_state.hpp"
#include "cli/checkpoint/verbs.hpp"
#include "cli/file_text.hpp"
#include "cli/json_text_view.hpp"
#include "cli/option.hpp"

namespace ropewalk::cli {
namespace {

struct checkpoint_export_options {
  checkpoint_options which;
  std::string out;
};

result<exit_code> run_checkpoint_export(session& s, const checkpoint_export_options& o) {
  const auto found = read_checkpoint(s, o.which);
  if (!found) return found.error();
  const std::string text = indented_json(found->root()) + "\n";
  if (o.out.empty() || o.out == "-") {
    s.out().text(text);
    return exit_code::ok;
  }
  auto file = whole_file::create(o.out);
  if (!file) return file.error();
  if (auto written = file->write(text); !written) return written.error();
  if (auto kept = file->keep(); !kept) return kept.error();
  const auto checkpoint = found->root().find("checkpoint");
  s.note("exported checkpoint " + reply_document::text_of(*checkpoint, "id") + " of workflow " +
         found->text("workflow") + " to " + o.out);
  return exit_code::ok;
}

} // namespace

void add_checkpoint_export(command_line& line, CLI::App& checkpoint) {
  auto o = std::make_shared<checkpoint_export_options>();
  CLI::App& verb = line.verb(checkpoint, {.name = "export",
                                          .summary = "Write a checkpoint with its state as a JSON file",
                                          .details = "A file given with --out appears only when it is complete.",
                                          .example = "ropewalk checkpoint export order-7 --out order-7.json\n"
                                                     "ropewalk checkpoint export order-7 019c1384 | jq .state"});
  add_checkpoint_options(verb, o->which);
  add_option(verb, "--out", o->out, "the file to write; default: standard output");
  line.on(verb, [o](session& s) { return run_checkpoint_export(s, *o); });
}

} // namespace ropewalk::cli
