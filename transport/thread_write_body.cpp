// Writes to one thread.

#include "runtime/thread/import_format.hpp"
#include "runtime/thread/message_fields.hpp"
#include "transport/command_body.hpp"

namespace ropewalk::transport {
namespace {

using outcome = result<command_variant>;

outcome write(thread::write w) { return command_variant(std::in_place_type<thread::write>, std::move(w)); }

thread::limits_patch limits_of(const body_fields& fields) {
  thread::limits_patch patch;
  if (const auto given = fields.inner("limits")) {
    patch.max_messages = given->integer("max_messages");
    patch.max_tokens = given->integer("max_tokens");
    if (const auto ttl = given->integer("ttl_seconds")) patch.ttl_s = static_cast<std::int64_t>(*ttl);
  }
  return patch;
}

thread::message_ref message_of(const body_fields& fields) {
  return {fields.integer("seq"), fields.optional_text("id")};
}

constexpr std::string_view thread_id = "thread id";

// Everything of `create` but limits and if_absent. Given fields win over what a file's header said.
thread::create with_fields(thread::create w, const body_fields& fields) {
  if (auto name = fields.optional_text("name")) w.name = *std::move(name);
  if (auto user = fields.optional_text("user")) w.user = *std::move(user);
  if (auto agent = fields.optional_text("agent")) w.agent = *std::move(agent);
  if (auto tags = fields.sorted_texts("tags")) w.tags = *std::move(tags);
  if (auto metadata = fields.compact("metadata")) w.metadata_json = *std::move(metadata);
  const thread::limits_patch limits = limits_of(fields);
  if (limits.max_messages) w.limits.max_messages = limits.max_messages;
  if (limits.max_tokens) w.limits.max_tokens = limits.max_tokens;
  if (limits.ttl_s) w.limits.ttl_s = limits.ttl_s;
  return w;
}

outcome create(const body_context& c) {
  thread::create w = with_fields({}, c.fields);
  w.if_absent = c.fields.flag_or("if_absent", false);
  return write(std::move(w));
}

outcome create_anywhere(const body_context& c) {
  take_id(c, thread_id);
  return create(c);
}

outcome update(const body_context& c) {
  return write(thread::update{c.fields.optional_text("name"), c.fields.sorted_texts("tags"),
                              c.fields.compact("metadata"), limits_of(c.fields), c.fields.integer("expected_version")});
}

outcome remove_thread(const body_context& c) { return write(thread::remove_thread{c.fields.text("reason")}); }
outcome clear(const body_context&) { return write(thread::clear{}); }
outcome suspend(const body_context& c) { return write(thread::suspend{c.fields.text("reason")}); }
outcome resume(const body_context&) { return write(thread::resume{}); }
outcome close(const body_context& c) { return write(thread::close{c.fields.text("reason")}); }

outcome append(const body_context& c) {
  auto draft = thread::decode_message(c.body, {}, thread::unknown_fields::refuse, "expected_seq");
  if (!draft) return std::move(draft).error();
  thread::append w;
  w.messages.push_back(*std::move(draft));
  w.expected_seq = c.fields.integer("expected_seq");
  return write(std::move(w));
}

outcome append_batch(const body_context& c) {
  thread::append w{{}, c.fields.integer("expected_seq"), true};
  const json_view messages = *c.fields.find("messages");
  w.messages.reserve(messages.size());
  for (const json_view element : messages.elements()) {
    const std::string path = "messages[" + std::to_string(w.messages.size()) + ']';
    auto draft = thread::decode_message(element, path, thread::unknown_fields::refuse);
    if (!draft) return std::move(draft).error();
    w.messages.push_back(*std::move(draft));
  }
  return write(std::move(w));
}

outcome edit(const body_context& c) {
  thread::edit w;
  w.message = message_of(c.fields);
  if (const auto content = c.fields.find("content")) {
    w.content_json = "null";
    if (!content->is(json_type::null)) {
      auto json = thread::decode_content(*content, "content");
      if (!json) return std::move(json).error();
      w.content_json = *std::move(json);
    }
  }
  if (const auto calls = c.fields.find("tool_calls")) {
    auto json = thread::decode_tool_calls(*calls, "tool_calls");
    if (!json) return std::move(json).error();
    w.tool_calls_json = *std::move(json);
  }
  w.metadata_json = c.fields.compact("metadata");
  w.name = c.fields.optional_text("name");
  if (const auto tokens = c.fields.integer("tokens")) w.tokens = static_cast<std::uint32_t>(*tokens);
  if (const auto r = c.fields.integer("expected_revision")) w.expected_revision = static_cast<std::uint32_t>(*r);
  return write(std::move(w));
}

outcome remove_message(const body_context& c) { return write(thread::remove_message{message_of(c.fields)}); }

outcome fork(const body_context& c) {
  thread::fork w;
  if (c.fields.has("id") || c.fields.has("seq")) w.at = message_of(c.fields);
  w.child_id = c.fields.text("thread");
  if (w.child_id.empty()) w.child_id = new_entity_id(c, thread_id, c.key.id);
  w.name = c.fields.optional_text("name");
  w.user = c.fields.optional_text("user");
  w.tags = c.fields.sorted_texts("tags");
  w.metadata_json = c.fields.compact("metadata");
  return write(std::move(w));
}

outcome import(const body_context& c) {
  const auto format =
      c.fields.text("format") == "openai" ? thread::import_format::openai : thread::import_format::jsonl;
  auto file = thread::decode_import(format, c.fields.text("data"));
  if (!file) return std::move(file).error();
  thread::import w;
  w.messages = std::move(file->messages);
  w.expected_seq = c.fields.integer("expected_seq");
  if (c.fields.flag_or("create", true))
    w.create_if_absent = with_fields(std::move(file->thread).value_or(thread::create{}), c.fields);
  return write(std::move(w));
}

constexpr named_command_body table[] = {
    {noun::thread, "append", append},         {noun::thread, "append_batch", append_batch},
    {noun::thread, "create", create},         {noun::threads, "create", create_anywhere},
    {noun::thread, "update", update},         {noun::thread, "delete", remove_thread},
    {noun::thread, "clear", clear},           {noun::thread, "edit", edit},
    {noun::thread, "remove", remove_message}, {noun::thread, "fork", fork},
    {noun::thread, "suspend", suspend},       {noun::thread, "resume", resume},
    {noun::thread, "close", close},           {noun::thread, "import", import},
};

} // namespace

std::span<const named_command_body> thread_write_bodies() noexcept { return table; }

} // namespace ropewalk::transport
