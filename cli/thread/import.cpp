// ropewalk thread import

#include <thread>

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/duration_text.hpp"
#include "cli/file_text.hpp"
#include "cli/option.hpp"
#include "cli/progress.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/import_split.hpp"
#include "cli/thread/verbs.hpp"
#include "cli/usage.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::size_t file_bytes = 1u << 30; // held in memory; a longer conversation is no conversation

struct options {
  std::string id, file, format, name, user, agent, metadata, patience = "30s";
  std::vector<std::string> tags;
  bool no_create = false, again = false;
};

result<std::string> request(const options& o, import_kind kind, const std::string& data) {
  json_writer w;
  w.begin_object().field("format", cli::name(kind)).field("data", data);
  if (o.no_create) w.field("create", false);
  field_if(w, "name", o.name);
  field_if(w, "user", o.user);
  field_if(w, "agent", o.agent);
  if (!o.tags.empty()) write_strings(w, "tags", o.tags);
  if (auto fine = write_object(w, "metadata", o.metadata, "--metadata"); !fine) return fine.error();
  w.end_object();
  return std::move(w).take();
}

// The key makes it safe to send a piece again, so a node that is away for a moment does not end the import.
result<reply_document> send(session& s, const std::string& id, const std::string& body,
                            const std::string& key, std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (auto pause = std::chrono::milliseconds(100);;
       pause = std::min(2 * pause, std::chrono::milliseconds(2000))) {
    auto reply = s.ask_exact_thread(id, "import", body, key);
    if (reply || !retryable(reply.error().code) || std::chrono::steady_clock::now() + pause > until)
      return reply;
    std::this_thread::sleep_for(pause);
  }
}

error in_piece(error e, const import_piece& piece, import_kind kind, std::size_t messages_before) {
  const std::string where =
      kind == import_kind::jsonl
          ? fmt::format("in the part of the file that begins with line {}", piece.first_line)
          : fmt::format("in the part of the file behind message {}", messages_before);
  e.detail = where + ": " + e.detail;
  if (messages_before > 0)
    e.detail += fmt::format("; the {} messages before it are imported", messages_before);
  return e;
}

result<exit_code> run(session& s, const options& o) {
  const auto patience = parse_duration(o.patience, "--patience");
  if (!patience) return patience.error();
  const auto text = read_whole(o.file, file_bytes);
  if (!text) return text.error();
  import_kind kind = guess_import_kind(*text);
  if (!o.format.empty()) {
    const auto chosen = parse_import_kind(o.format);
    if (!chosen) return bad_usage("--format", "must be jsonl or openai");
    kind = *chosen;
  }
  const auto pieces = split_import(*text, kind, {});
  if (!pieces) return pieces.error();
  if (pieces->empty()) return bad_usage("FILE", o.file + " holds no messages");
  std::size_t total = 0;
  for (const import_piece& p : *pieces) total += p.messages;

  const std::string digest = import_digest(*text, kind, o.again ? fresh_key() : "");
  progress bar("importing", total);
  std::size_t done = 0, replayed = 0;
  bool created = false;
  std::int64_t last_seq = 0;
  for (std::size_t i = 0; i < pieces->size(); ++i) {
    const import_piece& piece = (*pieces)[i];
    const auto body = request(o, kind, piece.data);
    if (!body) return body.error();
    const auto reply = send(s, o.id, *body, import_key(digest, i), *patience);
    if (!reply) return in_piece(reply.error(), piece, kind, done);
    done += piece.messages;
    if (reply->flag("replayed"))
      replayed += piece.messages;
    else
      created = created || reply->flag("created");
    last_seq = reply->number("last_seq");
    bar.at(done);
  }
  bar.clear();
  json_writer w;
  w.begin_object()
      .field("id", o.id)
      .field("imported", std::uint64_t{done - replayed})
      .field("replayed", std::uint64_t{replayed});
  w.field("last_seq", last_seq)
      .field("created", created)
      .field("requests", std::uint64_t{pieces->size()})
      .end_object();
  const auto summary = reply_document::parse(std::move(w).take());
  if (!summary) return summary.error();
  s.out().sentence(summary->root(),
                   fmt::format("imported {} into thread {}{}", counted(done - replayed, "message"), o.id,
                               replayed > 0 ? fmt::format(" ({} were there already)", replayed) : ""));
  return exit_code::ok;
}

} // namespace

void add_thread_import(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<options>();
  CLI::App& verb = line.verb(
      thread,
      {.name = "import",
       .summary = "Append a file's messages, and make the thread if need be",
       .details = "FILE is an export in jsonl, or OpenAI's messages (an array, or {\"messages\": [...]}).\n"
                  "Long files go in several requests. An import that was interrupted is finished by running "
                  "it again:\n"
                  "within 24 hours the same file goes into the same thread once, unless --again is given.",
       .example = "ropewalk thread import trip-oslo trip.jsonl\n"
                  "ropewalk thread import support-17 messages.json --user ann --tag imported\n"
                  "ropewalk thread export a | ropewalk thread import b -"});
  add_option(verb, "ID", o->id, "the thread's id; its whole id").required();
  add_option(verb, "FILE", o->file, "the file; - reads standard input").required();
  add_option(verb, "-f,--format", o->format, "jsonl or openai; default: by the look of it");
  add_flag(verb, "--no-create", o->no_create, "refuse if the thread is absent");
  add_flag(
      verb, "--again", o->again,
      "import the same file once more; messages that carry ids of their own cannot be twice in a thread");
  add_option(verb, "--patience", o->patience, "how long to try again when the node does not answer")
      .shows_default();
  add_option(verb, "--name", o->name, "of the thread, if it is made").group("New thread");
  add_option(verb, "--user", o->user, "of the thread, if it is made").group("New thread");
  add_option(verb, "--agent", o->agent, "of the thread, if it is made").group("New thread");
  add_option(verb, "--metadata", o->metadata, "of the thread, if it is made: JSON or @FILE")
      .group("New thread");
  add_tags(verb, o->tags, "of the thread, if it is made; may be given again");
  line.on(verb, [o](session& s) { return run(s, *o); });
}

} // namespace ropewalk::cli
