#include "cli/problem_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/table.hpp"
#include "cli/terminal_text.hpp"

namespace ropewalk::cli {
namespace {

// What to run next, by the problem's name. {0} the thread's or workflow's id, {1} the command, {2} the key, {3} "thread"
// or "workflow".
struct advice {
  std::string_view problem;
  const char* text;
};
constexpr advice advices[] = {
    {"thread_not_found", "ropewalk thread list"},
    {"message_not_found", "ropewalk thread messages {0}"},
    {"thread_exists", "ropewalk thread get {0}   (or choose another id, or add --if-absent)"},
    {"thread_suspended", "ropewalk thread resume {0}"},
    {"thread_closed", "ropewalk thread fork {0}   (a fork takes messages again)"},
    {"seq_mismatch", "ropewalk thread get {0}   (its last seq is what to expect)"},
    {"version_mismatch", "ropewalk {3} get {0}   (its version is what to expect)"},
    {"revision_mismatch", "ropewalk thread messages {0} -o wide   (its revision is what to expect)"},
    {"message_exists", "ropewalk thread messages {0} -o wide   (leave --id away to get a new one)"},
    {"user_thread_limit", "ropewalk thread list --user USER   (delete what is not needed)"},
    {"workflow_not_found", "ropewalk workflow list"},
    {"workflow_exists", "ropewalk workflow get {0}   (or choose another --id, or add --if-absent)"},
    {"workflow_closed", "ropewalk workflow result {0}   (branch goes on from an earlier state of it)"},
    {"workflow_stopping", "ropewalk workflow get {0} --watch"},
    {"workflow_crashed", "ropewalk workflow resume {0}"},
    {"workflow_paused", "ropewalk workflow resume {0}"},
    {"workflow_compensated", "ropewalk workflow checkpoints {0}   (then branch from one of before)"},
    {"nothing_to_retry", "ropewalk workflow get {0}"},
    {"nothing_to_run", "ropewalk workflow checkpoints {0}   (then --checkpoint with an earlier one)"},
    {"still_running", "ropewalk workflow result {0} --wait 5m   (or ropewalk workflow get {0} --watch)"},
    {"definition_not_found", "ropewalk workflow definitions"},
    {"definition_exists", "the document with a higher version, or with none: the next one is taken"},
    {"schedule_not_found", "ropewalk schedule list"},
    {"schedule_exists", "ropewalk schedule update {0}   (or choose another name)"},
    {"schedule_behind", "the same command again"},
    {"time_zone_unavailable", "apt-get install tzdata   (on the node's machine)"},
    {"unknown_signal", "ropewalk workflow graph {0}   (shows what it waits for)"},
    {"value_not_found", "ropewalk workflow get {0} --state"},
    {"reply_too_large", "ropewalk workflow query {0} /POINTER   (a part of the state; ropewalk workflow state {0} is all of it)"},
    {"run_not_found", "ropewalk workflow get {0}   (shows the runs under way)"},
    {"version_not_found", "ropewalk workflow checkpoints {0}"},
    {"no_checkpoint", "ropewalk workflow checkpoints {0}"},
    {"ambiguous_id", "ropewalk workflow checkpoints {0}"},
    {"imported_before", "the same command with --again   (imports it once more)"},
    {"idempotency_conflict", "ropewalk {1} --help   (use another --idempotency-key for other content)"},
    {"ambiguous_prefix", "ropewalk {1} with one of the ids above"},
    {"no_responders", "ropewalk dev   (or check --org, --prefix and which node runs: ropewalk status)"},
    {"no_server", "ropewalk dev   (starts a server and a node; or give --url, or ropewalk context use NAME)"},
    {"no_nats_server", "apt-get install nats-server"},
    {"context_not_found", "ropewalk context list"},
    {"data_directory_in_use", "ropewalk status   (a node runs on that directory; stop it, or give another --data)"},
    {"no_keyring", "ropewalk keyring create --keyring FILE"},
    {"keyring_lost", "cp WHERE-IT-IS-KEPT DATA/keyring.json   (or, if it is lost: ropewalk keyring create --data DATA)"},
    {"keyring_unsafe", "chmod 600 FILE   (and chown to the node's user)"},
    {"keyring_in_use", "the same command again"},
    {"keyring_exists", ""},
    {"key_active", "ropewalk keyring rotate   (then revoke the one before)"},
    {"no_such_key", "ropewalk keyring list"},
    {"thread_not_verified",
     "ropewalk thread verify {0}   (names what differs; ropewalk rebuild-views if it is the views)"},
    {"thread_too_long", "ropewalk verify --data DIR   (on the node's machine)"},
    {"backup_exists", "ropewalk backup with another target   (one with the date in its name)"},
    {"backup_damaged", "another backup   (nothing was put back)"},
    {"no_backup", "ropewalk backup --data DIR TARGET   (makes one)"},
    {"not_empty", "mv DIR DIR.before   (then the same command again)"},
    {"never_a_member", "the same command without --all-members-lost"},
    {"must_be_wiped", "mv DIR DIR.damaged   (with the node stopped; then start it: it learns from the others)"},
    {"output", ""},
    {"file", ""},
    {"data_directory", ""},
    {"unknown_verb", "ropewalk version   (the node may be older than this program)"},
};

std::string fallback(const error& e, const problem_place& place) {
  switch (e.code) {
  case errc::invalid:
  case errc::unsupported:
    return place.command.empty() ? "ropewalk --help" : fmt::format("ropewalk {} --help", place.command);
  case errc::timeout:
    return place.idempotency_key.empty() ? "ropewalk status"
                                         : fmt::format("the same command with --idempotency-key {}   (it is "
                                                       "done once, however often it is sent)",
                                                       shell_word(place.idempotency_key));
  case errc::busy:
  case errc::stale_epoch: return "the same command again";
  case errc::unavailable: return "ropewalk health";
  case errc::corrupt: return "ropewalk verify --data DIR   (on the node's machine, with the node stopped)";
  default: return {};
  }
}

} // namespace

std::string shell_word(std::string_view text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./:@%+=,").find(c) != std::string_view::npos;
  });
  if (plain) return std::string(text);
  std::string word = "'";
  for (const char c : text) c == '\'' ? word += "'\\''" : word += c;
  return word + "'";
}

std::string hint_of(const error& e, const problem_place& place) {
  const std::string id = place.id.empty() ? "ID" : shell_word(place.id);
  if (e.type == "message_exists" && place.command == "thread import")
    return "ropewalk thread import with another thread's id   (the file's messages carry ids of their own)";
  // Of one message that is too long there is no shorter way to say it.
  const bool whole_batch = e.field.empty() || e.field == "messages";
  if (e.code == errc::too_large && place.command == "thread append-batch" && whole_batch)
    return fmt::format("ropewalk thread import {} FILE   (it splits long files)", id);
  for (const advice& a : advices)
    if (a.problem == e.type)
      return fmt::format(fmt::runtime(a.text), id, place.command, place.idempotency_key,
                         place.command.starts_with("thread") ? "thread" : "workflow");
  return fallback(e, place);
}

std::string problem_text(const error& e, const problem_place& place, bool colours_on) {
  const std::string_view problem = e.type.empty() ? name(e.code) : std::string_view(e.type);
  std::string text = paint("ropewalk: ", colour::red, colours_on);
  text += many_lines(e.detail.empty() ? std::string(problem) : e.detail, "  ");
  text += paint(fmt::format(" ({})", one_line(problem)), colour::dim, colours_on) + '\n';
  if (!e.field.empty()) text += "  field: " + one_line(e.field) + '\n';
  if (const std::string hint = hint_of(e, place); !hint.empty())
    text += "  try: " + paint(one_line(hint), colour::cyan, colours_on) + '\n';
  return text;
}

} // namespace ropewalk::cli
