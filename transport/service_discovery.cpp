#include "transport/service_discovery.hpp"

#include <algorithm>

#include <algorithm>

#include "runtime/json_writer.hpp"
#include "transport/verb_table.hpp"

namespace ropewalk::transport {
namespace {

constexpr std::string_view root = "$SRV.";

void begin(json_writer& w, std::string_view type, const service_identity& who) {
  w.begin_object().field("type", "io.nats.micro.v1." + std::string(type) + "_response");
  w.field("name", service_name).field("id", who.id).field("version", who.version);
  w.key("metadata").begin_object().field("node", who.node);
  for (const auto& [key, value] : who.metadata) w.field(key, value);
  w.field("serving", !who.serving || *who.serving ? "yes" : "no");
  w.end_object();
}

std::string subject_pattern(const verb_spec& v, const service_identity& who) {
  const std::string verb(v.verb);
  switch (v.noun) {
  case noun::thread: return who.prefix + ".v1.*.thread.*." + verb;
  case noun::threads: return who.prefix + ".v1.*.threads." + verb;
  case noun::workflow: return who.prefix + ".v1.*.workflow.*." + verb;
  case noun::workflows: return who.prefix + ".v1.*.workflows." + verb;
  case noun::schedule: return who.prefix + ".v1.*.schedule.*." + verb;
  case noun::schedules: return who.prefix + ".v1.*.schedules." + verb;
  case noun::node: return node_subject(who.prefix, who.node, verb);
  }
  return {};
}

// Endpoint names have no dots in the protocol: "thread-append_batch", "workflow-step-begin".
std::string endpoint_name(const verb_spec& v) {
  std::string name = full_name(v);
  std::replace(name.begin(), name.end(), '.', '-');
  return name;
}

void begin_endpoint(json_writer& w, const verb_spec& v, const service_identity& who) {
  w.begin_object().field("name", endpoint_name(v));
  w.field("subject", subject_pattern(v, who));
  w.field("queue_group", v.noun == noun::node ? std::string_view{} : queue_group);
}

std::string ping(const service_identity& who) {
  json_writer w;
  begin(w, "ping", who);
  w.end_object();
  return std::move(w).take();
}

bool serves(const service_identity& who, const verb_spec& v) {
  return std::find(who.nouns.begin(), who.nouns.end(), v.noun) != who.nouns.end();
}

std::string info(const service_identity& who) {
  json_writer w;
  begin(w, "info", who);
  w.field("description", "durable conversation threads of AI agents").key("endpoints").begin_array();
  for (const verb_spec& v : verbs()) {
    if (!serves(who, v)) continue;
    begin_endpoint(w, v, who);
    w.key("metadata").begin_object().field("doc", v.doc).end_object().end_object();
  }
  w.end_array().end_object();
  return std::move(w).take();
}

std::string stats(const service_identity& who, const verb_counters& counters) {
  json_writer w;
  begin(w, "stats", who);
  w.field("started", who.started).key("endpoints").begin_array();
  for (const verb_spec& v : verbs()) {
    if (!serves(who, v)) continue;
    const verb_statistics s = counters.of(v);
    begin_endpoint(w, v, who);
    w.field("num_requests", s.requests).field("num_errors", s.errors).field("last_error", s.last_error);
    w.field("processing_time", s.processing_ns);
    w.field("average_processing_time", s.requests == 0 ? std::uint64_t{0} : s.processing_ns / s.requests);
    w.end_object();
  }
  w.end_array().end_object();
  return std::move(w).take();
}

} // namespace

std::optional<std::string> answer_discovery(std::string_view subject, const service_identity& who,
                                            const verb_counters& counters) {
  if (!subject.starts_with(root)) return std::nullopt;
  subject.remove_prefix(root.size());
  const std::size_t dot = subject.find('.');
  const std::string_view question = subject.substr(0, dot);
  if (dot != std::string_view::npos) {
    const std::string_view meant = subject.substr(dot + 1);
    if (meant != service_name && meant != std::string(service_name) + '.' + who.id) return std::nullopt;
  }
  if (question == "PING") return ping(who);
  if (question == "INFO") return info(who);
  if (question == "STATS") return stats(who, counters);
  return std::nullopt;
}

result<std::unique_ptr<service_discovery>> service_discovery::start(nats_connection& connection, service_identity who,
                                                                    const verb_counters& counters) {
  std::unique_ptr<service_discovery> discovery(new service_discovery);
  auto subscription =
      connection.subscribe(std::string(root) + '>', {}, [&connection, who = std::move(who), &counters](nats_message m) {
        if (m.reply_to().empty()) return;
        // A reply that cannot be published is asked for again by the tool; there is nobody to tell.
        if (const auto answer = answer_discovery(m.subject(), who, counters))
          static_cast<void>(connection.publish(m.reply_to(), *answer));
      });
  if (!subscription) return std::move(subscription).error();
  discovery->subscription_ = *std::move(subscription);
  return discovery;
}

} // namespace ropewalk::transport
