#include "cli/workflow/instance_watch.hpp"

#include <chrono>
#include <thread>

namespace ropewalk::cli {
namespace {

constexpr std::chrono::milliseconds look_interval{2000}, least_pause{100};

} // namespace

result<exit_code> watch_instance(session& s, const std::string& whole_id, const std::function<result<bool>()>& look) {
  auto client = s.client();
  if (!client) return client.error();
  auto events = (*client)->workflow_events(whole_id);
  if (!events) return events.error();
  bool away = false;
  for (bool first = true;; first = false) {
    const auto over = look();
    if (!over && (first || !retryable(over.error().code))) return over.error();
    if (!over && !away) s.note("waiting for the node: " + over.error().detail);
    if (over && away) s.note("the node is back");
    away = !over;
    if (auto written = s.out().finish(); !written) return written.error();
    if (over && *over) return exit_code::ok;
    if (!(*events)->next(look_interval)) continue;
    // Events come in bursts: one look serves all of them.
    std::this_thread::sleep_for(least_pause);
    while ((*events)->next(std::chrono::milliseconds(0))) {
    }
  }
}

} // namespace ropewalk::cli
