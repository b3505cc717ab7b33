// The messages of one thread: append, read, change, carry in and out.

#include "transport/verbs/fields.hpp"

namespace ropewalk::transport {
namespace {

template <std::size_t N>
constexpr std::array<field_spec, N + 1> with(const field_spec (&fields)[N], field_spec last) {
  std::array<field_spec, N + 1> all{};
  for (std::size_t i = 0; i < N; ++i) all[i] = fields[i];
  all[N] = last;
  return all;
}

constexpr auto append_fields = with(message_fields, expected_seq_field);
constexpr reply_field append_reply[] = {{"id", "string", true, "the message's id"},
                                        {"seq", "integer", true, "its place in the thread, from 1"},
                                        {"created_at", "time", true, "when it was recorded"},
                                        first_seq_trimmed_reply,
                                        receipt_reply};
constexpr problem_spec append_problems[] = {thread_not_found, thread_suspended, thread_closed,
                                            seq_mismatch,     message_exists,   thread_full};

constexpr field_spec batch_fields[] = {
    {.name = "messages",
     .type = field_type::messages,
     .required = true,
     .min = 1,
     .max = static_cast<std::int64_t>(limits::batch_bytes),
     .count = static_cast<std::uint32_t>(limits::batch_messages),
     .doc = "in order; all are recorded or none",
     .inner = message_fields},
    expected_seq_field,
};
constexpr reply_field batch_reply[] = {{"messages", "array of {id, seq}", true, "as they were given"},
                                       first_seq_trimmed_reply,
                                       {"last_seq", "integer", true, "of the last one"},
                                       receipt_reply};

constexpr field_spec read_fields[] = {
    defaulting(integer("limit", 1, limits::page_max, "most messages of a page; a page is also cut at 900 KiB"), "50"),
    defaulting(integer("offset", 0, seq_most, "messages to skip"), "0"),
    cursor_field,
    integer("before_seq", 1, seq_most, "only messages before this seq"),
    integer("after_seq", 0, seq_most, "only messages after this seq"),
    boolean("reverse", "false", "newest first"),
};
constexpr std::string_view cursor_alone[] = {"cursor", "offset", "before_seq", "after_seq", "reverse"};
constexpr rule_spec read_rules[] = {{rule_kind::not_beside, cursor_alone}};
constexpr reply_field read_reply[] = {
    {"messages", "array of message", true, "oldest first, or newest first with `reverse`"},
    {"count", "integer", true, "messages of this page"},
    {"first_seq", "integer", true, "of the thread"},
    {"last_seq", "integer", true, "of the thread"},
    {"next_cursor", "string", false, "present exactly when there are more"}};
constexpr problem_spec absent_problems[] = {thread_not_found};

constexpr std::string_view shape_choices[] = {"openai", "langchain", "native"};
constexpr field_spec window_fields[] = {
    integer("max_messages", 1, seq_most,
            "most messages; system messages count, but are never left out; absent = no bound"),
    integer("max_tokens", 1, count_max,
            "token budget; system messages count, but are never left out; absent = the thread's `limits.max_tokens`"),
    choice("shape", shape_choices, "\"openai\"", "how the messages are written, see window shapes"),
};
constexpr reply_field window_reply[] = {
    {"messages", "array", true, "system messages first, then the newest that fit, oldest first"},
    {"count", "integer", true, "chosen messages of the thread; over `max_messages` only by system messages"},
    {"tokens", "integer", true, "the sum of their `tokens`; over `max_tokens` only by system messages"},
    {"shape", "string", true, "as asked"}};
constexpr problem_spec window_problems[] = {
    thread_not_found,
    {"window_too_large", errc::too_large, "the window would be over 900 KiB: a smaller budget is needed"}};

constexpr field_spec edit_fields[] = {
    message_id_field,
    message_seq_field,
    content_field,
    tool_calls_field,
    metadata_field,
    text("name", 0, name_max, "\"\" removes it"),
    tokens_field,
    integer("expected_revision", 1, 2'147'483'647,
            "refuse with `revision_mismatch` unless the message's `revision` is this"),
};
constexpr std::string_view edit_any[] = {"content", "tool_calls", "metadata", "name", "tokens"};
constexpr rule_spec edit_rules[] = {{rule_kind::exactly_one, id_or_seq}, {rule_kind::at_least_one, edit_any}};
constexpr reply_field edit_reply[] = {{"id", "string", true, "the message's id"},
                                      {"seq", "integer", true, "unchanged"},
                                      {"revision", "integer", true, "one more than before"},
                                      {"updated_at", "time", true, "when the change was recorded"},
                                      receipt_reply};
constexpr problem_spec edit_problems[] = {
    thread_not_found,
    message_not_found,
    thread_suspended,
    thread_closed,
    {"revision_mismatch", errc::conflict, "`expected_revision` is not the message's `revision`"}};

constexpr field_spec remove_fields[] = {message_id_field, message_seq_field};
constexpr rule_spec remove_rules[] = {{rule_kind::exactly_one, id_or_seq}};
constexpr reply_field remove_reply[] = {{"id", "string", true, "the message's id"},
                                        {"seq", "integer", true, "which stays unused"},
                                        {"removed", "boolean", true, "true"},
                                        receipt_reply};
constexpr problem_spec remove_problems[] = {thread_not_found,
                                            message_not_found,
                                            thread_suspended,
                                            thread_closed,
                                            {"too_many_removed", errc::limit, "the thread has too many holes"}};

constexpr std::string_view export_choices[] = {"jsonl", "openai", "markdown", "csv"};
constexpr field_spec export_fields[] = {
    choice("format", export_choices, "\"jsonl\"", "`jsonl` and `openai` can be imported again"),
    cursor_field,
};
constexpr reply_field export_reply[] = {
    {"format", "string", true, "as asked"},
    {"data", "string", true,
     "a piece of the file, which may end within a message: the pieces of all pages, joined, are the file"},
    {"count", "integer", true, "messages that end in this piece"},
    {"next_cursor", "string", false, "present exactly when there are more"}};

constexpr problem_spec export_problems[] = {
    thread_not_found,
    {"export_changed", errc::conflict,
     "the message at which a page was cut was changed before the next page was asked for: begin again"}};

constexpr std::string_view import_choices[] = {"jsonl", "openai"};
constexpr field_spec import_fields[] = {
    required(choice("format", import_choices, "", "what `data` is")),
    {.name = "data",
     .type = field_type::document,
     .required = true,
     .max = static_cast<std::int64_t>(limits::request_bytes),
     .doc = "the file, or a part of it with whole messages; at most 256 messages"},
    boolean("create", "true", "create the thread if it is absent"),
    expected_seq_field,
    text("name", 0, name_max, "of the thread, if it is created"),
    text("user", 0, name_max, "of the thread, if it is created"),
    text("agent", 0, name_max, "of the thread, if it is created"),
    tags_field,
    metadata_field,
    object("limits", limits_fields, "of the thread, if it is created; absent ones are the file's, then the node's"),
};
constexpr reply_field import_reply[] = {{"id", "string", true, "the thread"},
                                        {"imported", "integer", true, "messages taken in"},
                                        {"first_seq", "integer", false, "of the first one taken in"},
                                        {"last_seq", "integer", true, "of the thread"},
                                        {"created", "boolean", true, "whether the thread was created"},
                                        maybe_receipt_reply};
constexpr problem_spec import_problems[] = {thread_not_found, thread_suspended, thread_closed, seq_mismatch,
                                            message_exists,   thread_full,      quota};

constexpr verb_spec table[] = {
    {.noun = noun::thread,
     .verb = "append",
     .writes = true,
     .doc = "Adds one message at the end of the thread.",
     .fields = append_fields,
     .reply = append_reply,
     .problems = append_problems,
     .example_request = R"({"role":"user","content":"Is there a night train to Oslo?","sender":"ann"})",
     .example_reply =
         R"({"id":"019c1384-5f20-7a51-8c3e-9b1f00000001","seq":1,"created_at":"2026-01-31T09:05:00.000001Z","receipt":{"partition":3,"epoch":1,"index":43,"hash":"5e1f0c2b7a9d4e8f6a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f","durability":"local"}})"},
    {.noun = noun::thread,
     .verb = "append_batch",
     .writes = true,
     .doc = "Adds several messages at once: all are recorded, next to each other, or none.",
     .fields = batch_fields,
     .reply = batch_reply,
     .problems = append_problems,
     .example_request =
         R"({"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"find_trains","arguments":"{\"to\":\"Oslo\"}"}}]},{"role":"tool","tool_call_id":"call_1","content":"none tonight"}],"expected_seq":1})",
     .example_reply =
         R"({"messages":[{"id":"019c1384-5f20-7a51-8c3e-9b1f00000002","seq":2},{"id":"019c1384-5f20-7a51-8c3e-9b1f00000003","seq":3}],"last_seq":3,"receipt":{"...":"..."}})"},
    {.noun = noun::thread,
     .verb = "messages",
     .doc = "Answers a page of messages. A page that follows by cursor goes on in the same direction and keeps to the "
            "`before_seq` and `after_seq` of the first one.",
     .fields = read_fields,
     .rules = read_rules,
     .reply = read_reply,
     .problems = absent_problems,
     .example_request = R"({"limit":2,"reverse":true})",
     .example_reply =
         R"({"messages":[{"id":"019c1384-5f20-7a51-8c3e-9b1f00000003","seq":3,"role":"tool","content":"none tonight","tool_call_id":"call_1","tokens":7,"tokens_estimated":true,"revision":1,"created_at":"2026-01-31T09:05:01.000001Z"},{"...":"..."}],"count":2,"first_seq":1,"last_seq":3,"next_cursor":"AnIAAAAAAAAAAgAAAAAAAAAA"})"},
    {.noun = noun::thread,
     .verb = "window",
     .doc = "Answers the last messages that fit a model's budget, as a list that the model accepts: system messages "
            "first, a tool's result never without its call.\n\n"
            "All system messages are in, whatever the budget; what they leave of it is filled from the newest message "
            "backwards. The first message that does not fit ends the window, also if it is the newest: a thread whose "
            "system "
            "messages alone use up the budget answers just those. An assistant's message with tool calls and the "
            "answers to "
            "them fit together or not at all, and answers stand right behind their call; a call that has an answer "
            "missing "
            "and an answer without its call are left out. A `tool` message with several `tool_result` parts counts as "
            "that "
            "many messages.",
     .fields = window_fields,
     .reply = window_reply,
     .problems = window_problems,
     .example_request = R"({"max_tokens":4000,"shape":"openai"})",
     .example_reply =
         R"({"messages":[{"role":"user","content":"Is there a night train to Oslo?"}],"count":1,"tokens":12,"shape":"openai"})"},
    {.noun = noun::thread,
     .verb = "edit",
     .writes = true,
     .doc = "Changes a message in place; what is not named stays. The journal keeps the old one.",
     .fields = edit_fields,
     .rules = edit_rules,
     .reply = edit_reply,
     .problems = edit_problems,
     .example_request = R"({"seq":1,"content":"Is there a night train to Bergen?","expected_revision":1})",
     .example_reply =
         R"({"id":"019c1384-5f20-7a51-8c3e-9b1f00000001","seq":1,"revision":2,"updated_at":"2026-01-31T09:07:00.000001Z","receipt":{"...":"..."}})"},
    {.noun = noun::thread,
     .verb = "remove",
     .writes = true,
     .doc = "Takes one message out of the thread. The journal keeps it.",
     .fields = remove_fields,
     .rules = remove_rules,
     .reply = remove_reply,
     .problems = remove_problems,
     .example_request = R"({"id":"019c1384-5f20-7a51-8c3e-9b1f00000001"})",
     .example_reply =
         R"({"id":"019c1384-5f20-7a51-8c3e-9b1f00000001","seq":1,"removed":true,"receipt":{"...":"..."}})"},
    {.noun = noun::thread,
     .verb = "export",
     .doc = "Answers the thread as a file, page by page.",
     .fields = export_fields,
     .reply = export_reply,
     .problems = export_problems,
     .example_request = R"({"format":"markdown"})",
     .example_reply = R"({"format":"markdown","data":"# Trip to Oslo\n...","count":3})"},
    {.noun = noun::thread,
     .verb = "import",
     .writes = true,
     .doc =
         "Appends the messages of a file, all or none, and creates the thread if it is absent. Fields that a message "
         "of ours does not have are kept in its metadata.",
     .fields = import_fields,
     .reply = import_reply,
     .problems = import_problems,
     .example_request =
         R"({"format":"openai","data":"[{\"role\":\"user\",\"content\":\"hello\"},{\"role\":\"assistant\",\"content\":\"hi\"}]"})",
     .example_reply = R"({"id":"t42","imported":2,"first_seq":1,"last_seq":2,"created":true,"receipt":{"...":"..."}})"},
};

} // namespace

std::span<const verb_spec> thread_message_verbs() noexcept { return table; }

} // namespace ropewalk::transport
