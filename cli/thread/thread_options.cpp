#include "cli/thread/thread_options.hpp"

#include <algorithm>
#include <charconv>

#include "cli/duration_text.hpp"
#include "cli/option.hpp"
#include "cli/request_options.hpp"

namespace ropewalk::cli {

void add_limits(CLI::App& verb, limit_options& o) {
  o.max_messages_given =
      add_option(verb, "--max-messages", o.max_messages, "keep so many messages, trim the oldest; 0 = all")
          .group("Limits");
  o.max_tokens_given =
      add_option(verb, "--max-tokens", o.max_tokens, "token budget of its windows; 0 = none").group("Limits");
  o.ttl_given =
      add_option(verb, "--ttl", o.ttl, "delete it after so long without a change (30d); 0 = never").group("Limits");
}

bool any_given(const limit_options& o) {
  return o.max_messages_given.given() + o.max_tokens_given.given() + o.ttl_given.given();
}

status_result write_limits(json_writer& w, const limit_options& o) {
  if (!any_given(o)) return ok();
  w.key("limits").begin_object();
  if (o.max_messages_given.given()) w.field("max_messages", o.max_messages);
  if (o.max_tokens_given.given()) w.field("max_tokens", o.max_tokens);
  if (o.ttl_given.given()) {
    const auto ttl = parse_ttl(o.ttl, "--ttl");
    if (!ttl) return ttl.error();
    w.field("ttl_seconds", *ttl);
  }
  w.end_object();
  return ok();
}

void add_filters(CLI::App& verb, filter_options& o) {
  add_option(verb, "--user", o.user, "only this user's").group("Which threads");
  add_option(verb, "--agent", o.agent, "only this agent's").group("Which threads");
  add_option(verb, "--tag", o.tag, "only with this tag").group("Which threads");
  add_option(verb, "--status", o.status, "active, suspended or closed").group("Which threads");
  add_option(verb, "--since", o.since, "changed since: 2h, 7d, 2026-01-31 or a time").group("Which threads");
}

status_result write_filters(json_writer& w, const filter_options& o) {
  field_if(w, "user", o.user);
  field_if(w, "agent", o.agent);
  field_if(w, "tag", o.tag);
  field_if(w, "status", o.status);
  if (!o.since.empty()) {
    const auto since = parse_moment(o.since, wall_clock(), "--since");
    if (!since) return since.error();
    w.field("updated_since", *since);
  }
  return ok();
}

void write_message_ref(json_writer& w, const std::string& message) {
  std::uint64_t seq = 0;
  const char* end = message.data() + message.size();
  const auto [at, problem] = std::from_chars(message.data(), end, seq);
  if (problem == std::errc{} && at == end) w.field("seq", seq);
  else w.field("id", message);
}

} // namespace ropewalk::cli
