// Across the threads of an org. Answered from views that follow the journal within milliseconds.

#include "transport/verbs/fields.hpp"

namespace ropewalk::transport {
namespace {

constexpr field_spec create_fields[] = {
    id_text("id", "absent = a UUID; with an idempotency key one that follows from the key"),
    thread_name_field,
    thread_user_field,
    thread_agent_field,
    tags_field,
    metadata_field,
    limits_field,
    boolean("if_absent", "false",
            "an existing thread is answered as it is, with `created` false, instead of a conflict"),
};
constexpr reply_field create_reply[] = {
    thread_reply, {"created", "boolean", true, "false: it existed (with `if_absent`)"}, maybe_receipt_reply};
constexpr problem_spec create_problems[] = {thread_exists, quota};

constexpr field_spec filter_user = text("user", 1, name_max, "only this user's threads");
constexpr field_spec filter_agent = text("agent", 1, name_max, "only this agent's threads");
constexpr field_spec filter_tag =
    text("tag", 1, static_cast<std::int64_t>(limits::tag_bytes), "only threads with this tag");
constexpr field_spec filter_status = choice("status", status_choices, "", "only threads in this state");
constexpr field_spec filter_updated = time("updated_since", "only threads that changed at or after this time");

constexpr field_spec list_fields[] = {
    filter_user,   filter_agent,   filter_tag,
    filter_status, filter_updated, defaulting(integer("limit", 1, limits::page_max, "most threads of a page"), "50"),
    cursor_field,
};
constexpr reply_field view_reply{"view", "object", true,
                                 "`lag`: journal entries that this answer does not know of yet"};
constexpr reply_field list_reply[] = {{"threads", "array of thread", true, "the one that changed last first"},
                                      {"next_cursor", "string", false, "present exactly when there are more"},
                                      view_reply};

constexpr field_spec count_fields[] = {filter_user, filter_agent, filter_tag, filter_status, filter_updated};
constexpr reply_field count_reply[] = {{"count", "integer", true, "threads"},
                                       {"messages", "integer", true, "their messages"}};

constexpr field_spec search_fields[] = {
    required(text("query", 1, static_cast<std::int64_t>(limits::query_bytes),
                  "words that all must occur; \"a phrase\", -without, prefix*; at most 32 of them")),
    choice("role", role_choices, "", "only messages of this role"),
    text("sender", 1, name_max, "only messages of this sender"),
    text("name", 1, name_max, "only messages with this name"),
    id_text("thread", "only what this thread shows, a fork's inherited messages too"),
    text("user", 1, name_max, "only this user's threads"),
    filter_tag,
    time("since", "only messages created at or after this time"),
    time("until", "only messages created before this time"),
    defaulting(integer("limit", 1, 100, "most hits of a page"), "20"),
    cursor_field,
};
constexpr reply_field search_reply[] = {{"hits", "array of hit", true,
                                         "best first: `thread`, `thread_name`?, `id`, `seq`, `role`, `sender`?, "
                                         "`name`?, `created_at`, `snippet` (matches in "
                                         "square brackets), `score`"},
                                        {"next_cursor", "string", false, "present exactly when there are more"},
                                        view_reply};

constexpr problem_spec search_problems[] = {
    {"search_too_broad", errc::limit, "the search took too long: rarer words or more filters are needed"}};

constexpr verb_spec table[] = {
    {.noun = noun::threads,
     .verb = "create",
     .writes = true,
     .doc = "Begins a thread; the node makes an id if none is given.",
     .fields = create_fields,
     .reply = create_reply,
     .problems = create_problems,
     .example_request = R"({"name":"Trip to Oslo","user":"ann"})",
     .example_reply =
         R"({"thread":{"id":"019c1384-5f20-7a51-8c3e-9b1f6d2e4a10","...":"..."},"created":true,"receipt":{"...":"..."}})"},
    {.noun = noun::threads,
     .verb = "list",
     .doc = "Answers threads without their messages.",
     .fields = list_fields,
     .reply = list_reply,
     .example_request = R"({"user":"ann","status":"active","limit":10})",
     .example_reply = R"({"threads":[{"id":"t42","...":"..."}],"view":{"lag":0}})"},
    {.noun = noun::threads,
     .verb = "count",
     .doc = "Counts threads and their messages.",
     .fields = count_fields,
     .reply = count_reply,
     .example_request = R"({"tag":"travel"})",
     .example_reply = R"({"count":2,"messages":31})"},
    {.noun = noun::threads,
     .verb = "search",
     .doc = "Finds messages by their text. A message that forks share is found once: in the thread where it was "
            "written, or in "
            "the first fork that still shows it.",
     .fields = search_fields,
     .reply = search_reply,
     .problems = search_problems,
     .example_request = R"({"query":"\"night train\" oslo","role":"user","since":"2026-01-01T00:00:00Z"})",
     .example_reply =
         R"({"hits":[{"thread":"t42","thread_name":"Trip to Oslo","id":"019c1384-5f20-7a51-8c3e-9b1f00000001","seq":1,"role":"user","sender":"ann","created_at":"2026-01-31T09:05:00.000001Z","snippet":"Is there a [night] [train] to [Oslo]?","score":3.1}],"view":{"lag":0}})"},
};

} // namespace

std::span<const verb_spec> threads_verbs() noexcept { return table; }

} // namespace ropewalk::transport
