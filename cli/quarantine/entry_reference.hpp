#pragma once
// Which entry in quarantine a verb is for: NODE:POSITION, as `quarantine list` shows it. The same entry may be in quarantine on
// several nodes, at another position on each.

#include <cstdint>
#include <string>

#include "cli/session.hpp"

namespace CLI {
class App;
}

namespace ropewalk::cli {

struct entry_reference {
  std::string node;
  std::uint64_t position = 0;
  std::string text() const { return node + ':' + std::to_string(position); }
};

void add_entry_reference(CLI::App& verb, std::string& text);
result<entry_reference> parse_entry_reference(const std::string& text);

// {"entry":{...}}, see rw.node.<name>.quarantine_get.
result<reply_document> ask_quarantined(session& s, const entry_reference& which);
// "thread acme/t42 appended version 7"
std::string quarantined_text(json_view entry);
// as: "offered" or "discarded".
result<reply_document> settle_quarantined(session& s, const entry_reference& which, std::string_view as,
                                          const std::string& reason);

} // namespace ropewalk::cli
