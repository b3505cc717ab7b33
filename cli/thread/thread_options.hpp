#pragma once
// Options that describe a thread, for the verbs that make or change one.

#include <cstdint>
#include <string>
#include <vector>

#include "cli/option.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/result.hpp"

namespace CLI {
class App;
}

namespace ropewalk::cli {

struct limit_options {
  std::uint64_t max_messages = 0, max_tokens = 0;
  std::string ttl;
  option max_messages_given, max_tokens_given, ttl_given;
};
void add_limits(CLI::App& verb, limit_options& o);
// Member "limits" with what was given; nothing if nothing was.
status_result write_limits(json_writer& w, const limit_options& o);
bool any_given(const limit_options& o);

// Which of a list: --user, --agent, --tag, --status, --since.
struct filter_options {
  std::string user, agent, tag, status, since;
};
void add_filters(CLI::App& verb, filter_options& o);
status_result write_filters(json_writer& w, const filter_options& o);

// A message by its seq ("7") or its id.
void write_message_ref(json_writer& w, const std::string& message);

} // namespace ropewalk::cli
