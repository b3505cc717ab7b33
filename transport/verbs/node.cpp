// One node, for its operators.

#include "transport/verbs/fields.hpp"

namespace ropewalk::transport {
namespace {

constexpr reply_field health_reply[] = {{"status", "string", true, "`ok`, `draining` or `failed`"},
                                        {"node", "string", true, "its name"},
                                        {"detail", "string", false, "why it is not ok, or what fails while it serves"}};
constexpr reply_field status_reply[] = {
    {"node", "string", true, "its name"},
    {"version", "string", true, "of the program"},
    {"cluster", "string", true, "id of the data"},
    {"started_at", "time", true, "of the process"},
    {"uptime_s", "integer", true, "seconds since then"},
    {"partitions", "integer", true, "of the cluster"},
    {"active_entities", "integer", true, "held in memory"},
    {"journal", "object", true, "`position`, `bytes`"},
    {"views", "object", true,
     "`position`, `lag`, `bytes`; `failing`, `index_failing`: why they, or full text alone, cannot follow the journal, "
     "if so"},
    {"disk", "object", true, "of the data directory: `free_bytes`, `total_bytes`"},
    {"time", "time", true, "the node's clock"},
    {"keyring", "object", true,
     "`source`, `active` (the key that signs), `created` (when that was made), `keys`, `loaded_at`; `failing`: why it "
     "could "
     "not be loaded again, if so"},
    {"refused_checkpoints", "integer", true, "that did not verify, since the start; see `refused_checkpoints`"},
    {"down", "object", true,
     "threads, workflows and schedules that this node cannot serve: `count`, and of 20 at most in `entities` `kind`, "
     "`org`, `id`, "
     "`how` (`rests`: it crashed too often and is tried again within a minute; `unreadable`: it cannot be loaded), "
     "`reason`, "
     "`since`"},
    {"in_flight", "integer", true, "requests that are not answered yet"},
    {"quarantined", "integer", true, "entries in quarantine that are neither offered again nor discarded"},
    {"quarantine", "object", true,
     "the same by what their clients had been promised: `local`, `log`, `peers`, `unknown`; all but `local` are an "
     "alarm"},
    {"settings", "object", true, "as they are in force, without secrets"},
};
constexpr reply_field refused_reply[] = {
    {"count", "integer", true, "refusals since the node's start"},
    {"checkpoints", "array of objects", true,
     "the last 100, newest first: `org`, `workflow`, `checkpoint`, `version`, `reason`, `detail`, `first_at`, "
     "`last_at`, "
     "`times`"},
};
constexpr reply_field rebuild_reply[] = {{"started", "boolean", true, "true; `status` shows how far it is"}};

constexpr reply_field rest_reply[] = {{"resting", "boolean", true, "true; `partitions` shows it"}};

constexpr reply_field partitions_reply[] = {
    {"node", "string", true, "its name"},
    {"cluster", "string", true, "id of the cluster"},
    {"members", "array of strings", true, "of the cluster, as the node knows them; of any partition while they change"},
    {"guaranteed_peers", "integer", true,
     "N: how many others hold what is acknowledged with `peers`; the least of all partitions"},
    {"takes_part", "boolean", true,
     "it is a member of every partition; false: it takes no clients' requests, see `stage`"},
    {"quarantined", "integer", true, "as `status` has it"},
    {"quarantine_alarm", "integer", true, "of them: what was promised more than `local`, or not known what"},
    {"handed_on", "integer", true, "requests that came here and went on to the member that owns them, since the start"},
    {"partitions", "array of objects", true,
     "`partition`, `stage` (owning, following, catching_up, joining, learning: not a member yet, removed: not any "
     "more, "
     "stopped, or a step of a takeover), `owner` (the last one "
     "known, \"\" = none), "
     "`serving`, `epoch`, `generation` of its stream, `head` (last index on this disk's way), `accepted` (in the "
     "stream), "
     "`durable` (accepted and on this disk), `standing` (false: its disk was wiped or is new, and it learns first), "
     "`resting` (it is given nothing until its "
     "next start), "
     "`stream_silent_ms` (for how long the partition's stream has not answered this node, or taken nothing of what it "
     "wrote; 0: it does, or was asked nothing), "
     "`members`, `guaranteed_peers`, `changing` (a "
     "change of members is under way), `level` (what all members' programs know)"}};
constexpr problem_spec partitions_problems[] = {{"no_cluster", errc::unsupported, "the node is alone"}};

constexpr field_spec move_fields[] = {
    required(integer("partition", 0, 65'535, "one that this node serves")),
    required(text("to", 1, 64, "the member that is to serve it")),
    boolean("drain", "false",
            "the node is given nothing back before it is started anew; else the partition stays where it was moved to"),
};
constexpr reply_field move_reply[] = {
    {"started", "boolean", true, "true; it comes to nothing if the other one is not in step, see `partitions`"}};
constexpr problem_spec move_problems[] = {
    {"no_cluster", errc::unsupported, "the node is alone"},
    {"not_served_here", errc::conflict, "another member serves the partition, or none does"},
    {"not_in_step", errc::unavailable, "the other member does not answer, or is behind"},
    {"stream_silent", errc::unavailable, "the partition's stream does not answer, or takes nothing"},
    {"moves_already", errc::conflict, "the partition is on its way to another member"},
};

constexpr std::string_view member_changes[] = {"add", "remove"};
constexpr field_spec change_members_fields[] = {
    required(integer("partition", 0, 65'535, "one that this node serves")),
    required(choice("change", member_changes, "", "which of the two")),
    required(text("member", 1, 64, "name of a node")),
    integer("guaranteed_peers", 1, 15,
            "N afterwards; default: half of the members where it is that now, else as it is, below their count"),
};
constexpr reply_field change_members_reply[] = {
    {"state", "string", true,
     "done (committed), changing (written, not committed yet), learning (the new member is not in step yet), waiting "
     "(for "
     "enough members in step that would be left). Ask again until it is done; it goes on by itself for 20 leases"}};
constexpr problem_spec change_members_problems[] = {
    {"no_cluster", errc::unsupported, "the node is alone"},
    {"not_served_here", errc::conflict, "another member serves the partition, or none does"},
    {"not_owner", errc::unavailable, "the node has lost the partition meanwhile"},
    {"change_under_way", errc::conflict, "of another member, in this partition"},
    {"hand_over_first", errc::conflict, "the member to be removed is the one that serves the partition"},
};

constexpr std::int64_t position_max = INT64_MAX;
constexpr field_spec position_field = required(integer("position", 1, position_max, "that the entry had on this node"));
constexpr field_spec quarantine_fields[] = {
    defaulting(integer("after", 0, position_max, "`next_after` of the page before"), "0"),
    defaulting(integer("limit", 1, limits::page_max, "most entries"), "50"),
    boolean("settled", "false", "also those that were offered again or discarded"),
};
constexpr reply_field quarantine_reply[] = {
    {"entries", "array of objects", true,
     "by `position`: `partition`, `index`, `epoch`, `kind`, `org`, `id`, `type`, `version`, `bytes` of its body, "
     "`written_at`, `cut_at`, `cut` (the partition went on from index `kept_upto`, in `epoch` and `generation`; 0 = "
     "not "
     "known yet), `promised` (what its client had asked for: local, log, peers; absent: not known), `reached` (log: it "
     "was "
     "known to be in a stream; local: it was not), `state` (open, offered, discarded), then also `reason` and "
     "`settled_at`"},
    {"open", "integer", true, "how many of all are neither offered nor discarded"},
    {"alarming", "integer", true, "of them: promised more than `local`, or not known what"},
    {"next_after", "integer", false, "there may be more"}};
constexpr field_spec quarantine_get_fields[] = {position_field};
constexpr reply_field quarantine_get_reply[] = {{"entry", "object", true,
                                                 "as `quarantine` has it, with `hash`, `idempotency` (`key`, "
                                                 "`fingerprint`, `entries` that the request made), if it "
                                                 "had a key, and `body`"}};
constexpr problem_spec not_in_quarantine{"not_in_quarantine", errc::not_found, "no such entry is in quarantine here"};
constexpr problem_spec quarantine_get_problems[] = {not_in_quarantine};
constexpr std::string_view settled_as[] = {"discarded", "offered"};
constexpr field_spec quarantine_settle_fields[] = {
    position_field, required(choice("as", settled_as, "", "offered: somebody gave it to its thread again")),
    required(text("reason", 1, name_max, "for people; kept"))};
constexpr reply_field quarantine_settle_reply[] = {{"settled", "boolean", true, "true"}};
constexpr problem_spec quarantine_settle_problems[] = {
    not_in_quarantine, {"already_settled", errc::conflict, "it was offered or discarded before"}};

constexpr std::int64_t index_max = INT64_MAX;
constexpr field_spec partition_field = required(integer("partition", 0, 65'535, "one of the cluster's"));
constexpr problem_spec alone_problem{"no_cluster", errc::unsupported, "the node is alone"};
constexpr field_spec chain_fields[] = {
    partition_field,
    required(integer("to", 0, index_max, "last index that is asked for; 0 = only how far this member is")),
    integer("from", 0, index_max, "first index; absent: `to` alone"),
    defaulting(integer("count", 1, limits::chain_points,
                       "most places; they are spread evenly from `from` to `to`; one alone is `to`"),
               "1"),
};
constexpr reply_field chain_reply[] = {
    {"node", "string", true, "its name"},
    {"partition", "integer", true, "as asked"},
    {"durable", "integer", true, "last index that is accepted and on this member's disk"},
    {"points", "array of objects", true,
     "ascending, up to `durable`: `index`, and `hash` of the entry there, which was read and verified, or "
     "`unreadable`: "
     "why it does not verify"}};
constexpr problem_spec chain_problems[] = {alone_problem};

constexpr field_spec verify_own_fields[] = {
    boolean("start", "false", "begin one, unless one runs"),
};
constexpr reply_field verify_own_reply[] = {
    {"node", "string", true, "its name"},
    {"state", "string", true, "`none` since the node's start, `running`, `done` or `failed`"},
    {"done", "integer", true, "position that was reached"},
    {"all", "integer", true, "position at which it ends"},
    {"started_at", "time", false, "of the last one"},
    {"ended_at", "time", false, "if it ended"},
    {"detail", "string", false, "why it failed: nothing is known then"},
    {"report", "object", false,
     "if it is done: `verified`, `entries`, `checkpoints`, `refused_checkpoints`, `bad_snapshots`, `quarantined`, "
     "`damaged_quarantined`, and `first_bad` (`partition`, `index`, `position`, `why`) if the chains do not verify"}};

constexpr field_spec relearn_fields[] = {
    partition_field,
    required(integer("from", 1, index_max, "index of the first entry that is given up")),
    text("hash", 64, 64, "of that entry, in hexadecimal digits, as `chain` showed it; another one is not touched"),
};
constexpr reply_field relearn_reply[] = {
    {"started", "boolean", true, "true; `partitions` shows the member `joining` until it has learned from the others"}};
constexpr problem_spec relearn_problems[] = {
    alone_problem,
    {"other_entry", errc::conflict, "the entry there has another hash"},
    {"must_be_wiped", errc::conflict, "the disk is too damaged to be repaired in place"}};

constexpr field_spec fault_fields[] = {
    text("points", 0, 1024, "NAME=kill, NAME=throw or NAME=sleep:MS, each with @N for the Nth time; \"\" = none"),
};
constexpr reply_field fault_reply[] = {{"armed", "boolean", true, "true"}};
constexpr problem_spec fault_problems[] = {
    {"unsupported", errc::unsupported, "the program was built without them, as programs for production are"}};

constexpr verb_spec table[] = {
    {.noun = noun::node,
     .verb = "health",
     .doc = "Whether the node serves.",
     .reply = health_reply,
     .example_reply = R"({"status":"ok","node":"n1"})"},
    {.noun = noun::node,
     .verb = "status",
     .doc = "What the node is, holds and does.",
     .reply = status_reply,
     .example_reply = R"({"node":"n1","version":"0.1.0","...":"..."})"},
    {.noun = noun::node,
     .verb = "refused_checkpoints",
     .doc = "Checkpoints that did not verify when they were loaded: an older one and the journal stood in.",
     .reply = refused_reply,
     .example_reply =
         R"({"count":1,"checkpoints":[{"org":"acme","workflow":"order-7","checkpoint":"019c1384-7a10-7c02-9d11-2f6e00000007","version":7,"reason":"seal_forged","detail":"the checkpoint does not verify","first_at":"2026-01-31T09:06:00.000001Z","last_at":"2026-01-31T09:06:00.000001Z","times":1}]})"},
    {.noun = noun::node,
     .verb = "rebuild_views",
     .doc = "Throws the views (lists, messages, full text) away and makes them again from the journal.",
     .reply = rebuild_reply,
     .example_reply = R"({"started":true})"},
    {.noun = noun::node,
     .verb = "partitions",
     .doc = "What a member of a cluster does in each partition.",
     .reply = partitions_reply,
     .problems = partitions_problems,
     .example_reply =
         R"({"node":"n1","cluster":"prod","members":["n1","n2","n3"],"guaranteed_peers":1,"takes_part":true,"quarantined":0,"quarantine_alarm":0,"handed_on":0,"partitions":[{"partition":0,"stage":"owning","owner":"n1","serving":true,"epoch":3,"generation":1,"head":71,"accepted":71,"durable":71,"standing":true,"resting":false,"stream_silent_ms":0,"members":["n1","n2","n3"],"guaranteed_peers":1,"changing":false,"level":1}]})"},
    {.noun = noun::node,
     .verb = "rest",
     .doc = "The node is given no partition back any more, until it is started anew. It goes on with what it serves; "
            "`move` with "
            "`drain` hands that on.",
     .reply = rest_reply,
     .problems = partitions_problems,
     .example_reply = R"({"resting":true})"},
    {.noun = noun::node,
     .verb = "move",
     .doc = "Hands a partition that the node serves to another member: it takes no new work for it, lets what was "
            "recorded be accepted, and the other one takes over at once.",
     .fields = move_fields,
     .reply = move_reply,
     .problems = move_problems,
     .example_request = R"({"partition":3,"to":"n2"})",
     .example_reply = R"({"started":true})"},
    {.noun = noun::node,
     .verb = "change_members",
     .doc =
         "Adds a member to a partition that the node serves, or removes one, without a stop. Asked of each partition's "
         "owner, and again until the state is `done`.",
     .fields = change_members_fields,
     .reply = change_members_reply,
     .problems = change_members_problems,
     .example_request = R"({"partition":3,"change":"add","member":"n4"})",
     .example_reply = R"({"state":"learning"})"},
    {.noun = noun::node,
     .verb = "quarantine",
     .doc = "Entries on the node's disk that the cluster went on without.",
     .fields = quarantine_fields,
     .reply = quarantine_reply,
     .example_reply =
         R"({"entries":[{"position":71,"partition":0,"index":40,"epoch":3,"kind":"thread","org":"acme","id":"t42","type":"appended","version":7,"bytes":180,"written_at":"2026-01-31T09:05:00.000001Z","cut_at":"2026-01-31T09:06:00.000001Z","cut":{"kept_upto":39,"epoch":4,"generation":1},"promised":"log","reached":"local","state":"open"}],"open":1,"alarming":1})"},
    {.noun = noun::node,
     .verb = "quarantine_get",
     .doc = "One of them, whole.",
     .fields = quarantine_get_fields,
     .reply = quarantine_get_reply,
     .problems = quarantine_get_problems,
     .example_request = R"({"position":71})",
     .example_reply = R"({"entry":{"position":71,"...":"..."}})"},
    {.noun = noun::node,
     .verb = "quarantine_settle",
     .doc = "Notes that an entry was discarded, or that it was offered to its thread again; it stays listed with "
            "`settled`.",
     .fields = quarantine_settle_fields,
     .reply = quarantine_settle_reply,
     .problems = quarantine_settle_problems,
     .example_request = R"({"position":71,"as":"discarded","reason":"the customer sent it again"})",
     .example_reply = R"({"settled":true})"},
    {.noun = noun::node,
     .verb = "chain",
     .doc = "Hashes of a partition's chain as this member has it on its disk, to compare with the other members'.",
     .fields = chain_fields,
     .reply = chain_reply,
     .problems = chain_problems,
     .example_request = R"({"partition":3,"from":1,"to":71,"count":2})",
     .example_reply =
         R"({"node":"n1","partition":3,"durable":71,"points":[{"index":1,"hash":"5f0c8e0c1e7b9f2f4f6c36a3a0bb1d5a1b0cf43f4f6f22c6f7c2d6d0f0d6a1b2"},{"index":71,"unreadable":"the entry at position 812 of the journal does not verify"}]})"},
    {.noun = noun::node,
     .verb = "verify",
     .doc =
         "Reads the node's whole journal and checks its chains and checkpoints, in the background and with half of one "
         "core at most. Answers at once; ask again how far it is.",
     .fields = verify_own_fields,
     .reply = verify_own_reply,
     .example_request = R"({"start":true})",
     .example_reply =
         R"({"node":"n1","state":"done","done":812,"all":812,"started_at":"2026-01-31T09:05:00.000001Z","ended_at":"2026-01-31T09:05:01.000001Z","report":{"verified":true,"entries":812,"checkpoints":4,"refused_checkpoints":0,"bad_snapshots":0,"quarantined":0,"damaged_quarantined":0}})"},
    {.noun = noun::node,
     .verb = "relearn",
     .doc =
         "The member's chain of a partition is wrong from an index on: entries from there on go to quarantine, and the "
         "member learns them from the others, as one whose disk was put back from a backup. It counts for nothing in "
         "that partition meanwhile. Only for who has seen that enough others hold the right chain.",
     .fields = relearn_fields,
     .reply = relearn_reply,
     .problems = relearn_problems,
     .example_request = R"({"partition":3,"from":36})",
     .example_reply = R"({"started":true})"},
    {.noun = noun::node,
     .verb = "fault",
     .doc = "Arms places in the program where it dies, fails or waits. Only in builds for tests.",
     .fields = fault_fields,
     .reply = fault_reply,
     .problems = fault_problems,
     .example_request = R"({"points":"journal.before_commit=kill@3"})",
     .example_reply = R"({"armed":true})"},
};

} // namespace

std::span<const verb_spec> node_verbs() noexcept { return table; }

} // namespace ropewalk::transport
