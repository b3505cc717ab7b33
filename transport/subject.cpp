#include "transport/subject.hpp"

#include <array>
#include <optional>

namespace ropewalk::transport {
namespace {

constexpr std::size_t prefix_tokens = 8; // a bound for the eyes; nats-server itself has none
constexpr std::size_t tokens_after_prefix = 6;

constexpr bool token_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

error no_such_subject() {
  return invalid("subject",
                 "must be <prefix>.v1.<org>.thread.<id>.<verb>, <prefix>.v1.<org>.threads.<verb>, the same with "
                 "workflow and workflows or schedule and schedules, or <prefix>.node.<name>.<verb>");
}

// Splits at dots into at most N non-empty tokens; nullopt if there are more, or an empty one.
template <std::size_t N>
std::optional<std::size_t> split(std::string_view text, std::array<std::string_view, N>& tokens) {
  std::size_t count = 0;
  for (;;) {
    const std::size_t dot = text.find('.');
    const std::string_view token = text.substr(0, dot);
    if (token.empty() || count == N) return std::nullopt;
    tokens[count++] = token;
    if (dot == std::string_view::npos) return count;
    text.remove_prefix(dot + 1);
  }
}

std::string join(std::string_view prefix, std::initializer_list<std::string_view> tokens) {
  std::string subject(prefix);
  for (const std::string_view token : tokens) {
    subject += '.';
    subject += token;
  }
  return subject;
}

} // namespace

std::string_view name(noun n) noexcept {
  switch (n) {
  case noun::thread: return "thread";
  case noun::threads: return "threads";
  case noun::workflow: return "workflow";
  case noun::workflows: return "workflows";
  case noun::schedule: return "schedule";
  case noun::schedules: return "schedules";
  case noun::node: return "node";
  }
  return "unknown";
}

bool names_one(noun n) noexcept { return n != noun::threads && n != noun::workflows && n != noun::schedules; }

result<subject_parts> parse_subject(std::string_view subject, std::string_view prefix) {
  if (!subject.starts_with(prefix) || subject.size() <= prefix.size() || subject[prefix.size()] != '.')
    return no_such_subject();
  std::array<std::string_view, tokens_after_prefix> t;
  const auto count = split(subject.substr(prefix.size() + 1), t);
  if (!count) return no_such_subject();
  if (*count == 5 && t[0] == version_token && t[2] == "thread") return subject_parts{noun::thread, t[1], t[3], t[4]};
  if (*count == 4 && t[0] == version_token && t[2] == "threads") return subject_parts{noun::threads, t[1], {}, t[3]};
  if (*count >= 5 && t[0] == version_token && t[2] == "workflow")
    return subject_parts{noun::workflow, t[1], t[3],
                         subject.substr(static_cast<std::size_t>(t[4].data() - subject.data()))};
  if (*count == 4 && t[0] == version_token && t[2] == "workflows")
    return subject_parts{noun::workflows, t[1], {}, t[3]};
  if (*count == 5 && t[0] == version_token && t[2] == "schedule")
    return subject_parts{noun::schedule, t[1], t[3], t[4]};
  if (*count == 4 && t[0] == version_token && t[2] == "schedules")
    return subject_parts{noun::schedules, t[1], {}, t[3]};
  if (*count == 3 && t[0] == "node") return subject_parts{noun::node, {}, t[1], t[2]};
  return no_such_subject();
}

bool is_valid_prefix(std::string_view prefix) noexcept {
  std::array<std::string_view, prefix_tokens> tokens;
  const auto count = split(prefix, tokens);
  if (!count) return false;
  for (std::size_t i = 0; i < *count; ++i)
    for (const char c : tokens[i])
      if (!token_character(c)) return false;
  return true;
}

std::string thread_subject(std::string_view prefix, std::string_view org, std::string_view id, std::string_view verb) {
  return join(prefix, {version_token, encode_token(org), "thread", encode_token(id), verb});
}

std::string threads_subject(std::string_view prefix, std::string_view org, std::string_view verb) {
  return join(prefix, {version_token, encode_token(org), "threads", verb});
}

std::string workflow_subject(std::string_view prefix, std::string_view org, std::string_view id,
                             std::string_view verb) {
  return join(prefix, {version_token, encode_token(org), "workflow", encode_token(id), verb});
}

std::string workflows_subject(std::string_view prefix, std::string_view org, std::string_view verb) {
  return join(prefix, {version_token, encode_token(org), "workflows", verb});
}

std::string schedule_subject(std::string_view prefix, std::string_view org, std::string_view schedule,
                             std::string_view verb) {
  return join(prefix, {version_token, encode_token(org), "schedule", encode_token(schedule), verb});
}

std::string schedules_subject(std::string_view prefix, std::string_view org, std::string_view verb) {
  return join(prefix, {version_token, encode_token(org), "schedules", verb});
}

std::string node_subject(std::string_view prefix, std::string_view node, std::string_view verb) {
  return join(prefix, {"node", encode_token(node), verb});
}

std::string quarantine_event_subject(std::string_view prefix, std::string_view node) {
  return join(prefix, {"node", encode_token(node), "event", "quarantine"});
}

std::string event_subject(std::string_view prefix, entity_kind kind, std::string_view org, std::string_view id) {
  return join(prefix, {version_token, encode_token(org), "event", name(kind), encode_token(id)});
}

std::string thread_event_subject(std::string_view prefix, std::string_view org, std::string_view id) {
  return event_subject(prefix, entity_kind::thread, org, id);
}

std::string task_subject(std::string_view prefix, std::string_view org, std::string_view queue) {
  return join(prefix, {version_token, encode_token(org), "task", encode_token(queue)});
}

std::string task_stream(std::string_view prefix) {
  std::string name(prefix);
  for (char& c : name) c = c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name + "_TASKS";
}

std::vector<subscription_subject> request_subscriptions(std::string_view prefix, std::string_view node) {
  return {
      {join(prefix, {version_token, "*", "thread", "*", "*"}), true},
      {join(prefix, {version_token, "*", "threads", "*"}), true},
      // One subscription also for verbs with a dot: what a worker sends in order is taken in order.
      {join(prefix, {version_token, "*", "workflow", "*", ">"}), true},
      {join(prefix, {version_token, "*", "workflows", "*"}), true},
      {join(prefix, {version_token, "*", "schedule", "*", "*"}), true},
      {join(prefix, {version_token, "*", "schedules", "*"}), true},
      {join(prefix, {"node", encode_token(node), "*"}), false},
  };
}

} // namespace ropewalk::transport
