#include "storage/failpoint.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <iterator>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <unistd.h>

namespace ropewalk {
namespace {

// All places of the program; a test compares with the sources. What is armed under another name would never be reached.
constexpr std::string_view places[] = {
    "entity.leaving",
    "entity.loaded",
    "incarnation.file_written",
    "incarnation.journal_written",
    "incarnation.standing_lost",
    "journal.after_commit",
    "journal.before_commit",
    "node.recovering",
    "schedule.after_effects",
    "schedule.before_effect",
    "schedule.decided",
    "views.after_commit",
    "views.before_commit",
    "views.before_repair_commit",
    "workflow.after_effects",
    "workflow.before_compensation",
    "workflow.before_effect",
    "workflow.cancelled",
    "workflow.checkpoint",
    "workflow.child_ended",
    "workflow.completed",
    "workflow.decided",
    "workflow.recovered",
    "workflow.started",
    "workflow.step_completed",
    "workflow.thread_posted",
    "workflow.waking",
    "workflow.woken",
};

enum class deed : std::uint8_t { kill, stop, raise, sleep };

struct armed_point {
  deed does = deed::kill;
  std::uint64_t sleep_ms = 0;
  std::uint64_t at = 0; // 0 = every time
  std::uint64_t reached = 0;
};

std::atomic<bool> any_armed{false};
std::mutex armed_mutex;
std::map<std::string, armed_point, std::less<>> armed;

bool read_number(std::string_view text, std::uint64_t& number) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc{} && end == text.data() + text.size();
}

error not_a_point(std::string_view item) {
  return invalid("points", "\"" + std::string(item) +
                               "\" must be NAME=kill, NAME=stop, NAME=throw or NAME=sleep:MS, and "
                               "may end with @N");
}

} // namespace

std::span<const std::string_view> failpoints() noexcept { return places; }

status_result arm_failpoints(std::string_view text) {
  std::map<std::string, armed_point, std::less<>> wanted;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view item = text.substr(0, comma);
    text.remove_prefix(comma == text.npos ? text.size() : comma + 1);
    const std::size_t equals = item.find('=');
    if (equals == item.npos || equals == 0) return not_a_point(item);
    if (std::find(std::begin(places), std::end(places), item.substr(0, equals)) == std::end(places))
      return invalid("points", "the program has no place \"" + std::string(item.substr(0, equals)) + "\"");
    std::string_view action = item.substr(equals + 1);
    armed_point point;
    if (const std::size_t at = action.find('@'); at != action.npos) {
      if (!read_number(action.substr(at + 1), point.at) || point.at == 0) return not_a_point(item);
      action = action.substr(0, at);
    }
    if (action == "kill") point.does = deed::kill;
    else if (action == "stop") point.does = deed::stop;
    else if (action == "throw") point.does = deed::raise;
    else if (action.starts_with("sleep:") && read_number(action.substr(6), point.sleep_ms)) point.does = deed::sleep;
    else return not_a_point(item);
    wanted[std::string(item.substr(0, equals))] = point;
  }
  const std::scoped_lock lock(armed_mutex);
  armed = std::move(wanted);
  any_armed.store(!armed.empty(), std::memory_order_release);
  return ok();
}

void failpoint_reached(std::string_view name) {
  if (!any_armed.load(std::memory_order_acquire)) return;
  armed_point point;
  {
    const std::scoped_lock lock(armed_mutex);
    const auto found = armed.find(name);
    if (found == armed.end()) return;
    ++found->second.reached;
    if (found->second.at != 0 && found->second.reached != found->second.at) return;
    point = found->second;
  }
  switch (point.does) {
  case deed::kill:
    ::kill(::getpid(), SIGKILL);
    ::pause();
    break;
  case deed::stop: ::raise(SIGSTOP); break; // of this thread, so that it stands here; all others with it
  case deed::raise: throw std::runtime_error("failpoint " + std::string(name));
  case deed::sleep: std::this_thread::sleep_for(std::chrono::milliseconds(point.sleep_ms)); break;
  }
}

} // namespace ropewalk
