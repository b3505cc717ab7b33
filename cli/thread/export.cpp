// ropewalk thread export

#include <optional>

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/file_text.hpp"
#include "cli/option.hpp"
#include "cli/progress.hpp"
#include "cli/request_options.hpp"
#include "cli/terminal_text.hpp"
#include "cli/thread/verbs.hpp"

namespace ropewalk::cli {
namespace {

struct thread_export_options {
  std::string id, format = "jsonl", out;
};

std::string export_request(const thread_export_options& o, const std::string& cursor) {
  json_writer w;
  w.begin_object().field("format", o.format);
  field_if(w, "cursor", cursor);
  w.end_object();
  return std::move(w).take();
}

// The file's bytes are the messages' own. A file takes them as they are; a terminal must not.
std::string for_terminal(const thread_export_options& o, std::string data) {
  // CR LF ends a record of CSV (RFC 4180), and a line of the terminal as LF does.
  if (o.format == "csv")
    for (std::size_t at = 0; (at = data.find("\r\n", at)) != std::string::npos;) data.erase(at, 1);
  return o.format == "jsonl" || o.format == "openai" ? harmless_json(data) : many_lines(data);
}

result<exit_code> run_thread_export(session& s, const thread_export_options& o) {
  std::optional<whole_file> file;
  if (!o.out.empty() && o.out != "-") {
    auto made = whole_file::create(o.out);
    if (!made) return made.error();
    file.emplace(*std::move(made));
  }
  progress bar("exporting", 0);
  std::string cursor, held; // held: a CR at a page's end, whose LF may begin the next one
  std::int64_t done = 0;
  do {
    const auto reply =
        s.ask_thread(done == 0 && cursor.empty() ? o.id : s.place().id, "export", export_request(o, cursor));
    if (!reply) return reply.error();
    const std::string data = reply->text("data");
    if (file) {
      if (auto written = file->write(data); !written) return written.error();
    } else if (s.out().style().terminal) {
      held += data;
      const std::size_t whole = held.size() - (held.ends_with('\r') ? 1 : 0);
      s.out().text(for_terminal(o, held.substr(0, whole)));
      held.erase(0, whole);
    } else s.out().text(data);
    done += reply->number("count");
    if (file) bar.at(static_cast<std::uint64_t>(done));
    cursor = reply->text("next_cursor");
  } while (!cursor.empty());
  bar.clear();
  s.out().text(for_terminal(o, held));
  if (!file) return exit_code::ok;
  if (auto kept = file->keep(); !kept) return kept.error();
  s.note(fmt::format("exported {} of thread {} to {}", counted(done, "message"), s.place().id, o.out));
  return exit_code::ok;
}

} // namespace

void add_thread_export(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_export_options>();
  CLI::App& verb = line.verb(
      thread, {.name = "export",
               .summary = "Write a thread as a file",
               .details = "jsonl and openai can be imported again; markdown is for reading, csv for spreadsheets.\n"
                          "A file given with --out appears only when it is complete.",
               .example = "ropewalk thread export trip-oslo --out trip.jsonl\n"
                          "ropewalk thread export trip-oslo -f markdown | less"});
  add_thread_id(verb, o->id);
  add_option(verb, "-f,--format", o->format, "jsonl, openai, markdown or csv").shows_default();
  add_option(verb, "--out", o->out, "the file to write; default: standard output");
  line.on(verb, [o](session& s) { return run_thread_export(s, *o); });
}

} // namespace ropewalk::cli
