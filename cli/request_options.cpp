#include "cli/request_options.hpp"

#include <random>
#include <thread>

#include "cli/duration_text.hpp"
#include "cli/file_text.hpp"
#include "cli/option.hpp"
#include "cli/terminal.hpp"
#include "cli/usage.hpp"
#include "runtime/json_text.hpp"
#include "runtime/limits.hpp"
#include "runtime/uuid.hpp"

namespace ropewalk::cli {

void add_thread_id(CLI::App& verb, std::string& id) {
  add_option(verb, "ID", id, "the thread's id, or a beginning of it (4 characters or more) that no other has")
      .required();
}

void add_whole_thread_id(CLI::App& verb, std::string& id) {
  add_option(verb, "ID", id, "the thread's id; its whole id").required();
}

void add_workflow_id(CLI::App& verb, std::string& id) {
  add_option(verb, "ID", id, "the workflow's id, or a beginning of it (4 characters or more) that no other has")
      .required();
}

void add_whole_workflow_id(CLI::App& verb, std::string& id) {
  add_option(verb, "ID", id, "the workflow's id; its whole id").required();
}

void add_idempotency_key(CLI::App& verb, std::string& key) {
  add_option(verb, "--idempotency-key", key,
             "the same key with the same content is done once, however often it is sent");
}

std::string fresh_key() {
  std::random_device dice;
  const auto entropy = [&] { return std::uint64_t{dice()} << 32 | dice(); };
  return "cli-" + make_uuid7(wall_clock(), entropy(), entropy());
}

void add_tags(CLI::App& verb, std::vector<std::string>& tags, const char* doc) { add_option(verb, "--tag", tags, doc); }

void write_strings(json_writer& w, std::string_view name, const std::vector<std::string>& values) {
  w.key(name).begin_array();
  for (const std::string& v : values) w.value(v);
  w.end_array();
}

status_result write_object(json_writer& w, std::string_view name, const std::string& text, std::string_view option) {
  if (text.empty()) return ok();
  std::string json = text;
  if (text.front() == '@' || text == "-") {
    auto file = read_whole(text == "-" ? text : text.substr(1), limits::request_bytes);
    if (!file) return file.error();
    json = *std::move(file);
  }
  const auto doc = json_document::parse(json, {});
  if (!doc) return bad_usage(std::string(option), "is not JSON: " + doc.error().detail);
  w.raw_field(name, doc->root().compact());
  return ok();
}

void field_if(json_writer& w, std::string_view name, const std::string& value) {
  if (!value.empty()) w.field(name, value);
}

void add_watch(CLI::App& verb, watch_options& o) {
  add_flag(verb, "-w,--watch", o.on, "again every 2 seconds, until Ctrl-C");
}

result<exit_code> watched(session& s, const watch_options& o, const std::function<result<exit_code>()>& once) {
  if (!o.on) return once();
  s.out().go_on_without_end();
  for (bool first = true;; first = false) {
    if (s.out().style().terminal && s.out().for_people()) clear_screen();
    const auto done = once();
    if (!done && first) return done;
    if (!done) s.note(done.error().detail);
    if (auto written = s.out().finish(); !written) return written.error();
    std::this_thread::sleep_for(std::chrono::seconds(2));
  }
}

} // namespace ropewalk::cli
