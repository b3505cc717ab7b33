#include "cli/quarantine/entry_reference.hpp"

#include <fmt/format.h>

#include <charconv>

#include "cli/option.hpp"
#include "cli/reply_fields.hpp"
#include "cli/usage.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::cli {

void add_entry_reference(CLI::App& verb, std::string& text) {
  add_option(verb, "ENTRY", text, "NODE:POSITION, as `ropewalk quarantine list` shows it").required();
}

result<entry_reference> parse_entry_reference(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  entry_reference which;
  if (colon != std::string::npos && colon > 0) {
    which.node = text.substr(0, colon);
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + colon + 1, end, which.position);
    if (read.ec == std::errc() && read.ptr == end && which.position > 0) return which;
  }
  return bad_usage("ENTRY", "must be NODE:POSITION, as `ropewalk quarantine list` shows it");
}

result<reply_document> ask_quarantined(session& s, const entry_reference& which) {
  auto client = s.client();
  if (!client) return client.error();
  auto reply = (*client)->node(which.node, "quarantine_get", fmt::format(R"({{"position":{}}})", which.position));
  if (!reply) return reply;
  if (const auto entry = reply->root().find("entry"); !entry || !entry->is(json_type::object))
    return error{errc::internal, "bad_reply", "the reply has no entry", {}};
  return reply;
}

std::string quarantined_text(json_view entry) {
  return fmt::format("{} {}/{} {} version {}", text_of(entry, "kind"), text_of(entry, "org"), text_of(entry, "id"),
                     text_of(entry, "type"), number_of(entry, "version"));
}

result<reply_document> settle_quarantined(session& s, const entry_reference& which, std::string_view as,
                                          const std::string& reason) {
  auto client = s.client();
  if (!client) return client.error();
  json_writer w;
  w.begin_object().field("position", which.position).field("as", as).field("reason", reason).end_object();
  return (*client)->node(which.node, "quarantine_settle", w.text());
}

} // namespace ropewalk::cli
