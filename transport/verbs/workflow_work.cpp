// What the workers of a workflow's phases say.

#include "transport/verbs/workflow_fields.hpp"

namespace ropewalk::transport {
namespace {

constexpr field_spec run_field = required(integer("run", 1, count_max, "the run, as the work was given with it"));
constexpr field_spec attempt_field = integer("attempt", 1, 4'294'967'295, "the attempt; absent = the one under way");
constexpr field_spec token_field = required(text("token", 1, static_cast<std::int64_t>(limits::task_token_bytes),
                                                 "the run's token, as the work was given with it"));
constexpr field_spec step_field =
    required(text("step", 1, static_cast<std::int64_t>(limits::step_name_bytes), "the step's name, unique in the run"));
constexpr field_spec worker_field = text("worker", 1, name_max, "who says so, for the audit");

constexpr problem_spec token_refused{"token_forged", errc::invalid,
                                     "the token is of other work, or made up; also `token_malformed`, "
                                     "`token_unknown_key`, `token_revoked_key`; `field` is `token`"};
constexpr problem_spec run_over{"run_over", errc::conflict, "the run is over, or was called off: stop working on it"};

constexpr field_spec steps_fields[] = {run_field};
constexpr reply_field steps_reply[] = {
    {"run", "integer", true, "as asked"},
    {"steps", "array", true, "in the order in which they began: `step`; `recorded`: whether it is completed"}};
constexpr problem_spec steps_problems[] = {workflow_not_found, run_not_found};

constexpr field_spec begin_fields[] = {run_field, step_field, token_field};
constexpr reply_field begin_reply[] = {
    {"step", "string", true, "as asked"},
    {"recorded", "boolean", true, "true: the step was completed before; do not do it again"},
    {"result", "any", false, "the recorded one"},
    {"begun_before", "boolean", false,
     "where nothing is recorded: whether somebody began the step already, and may have done a part of it"},
    maybe_receipt_reply};
constexpr problem_spec not_a_worker{"not_a_worker", errc::conflict, "the run is of a phase that no worker does"};
constexpr problem_spec too_many_steps{"too_many_steps", errc::limit, "the run has 1,000 steps"};
constexpr problem_spec step_problems[] = {workflow_not_found, run_not_found, run_over,      not_a_worker,
                                          workflow_crashed,   token_refused, too_many_steps};

constexpr field_spec step_complete_fields[] = {
    run_field,
    step_field,
    required(json("result", limits::step_result_bytes, "what `step.begin` answers from now on")),
    token_field,
};
constexpr reply_field step_complete_reply[] = {{"step", "string", true, "as asked"},
                                               {"recorded", "boolean", true, "true: an earlier result stands"},
                                               {"result", "any", false, "the earlier one"},
                                               maybe_receipt_reply};

constexpr field_spec error_fields[] = {
    required(
        text("code", 1, static_cast<std::int64_t>(limits::error_code_bytes), "what a retry policy's `not_on` names")),
    {.name = "message",
     .type = field_type::document,
     .max = static_cast<std::int64_t>(limits::error_message_bytes),
     .doc = "for people"},
    boolean("final", "false", "no further attempt"),
};
constexpr field_spec complete_fields[] = {
    run_field,
    attempt_field,
    json("result", limits::phase_result_bytes, "what came out; an object where it is merged into the state"),
    object("error", error_fields, "what went wrong"),
    token_field,
    worker_field,
};
constexpr std::string_view result_or_error[] = {"result", "error"};
constexpr rule_spec complete_rules[] = {{rule_kind::exactly_one, result_or_error}};
constexpr reply_field complete_reply[] = {{"run", "integer", true, "as asked"},
                                          {"status", "string", true,
                                           "of the run: `completed`, `failed`, `cancelled`, `waiting` for its next "
                                           "attempt, `scheduled`: that is under way; or `forgotten`: over before the "
                                           "newest 1,000 that are over, and how is in `history` alone"},
                                          {"late", "boolean", true,
                                           "true: the run was over, and the earlier outcome stands; or an error is of "
                                           "an attempt that was over. It is listed for the audit"},
                                          {"result", "any", false, "of a late one: the result that stands"},
                                          {"error", "object", false, "of a late one: the error that stands"},
                                          {"next_attempt_at", "time", false, "when the next attempt begins"},
                                          maybe_receipt_reply};
constexpr problem_spec complete_problems[] = {workflow_not_found, run_not_found, not_a_worker, workflow_crashed,
                                              token_refused};

constexpr field_spec heartbeat_fields[] = {
    run_field,
    attempt_field,
    token_field,
    json("progress", limits::progress_bytes, "how far the work is; shown to who looks, not recorded"),
};
constexpr reply_field heartbeat_reply[] = {{"run", "integer", true, "as asked"},
                                           {"attempt", "integer", true, "the one under way"}};
constexpr problem_spec heartbeat_problems[] = {
    workflow_not_found,
    run_not_found,
    run_over,
    not_a_worker,
    workflow_crashed,
    token_refused,
    {"attempt_over", errc::conflict, "another attempt is under way, or the run waits for one: stop working on it"}};

constexpr verb_spec table[] = {
    {.noun = noun::workflow,
     .verb = "steps",
     .doc = "Answers the steps of a run that is under way.",
     .fields = steps_fields,
     .reply = steps_reply,
     .problems = steps_problems,
     .example_request = R"({"run":3})",
     .example_reply = R"({"run":3,"steps":[{"step":"outline","recorded":true},{"step":"draft","recorded":false}]})"},
    {.noun = noun::workflow,
     .verb = "step.begin",
     .writes = true,
     .doc = "Asked before a part of a phase's work that must not be done twice. Where it was completed before, by an "
            "attempt that "
            "was lost since, the answer has its result.",
     .fields = begin_fields,
     .reply = begin_reply,
     .problems = step_problems,
     .example_request = R"({"run":3,"step":"outline","token":"k-2026-01-31-0a1b2c3d4e5f.Zm9vYmFyYmF6cXV4MTIzNA"})",
     .example_reply = R"({"step":"outline","recorded":false,"begun_before":false,"receipt":{"...":"..."}})"},
    {.noun = noun::workflow,
     .verb = "step.complete",
     .writes = true,
     .doc = "Records a step's result. The first one stands; a later one is answered with it, and listed for the audit "
            "if it is another one.",
     .fields = step_complete_fields,
     .reply = step_complete_reply,
     .problems = step_problems,
     .example_request =
         R"({"run":3,"step":"outline","result":{"chapters":4},"token":"k-2026-01-31-0a1b2c3d4e5f.Zm9vYmFyYmF6cXV4MTIzNA"})",
     .example_reply = R"({"step":"outline","recorded":false,"receipt":{"...":"..."}})"},
    {.noun = noun::workflow,
     .verb = "complete",
     .writes = true,
     .doc = "Ends a run with its result, whichever attempt it comes from, or the attempt under way with an error. What "
            "comes first "
            "stands; what comes later is answered with it.",
     .fields = complete_fields,
     .rules = complete_rules,
     .reply = complete_reply,
     .problems = complete_problems,
     .example_request =
         R"({"run":3,"error":{"code":"rate_limited","message":"the provider said 429"},"token":"k-2026-01-31-0a1b2c3d4e5f.Zm9vYmFyYmF6cXV4MTIzNA","worker":"w-1"})",
     .example_reply =
         R"({"run":3,"status":"waiting","late":false,"next_attempt_at":"2026-01-31T09:06:01.000001Z","receipt":{"...":"..."}})"},
    {.noun = noun::workflow,
     .verb = "heartbeat",
     .doc = "A sign of life of a run's worker, which puts off its heartbeat time-out. Nothing is recorded.",
     .fields = heartbeat_fields,
     .reply = heartbeat_reply,
     .problems = heartbeat_problems,
     .example_request =
         R"({"run":3,"progress":{"pages":12},"token":"k-2026-01-31-0a1b2c3d4e5f.Zm9vYmFyYmF6cXV4MTIzNA"})",
     .example_reply = R"({"run":3,"attempt":1})"},
};

} // namespace

std::span<const verb_spec> workflow_work_verbs() noexcept { return table; }

} // namespace ropewalk::transport
