// One workflow instance: start, look at, tell, hold, end.

#include "transport/verbs/workflow_fields.hpp"

namespace ropewalk::transport {
namespace {

constexpr field_spec start_fields[] = {
    required(definition_name_field), definition_version_field, input_field,
    start_attributes_field,          start_if_absent_field,
};

constexpr field_spec get_fields[] = {boolean("state", "true", "answer the state as well")};
constexpr reply_field get_reply[] = {{"workflow", "workflow", true, "see Objects"},
                                     {"state", "object", false, "of the phases, unless that was declined"},
                                     state_left_out_reply,
                                     state_bytes_reply};
constexpr problem_spec get_problems[] = {workflow_not_found};

constexpr field_spec query_fields[] = {
    {.name = "pointer",
     .type = field_type::pointer,
     .required = true,
     .max = static_cast<std::int64_t>(limits::json_pointer_bytes),
     .doc = "JSON pointer (RFC 6901) into the state; \"\" = all of it"},
};
constexpr reply_field query_reply[] = {{"pointer", "string", true, "as asked"},
                                       {"value", "any", true, "what is there"}};
constexpr problem_spec query_problems[] = {
    workflow_not_found, {"value_not_found", errc::not_found, "the state has nothing at `pointer`"}, reply_too_large};

constexpr field_spec signal_fields[] = {
    required(identifier("name", "what a `wait` phase names")),
    id_text("id", "a signal whose id the instance remembers (the last 1,000) is taken once; absent = a UUID"),
    defaulting(json("payload", limits::signal_bytes, "the result of the phase that waits for it"), "{}"),
};
constexpr reply_field signal_reply[] = {
    {"id", "string", true, "the signal's id"},
    {"name", "string", true, "as sent"},
    {"taken", "boolean", true, "true: a phase waited for it; false: it is kept until one does"},
    {"repeated", "boolean", false, "true: a signal with that id came before; nothing changed"},
    maybe_receipt_reply};
constexpr problem_spec signal_problems[] = {
    workflow_not_found,
    workflow_closed,
    workflow_stopping,
    workflow_crashed,
    {"unknown_signal", errc::not_found, "no phase of the definition waits for a signal of that name"},
    {"signals_full", errc::limit, "1,000 signals or 4 MiB of them are kept already"}};

constexpr field_spec update_fields[] = {
    required(patch_field("merged over the state (RFC 7386): null removes a member")),
    reason_field,
    integer("expected_version", 1, count_max, "refuse with `version_mismatch` unless the instance's `version` is this"),
};
constexpr reply_field changed_reply[] = {workflow_reply, receipt_reply};
constexpr problem_spec update_problems[] = {
    workflow_not_found,
    workflow_closed,
    state_too_large,
    {"version_mismatch", errc::conflict, "`expected_version` is not the instance's `version`"}};

constexpr field_spec reason_fields[] = {reason_field};
constexpr reply_field status_reply[] = {workflow_reply, maybe_receipt_reply};
constexpr problem_spec pause_problems[] = {workflow_not_found, workflow_closed, workflow_stopping, workflow_crashed};
constexpr problem_spec closed_problems[] = {workflow_not_found, workflow_closed};

constexpr field_spec retry_fields[] = {
    integer("run", 1, count_max, "a run that waits for its next attempt; absent = all of them"),
    reason_field,
};
constexpr problem_spec retry_problems[] = {
    workflow_not_found,
    run_not_found,
    workflow_closed,
    workflow_crashed,
    {"workflow_compensated", errc::conflict, "what the failed instance did has been undone: `branch` from before"},
    {"workflow_paused", errc::conflict, "the instance is paused: `resume` it first"},
    {"nothing_to_retry", errc::conflict, "the instance has not failed, and no run waits for its next attempt"}};

constexpr field_spec result_fields[] = {
    defaulting(integer("wait_seconds", 0, limits::result_wait_s,
                       "how long to wait for the end; the NATS request's own time-out must be longer"),
               "0"),
};
constexpr reply_field result_reply[] = {
    {"status", "string", true, "`completed`, `failed`, `cancelled` or `terminated`"},
    {"state", "object", false, "of a completed instance: what came out"},
    state_left_out_reply,
    state_bytes_reply,
    {"error", "object", false, "of one that did not complete: `code`, `message`"},
    {"version", "integer", true, "of the instance"},
    {"ended_at", "time", true, "when it ended"},
};
constexpr problem_spec result_problems[] = {
    workflow_not_found,
    {"still_running", errc::timeout, "the instance was not over in time: ask again"},
    workflow_crashed};

constexpr verb_spec table[] = {
    {.noun = noun::workflow,
     .verb = "start",
     .writes = true,
     .doc = "Begins an instance with the id of the subject. It keeps the version of the definition that it was started "
            "with.",
     .fields = start_fields,
     .reply = started_reply,
     .problems = start_problems,
     .example_request =
         R"({"definition":"agent-creation","input":{"agent":"planner"},"attributes":{"customer":"c-9","urgent":true}})",
     .example_reply =
         R"({"workflow":{"id":"order-7","org":"acme","definition":{"name":"agent-creation","version":3},"status":"running","attributes":{"customer":"c-9","urgent":true},"runs":[{"run":1,"phase":"design","kind":"agent","status":"scheduled","attempt":1,"attempts":3,"waiting_for":"a worker: agents.designer","since":"2026-01-31T09:05:00.000001Z","started_at":"2026-01-31T09:05:00.000001Z"}],"phase_runs":1,"version":2,"created_at":"2026-01-31T09:05:00.000001Z","updated_at":"2026-01-31T09:05:00.000001Z"},"created":true,"receipt":{"partition":3,"epoch":1,"index":42,"hash":"5e1f0c2b7a9d4e8f6a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f","durability":"local"}})"},
    {.noun = noun::workflow,
     .verb = "get",
     .doc = "Answers the instance: where it stands, what it waits for, and its state.",
     .fields = get_fields,
     .reply = get_reply,
     .problems = get_problems,
     .example_request = R"({"state":false})",
     .example_reply = R"({"workflow":{"id":"order-7","status":"running","...":"..."}})"},
    {.noun = noun::workflow,
     .verb = "query",
     .doc = "Answers one value of the state.",
     .fields = query_fields,
     .reply = query_reply,
     .problems = query_problems,
     .example_request = R"({"pointer":"/design/title"})",
     .example_reply = R"({"pointer":"/design/title","value":"A planner of trips"})"},
    {.noun = noun::workflow,
     .verb = "signal",
     .writes = true,
     .doc = "Tells the instance something that a `wait` phase waits for, now or later.",
     .fields = signal_fields,
     .reply = signal_reply,
     .problems = signal_problems,
     .example_request = R"({"name":"approved","payload":{"by":"ann"}})",
     .example_reply =
         R"({"id":"019c1384-5f20-7a51-8c3e-9b1f00000001","name":"approved","taken":true,"receipt":{"...":"..."}})"},
    {.noun = noun::workflow,
     .verb = "update",
     .writes = true,
     .doc = "Changes the state from outside. Runs that are under way keep the input that they were given.",
     .fields = update_fields,
     .reply = changed_reply,
     .problems = update_problems,
     .example_request = R"({"patch":{"budget":500,"draft":null},"reason":"agreed with the customer"})",
     .example_reply = example_changed},
    {.noun = noun::workflow,
     .verb = "pause",
     .writes = true,
     .doc = "No phase and no attempt begins any more; what is under way may complete, timers and signals are kept. "
            "Pausing a paused "
            "instance changes nothing.",
     .fields = reason_fields,
     .reply = status_reply,
     .problems = pause_problems,
     .example_request = R"({"reason":"the provider is down"})",
     .example_reply =
         R"({"workflow":{"id":"order-7","status":"paused","status_reason":"the provider is down","...":"..."},"receipt":{"...":"..."}})"},
    {.noun = noun::workflow,
     .verb = "resume",
     .writes = true,
     .doc = "Lets a paused or crashed instance go on.",
     .reply = status_reply,
     .problems = closed_problems,
     .example_reply = example_changed},
    {.noun = noun::workflow,
     .verb = "cancel",
     .writes = true,
     .doc = "Ends the instance: what is under way is called off, children too, then the compensations of completed "
            "phases run in "
            "reverse order. One that is parked (`crashed`) stays so if it has something to undo or to await, and does "
            "that "
            "once it is resumed.",
     .fields = reason_fields,
     .reply = status_reply,
     .problems = closed_problems,
     .example_request = R"({"reason":"ordered twice"})",
     .example_reply = R"({"workflow":{"id":"order-7","status":"compensating","...":"..."},"receipt":{"...":"..."}})"},
    {.noun = noun::workflow,
     .verb = "terminate",
     .writes = true,
     .doc = "Ends the instance at once and compensates nothing.",
     .fields = reason_fields,
     .reply = status_reply,
     .problems = closed_problems,
     .example_request = R"({"reason":"the data center is gone"})",
     .example_reply = R"({"workflow":{"id":"order-7","status":"terminated","...":"..."},"receipt":{"...":"..."}})"},
    {.noun = noun::workflow,
     .verb = "retry",
     .writes = true,
     .doc = "Lets a failed instance go on where it failed, its attempts counted anew. In one that has not failed, runs "
            "that wait for "
            "their next attempt are tried at once.",
     .fields = retry_fields,
     .reply = changed_reply,
     .problems = retry_problems,
     .example_request = R"({"reason":"the provider is back"})",
     .example_reply = example_changed},
    {.noun = noun::workflow,
     .verb = "result",
     .doc = "Answers how the instance ended, as soon as it has.",
     .fields = result_fields,
     .reply = result_reply,
     .problems = result_problems,
     .example_request = R"({"wait_seconds":30})",
     .example_reply =
         R"({"status":"completed","state":{"agent":"planner","image":"registry/planner:1"},"version":31,"ended_at":"2026-01-31T09:09:00.000001Z"})"},
};

} // namespace

std::span<const verb_spec> workflow_verbs() noexcept { return table; }

} // namespace ropewalk::transport
