#include "transport/request_decoder.hpp"

#include "runtime/invariant.hpp"
#include "runtime/json_text.hpp"
#include "runtime/limits.hpp"
#include "transport/body_fields.hpp"
#include "transport/command_body.hpp"
#include "transport/content_fingerprint.hpp"
#include "transport/name_suggestion.hpp"
#include "transport/request_headers.hpp"

namespace ropewalk::transport {
namespace {

constexpr json_limits body_limits{limits::request_bytes, limits::json_depth, limits::json_values};

error unknown_verb(const subject_parts& parts) {
  std::vector<std::string_view> known;
  for (const verb_spec& v : verbs())
    if (v.noun == parts.noun) known.push_back(v.verb);
  return {errc::invalid, "unknown_verb",
          "\"" + std::string(parts.verb) + "\" is no verb of " + std::string(name(parts.noun)) +
              did_you_mean(parts.verb, known),
          "verb"};
}

result<entity_key> key_of(const subject_parts& parts) {
  entity_key key;
  if (parts.noun != noun::node) {
    auto org = decode_token(parts.org_token, "org");
    if (!org) return std::move(org).error();
    key.org = *std::move(org);
  }
  if (parts.noun == noun::workflow || parts.noun == noun::workflows) key.kind = entity_kind::workflow;
  if (parts.noun == noun::schedule || parts.noun == noun::schedules) key.kind = entity_kind::schedule;
  if (names_one(parts.noun)) {
    auto id = decode_token(parts.id_token, parts.noun == noun::node ? "node" : "id");
    if (!id) return std::move(id).error();
    key.id = *std::move(id);
  }
  return key;
}

// In the verb table's order, so that finding a verb finds its decoder.
const std::vector<command_body>& command_bodies() {
  static const std::vector<command_body> all = [] {
    std::vector<command_body> bodies;
    for (const verb_spec& v : verbs()) {
      command_body found = nullptr;
      for (const auto part :
           {thread_write_bodies(), read_bodies(), workflow_bodies(), workflows_bodies(), schedule_bodies()})
        for (const named_command_body& b : part)
          if (b.of == v.noun && b.verb == v.verb) found = b.decode;
      INVARIANT(found != nullptr, full_name(v));
      bodies.push_back(found);
    }
    return bodies;
  }();
  return all;
}

error over_setting(std::string field, std::size_t bytes, std::size_t most) {
  return {errc::too_large, "over_node_limit",
          std::to_string(bytes) + " bytes; this node is set to take at most " + std::to_string(most), std::move(field)};
}

// Bounds of one node, below those of the verb table.
status_result within_settings(const thread::write& w, const decoder_settings& settings) {
  if (settings.max_content_bytes >= limits::content_bytes) return ok();
  const auto check = [&](const std::vector<thread::message_draft>& drafts, bool batch) -> status_result {
    for (std::size_t i = 0; i < drafts.size(); ++i) {
      const std::size_t bytes =
          drafts[i].content_json.size() + (drafts[i].tool_calls_json ? drafts[i].tool_calls_json->size() : 0);
      if (bytes > settings.max_content_bytes)
        return over_setting(batch ? "messages[" + std::to_string(i) + "].content" : "content", bytes,
                            settings.max_content_bytes);
    }
    return ok();
  };
  if (const auto* a = std::get_if<thread::append>(&w)) return check(a->messages, a->batch);
  if (const auto* i = std::get_if<thread::import>(&w)) return check(i->messages, true);
  const auto* e = std::get_if<thread::edit>(&w);
  if (e && e->content_json && e->content_json->size() > settings.max_content_bytes)
    return over_setting("content", e->content_json->size(), settings.max_content_bytes);
  return ok();
}

} // namespace

command_body command_body_of(const verb_spec& v) noexcept { return command_bodies()[index_of(v)]; }

result<decoded_request> decode_request(const request_view& in, const decoder_settings& settings,
                                       const surroundings& around) {
  const auto parts = parse_subject(in.subject, settings.prefix);
  if (!parts) return parts.error();
  decoded_request request;
  request.verb = find_verb(parts->noun, parts->verb);
  if (!request.verb) return unknown_verb(*parts);
  auto key = key_of(*parts);
  if (!key) return std::move(key).error();
  request.key = *std::move(key);
  auto headers = check_headers(in.headers, *request.verb, settings.guaranteed_peers, settings.partitions);
  if (!headers) return headers.error();
  request.ack = headers->ack;
  request.replica_read = std::move(headers->replica_read);

  if (in.body.size() > settings.max_request_bytes) return over_setting("", in.body.size(), settings.max_request_bytes);
  auto document = json_document::parse(in.body.empty() ? std::string_view("{}") : in.body, body_limits);
  if (!document) return std::move(document).error();
  const json_view body = document->root();
  const auto fields = body_fields::check(*request.verb, body);
  if (!fields) return fields.error();
  if (headers->idempotency_key)
    request.idempotency = {std::string(*headers->idempotency_key), content_fingerprint(full_name(*request.verb), body)};

  auto what = command_body_of(*request.verb)(
      {*fields, body, request.key, headers->idempotency_key, around, request.fresh_id, request.task_token});
  if (!what) return std::move(what).error();
  request.what = *std::move(what);
  if (const auto* write = std::get_if<thread::write>(&request.what))
    if (auto fits = within_settings(*write, settings); !fits) return fits.error();

  if (parts->noun == noun::node) return request;
  if (names_one(parts->noun)) request.partition = partition_of(parts->org_token, parts->id_token, settings.partitions);
  else if (!request.key.id.empty()) request.partition = partition_of(request.key, settings.partitions);
  return request;
}

const verb_spec* verb_of(std::string_view subject, std::string_view prefix) noexcept {
  const auto parts = parse_subject(subject, prefix);
  return parts ? find_verb(parts->noun, parts->verb) : nullptr;
}

} // namespace ropewalk::transport
