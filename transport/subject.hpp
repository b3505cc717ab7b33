#pragma once
// Subjects of requests and live events, and their parts.
//
//   <prefix>.v1.<org>.thread.<id>.<verb>      one thread
//   <prefix>.v1.<org>.threads.<verb>          across the threads of an org
//   <prefix>.v1.<org>.workflow.<id>.<verb>    one workflow instance; a verb may have a dot: step.begin
//   <prefix>.v1.<org>.workflows.<verb>        across the workflows of an org, and its definitions
//   <prefix>.v1.<org>.schedule.<name>.<verb>  one schedule
//   <prefix>.v1.<org>.schedules.<verb>        across the schedules of an org
//   <prefix>.node.<name>.<verb>               one node, for operators
//   <prefix>.v1.<org>.event.<kind>.<id>       live events, published by nodes
//   <prefix>.v1.<org>.task.<queue>            work for whoever pulls from the queue
//
// The parts are views into the given subject; tokens stand as they came (percent-encoded), so that they can
// be hashed for the partition as a nats-server would hash them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/entity_key.hpp"
#include "runtime/result.hpp"

namespace ropewalk::transport {

inline constexpr std::string_view default_prefix = "rw";
inline constexpr std::string_view version_token = "v1"; // behind the prefix, of clients' requests and live events

enum class noun : std::uint8_t { thread, threads, workflow, workflows, schedule, schedules, node };
std::string_view name(noun n) noexcept;
// Whether the noun's subjects name one thing: <noun>.<id>.<verb>.
bool names_one(noun n) noexcept;

struct subject_parts {
  transport::noun noun = noun::thread;
  std::string_view org_token; // "" for node
  std::string_view id_token; // thread or workflow id, name of a schedule or node; "" where the noun names no single one
  std::string_view verb;
};

// Only the shape is checked here: error field "subject". Allocates nothing on success.
result<subject_parts> parse_subject(std::string_view subject, std::string_view prefix);

// 1 to 8 tokens of [A-Za-z0-9_-]+ joined by dots.
bool is_valid_prefix(std::string_view prefix) noexcept;

// Raw (decoded) org, id and names in; they are encoded here.
std::string thread_subject(std::string_view prefix, std::string_view org, std::string_view id, std::string_view verb);
std::string threads_subject(std::string_view prefix, std::string_view org, std::string_view verb);
std::string workflow_subject(std::string_view prefix, std::string_view org, std::string_view id, std::string_view verb);
std::string workflows_subject(std::string_view prefix, std::string_view org, std::string_view verb);
std::string schedule_subject(std::string_view prefix, std::string_view org, std::string_view schedule,
                             std::string_view verb);
std::string schedules_subject(std::string_view prefix, std::string_view org, std::string_view verb);
std::string node_subject(std::string_view prefix, std::string_view node, std::string_view verb);
std::string quarantine_event_subject(std::string_view prefix, std::string_view node);
std::string event_subject(std::string_view prefix, entity_kind kind, std::string_view org, std::string_view id);
std::string thread_event_subject(std::string_view prefix, std::string_view org, std::string_view id);
std::string task_subject(std::string_view prefix, std::string_view org, std::string_view queue);

// The JetStream stream that keeps the tasks of all orgs: "RW_TASKS".
std::string task_stream(std::string_view prefix);

// What a node subscribes to: the first ones in the queue group, the last one alone.
struct subscription_subject {
  std::string subject;
  bool queue_group = true;
};
std::vector<subscription_subject> request_subscriptions(std::string_view prefix, std::string_view node);
inline constexpr std::string_view queue_group = "ropewalk";

} // namespace ropewalk::transport
