#pragma once
// Options of a node, as `ropewalk node` and `ropewalk dev` take them.

#include <string>
#include <vector>

#include "actors/node_settings.hpp"
#include "cli/endpoint.hpp"
#include "runtime/result.hpp"

namespace CLI {
class App;
}

namespace ropewalk::cli {

struct node_options {
  actors::node_settings settings;
  std::vector<std::string> exec;
  std::string ttl = "0", idle_after = "5m", checkpoints_age = "0", log_format = "text";
};

void add_node_options(CLI::App& verb, node_options& o);

// Checked, with durations and credentials (from the options of every verb) filled in.
result<actors::node_settings> node_settings_of(const node_options& o, const endpoint& credentials);

} // namespace ropewalk::cli
