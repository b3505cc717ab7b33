#include "cli/global_options.hpp"

#include <CLI/CLI.hpp>

#include "cli/contexts.hpp"
#include "cli/duration_text.hpp"
#include "cli/node/dev_runtime.hpp"
#include "cli/usage.hpp"

namespace ropewalk::cli {
namespace {

struct endpoint_option {
  const char* flag;
  const char* variable;
  const char* doc;
  std::string global_options::*value;
  std::optional<std::string> endpoint_choice::*choice;
};
constexpr endpoint_option endpoint_options[] = {
    {"--url", "ROPEWALK_URL", "NATS server; several with commas", &global_options::url, &endpoint_choice::url},
    {"--org", "ROPEWALK_ORG", "tenant", &global_options::org, &endpoint_choice::org},
    {"--prefix", "ROPEWALK_PREFIX", "first part of every subject", &global_options::prefix, &endpoint_choice::prefix},
    {"--nats-user", "ROPEWALK_NATS_USER", "user name at the server", &global_options::nats_user,
     &endpoint_choice::nats_user},
    {"--nats-password-file", "ROPEWALK_NATS_PASSWORD_FILE", "file with that user's password",
     &global_options::nats_password_file, &endpoint_choice::nats_password_file},
    {"--creds", "ROPEWALK_CREDS", "credentials file (JWT and nkey)", &global_options::creds_file,
     &endpoint_choice::creds_file},
    {"--tls-ca", "ROPEWALK_TLS_CA", "file of the authority to trust", &global_options::tls_ca,
     &endpoint_choice::tls_ca},
    {"--tls-cert", "ROPEWALK_TLS_CERT", "file of the client's certificate", &global_options::tls_cert,
     &endpoint_choice::tls_cert},
    {"--tls-key", "ROPEWALK_TLS_KEY", "file of the client's key", &global_options::tls_key, &endpoint_choice::tls_key},
};

} // namespace

void add_global_options(CLI::App& root, global_options& o) {
  o.url = "nats://127.0.0.1:4222";
  o.org = "default";
  o.prefix = "rw";
  for (const endpoint_option& e : endpoint_options)
    root.add_option(e.flag, o.*e.value, e.doc)->envname(e.variable)->group("Connection")->capture_default_str();
  root.add_option("--context", o.context, "named context to use (ropewalk context list)")
      ->envname("ROPEWALK_CONTEXT")
      ->group("Connection");
  root.add_option("--timeout", o.timeout, "how long to wait for an answer: 500ms, 5s, 1m")
      ->envname("ROPEWALK_TIMEOUT")
      ->group("Connection")
      ->capture_default_str();
  root.add_option("-o,--output", o.output, "table, wide, json, jsonl or yaml; default: table on a terminal, json piped")
      ->envname("ROPEWALK_OUTPUT");
  root.add_flag("--no-color,--no-colour", o.no_color, "no colours (also: NO_COLOR=1)");
  root.add_option("--config", o.config, "settings file; default: ~/.config/ropewalk/config.toml")
      ->envname("ROPEWALK_CONFIG")
      ->configurable(false);
}

endpoint_choice given_endpoint(const CLI::App& root, const global_options& o) {
  endpoint_choice c;
  for (const endpoint_option& e : endpoint_options)
    if (root.get_option(e.flag)->count() > 0) c.*e.choice = o.*e.value;
  return c;
}

result<endpoint> resolve_endpoint(const endpoint_choice& given, const endpoint_choice& with_file,
                                  const global_options& o) {
  endpoint_choice chosen = given;
  auto book = load_contexts(contexts_file());
  if (!book) return book.error();
  const std::string name = o.context.empty() ? book->current : o.context;
  if (!name.empty()) {
    const auto context = find_context(*book, name);
    if (!context) return context.error();
    chosen = layered(chosen, *context);
  }
  chosen = layered(chosen, with_file);
  if (!chosen.url)
    if (const auto devs = running_devs(); !devs.empty()) chosen.url = devs.front().url;
  endpoint e = endpoint_of(chosen);
  const auto timeout = parse_duration(o.timeout, "--timeout");
  if (!timeout) return timeout.error();
  if (timeout->count() == 0) return bad_usage("--timeout", "must be more than 0");
  e.timeout = *timeout;
  if (auto fine = check_endpoint(e); !fine) return fine.error();
  return e;
}

result<std::optional<output_format>> chosen_format(const global_options& o) {
  if (o.output.empty()) return std::optional<output_format>{};
  const auto format = parse_output_format(o.output);
  if (!format) return bad_usage("--output", "must be table, wide, json, jsonl or yaml");
  return format;
}

} // namespace ropewalk::cli
