// ropewalk thread import
//
// The thread is made first, by an import of no messages, so that the pieces' keys can hold the moment in
// which it was made. So an import that was interrupted is finished by running it again, and after a delete
// the same file comes in again. A clear leaves the keys: there the node only repeats its answers, and what
// the thread holds tells that the messages are gone.

#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/duration_text.hpp"
#include "cli/file_text.hpp"
#include "cli/option.hpp"
#include "cli/progress.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/import_split.hpp"
#include "cli/thread/thread_options.hpp"
#include "cli/thread/verbs.hpp"
#include "cli/usage.hpp"
#include "runtime/thread/import_format.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::size_t import_bytes = 1u << 30; // held in memory; a longer conversation is no conversation

struct thread_import_options {
  std::string id, file, format, name, user, agent, metadata, patience = "30s";
  std::vector<std::string> tags;
  limit_options limits;
  bool no_create = false, again = false;
};

result<std::string> creation(const thread_import_options& o, import_kind kind, const std::string& text) {
  json_writer w;
  w.begin_object().field("format", cli::name(kind)).field("data", import_header(text, kind));
  field_if(w, "name", o.name);
  field_if(w, "user", o.user);
  field_if(w, "agent", o.agent);
  if (!o.tags.empty()) write_strings(w, "tags", o.tags);
  if (auto fine = write_object(w, "metadata", o.metadata, "--metadata"); !fine) return fine.error();
  if (auto fine = write_limits(w, o.limits); !fine) return fine.error();
  w.end_object();
  return std::move(w).take();
}

error in_piece(error e, const import_piece& piece, import_kind kind, std::size_t messages_before,
               const std::string& outcome) {
  const std::string where = kind == import_kind::jsonl
                                ? fmt::format("in the part of the file that begins with line {}", piece.first_line)
                                : fmt::format("in the part of the file behind message {}", messages_before);
  e.detail = where + ": " + e.detail;
  if (messages_before > 0) e.detail += "; " + outcome;
  return e;
}

// So that a file with a mistake anywhere changes nothing.
status_result check_pieces(const std::vector<import_piece>& pieces, import_kind kind) {
  const auto format = kind == import_kind::jsonl ? thread::import_format::jsonl : thread::import_format::openai;
  std::size_t before = 0;
  for (const import_piece& p : pieces) {
    if (const auto fine = thread::decode_import(format, p.data); !fine)
      return in_piece(fine.error(), p, kind, before, "nothing is imported");
    before += p.messages;
  }
  return ok();
}

struct thread_now {
  std::string created_at; // "" = there is no thread
  std::uint64_t messages = 0, first_seq = 0, max_messages = 0;
};

class importer {
public:
  importer(session& s, const thread_import_options& o, import_kind kind, const std::vector<import_piece>& pieces,
           std::chrono::milliseconds patience)
      : s_(s), o_(o), kind_(kind), pieces_(pieces), patience_(patience) {}

  result<exit_code> run(const std::string& text) {
    auto before = look();
    if (!before) return before.error();
    created_ = before->created_at.empty();
    if (created_)
      if (before = make_thread(text); !before) return before.error();
    const std::string digest = import_digest(text, kind_, o_.again ? fresh_key() : before->created_at);
    if (auto sent = send_all(digest); !sent) return sent.error();
    const auto after = look();
    if (!after) return after.error();
    const bool gone = after->messages == 0 || after->first_seq > last_seq_;
    if (done_ > 0 && replayed_ == done_ && gone)
      return error{errc::conflict,
                   "imported_before",
                   fmt::format("this file was imported into thread {} before, and its messages are not there any "
                               "more (cleared, removed or trimmed since)",
                               o_.id),
                   {}};
    const std::uint64_t all = before->messages + done_ - replayed_;
    return tell(all > after->messages ? all - after->messages : 0, after->max_messages);
  }

private:
  // A node that is away for a moment does not end the import: all that is asked here may be asked twice,
  // pieces because of their keys.
  result<reply_document> ask(std::string_view verb, const std::string& body, const std::string& key) {
    const auto until = std::chrono::steady_clock::now() + patience_;
    for (auto pause = std::chrono::milliseconds(100);; pause = std::min(2 * pause, std::chrono::milliseconds(2000))) {
      auto reply = s_.ask_exact_thread(o_.id, verb, body, key);
      if (reply || !retryable(reply.error().code) || std::chrono::steady_clock::now() + pause > until) return reply;
      std::this_thread::sleep_for(pause);
    }
  }

  result<thread_now> look() {
    const auto reply = ask("get", "{}", {});
    if (!reply && reply.error().type == "thread_not_found" && !o_.no_create) return thread_now{};
    if (!reply) return reply.error();
    const auto thread = reply->root().find("thread");
    const auto limits = thread ? thread->find("limits") : std::nullopt;
    if (!limits) return error{errc::internal, "bad_reply", "the reply has no thread", {}};
    const auto number = [](json_view of, std::string_view member) {
      return static_cast<std::uint64_t>(reply_document::number_of(of, member));
    };
    return thread_now{reply_document::text_of(*thread, "created_at"), number(*thread, "message_count"),
                      number(*thread, "first_seq"), number(*limits, "max_messages")};
  }

  result<thread_now> make_thread(const std::string& text) {
    const auto body = creation(o_, kind_, text);
    if (!body) return body.error();
    if (const auto made = ask("import", *body, {}); !made) return made.error();
    return look();
  }

  status_result send_all(const std::string& digest) {
    std::size_t total = 0;
    for (const import_piece& p : pieces_) total += p.messages;
    progress bar("importing", total);
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      const import_piece& piece = pieces_[i];
      json_writer w;
      w.begin_object().field("format", cli::name(kind_)).field("data", piece.data);
      w.field("create", false).end_object(); // a thread that is deleted meanwhile does not come back in part
      const auto reply = ask("import", w.text(), import_key(digest, i));
      if (!reply)
        return in_piece(reply.error(), piece, kind_, done_,
                        fmt::format("the {} before it are imported", counted(done_, "message")));
      done_ += piece.messages;
      if (reply->flag("replayed")) replayed_ += piece.messages;
      last_seq_ = static_cast<std::uint64_t>(reply->number("last_seq"));
      bar.at(done_);
    }
    return ok();
  }

  result<exit_code> tell(std::uint64_t trimmed, std::uint64_t max_messages) {
    json_writer w;
    w.begin_object()
        .field("id", o_.id)
        .field("imported", std::uint64_t{done_ - replayed_})
        .field("replayed", std::uint64_t{replayed_})
        .field("trimmed", trimmed);
    w.field("last_seq", last_seq_)
        .field("created", created_)
        .field("requests", std::uint64_t{pieces_.size()})
        .end_object();
    const auto summary = reply_document::parse(std::move(w).take());
    if (!summary) return summary.error();
    if (trimmed > 0)
      s_.note(fmt::format("{} trimmed: the thread keeps the last {}; --max-messages sets that for a new thread, "
                          "`ropewalk thread update` for one that exists",
                          trimmed == 1 ? "1 message was" : fmt::format("{} messages were", trimmed), max_messages));
    s_.out().sentence(summary->root(),
                      fmt::format("imported {} into thread {}{}", counted(done_ - replayed_, "message"), o_.id,
                                  replayed_ > 0 ? fmt::format(" ({} were there already)", replayed_) : ""));
    return exit_code::ok;
  }

  session& s_;
  const thread_import_options& o_;
  const import_kind kind_;
  const std::vector<import_piece>& pieces_;
  const std::chrono::milliseconds patience_;
  std::size_t done_ = 0, replayed_ = 0; // messages
  std::uint64_t last_seq_ = 0;
  bool created_ = false;
};

result<exit_code> run_thread_import(session& s, const thread_import_options& o) {
  const auto patience = parse_duration(o.patience, "--patience");
  if (!patience) return patience.error();
  const auto text = read_whole(o.file, import_bytes);
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
  if (auto fine = check_pieces(*pieces, kind); !fine) return fine.error();
  return importer(s, o, kind, *pieces, *patience).run(*text);
}

} // namespace

void add_thread_import(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_import_options>();
  CLI::App& verb = line.verb(
      thread, {.name = "import",
               .summary = "Append a file's messages, and make the thread if need be",
               .details = "FILE is an export in jsonl, or OpenAI's messages (an array, or {\"messages\": [...]}).\n"
                          "Long files go in several requests. An import that was interrupted is finished by running "
                          "it again:\n"
                          "within 24 hours the same file goes into the same thread once, unless --again is given or\n"
                          "the thread was deleted since.",
               .example = "ropewalk thread import trip-oslo trip.jsonl\n"
                          "ropewalk thread import support-17 messages.json --user ann --tag imported\n"
                          "ropewalk thread export a | ropewalk thread import b -"});
  add_whole_thread_id(verb, o->id);
  add_option(verb, "FILE", o->file, "the file; - reads standard input").required();
  add_option(verb, "-f,--format", o->format, "jsonl or openai; default: by the look of it");
  add_flag(verb, "--no-create", o->no_create, "refuse if the thread is absent");
  add_flag(verb, "--again", o->again,
           "import the same file once more; messages that carry ids of their own cannot be twice in a thread");
  add_option(verb, "--patience", o->patience, "how long to try again when the node does not answer").shows_default();
  add_option(verb, "--name", o->name, "of the thread, if it is made").group("New thread");
  add_option(verb, "--user", o->user, "of the thread, if it is made").group("New thread");
  add_option(verb, "--agent", o->agent, "of the thread, if it is made").group("New thread");
  add_option(verb, "--metadata", o->metadata, "of the thread, if it is made: JSON or @FILE").group("New thread");
  add_tags(verb, o->tags, "of the thread, if it is made; may be given again");
  add_limits(verb, o->limits);
  line.on(verb, [o](session& s) { return run_thread_import(s, *o); });
}

} // namespace ropewalk::cli
