#pragma once
// Named places to talk to, kept in <config directory>/contexts.json:
//
//   {"current":"prod","contexts":{"prod":{"url":"nats://n1:4222","org":"acme","creds_file":"/etc/n.creds"}}}
//
// Members are endpoint_choice's. The file is made with mode 0600: a URL may hold a password. It is replaced
// as a whole, so that an interrupted change leaves the old one.

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "cli/endpoint.hpp"
#include "runtime/result.hpp"

namespace ropewalk::cli {

struct context_book {
  std::string current; // "" = none
  std::map<std::string, endpoint_choice> contexts;
};

std::filesystem::path contexts_file();

// A file that is not there is an empty book. A file that cannot be understood: invalid, with the place.
result<context_book> parse_contexts(std::string_view text);
result<context_book> load_contexts(const std::filesystem::path& file);
std::string contexts_json(const context_book& book);
status_result save_contexts(const std::filesystem::path& file, const context_book& book);

// [A-Za-z0-9._-]{1,64}
status_result check_context_name(std::string_view name);
// not_found "context_not_found"
result<endpoint_choice> find_context(const context_book& book, const std::string& name);

// One context as JSON; passwords in URLs only if they are asked for.
std::string context_json(const endpoint_choice& c, bool with_password);

} // namespace ropewalk::cli
