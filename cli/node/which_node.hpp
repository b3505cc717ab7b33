#pragma once
// Which nodes an operator's verb is for: the one that was named, or all that answer and the other members of their cluster,
// which must not be passed over because they are slow or gone.

#include <string>
#include <vector>

#include "cli/session.hpp"

namespace CLI {
class App;
}

namespace ropewalk::cli {

void add_node_name(CLI::App& verb, std::string& name);

// Errors of both: unavailable "no_responders" if nobody answers.
result<std::vector<std::string>> nodes_that_answer(session& s);
result<std::vector<std::string>> chosen_nodes(session& s, const std::string& name);

// Asks each chosen node and joins the replies as {"nodes":[...]}. One that does not answer, or with an error, is in it as
// {"node":name,"status":"failed","detail":...}. Errors: of the first one, if all of them fail.
struct node_replies {
  reply_document all;
  std::vector<std::string> failed; // their names
  error first_failure;
};
result<node_replies> ask_nodes(session& s, const std::string& name, std::string_view verb);

} // namespace ropewalk::cli
