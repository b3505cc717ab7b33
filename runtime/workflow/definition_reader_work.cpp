// What a phase or a compensation asks for: its kind, to whom it goes, retry and time limits.
#include "runtime/limits.hpp"
#include "runtime/workflow/definition_reader.hpp"
#include "runtime/workflow/input_template.hpp"

namespace ropewalk::workflow {
namespace {

using names = std::string_view;
constexpr names agent_fields[] = {"subject", "input"};
constexpr names task_fields[] = {"queue", "input"};
constexpr names local_fields[] = {"function", "input"};
constexpr names exec_fields[] = {"command", "args", "input"};
constexpr names wait_fields[] = {"signal", "deadline", "on_deadline"};
constexpr names sleep_fields[] = {"for", "until"};
constexpr names thread_fields[] = {"thread", "message", "create"};
constexpr names workflow_fields[] = {"definition", "version", "id", "input"};
constexpr names parallel_fields[] = {"branches", "join"};
constexpr names map_fields[] = {"over", "do", "concurrency", "join"};

// In the order of phase_kind.          target        fields    attempts given_out has_result
constexpr kind_fields kinds[] = {
    {phase_kind::agent, "agent", "subject", agent_fields, 3, true, true},
    {phase_kind::task, "task", "queue", task_fields, 3, true, true},
    {phase_kind::local, "local", "function", local_fields, 3, true, true},
    {phase_kind::exec, "exec", "command", exec_fields, 3, true, true},
    {phase_kind::wait, "wait", "signal", wait_fields, 1, false, true},
    {phase_kind::sleep, "sleep", "", sleep_fields, 1, false, false},
    {phase_kind::thread, "thread", "", thread_fields, 3, true, true},
    {phase_kind::workflow, "workflow", "definition", workflow_fields, 1, false, true},
    {phase_kind::parallel, "parallel", "", parallel_fields, 1, false, false},
    {phase_kind::map, "map", "", map_fields, 1, false, true},
};

constexpr std::int64_t default_attempt_us = 5LL * 60 * 1'000'000;

// A request there reaches a worker and nothing of NATS itself: no wildcards, no $JS, $SYS, _INBOX.
std::string read_subject(const document_value& document) {
  std::string subject = document.line(limits::subject_bytes);
  const bool plain = !subject.empty() && subject.front() != '.' && subject.back() != '.' &&
                     subject.find("..") == std::string::npos && subject.find_first_of(" *>") == std::string::npos;
  if (!plain) document.refuse("must be a NATS subject: tokens with dots between them, no wildcards, no spaces");
  if (!subject.empty() && (subject.front() == '$' || subject.front() == '_'))
    document.refuse("must not begin with $ or _, which belong to NATS");
  return subject;
}

std::string read_target(const document_value& document, phase_kind kind) {
  if (kind == phase_kind::agent) return read_subject(document);
  return document.identifier(kind == phase_kind::task ? limits::id_bytes : limits::definition_name_bytes);
}

std::vector<std::string> read_arguments(const document_value& document) {
  std::vector<std::string> arguments;
  if (!document.is_array(0, limits::exec_arguments, "arguments")) return arguments;
  for (std::size_t i = 0; i < document.json().size(); ++i)
    arguments.push_back(document.element(i).text(limits::exec_argument_bytes));
  return arguments;
}

json_value read_template(const document_value& document, bool inside_map) {
  check_template(document, inside_map ? template_place::map_element : template_place::phase);
  return document.json();
}

void read_thread(const document_value& document, bool inside_map, work& w) {
  if (const auto thread = document.require("thread")) w.thread = read_text_template(*thread, inside_map);
  if (const auto message = document.require("message")) {
    w.message = read_template(*message, inside_map);
    if (!is_reference(w.message)) message->is_object();
  }
  if (const auto create = document.find("create")) w.create_thread = create->boolean();
}

} // namespace

std::string_view name(phase_kind kind) noexcept { return fields_of(kind).name; }

const kind_fields& fields_of(phase_kind kind) noexcept { return kinds[static_cast<std::size_t>(kind)]; }

phase_kind read_kind(const document_value& run, bool compensation) {
  if (compensation) {
    constexpr phase_kind allowed[] = {phase_kind::agent, phase_kind::task, phase_kind::local, phase_kind::exec,
                                      phase_kind::thread};
    return allowed[run.one_of({"agent", "task", "local", "exec", "thread"})];
  }
  return static_cast<phase_kind>(
      run.one_of({"agent", "task", "local", "exec", "wait", "sleep", "thread", "workflow", "parallel", "map"}));
}

retry_policy read_retry(const document_value& document, retry_policy base) {
  constexpr names fields[] = {"attempts", "first", "most", "factor", "not_on"};
  document.has_only("a retry policy", fields);
  if (const auto v = document.find("attempts"))
    base.attempts = static_cast<std::uint32_t>(v->whole(0, limits::retry_attempts));
  const auto first = document.find("first");
  if (first) base.first_us = first->duration_us();
  const auto most = document.find("most");
  if (most) base.most_us = most->duration_us();
  if (base.most_us < base.first_us) {
    if (first && most) most->refuse("must not be less than first");
    (most ? base.first_us : base.most_us) = most ? base.most_us : base.first_us;
  }
  if (const auto v = document.find("factor")) base.factor = v->number(1, limits::retry_factor);
  if (const auto v = document.find("not_on")) {
    base.not_on.clear();
    if (v->is_array(0, limits::final_codes, "codes"))
      for (std::size_t i = 0; i < v->json().size(); ++i)
        base.not_on.push_back(v->element(i).line(limits::error_code_bytes));
  }
  return base;
}

time_limits read_time_limits(const document_value& document, time_limits base) {
  constexpr names fields[] = {"total", "attempt", "start", "heartbeat"};
  document.has_only("timeouts", fields);
  if (const auto v = document.find("total")) base.total_us = v->duration_us();
  if (const auto v = document.find("attempt")) base.attempt_us = v->duration_us();
  if (const auto v = document.find("start")) base.start_us = v->duration_us();
  if (const auto v = document.find("heartbeat")) base.heartbeat_us = v->duration_us();
  return base;
}

work read_work(const document_value& document, phase_kind kind, const work_defaults& defaults, bool inside_map) {
  const kind_fields& is = fields_of(kind);
  work w;
  w.kind = kind;
  if (!is.target.empty())
    if (const auto target = document.require(is.target)) w.target = read_target(*target, kind);
  if (kind == phase_kind::exec)
    if (const auto args = document.find("args")) w.arguments = read_arguments(*args);
  if (kind == phase_kind::thread) read_thread(document, inside_map, w);
  if (const auto input = document.find("input")) w.input = read_template(*input, inside_map);

  w.retry.attempts = is.attempts;
  if (is.given_out && kind != phase_kind::thread) w.limits.attempt_us = default_attempt_us;
  if (is.given_out && defaults.retry) w.retry = read_retry(*defaults.retry, std::move(w.retry));
  if (is.given_out && defaults.timeouts) w.limits = read_time_limits(*defaults.timeouts, w.limits);
  if (const auto retry = document.find("retry")) w.retry = read_retry(*retry, std::move(w.retry));
  if (const auto timeouts = document.find("timeouts")) w.limits = read_time_limits(*timeouts, w.limits);
  return w;
}

json_value read_text_template(const document_value& document, bool inside_map) {
  json_value text = read_template(document, inside_map);
  if (!is_reference(text)) document.line(limits::id_bytes);
  return text;
}

} // namespace ropewalk::workflow
