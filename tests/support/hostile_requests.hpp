#pragma once
// Requests that a node must refuse with a problem naming field and rule, changing nothing. Data, so that the
// same table runs against the decoder alone and against a live node.

#include <string>
#include <utility>
#include <vector>

namespace ropewalk::tests {

struct hostile_request {
  std::string name;    // a claim: what is wrong
  std::string subject; // with prefix rw
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  int status = 400;
  std::string field; // as the problem names it; "*" = any (a path too deep to write down)
  // False: NATS itself answers, because no subscription matches ("no responders") or the body is over its limit.
  bool reaches_node = true;
};

std::vector<hostile_request> hostile_requests(); // all of the parts below
std::vector<hostile_request> hostile_subjects();
std::vector<hostile_request> hostile_headers();
std::vector<hostile_request> hostile_json();
std::vector<hostile_request> hostile_thread_fields();
std::vector<hostile_request> hostile_reads();
std::vector<hostile_request> hostile_messages();
std::vector<hostile_request> hostile_imports();
std::vector<hostile_request> hostile_workflows();
std::vector<hostile_request> hostile_workflow_work();
std::vector<hostile_request> hostile_definitions();
std::vector<hostile_request> hostile_schedules();

// Search texts that a query language could choke on: the answer may be hits, none, or a refusal of "query",
// never an internal error.
std::vector<std::string> hostile_queries();

// A string as JSON, for rows that are put together.
std::string quoted(const std::string& text);
std::string repeated(const std::string& piece, std::size_t times);

} // namespace ropewalk::tests
