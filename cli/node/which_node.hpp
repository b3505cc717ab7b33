#pragma once
// Which nodes an operator's verb is for: the one that was named, or all that answer.

#include <functional>
#include <string>
#include <vector>

#include "cli/session.hpp"

namespace CLI {
class App;
}

namespace ropewalk::cli {

void add_node_name(CLI::App& verb, std::string& name);

// Errors: unavailable "no_responders" if nobody answers.
result<std::vector<std::string>> chosen_nodes(session& s, const std::string& name);

// Asks each chosen node and joins the replies as {"nodes":[...]}. A node that answers with an error is in it
// as
// {"node":name,"status":"failed","detail":...}; `failures` counts them.
struct node_replies {
  reply_document all;
  std::size_t failures = 0;
  error first_failure;
};
result<node_replies> ask_nodes(session& s, const std::string& name, std::string_view verb);

} // namespace ropewalk::cli
