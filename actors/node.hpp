#pragma once
// One member: builds everything, serves until it is told to stop, takes everything down in order.

#include <atomic>
#include <functional>
#include <string>

#include "actors/local_function.hpp"
#include "actors/node_settings.hpp"
#include "runtime/result.hpp"

namespace ropewalk::actors {

// Why run_node came back.
enum class node_end : int {
  stopped = 0,       // asked to
  failed_start = 1,  // settings, data directory, journal or NATS
  journal_failed = 2 // fail-stop: the journal failed, or the node cannot go on otherwise (program too old, connection lost); see why
};

struct node_control {
  std::atomic<bool> stop{false};    // set (by a signal handler, too) to end the node
  std::atomic<bool> reload{false};  // set, likewise, to load the keyring again; what cannot be loaded changes nothing
  std::function<void()> on_serving; // called once, when requests are answered; may be empty
  local_functions functions;        // for phases of kind `local`; not changed while the node runs
};

// Blocks. Logs to standard error as the settings say; errors that end it are logged and also given to
// `why` if that is not null.
node_end run_node(const node_settings& settings, node_control& control, error* why = nullptr);

} // namespace ropewalk::actors
