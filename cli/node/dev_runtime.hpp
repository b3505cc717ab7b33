#pragma once
// Where a running `ropewalk dev` can be reached, for the other verbs: <state directory>/dev.json.
//
//   {"url":"nats://127.0.0.1:40213","pid":4711}
//
// It counts only while that process lives. The last one started wins.

#include <optional>
#include <string>

#include "runtime/result.hpp"

namespace ropewalk::cli {

struct dev_runtime {
  std::string url;
  int pid = 0;
};

std::optional<dev_runtime> read_dev_runtime();
status_result write_dev_runtime(const dev_runtime& r);
void remove_dev_runtime(int pid); // if it is that process's

} // namespace ropewalk::cli
