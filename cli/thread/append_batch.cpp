// ropewalk thread append-batch

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/file_text.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/thread/verbs.hpp"
#include "cli/usage.hpp"
#include "runtime/limits.hpp"

namespace ropewalk::cli {
namespace {

struct thread_append_batch_options {
  std::string id, file, key;
  std::uint64_t expected_seq = 0;
  option seq_given;
};

// An array of messages, or a message a line.
result<std::string> messages_json(const std::string& path) {
  auto text = read_whole(path, limits::request_bytes);
  if (!text) return text.error();
  const auto start = text->find_first_not_of(" \t\r\n");
  if (start == std::string::npos) return bad_usage("FILE", path + " holds no messages");
  if ((*text)[start] == '[') {
    const auto doc = json_document::parse(*text, {});
    if (!doc) return bad_usage("FILE", path + " is not JSON: " + doc.error().detail);
    return doc->root().compact();
  }
  std::string array = "[";
  std::string_view rest = *text;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (one.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto doc = json_document::parse(one, {});
    if (!doc) return bad_usage(fmt::format("FILE line {}", number), "is not JSON: " + doc.error().detail);
    if (array.size() > 1) array += ',';
    doc->root().append_compact(array);
  }
  return array + "]";
}

result<exit_code> run_thread_append_batch(session& s, const thread_append_batch_options& o) {
  const auto messages = messages_json(o.file);
  if (!messages) return messages.error();
  json_writer w;
  w.begin_object().raw_field("messages", *messages);
  if (o.seq_given.given()) w.field("expected_seq", o.expected_seq);
  w.end_object();
  const auto reply = s.change_thread(o.id, "append_batch", w.text(), o.key.empty() ? fresh_key() : o.key);
  if (!reply) return reply.error();
  const auto all = reply->root().find("messages");
  s.out().sentence(reply->root(),
                   fmt::format("appended {} to thread {}, the last one is {}",
                               counted(all ? all->size() : 0, "message"), o.id, reply->number("last_seq")));
  return exit_code::ok;
}

} // namespace

void add_thread_append_batch(command_line& line, CLI::App& thread) {
  auto o = std::make_shared<thread_append_batch_options>();
  CLI::App& verb = line.verb(thread, {.name = "append-batch",
                                      .summary = "Append up to 256 messages, all or none",
                                      .details = "FILE holds a JSON array of messages, or one message a "
                                                 "line. For longer files: ropewalk thread import.",
                                      .example = "ropewalk thread append-batch trip-oslo messages.json"});
  add_whole_thread_id(verb, o->id);
  add_option(verb, "FILE", o->file, "messages as JSON; - reads standard input").required();
  o->seq_given = add_option(verb, "--expected-seq", o->expected_seq, "refuse if the thread's last seq is another one");
  add_idempotency_key(verb, o->key);
  line.on(verb, [o](session& s) { return run_thread_append_batch(s, *o); });
}

} // namespace ropewalk::cli
