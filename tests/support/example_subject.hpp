#pragma once
// A subject for a verb of the table, to send its example to.

#include <string>
#include <string_view>

#include "transport/verb_table.hpp"

namespace ropewalk::tests {

inline std::string example_subject(const transport::verb_spec& v, std::string_view prefix = "rw") {
  using namespace transport;
  switch (v.noun) {
  case noun::thread: return thread_subject(prefix, "acme", "t42", v.verb);
  case noun::threads: return threads_subject(prefix, "acme", v.verb);
  case noun::workflow: return workflow_subject(prefix, "acme", "order-7", v.verb);
  case noun::workflows: return workflows_subject(prefix, "acme", v.verb);
  case noun::schedule: return schedule_subject(prefix, "acme", "nightly", v.verb);
  case noun::schedules: return schedules_subject(prefix, "acme", v.verb);
  case noun::node: return node_subject(prefix, "n1", v.verb);
  }
  return {};
}

} // namespace ropewalk::tests
