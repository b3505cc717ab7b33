// Schedules: workflows that start by the clock. Lists are answered from views that follow the journal within
// milliseconds.

#include "runtime/schedule/limits.hpp"
#include "transport/verbs/workflow_fields.hpp"

namespace ropewalk::transport {
namespace {

constexpr std::string_view overlap_choices[] = {"skip",         "buffer_one",      "buffer_all",
                                                "cancel_other", "terminate_other", "allow_all"};

constexpr field_spec schedule_field =
    required(json_object("schedule", limits::schedule_bytes,
                         "when, and what is started: see schedule above. A `name` in it must be the subject's"));
constexpr field_spec paused_field = {
    .name = "paused", .type = field_type::boolean, .doc = "whether it is paused afterwards; absent = as it was"};
constexpr field_spec note_field = text("note", 0, name_max, "for people: why; shown until the next pause or unpause");
constexpr field_spec overlap_field =
    choice("overlap", overlap_choices, "", "what to do if an instance runs still; absent = the schedule's own policy");

constexpr field_spec put_fields[] = {schedule_field, paused_field, note_field};
constexpr reply_field schedule_reply{"schedule", "schedule", true, "as it is afterwards"};
constexpr reply_field put_reply[] = {
    schedule_reply, {"created", "boolean", true, "false: it was there before"}, maybe_receipt_reply};
constexpr problem_spec schedule_not_found{"schedule_not_found", errc::not_found, "the schedule does not exist"};
constexpr problem_spec schedule_behind{"schedule_behind", errc::busy,
                                       "it is working off the times that it missed; try again in a moment"};
constexpr problem_spec zone_unavailable{"time_zone_unavailable", errc::unavailable,
                                        "the file of its time zone cannot be read on this node any more"};
constexpr problem_spec create_problems[] = {
    {"schedule_exists", errc::conflict, "a schedule of that name exists: `update` or `apply`"}};
constexpr problem_spec update_problems[] = {schedule_not_found, schedule_behind};
constexpr problem_spec apply_problems[] = {schedule_behind};

constexpr field_spec get_fields[] = {
    defaulting(integer("next", 0, limits::schedule_next_max, "how many of the times that come"), "5"),
};
constexpr reply_field get_reply[] = {{"schedule", "schedule", true, "where it stands"}};
constexpr problem_spec get_problems[] = {schedule_not_found};

constexpr field_spec note_fields[] = {note_field};
constexpr reply_field changed_reply[] = {schedule_reply, maybe_receipt_reply};
constexpr problem_spec pause_problems[] = {schedule_not_found, schedule_behind};
constexpr problem_spec unpause_problems[] = {schedule_not_found};

constexpr field_spec trigger_fields[] = {overlap_field};
constexpr reply_field trigger_reply[] = {
    {"start", "object", true,
     "`scheduled_time`; `outcome`: `fired`, `buffered` or `skipped`; `workflow`, its id, unless skipped"},
    schedule_reply,
    receipt_reply};

constexpr field_spec backfill_fields[] = {
    required(time("from", "the first moment")),
    required(time("to", "the last moment; not in the future")),
    overlap_field,
};
constexpr reply_field backfill_reply[] = {
    {"backfill", "object", true,
     "`times`: how many there are; of those `fired`, `buffered`, `skipped`, and `present`: they run or wait already"},
    schedule_reply,
    maybe_receipt_reply};
constexpr problem_spec backfill_problems[] = {schedule_not_found, schedule_behind, zone_unavailable};

constexpr reply_field delete_reply[] = {
    {"name", "string", true, "the schedule's"}, {"deleted", "boolean", true, "true"}, receipt_reply};

constexpr field_spec list_fields[] = {
    {.name = "paused",
     .type = field_type::boolean,
     .doc = "only schedules that are paused, or only those that are not"},
    identifier("definition", "only schedules that start workflows of this definition"),
    identifier("prefix", "only schedules whose name begins so"),
    page_limit("most schedules of a page"),
    cursor_field,
};
constexpr reply_field list_reply[] = {
    {"schedules", "array of listed schedule", true, "by name"},
    next_cursor_reply,
    {"view", "object", true, "`lag`: journal entries that this answer does not know of yet"}};

constexpr std::string_view example_nightly =
    R"({"schedule":{"cron":"30 2 * * *","time_zone":"Europe/Berlin","workflow":{"definition":"report","input":{"of":"yesterday"}},"overlap":"buffer_one"}})";
constexpr std::string_view example_changed_schedule =
    R"({"schedule":{"name":"nightly","status":"active","...":"..."},"receipt":{"...":"..."}})";

constexpr verb_spec table[] = {
    {.noun = noun::schedule,
     .verb = "create",
     .writes = true,
     .doc = "Makes a schedule. Its first time is the first one after this moment.",
     .fields = put_fields,
     .reply = put_reply,
     .problems = create_problems,
     .example_request = example_nightly,
     .example_reply =
         R"({"schedule":{"name":"nightly","org":"acme","status":"active","next":["2026-02-01T01:30:00.000000Z","..."],"...":"..."},"created":true,"receipt":{"...":"..."}})"},
    {.noun = noun::schedule,
     .verb = "update",
     .writes = true,
     .doc = "Replaces what the schedule is to do. Instances that run are left alone, starts that wait go on with the "
            "new specification, times that have passed are not looked at again.",
     .fields = put_fields,
     .reply = put_reply,
     .problems = update_problems,
     .example_request = example_nightly,
     .example_reply =
         R"({"schedule":{"name":"nightly","status":"active","...":"..."},"created":false,"receipt":{"...":"..."}})"},
    {.noun = noun::schedule,
     .verb = "apply",
     .writes = true,
     .doc = "Makes the schedule, or replaces what it is to do: `create` or `update`, whichever fits.",
     .fields = put_fields,
     .reply = put_reply,
     .problems = apply_problems,
     .example_request =
         R"({"schedule":{"every":"15m","workflow":{"definition":"poll"}},"paused":true,"note":"until the provider is back"})",
     .example_reply =
         R"({"schedule":{"name":"nightly","status":"paused","note":"until the provider is back","...":"..."},"created":false,"receipt":{"...":"..."}})"},
    {.noun = noun::schedule,
     .verb = "get",
     .doc = "Answers the schedule: what it is to do, when it fires next, what runs, and how the last starts ended.",
     .fields = get_fields,
     .reply = get_reply,
     .problems = get_problems,
     .example_request = R"({"next":10})",
     .example_reply = R"({"schedule":{"name":"nightly","status":"active","...":"..."}})"},
    {.noun = noun::schedule,
     .verb = "pause",
     .writes = true,
     .doc = "The schedule fires no more. Times that pass are not made up for when it goes on: `backfill` does that. "
            "What runs goes on, what waits goes on waiting. Pausing a paused schedule changes its note alone.",
     .fields = note_fields,
     .reply = changed_reply,
     .problems = pause_problems,
     .example_request = R"({"note":"the provider is down"})",
     .example_reply =
         R"({"schedule":{"name":"nightly","status":"paused","note":"the provider is down","...":"..."},"receipt":{"...":"..."}})"},
    {.noun = noun::schedule,
     .verb = "unpause",
     .writes = true,
     .doc = "Lets a paused schedule go on with the first time after this moment.",
     .fields = note_fields,
     .reply = changed_reply,
     .problems = unpause_problems,
     .example_request = R"({"note":"the provider is back"})",
     .example_reply = example_changed_schedule},
    {.noun = noun::schedule,
     .verb = "trigger",
     .writes = true,
     .doc = "One start now, also of a paused schedule. It does not count for `max_runs`.",
     .fields = trigger_fields,
     .reply = trigger_reply,
     .problems = unpause_problems,
     .example_request = R"({"overlap":"allow_all"})",
     .example_reply =
         R"({"schedule":{"name":"nightly","...":"..."},"start":{"scheduled_time":"2026-01-31T09:05:00.000001Z","outcome":"fired","workflow":"nightly-20260131T090500_000001Z"},"receipt":{"...":"..."}})"},
    {.noun = noun::schedule,
     .verb = "backfill",
     .writes = true,
     .doc = "The starts of times gone by, both ends included, at most 500 at once. A time whose instance exists is not "
            "started again.",
     .fields = backfill_fields,
     .reply = backfill_reply,
     .problems = backfill_problems,
     .example_request = R"({"from":"2026-01-01T00:00:00Z","to":"2026-01-07T00:00:00Z","overlap":"buffer_all"})",
     .example_reply =
         R"({"schedule":{"name":"nightly","...":"..."},"backfill":{"times":6,"fired":1,"buffered":5,"skipped":0,"present":0},"receipt":{"...":"..."}})"},
    {.noun = noun::schedule,
     .verb = "delete",
     .writes = true,
     .doc = "Deletes the schedule: it fires no more and what waits is dropped. Instances that run are left alone.",
     .reply = delete_reply,
     .problems = get_problems,
     .example_reply = R"({"name":"nightly","deleted":true,"receipt":{"...":"..."}})"},
    {.noun = noun::schedules,
     .verb = "list",
     .doc = "Answers schedules.",
     .fields = list_fields,
     .reply = list_reply,
     .example_request = R"({"definition":"report","paused":false,"limit":10})",
     .example_reply =
         R"({"schedules":[{"name":"nightly","status":"active","next":"2026-02-01T01:30:00.000000Z","...":"..."}],"view":{"lag":0}})"},
};

} // namespace

std::span<const verb_spec> schedule_verbs() noexcept { return table; }

} // namespace ropewalk::transport
