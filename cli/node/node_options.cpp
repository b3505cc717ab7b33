#include "cli/node/node_options.hpp"

#include "cli/duration_text.hpp"
#include "cli/node/exec_list.hpp"
#include "cli/option.hpp"
#include "cli/usage.hpp"

namespace ropewalk::cli {

void add_node_options(CLI::App& verb, node_options& o) {
  actors::node_settings& s = o.settings;
  const auto limit = [&](const char* flag, auto& value, const char* variable, const char* doc) {
    add_option(verb, flag, value, doc).variable(variable).shows_default().group("Limits");
  };
  limit("--threads-per-user", s.threads_per_user, "ROPEWALK_THREADS_PER_USER",
        "threads that one user may have; 0 = any number");
  limit("--max-messages", s.max_messages, "ROPEWALK_MAX_MESSAGES",
        "messages of a thread that says nothing else; 0 = all");
  limit("--ttl", o.ttl, "ROPEWALK_TTL",
        "delete threads that say nothing else after so long without a change (30d); 0 = never");
  limit("--max-active", s.max_active, "ROPEWALK_MAX_ACTIVE", "entities held in memory at most");
  limit("--idle-after", o.idle_after, "ROPEWALK_IDLE_AFTER", "an entity unused for so long leaves memory");
  limit("--max-in-flight", s.max_in_flight, "ROPEWALK_MAX_IN_FLIGHT", "requests worked on at a time; beyond it: busy");
  limit("--request-bytes", s.request_bytes, "ROPEWALK_REQUEST_BYTES", "of one request");
  limit("--content-bytes", s.content_bytes, "ROPEWALK_CONTENT_BYTES", "of one message's content");
  limit("--exec-at-once", s.exec_at_once, "ROPEWALK_EXEC_AT_ONCE", "commands that run at a time; others wait");
  add_option(verb, "--exec", o.exec,
             "a command that phases may run: NAME=PROGRAM ARGUMENT..., a JSON object of such lists, or @FILE with one")
      .variable("ROPEWALK_EXEC");
  limit("--checkpoints-kept", s.checkpoints_kept, "ROPEWALK_CHECKPOINTS_KEPT", "newest checkpoints of a workflow");
  limit("--checkpoints-age", o.checkpoints_age, "ROPEWALK_CHECKPOINTS_AGE",
        "checkpoints older than that go as well (30d); 0 = by count alone");
  add_option(verb, "--keyring", s.keyring,
             "keys that sign checkpoints and task tokens: a file of mode 0600, or fd:N; default: keyring.json in the"
             " node's directory, made when it is missing")
      .variable("ROPEWALK_KEYRING");
  add_option(verb, "--metrics", s.metrics, "figures for Prometheus at http://ADDRESS:PORT/metrics; default: none")
      .variable("ROPEWALK_METRICS");
  add_option(verb, "--log-level", s.log_level, "trace, debug, info, warn or error")
      .variable("ROPEWALK_LOG_LEVEL")
      .shows_default();
  add_option(verb, "--log-format", o.log_format, "text or json; to standard error, never with messages' content")
      .variable("ROPEWALK_LOG_FORMAT")
      .shows_default();
}

result<actors::node_settings> node_settings_of(const node_options& o, const endpoint& credentials) {
  actors::node_settings s = o.settings;
  const auto ttl = parse_ttl(o.ttl, "--ttl");
  if (!ttl) return ttl.error();
  const auto idle = parse_duration(o.idle_after, "--idle-after");
  if (!idle) return idle.error();
  s.ttl_s = *ttl;
  s.idle_after_s = std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::seconds>(*idle).count());
  if (s.ttl_s > limits::ttl_max_s) return bad_usage("--ttl", "must be at most 3650d");
  if (s.request_bytes == 0 || s.request_bytes > limits::request_bytes)
    return bad_usage("--request-bytes", "must be 1 to " + std::to_string(limits::request_bytes));
  if (s.content_bytes == 0 || s.content_bytes > limits::content_bytes)
    return bad_usage("--content-bytes", "must be 1 to " + std::to_string(limits::content_bytes));
  const auto checkpoints_age = parse_ttl(o.checkpoints_age, "--checkpoints-age");
  if (!checkpoints_age) return checkpoints_age.error();
  s.checkpoints_age_s = *checkpoints_age;
  if (s.checkpoints_age_s > limits::ttl_max_s) return bad_usage("--checkpoints-age", "must be at most 3650d");
  if (s.checkpoints_kept == 0) return bad_usage("--checkpoints-kept", "must be at least 1");
  if (s.max_active == 0) return bad_usage("--max-active", "must be at least 1");
  if (s.max_in_flight == 0) return bad_usage("--max-in-flight", "must be at least 1");
  auto commands = parse_exec_list(o.exec);
  if (!commands) return commands.error();
  s.exec_commands = *std::move(commands);
  if (o.log_format != "text" && o.log_format != "json") return bad_usage("--log-format", "must be text or json");
  s.log_json = o.log_format == "json";
  s.prefix = credentials.prefix;
  s.user = credentials.nats_user;
  s.password_file = credentials.nats_password_file;
  s.creds_file = credentials.creds_file;
  s.tls_ca = credentials.tls_ca;
  s.tls_cert = credentials.tls_cert;
  s.tls_key = credentials.tls_key;
  return s;
}

} // namespace ropewalk::cli
