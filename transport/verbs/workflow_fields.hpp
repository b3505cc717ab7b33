#pragma once
// Fields, replies and refusals that the verbs of workflows share.

#include "transport/verbs/fields.hpp"

namespace ropewalk::transport {

constexpr auto whole_request = static_cast<std::int64_t>(limits::request_bytes);

constexpr field_spec identifier(std::string_view name, std::string_view doc) {
  return {.name = name,
          .type = field_type::identifier,
          .min = 1,
          .max = static_cast<std::int64_t>(limits::definition_name_bytes),
          .doc = doc};
}
constexpr field_spec json(std::string_view name, std::size_t max, std::string_view doc) {
  return {.name = name, .type = field_type::json, .max = static_cast<std::int64_t>(max), .doc = doc};
}
constexpr field_spec json_object(std::string_view name, std::size_t max, std::string_view doc) {
  return {.name = name, .type = field_type::metadata, .max = static_cast<std::int64_t>(max), .doc = doc};
}
constexpr field_spec attributes(std::string_view doc) {
  return {.name = "attributes",
          .type = field_type::attributes,
          .max = static_cast<std::int64_t>(limits::attribute_text_bytes),
          .count = static_cast<std::uint32_t>(limits::workflow_attributes),
          .doc = doc};
}

// ---- fields ----
constexpr field_spec definition_name_field = identifier("definition", "name of the definition");
constexpr field_spec definition_version_field =
    integer("version", 1, limits::definition_version, "of the definition; absent = the newest");
constexpr field_spec input_field =
    defaulting(json_object("input", limits::request_bytes, "merged over the definition's initial state"), "{}");
constexpr field_spec start_attributes_field =
    defaulting(attributes("to find the instance by; names are as identifiers, numbers must fit a double"), "{}");
constexpr field_spec start_if_absent_field =
    boolean("if_absent", "false",
            "an existing instance of the same definition, `version` (where it is given) and input is "
            "answered as it is, with `created` false, instead of a conflict; its attributes do not count and stay");

constexpr field_spec patch_field(std::string_view doc) { return json_object("patch", limits::request_bytes, doc); }
constexpr field_spec version_at(std::string_view name, std::string_view doc) {
  return integer(name, 1, count_max, doc);
}
constexpr field_spec checkpoint_field =
    id_text("checkpoint", "a checkpoint's id, or a beginning of it that no other one has");
constexpr std::string_view checkpoint_or_version[] = {"checkpoint", "version"};
constexpr rule_spec recorded_state_rules[] = {{rule_kind::at_most_one, checkpoint_or_version}};

constexpr field_spec page_limit(std::string_view doc) {
  return defaulting(integer("limit", 1, limits::page_max, doc), "50");
}

// ---- replies ----
constexpr reply_field state_left_out_reply{"state_left_out", "boolean", false,
                                           "true: the state does not fit a reply; `query`, or `state` with `offset`"};
constexpr reply_field state_bytes_reply{"state_bytes", "integer", false, "of the state that was left out"};
constexpr reply_field workflow_reply{"workflow", "workflow", true,
                                     "the instance as it is afterwards, without its state"};
constexpr reply_field started_reply[] = {
    workflow_reply, {"created", "boolean", true, "false: it existed (with `if_absent`)"}, maybe_receipt_reply};
constexpr reply_field next_cursor_reply{"next_cursor", "string", false, "present exactly when there are more"};

// ---- refusals ----
constexpr problem_spec workflow_not_found{"workflow_not_found", errc::not_found, "the instance does not exist"};
constexpr problem_spec workflow_closed{"workflow_closed", errc::conflict,
                                       "the instance is completed, failed, cancelled or terminated"};
constexpr problem_spec workflow_stopping{"workflow_stopping", errc::conflict, "the instance is undoing what it did"};
constexpr problem_spec workflow_exists{
    "workflow_exists", errc::conflict,
    "an instance with that id exists; with `if_absent` one of another definition, version or input"};
constexpr problem_spec definition_not_found{"definition_not_found", errc::not_found,
                                            "there is no definition of that name, or not in that version"};
constexpr problem_spec run_not_found{"run_not_found", errc::not_found, "the instance has no such run"};
constexpr problem_spec workflow_crashed{"workflow_crashed", errc::unavailable,
                                        "the instance is parked after crashes: `resume` tries again"};
constexpr problem_spec state_too_large{"state_too_large", errc::too_large, "the state would be over 4 MiB"};
constexpr problem_spec reply_too_large{"reply_too_large", errc::too_large,
                                       "what is asked for does not fit a reply: `query` a part of the state, or "
                                       "read it in pieces: `state` with `offset`"};
constexpr problem_spec version_not_found{"version_not_found", errc::not_found,
                                         "the instance has not got so far, or what was before it has been cut off"};
constexpr problem_spec no_checkpoint{"no_checkpoint", errc::not_found, "no checkpoint of the instance has that id"};
constexpr problem_spec ambiguous_id{"ambiguous_id", errc::conflict, "several checkpoints' ids begin so"};
constexpr problem_spec bad_checkpoint{
    "checkpoint_rolled_back", errc::corrupt,
    "the checkpoint does not verify; also the types of seals: `seal_forged`, `seal_truncated`, ..."};
constexpr problem_spec start_problems[] = {workflow_exists, definition_not_found, state_too_large};

constexpr std::string_view example_changed =
    R"({"workflow":{"id":"order-7","status":"running","...":"..."},"receipt":{"...":"..."}})";

} // namespace ropewalk::transport
