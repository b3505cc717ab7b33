#include "actors/work_message.hpp"

#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "runtime/workflow/json_bridge.hpp"
#include "runtime/workflow/json_compact.hpp"
#include "transport/subject.hpp"

namespace ropewalk::actors {
namespace {

workflow::outcome bad(std::string why) { return workflow::failure{{"bad_result", std::move(why)}, false}; }

// At most so many bytes of UTF-8, without a character cut in two.
std::string cut(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  text.resize(bytes);
  return text;
}

workflow::outcome failure_of(const workflow::json_value& e) {
  const auto code = e.find("code");
  if (code == e.end() || !code->is_string() || code->get_ref<const std::string&>().empty())
    return bad("error.code must be a text that is not empty");
  const auto message = e.find("message");
  const auto final = e.find("final");
  if (message != e.end() && !message->is_string()) return bad("error.message must be a text");
  if (final != e.end() && !final->is_boolean()) return bad("error.final must be true or false");
  return workflow::failure{{cut(*code, limits::error_code_bytes),
                            message == e.end() ? std::string{} : cut(*message, limits::error_message_bytes)},
                           final != e.end() && final->get<bool>()};
}

} // namespace

std::string render_work(std::string_view prefix, const entity_key& instance, const workflow::dispatch& d,
                        std::string_view token) {
  json_writer out;
  out.begin_object().field("workflow", instance.id).field("org", instance.org).field("run", d.run);
  out.field("attempt", std::uint64_t{d.attempt}).field("phase", d.phase);
  if (d.compensation) out.field("compensation", true);
  out.raw_field("input", d.input ? workflow::compact_text(*d.input) : "{}").field("token", token);
  std::string subject = transport::workflow_subject(prefix, instance.org, instance.id, "");
  if (subject.ends_with('.')) subject.pop_back();
  out.field("subject", subject);
  const workflow::deadlines& due = d.due;
  if (due.attempt || due.total || due.start || due.heartbeat) {
    out.key("deadlines").begin_object();
    if (due.attempt) out.field("attempt", *due.attempt);
    if (due.total) out.field("total", *due.total);
    if (due.start) out.field("start", *due.start);
    if (due.heartbeat) out.field("heartbeat", *due.heartbeat);
    out.end_object();
  }
  out.end_object();
  return std::move(out).take();
}

worker_reply read_worker_reply(std::string_view body) {
  if (body.size() > limits::phase_result_bytes + limits::error_message_bytes)
    return workflow::outcome{
        workflow::failure{{"result_too_large", "a reply is at most " + std::to_string(limits::phase_result_bytes) +
                                                   " bytes; larger values go by reference"},
                          false}};
  auto parsed = workflow::parse_json(body, {.max_bytes = limits::phase_result_bytes + limits::error_message_bytes});
  if (!parsed) return bad("the reply is no valid JSON: " + parsed.error().detail);
  if (!parsed->is_object()) return bad("the reply must be an object");
  const auto result = parsed->find("result"), failed = parsed->find("error"), progress = parsed->find("progress");
  if (result != parsed->end() && failed != parsed->end())
    return bad("the reply must have either \"result\" or \"error\"");
  if (result != parsed->end()) return workflow::outcome{std::move(*result)};
  if (failed != parsed->end())
    return failed->is_object() ? failure_of(*failed) : bad("error must be an object with code and message");
  if (progress != parsed->end()) {
    if (progress->dump().size() > limits::progress_bytes) return still_at_it{};
    return still_at_it{std::move(*progress)};
  }
  if (parsed->contains("heartbeat")) return still_at_it{};
  return bad("the reply must have \"result\", \"error\", \"progress\" or \"heartbeat\"");
}

} // namespace ropewalk::actors
