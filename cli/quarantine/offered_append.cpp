#include "cli/quarantine/offered_append.hpp"

#include <fmt/format.h>

#include "cli/quarantine/entry_reference.hpp"
#include "cli/reply_fields.hpp"
#include "runtime/hex.hpp"
#include "runtime/json_writer.hpp"
#include "transport/content_fingerprint.hpp"

namespace ropewalk::cli {
namespace {

// What `append` takes of a stored message. The node's own (seq, revision, times, an estimate of tokens) is made anew.
std::string append_body(json_view message, bool with_id, bool with_null_content) {
  const auto estimated = message.find("tokens_estimated");
  const bool counted_by_client = !estimated || !estimated->is(json_type::boolean) || !estimated->boolean();
  json_writer w;
  w.begin_object();
  for (const json_member& m : message.members()) {
    bool taken = false;
    for (const std::string_view name : {"role", "sender", "name", "tool_calls", "tool_call_id", "metadata"})
      taken = taken || m.key == name;
    if (m.key == "id") taken = with_id;
    if (m.key == "content") taken = with_null_content || !m.value.is(json_type::null);
    if (m.key == "tokens") taken = counted_by_client;
    if (taken) w.raw_field(m.key, m.value.raw());
  }
  w.end_object();
  return std::move(w).take();
}

bool has_fingerprint(const std::string& body, std::string_view fingerprint) {
  const auto doc = json_document::parse(body, {});
  return doc && to_hex(transport::content_fingerprint("thread.append", doc->root())) == fingerprint;
}

} // namespace

result<offered_append> append_of(json_view entry) {
  const auto body = entry.find("body");
  const auto message = body ? body->find("message") : std::nullopt;
  if (text_of(entry, "kind") != "thread" || text_of(entry, "type") != "appended" || !message ||
      !message->is(json_type::object))
    return error{
        errc::unsupported, "cannot_offer",
        fmt::format("only appends of threads can be offered again, not {}; do again what is still wanted of it, "
                    "then discard it",
                    quarantined_text(entry)),
        "ENTRY"};
  offered_append a{text_of(entry, "org"), text_of(entry, "id"), append_body(*message, true, true),
                   "quarantine-" + text_of(entry, "hash"), false};
  const auto key = entry.find("idempotency");
  if (!key || number_of(*key, "entries") != 1) return a;
  a.key = text_of(*key, "key");
  for (const bool with_id : {false, true})
    for (const bool with_null_content : {true, false}) {
      std::string asked = append_body(*message, with_id, with_null_content);
      if (!has_fingerprint(asked, text_of(*key, "fingerprint"))) continue;
      a.body = std::move(asked);
      a.as_the_client = true;
      return a;
    }
  return a;
}

} // namespace ropewalk::cli
