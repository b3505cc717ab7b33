#include "cli/exit_code.hpp"

#include <fmt/format.h>

namespace ropewalk::cli {

exit_code exit_code_of(errc code) noexcept {
  switch (code) {
  case errc::invalid:
  case errc::unsupported: return exit_code::invalid;
  case errc::not_found: return exit_code::not_found;
  case errc::conflict: return exit_code::conflict;
  case errc::too_large:
  case errc::limit: return exit_code::limit;
  case errc::busy:
  case errc::stale_epoch:
  case errc::unavailable: return exit_code::unavailable;
  case errc::timeout: return exit_code::timeout;
  case errc::corrupt: return exit_code::verification_failed;
  case errc::internal: return exit_code::failure;
  }
  return exit_code::failure;
}

exit_code exit_code_of(const error& e) noexcept {
  for (const std::string_view of_the_user : {"usage", "settings_file", "contexts_file", "not_confirmed"})
    if (e.type == of_the_user) return exit_code::usage;
  return exit_code_of(e.code);
}

std::string exit_code_help() {
  struct row {
    exit_code code;
    const char* text;
  };
  constexpr row rows[] = {
      {exit_code::ok, "done"},
      {exit_code::failure, "failed"},
      {exit_code::usage, "wrong command line or settings file"},
      {exit_code::not_found, "no such thread, message, workflow, definition, schedule or context"},
      {exit_code::conflict, "the state or an expectation forbids it; an id prefix fits several"},
      {exit_code::timeout, "no answer in time: a write may or may not have happened"},
      {exit_code::unavailable, "no NATS server, no node, or a node that refuses for now"},
      {exit_code::verification_failed, "stored bytes do not verify"},
      {exit_code::invalid, "the node refused what the request says"},
      {exit_code::limit, "a size limit or a quota"},
      {exit_code::interrupted, "interrupted"},
  };
  std::string text = "Exit codes:\n";
  for (const row& r : rows) text += fmt::format("  {:>3}  {}\n", static_cast<int>(r.code), r.text);
  return text;
}

} // namespace ropewalk::cli
