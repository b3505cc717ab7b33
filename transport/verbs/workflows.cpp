// Across the workflows of an org, and its definitions. Lists are answered from views that follow the journal within
// milliseconds.

#include "transport/verbs/workflow_fields.hpp"

namespace ropewalk::transport {
namespace {

constexpr field_spec define_fields[] = {
    required(json_object(
        "definition", limits::definition_bytes,
        "the document: `name`, `version`?, `phases`, ...; an absent `version` is the one after the newest")),
};
constexpr reply_field define_reply[] = {
    {"name", "string", true, "the definition's"},
    {"version", "integer", true, "the one that was given, or has been chosen"},
    {"created", "boolean", true, "false: that document was there already, as that version or as the newest"},
    maybe_receipt_reply};
constexpr problem_spec define_problems[] = {
    {"definition_exists", errc::conflict, "that version exists with another document"}};

constexpr field_spec definitions_fields[] = {
    identifier("name", "all versions of this one; absent = the newest of each"),
    page_limit("most definitions of a page"),
    cursor_field,
};
constexpr reply_field view_reply{"view", "object", true,
                                 "`lag`: journal entries that this answer does not know of yet"};
constexpr reply_field definitions_reply[] = {
    {"definitions", "array of definition", true, "without their documents, by name, the newest version first"},
    next_cursor_reply,
    view_reply};

constexpr field_spec definition_fields[] = {required(identifier("name", "the definition's")), definition_version_field};
constexpr reply_field definition_reply[] = {{"definition", "definition", true, "with its `document`"}};
constexpr problem_spec definition_problems[] = {definition_not_found};

constexpr field_spec start_fields[] = {
    id_text("id", "absent = a UUID; with an idempotency key one that follows from the key"),
    required(definition_name_field),
    definition_version_field,
    input_field,
    start_attributes_field,
    start_if_absent_field,
};

constexpr std::string_view instance_statuses[] = {"running", "paused",    "compensating", "completed",
                                                  "failed",  "cancelled", "terminated",   "crashed"};
constexpr field_spec filter_definition = identifier("definition", "only instances of this definition");
constexpr field_spec filter_version = integer("version", 1, limits::definition_version,
                                              "only instances of this version of `definition`, which must be given");
constexpr field_spec filter_status = choice("status", instance_statuses, "", "only instances in this state");
constexpr field_spec filter_attributes =
    attributes("only instances that have all of these attributes, with just these values");
constexpr field_spec filter_since = time("started_since", "only instances that started at or after this time");
constexpr field_spec filter_until = time("started_until", "only instances that started before this time");
constexpr field_spec filter_updated = time("updated_since", "only instances that changed at or after this time");

constexpr field_spec filter_parent =
    id_text("parent", "only children of this instance: what its phases of kind workflow started");
constexpr field_spec filter_branched_from = id_text("branched_from", "only instances that were branched from this one");

constexpr field_spec list_fields[] = {
    filter_definition, filter_version, filter_status, filter_attributes,    filter_since,
    filter_until,      filter_updated, filter_parent, filter_branched_from, page_limit("most instances of a page"),
    cursor_field,
};
constexpr reply_field list_reply[] = {
    {"workflows", "array of workflow", true, "without their runs and states; the one that changed last first"},
    next_cursor_reply,
    view_reply};

constexpr field_spec count_fields[] = {
    filter_definition, filter_version, filter_status, filter_attributes,    filter_since,
    filter_until,      filter_updated, filter_parent, filter_branched_from,
};
constexpr reply_field count_reply[] = {{"count", "integer", true, "instances"}};

constexpr verb_spec table[] = {
    {.noun = noun::workflows,
     .verb = "define",
     .writes = true,
     .doc = "Takes in a definition as a new version. Every rule that it breaks is named with its place: "
            "`definition.phases[2].retry.attempts`. Instances that run keep the version that they were started with.",
     .fields = define_fields,
     .reply = define_reply,
     .problems = define_problems,
     .example_request =
         R"({"definition":{"name":"trip","state":{"budget":1000},"retry":{"attempts":5},"phases":[{"name":"plan","run":"agent","subject":"agents.planner"},{"name":"approval","run":"wait","signal":"approved","deadline":"2h","result":"/approval"},{"name":"book","run":"task","queue":"booking","compensate":{"run":"task","queue":"unbooking"}}]}})",
     .example_reply = R"({"name":"trip","version":1,"created":true,"receipt":{"...":"..."}})"},
    {.noun = noun::workflows,
     .verb = "definitions",
     .doc = "Answers definitions without their documents.",
     .fields = definitions_fields,
     .reply = definitions_reply,
     .example_request = R"({"name":"trip"})",
     .example_reply =
         R"({"definitions":[{"name":"trip","version":1,"phases":3,"created_at":"2026-01-31T09:00:00.000001Z"}],"view":{"lag":0}})"},
    {.noun = noun::workflows,
     .verb = "definition",
     .doc = "Answers one definition, as it was given, with its version.",
     .fields = definition_fields,
     .reply = definition_reply,
     .problems = definition_problems,
     .example_request = R"({"name":"trip"})",
     .example_reply =
         R"({"definition":{"name":"trip","version":1,"phases":3,"created_at":"2026-01-31T09:00:00.000001Z","document":{"name":"trip","version":1,"...":"..."}}})"},
    {.noun = noun::workflows,
     .verb = "start",
     .writes = true,
     .doc = "Begins an instance; the node makes an id if none is given.",
     .fields = start_fields,
     .reply = started_reply,
     .problems = start_problems,
     .example_request = R"({"definition":"trip","input":{"to":"Oslo"}})",
     .example_reply =
         R"({"workflow":{"id":"019c1384-5f20-7a51-8c3e-9b1f6d2e4a10","...":"..."},"created":true,"receipt":{"...":"..."}})"},
    {.noun = noun::workflows,
     .verb = "list",
     .doc = "Answers instances.",
     .fields = list_fields,
     .reply = list_reply,
     .example_request = R"({"definition":"trip","status":"failed","attributes":{"customer":"c-9"},"limit":10})",
     .example_reply = R"({"workflows":[{"id":"order-7","...":"..."}],"view":{"lag":0}})"},
    {.noun = noun::workflows,
     .verb = "count",
     .doc = "Counts instances.",
     .fields = count_fields,
     .reply = count_reply,
     .example_request = R"({"status":"running"})",
     .example_reply = R"({"count":12})"},
};

} // namespace

std::span<const verb_spec> workflows_verbs() noexcept { return table; }

} // namespace ropewalk::transport
