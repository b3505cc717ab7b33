#pragma once
// What full-text search sees of a message, and how one index serves many orgs that know nothing of each other.
//
// Every term of a text is stored behind its org's number ("17:rope"), by a tokenizer of our own around
// SQLite's unicode61. So an org's queries walk only lists of its own messages: their cost, their scores and
// what they find do not depend on anybody else (I12). The tokenizer learns the org from a header before the
// text, written by us alone and never taken from a user:
//
//   \x01 <org pk, decimal> \x02 <text>
//
// Scripts without spaces between words (Chinese, Japanese) are indexed one character a term, so that a
// quoted phrase finds any substring.

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/json_text.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

std::string search_header(std::int64_t org);
// Replaces out.
void search_text(std::string& out, std::int64_t org, json_view message);
std::string_view without_search_header(std::string_view text) noexcept;

// Makes known to a connection: the tokenizer `ropewalk`, the SQL function search_text(org, body) and the
// ranking search_score(index, rows, mean_bytes, bytes, first_phrase). Needed before the index is touched.
status_result register_search(sqlite::connection& db);

} // namespace ropewalk::storage
