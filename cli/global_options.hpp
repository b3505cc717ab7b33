#pragma once
// The options that every verb takes.

#include <optional>
#include <string>

#include "cli/endpoint.hpp"
#include "cli/output.hpp"
#include "runtime/result.hpp"

namespace CLI {
class App;
}

namespace ropewalk::cli {

struct global_options {
  std::string url, org, prefix, nats_user, nats_password_file, creds_file, tls_ca, tls_cert, tls_key;
  std::string context, timeout = "5s", output, config;
  bool no_color = false;
};

void add_global_options(CLI::App& root, global_options& o);

// What flags and variables say (before the settings file is read), and what the file adds (after).
endpoint_choice given_endpoint(const CLI::App& root, const global_options& o);

// given: see above. Looks at the contexts file and at the runtime file of `ropewalk dev`.
result<endpoint> resolve_endpoint(const endpoint_choice& given, const endpoint_choice& with_file,
                                  const global_options& o);

result<std::optional<output_format>> chosen_format(const global_options& o);

} // namespace ropewalk::cli
