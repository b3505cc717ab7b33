// What one workflow instance was: events, checkpoints, states, and going on from one of them.

#include "transport/verbs/workflow_fields.hpp"

namespace ropewalk::transport {
namespace {

constexpr field_spec history_fields[] = {
    integer("after_version", 0, count_max, "only events after this version"),
    page_limit("most events of a page; a page is also cut at 900 KiB"),
    cursor_field,
    integer("offset", 0, limits::history_bytes,
            "for an event that fits no reply: a piece of the first event after `after_version`, from that byte of its "
            "compact JSON text on; 0, then `next_offset` of the piece before"),
};
constexpr std::string_view cursor_alone[] = {"cursor", "after_version", "offset"};
constexpr rule_spec history_rules[] = {{rule_kind::not_beside, cursor_alone}};
constexpr reply_field history_reply[] = {
    {"events", "array of event", false,
     "oldest first: `version`, `type`, `time`, `idempotency_key`? (of the request that it began with), and the event's "
     "own "
     "fields; where these fit no reply, `fields_left_out` (true) and `bytes` in their place. Unless `offset` was "
     "given"},
    {"version", "integer", true, "of the instance"},
    {"data", "string", false, "with `offset`: the piece; all in their order are the event"},
    {"offset", "integer", false, "of the piece"},
    {"event_bytes", "integer", false, "of the whole event's text"},
    {"next_offset", "integer", false, "of the next piece, if there is one"},
    next_cursor_reply};

constexpr field_spec checkpoints_fields[] = {
    page_limit("most checkpoints of a page"), cursor_field,
    boolean("verify", "false", "reads each of them, at most 50 a page, and says whether it verifies")};
constexpr reply_field checkpoints_reply[] = {{"checkpoints", "array of checkpoint", true, "newest first"},
                                             next_cursor_reply};
constexpr problem_spec absent_problems[] = {workflow_not_found};

constexpr field_spec checkpoint_fields[] = {reason_field};
constexpr reply_field checkpoint_reply[] = {
    {"workflow", "workflow", true, "the instance, without its state; the checkpoint is of its `version`"},
    receipt_reply};

constexpr field_spec state_fields[] = {
    version_at("at", "the version whose state is wanted"),
    id_text("checkpoint",
            "instead: a checkpoint's id, or a beginning of it; what it says itself, or why it is refused"),
    integer("offset", 0, limits::workflow_state_bytes,
            "for a state that does not fit a reply: a piece of its compact JSON text, from that byte on; 0, then "
            "`next_offset` of the piece before"),
};
constexpr std::string_view at_or_checkpoint[] = {"at", "checkpoint"};
constexpr rule_spec state_rules[] = {{rule_kind::at_least_one, at_or_checkpoint},
                                     {rule_kind::at_most_one, at_or_checkpoint}};
constexpr reply_field state_reply[] = {{"version", "integer", true, "as asked, or the checkpoint's"},
                                       {"time", "time", true, "when that version was recorded"},
                                       {"status", "string", true, "of the instance then"},
                                       {"state", "object", false, "as it was; unless `offset` was given"},
                                       {"data", "string", false, "with `offset`: the piece; all in their order are the text"},
                                       {"offset", "integer", false, "of the piece"},
                                       {"state_bytes", "integer", false, "of the whole text"},
                                       {"next_offset", "integer", false, "of the next piece, if there is one"}};
constexpr problem_spec state_problems[] = {workflow_not_found, version_not_found, no_checkpoint,
                                           ambiguous_id,       bad_checkpoint,    reply_too_large};
constexpr problem_spec diff_problems[] = {workflow_not_found, version_not_found, bad_checkpoint, reply_too_large};

constexpr field_spec diff_fields[] = {
    version_at("from", "version of this instance; absent = the newest"),
    version_at("to", "version of `workflow`, or of this instance; absent = the newest"),
    id_text("workflow", "another instance, to compare with; in a cluster as the member that answers knows it"),
};
constexpr std::string_view diff_any[] = {"from", "to", "workflow"};
constexpr rule_spec diff_rules[] = {{rule_kind::at_least_one, diff_any}};
constexpr reply_field diff_reply[] = {
    {"from", "object", true, "`workflow`, `version`, `status`"},
    {"to", "object", true, "the same"},
    {"changes", "array", true,
     "`op` (`add`, `remove`, `replace`), `path`, `value`?, `before`?: a JSON patch (RFC 6902) from the one state to "
     "the other, with what was there before"},
};

constexpr field_spec branch_fields[] = {
    id_text("to", "id of the new instance; absent = a UUID; with an idempotency key one that follows from the key"),
    checkpoint_field,
    version_at("version", "a version of this instance; without it and without `checkpoint` the newest"),
    defaulting(patch_field("merged over the state (RFC 7386)"), "{}"),
    attributes("of the new instance; absent = those of this one"),
};
constexpr reply_field branch_reply[] = {{"workflow", "workflow", true, "the new instance, without its state"},
                                        {"created", "boolean", true, "true"},
                                        receipt_reply};
constexpr problem_spec nothing_to_run{"nothing_to_run", errc::conflict, "the instance was over in that state"};
constexpr problem_spec branch_problems[] = {workflow_not_found, version_not_found, no_checkpoint,  ambiguous_id,
                                            bad_checkpoint,     workflow_exists,   nothing_to_run, state_too_large};

constexpr field_spec replay_fields[] = {
    checkpoint_field,
    version_at("version", "a version of this instance; without it and without `checkpoint` the beginning"),
    boolean("dry", "true", "only compare with what was recorded; false: run again, in a new instance"),
    id_text("to", "with `dry` false: id of the new instance; absent = a UUID; with an idempotency key one that follows "
                  "from the key"),
};
constexpr reply_field replay_reply[] = {
    {"matches", "boolean", false, "of a dry run: whether the recorded results lead to what was recorded"},
    {"events", "integer", false, "of a dry run: how many were compared"},
    {"divergence", "object", false, "of a dry run: the first difference: `version`, `expected`, `got`"},
    {"workflow", "workflow", false, "of a run for real: the new instance, without its state"},
    maybe_receipt_reply};
constexpr problem_spec replay_problems[] = {workflow_not_found, version_not_found, no_checkpoint, ambiguous_id,
                                            bad_checkpoint,     workflow_exists,   nothing_to_run};

constexpr verb_spec table[] = {
    {.noun = noun::workflow,
     .verb = "history",
     .doc = "Answers the instance's events, page by page: all that its state follows from.",
     .fields = history_fields,
     .rules = history_rules,
     .reply = history_reply,
     .problems = absent_problems,
     .example_request = R"({"after_version":7,"limit":1})",
     .example_reply =
         R"({"events":[{"version":8,"type":"completed","time":"2026-01-31T09:06:00.000001Z","run":1,"result":{"title":"A planner of trips"}}],"version":9,"next_cursor":"AWgAAAAAAAAACA"})"},
    {.noun = noun::workflow,
     .verb = "checkpoints",
     .doc = "Answers the instance's checkpoints without their states.",
     .fields = checkpoints_fields,
     .reply = checkpoints_reply,
     .problems = absent_problems,
     .example_request = R"({"limit":1})",
     .example_reply =
         R"({"checkpoints":[{"id":"019c1384-7a10-7c02-9d11-2f6e00000007","parent":"019c1384-5f20-7a51-8c3e-9b1f00000003","version":7,"phase":"code_generation","reason":"phase","time":"2026-01-31T09:06:00.000001Z","bytes":2048,"stored_bytes":731}],"next_cursor":"AWsAAAAAAAAABw"})"},
    {.noun = noun::workflow,
     .verb = "checkpoint",
     .writes = true,
     .doc = "Takes a checkpoint now, besides those before every phase.",
     .fields = checkpoint_fields,
     .reply = checkpoint_reply,
     .problems = absent_problems,
     .example_request = R"({"reason":"before the demo"})",
     .example_reply = R"({"workflow":{"id":"order-7","version":10,"...":"..."},"receipt":{"...":"..."}})"},
    {.noun = noun::workflow,
     .verb = "state",
     .doc = "Answers the state as it was at a version, whatever it is made from; or as a checkpoint has it.",
     .fields = state_fields,
     .rules = state_rules,
     .reply = state_reply,
     .problems = state_problems,
     .example_request = R"({"at":7})",
     .example_reply =
         R"({"version":7,"time":"2026-01-31T09:05:40.000001Z","status":"running","state":{"agent":"planner"}})"},
    {.noun = noun::workflow,
     .verb = "diff",
     .doc = "Answers what differs between two states: of one instance at two versions, or of two instances.",
     .fields = diff_fields,
     .rules = diff_rules,
     .reply = diff_reply,
     .problems = diff_problems,
     .example_request = R"({"from":7,"to":9})",
     .example_reply =
         R"({"from":{"workflow":"order-7","version":7,"status":"running"},"to":{"workflow":"order-7","version":9,"status":"running"},"changes":[{"op":"add","path":"/design","value":{"title":"A planner of trips"}}]})"},
    {.noun = noun::workflow,
     .verb = "branch",
     .writes = true,
     .doc = "Begins a new instance that goes on from a recorded state of this one, with the same version of the "
            "definition. This one "
            "is left alone. What was under way in that state is begun anew.",
     .fields = branch_fields,
     .rules = recorded_state_rules,
     .reply = branch_reply,
     .problems = branch_problems,
     .example_request = R"({"to":"order-7-b","version":7,"patch":{"model":"small"}})",
     .example_reply =
         R"({"workflow":{"id":"order-7-b","status":"running","branched_from":{"workflow":"order-7","version":7},"...":"..."},"created":true,"receipt":{"...":"..."}})"},
    {.noun = noun::workflow,
     .verb = "replay",
     .writes = true,
     .doc = "Decides anew what followed from a recorded state: dry, with the recorded results, to see whether the same "
            "comes of it; or "
            "for real, in a new instance, for a recorded phase of this one never runs again.",
     .fields = replay_fields,
     .rules = recorded_state_rules,
     .reply = replay_reply,
     .problems = replay_problems,
     .example_request = R"({"version":7})",
     .example_reply = R"({"matches":true,"events":24})"},
};

} // namespace

std::span<const verb_spec> workflow_history_verbs() noexcept { return table; }

} // namespace ropewalk::transport
