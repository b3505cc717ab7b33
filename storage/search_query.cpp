#include "storage/search_query.hpp"

#include <algorithm>

#include "runtime/limits.hpp"
#include "storage/search_text.hpp"

namespace ropewalk::storage {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Bytes beyond ASCII may be letters; the tokenizer knows.
bool has_letter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
  });
}

// An FTS5 string: whatever is in it is text. A control character would never match, and one of them is ours.
void append_phrase(std::string& out, std::int64_t org, const search_term& term) {
  out += '"';
  out += search_header(org);
  for (const char c : term.text) {
    if (c == '"') out += '"';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  out += '"';
  if (term.prefix) out += " *";
}

} // namespace

result<std::vector<search_term>> parse_search(std::string_view query) {
  if (query.size() > limits::query_bytes)
    return invalid("query", "query must have at most " + std::to_string(limits::query_bytes) + " bytes");
  std::vector<search_term> terms;
  bool asks_for_something = false;
  std::size_t at = 0;
  while (true) {
    while (at < query.size() && is_space(query[at])) ++at;
    if (at == query.size()) break;
    search_term term;
    if (query[at] == '-') {
      term.without = true;
      ++at;
    }
    if (at < query.size() && query[at] == '"') {
      const auto end = query.find('"', at + 1);
      if (end == std::string_view::npos) return invalid("query", "query has a quote that is not closed");
      term.text = query.substr(at + 1, end - at - 1);
      at = end + 1;
    } else {
      const auto begin = at;
      while (at < query.size() && !is_space(query[at]) && query[at] != '"') ++at;
      term.text = query.substr(begin, at - begin);
    }
    if (at < query.size() && query[at] == '*') { // behind a closing quote
      term.prefix = true;
      ++at;
    } else if (!term.text.empty() && term.text.back() == '*') {
      term.prefix = true;
      term.text.pop_back();
    }
    if (!has_letter(term.text)) continue;
    if (term.prefix && term.text.size() < 2)
      return invalid("query", "query has a beginning of a word shorter than 2 characters");
    if (terms.size() == limits::query_terms)
      return invalid("query", "query must have at most " + std::to_string(limits::query_terms) + " terms");
    asks_for_something |= !term.without;
    terms.push_back(std::move(term));
  }
  if (!asks_for_something) return invalid("query", "query must have a word to search for");
  return terms;
}

std::string match_expression(const std::vector<search_term>& terms, std::int64_t org,
                             const std::vector<std::int64_t>& threads) {
  std::string out;
  for (const std::int64_t t : threads) out += (out.empty() ? "scope : (\"t" : " OR \"t") + std::to_string(t) + '"';
  if (!threads.empty()) out += ") AND ";
  out += "text : (";
  // Neighbours mean "and", and bind closer than NOT; FTS5 passes over a neighbour without a token.
  for (const auto& term : terms)
    if (!term.without) {
      append_phrase(out, org, term);
      out += ' ';
    }
  for (const auto& term : terms)
    if (term.without) {
      out += "NOT ";
      append_phrase(out, org, term);
      out += ' ';
    }
  out.back() = ')';
  return out;
}

} // namespace ropewalk::storage
