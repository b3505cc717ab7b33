// One thread as a whole: create, look at, change, end, fork.

#include "transport/verbs/fields.hpp"

namespace ropewalk::transport {
namespace {

constexpr field_spec create_fields[] = {
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

constexpr reply_field get_reply[] = {{"thread", "thread", true, "see Objects"}};
constexpr problem_spec absent_problems[] = {thread_not_found};

constexpr field_spec update_fields[] = {
    thread_name_field,
    tags_field,
    metadata_field,
    limits_field,
    integer("expected_version", 0, count_max, "refuse with `version_mismatch` unless the thread's `version` is this"),
};
constexpr std::string_view update_any[] = {"name", "tags", "metadata", "limits"};
constexpr rule_spec update_rules[] = {{rule_kind::at_least_one, update_any}};
constexpr reply_field changed_reply[] = {thread_reply, receipt_reply};
constexpr problem_spec update_problems[] = {
    thread_not_found, {"version_mismatch", errc::conflict, "`expected_version` is not the thread's `version`"}};

constexpr field_spec reason_fields[] = {reason_field};
constexpr reply_field delete_reply[] = {{"id", "string", true, "the thread"},
                                        {"deleted", "boolean", true, "true"},
                                        {"messages", "integer", true, "how many messages went with it"},
                                        receipt_reply};
constexpr reply_field clear_reply[] = {
    {"id", "string", true, "the thread"}, {"cleared", "integer", true, "how many messages went"}, maybe_receipt_reply};
constexpr problem_spec changeable_problems[] = {thread_not_found, thread_suspended, thread_closed};

constexpr reply_field status_reply[] = {thread_reply, maybe_receipt_reply};
constexpr problem_spec status_problems[] = {thread_not_found, thread_closed};

constexpr field_spec fork_fields[] = {
    id_text("id", "fork at the message with this id"),
    integer("seq", 1, seq_most, "fork at the message with this seq"),
    id_text("thread", "the new thread's id; absent = a UUID"),
    text("name", 0, name_max, "the new thread's name; absent = the parent's"),
    text("user", 0, name_max, "the new thread's user; absent = the parent's"),
    tags_field,
    metadata_field,
};
constexpr rule_spec fork_rules[] = {{rule_kind::at_most_one, id_or_seq}};
constexpr reply_field fork_reply[] = {{"thread", "thread", true, "the new thread"}, receipt_reply};
constexpr problem_spec fork_problems[] = {
    thread_not_found,
    message_not_found,
    {"thread_exists", errc::conflict, "a thread with the new id exists, or existed"},
    {"fork_depth", errc::limit, "the thread has too many ancestors"},
    {"forks_pending", errc::busy, "too many forks of the thread are under way"},
    quota,
};

constexpr reply_field snapshot_reply[] = {{"snapshot", "snapshot", true, "see Objects"}};
constexpr problem_spec snapshot_problems[] = {
    thread_not_found,
    {"thread_not_verified", errc::corrupt, "the thread is not what its journal says; `verify` tells what differs"},
    thread_too_long,
};
constexpr field_spec digest_field(std::string_view name, std::string_view doc) {
  return required(text(name, 64, 64, doc));
}
constexpr field_spec snapshot_members[] = {
    required(integer("format", 1, 1, "1")),
    required(text("cluster", 1, 64, "id of the data")),
    required(id_text("org", "the organisation")),
    required(id_text("thread", "the thread")),
    required(integer("version", 1, count_max, "of the thread")),
    required(integer("messages", 0, seq_most, "live ones")),
    digest_field("digest", "of them, 64 hexadecimal digits"),
    required(integer("partition", 0, 65'535, "of the journal")),
    required(integer("index", 1, count_max, "of the version's entry in it")),
    digest_field("hash", "of that entry"),
    required(time("time", "when it was made")),
    required(text("key", 1, 64, "that signed it")),
    digest_field("signature", "HMAC-SHA256"),
};
constexpr field_spec verify_fields[] = {
    object("snapshot", snapshot_members, "as `snapshot` answered it earlier; absent = the thread alone is verified"),
};
constexpr reply_field verify_reply[] = {
    {"valid", "boolean", true, "no fault was found"},
    {"version", "integer", true, "up to which the thread's entries verify"},
    {"messages", "integer", true, "live ones, as the journal has it"},
    {"faults", "array of objects", true,
     "at most 100: `kind` (`entry` of the journal, `message` or `state` of the views, `snapshot`), `version` or `seq` "
     "where "
     "it is of one, `detail`"},
    {"more_faults", "integer", false, "how many are not listed"},
};
constexpr problem_spec verify_problems[] = {thread_not_found, thread_too_long};

constexpr verb_spec table[] = {
    {.noun = noun::thread,
     .verb = "create",
     .writes = true,
     .doc = "Begins a thread with the id of the subject.",
     .fields = create_fields,
     .reply = create_reply,
     .problems = create_problems,
     .example_request = R"({"name":"Trip to Oslo","user":"ann","tags":["travel"],"metadata":{"locale":"en"}})",
     .example_reply =
         R"({"thread":{"id":"t42","org":"acme","user":"ann","name":"Trip to Oslo","tags":["travel"],"metadata":{"locale":"en"},"status":"active","limits":{"max_messages":1000,"max_tokens":0,"ttl_seconds":0},"message_count":0,"first_seq":1,"last_seq":0,"version":1,"created_at":"2026-01-31T09:05:00.000001Z","updated_at":"2026-01-31T09:05:00.000001Z"},"created":true,"receipt":{"partition":3,"epoch":1,"index":42,"hash":"5e1f0c2b7a9d4e8f6a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f","durability":"local"}})"},
    {.noun = noun::thread,
     .verb = "get",
     .doc = "Answers the thread without its messages.",
     .reply = get_reply,
     .problems = absent_problems,
     .example_reply =
         R"({"thread":{"id":"t42","org":"acme","tags":[],"metadata":{},"status":"active","limits":{"max_messages":1000,"max_tokens":0,"ttl_seconds":0},"message_count":2,"first_seq":1,"last_seq":2,"version":3,"created_at":"2026-01-31T09:05:00.000001Z","updated_at":"2026-01-31T09:06:00.000001Z"}})"},
    {.noun = noun::thread,
     .verb = "update",
     .writes = true,
     .doc =
         "Changes name, tags, metadata or limits; what is not named stays. Tags and metadata are replaced as a whole. "
         "A lower `max_messages` trims at once.",
     .fields = update_fields,
     .rules = update_rules,
     .reply = changed_reply,
     .problems = update_problems,
     .example_request = R"({"tags":["travel","booked"],"limits":{"max_messages":500}})",
     .example_reply = R"({"thread":{"id":"t42","...":"..."},"receipt":{"...":"..."}})"},
    {.noun = noun::thread,
     .verb = "delete",
     .writes = true,
     .doc = "Ends the thread and its messages. Forks of it keep what they share. The id may be used again.",
     .fields = reason_fields,
     .reply = delete_reply,
     .problems = absent_problems,
     .example_request = R"({"reason":"asked for by the user"})",
     .example_reply = R"({"id":"t42","deleted":true,"messages":12,"receipt":{"...":"..."}})"},
    {.noun = noun::thread,
     .verb = "clear",
     .writes = true,
     .doc = "Removes all messages and keeps the thread; seqs go on where they were.",
     .reply = clear_reply,
     .problems = changeable_problems,
     .example_reply = R"({"id":"t42","cleared":12,"receipt":{"...":"..."}})"},
    {.noun = noun::thread,
     .verb = "fork",
     .writes = true,
     .doc = "Begins a new thread that shares this one's messages up to and including one of them (the last one if none "
            "is named). Nothing is copied; later changes of either thread are not seen by the other.",
     .fields = fork_fields,
     .rules = fork_rules,
     .reply = fork_reply,
     .problems = fork_problems,
     .example_request = R"({"seq":4,"thread":"t42-b","name":"Trip to Bergen instead"})",
     .example_reply =
         R"({"thread":{"id":"t42-b","parent":{"thread":"t42","seq":4,"version":7},"...":"..."},"receipt":{"...":"..."}})"},
    {.noun = noun::thread,
     .verb = "suspend",
     .writes = true,
     .doc = "From now on the thread can be read but takes no changes of its messages. Suspending a suspended thread "
            "changes nothing.",
     .fields = reason_fields,
     .reply = status_reply,
     .problems = status_problems,
     .example_request = R"({"reason":"waiting for approval"})",
     .example_reply =
         R"({"thread":{"id":"t42","status":"suspended","status_reason":"waiting for approval","...":"..."},"receipt":{"...":"..."}})"},
    {.noun = noun::thread,
     .verb = "resume",
     .writes = true,
     .doc = "Makes a suspended thread active again.",
     .reply = status_reply,
     .problems = status_problems,
     .example_reply = R"({"thread":{"id":"t42","status":"active","...":"..."},"receipt":{"...":"..."}})"},
    {.noun = noun::thread,
     .verb = "close",
     .writes = true,
     .doc = "Closes the thread for good: it can be read, forked and deleted. Closing a closed thread changes nothing.",
     .fields = reason_fields,
     .reply = status_reply,
     .problems = absent_problems,
     .example_request = R"({"reason":"ticket solved"})",
     .example_reply = R"({"thread":{"id":"t42","status":"closed","...":"..."},"receipt":{"...":"..."}})"},
    {.noun = noun::thread,
     .verb = "snapshot",
     .doc = "A signed statement of what the thread is now, for `verify` to compare with later. It is verified before "
            "it is "
            "signed.",
     .reply = snapshot_reply,
     .problems = snapshot_problems,
     .example_reply =
         R"({"snapshot":{"format":1,"cluster":"019c1384-0000-7000-8000-000000000001","org":"acme","thread":"t42","version":7,"messages":5,"digest":"5e1f0c2b7a9d4e8f6a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f","partition":3,"index":42,"hash":"0e1f0c2b7a9d4e8f6a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f","time":"2026-01-31T09:06:00.000001Z","key":"k-2026-01-31-0a1b2c3d4e5f","signature":"9e1f0c2b7a9d4e8f6a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f"}})"},
    {.noun = noun::thread,
     .verb = "verify",
     .doc = "Reads all of the thread's entries in the journal (hashes, also of its neighbours in the chain, versions "
            "without a gap), folds them anew, and "
            "compares "
            "the result with what the thread shows. With a snapshot: whether it is genuine, and whether the thread was "
            "then "
            "what it says.",
     .fields = verify_fields,
     .reply = verify_reply,
     .problems = verify_problems,
     .example_reply =
         R"({"valid":false,"version":7,"messages":5,"faults":[{"kind":"message","seq":3,"detail":"the views show other bytes than the journal holds"}]})"},
};

} // namespace

std::span<const verb_spec> thread_lifecycle_verbs() noexcept { return table; }

} // namespace ropewalk::transport
