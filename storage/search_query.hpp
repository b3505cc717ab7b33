#pragma once
// A search as people type it, translated. Nothing of it reaches FTS5 as syntax.
//
//   query  = { [ "-" ] ( word | word "*" | '"' words '"' ) }     separated by spaces
//
//   rope walk      both words, anywhere        "rope walk"   next to each other, in this order
//   rope -walk     the first without the second    rop*      words that begin so
//
// A term without a letter or digit is passed over.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/result.hpp"

namespace ropewalk::storage {

struct search_term {
  std::string text;
  bool without = false;
  bool prefix = false;
  friend bool operator==(const search_term&, const search_term&) = default;
};

// invalid with field "query": empty, only terms to leave out, an open quote, more than limits::query_terms.
result<std::vector<search_term>> parse_search(std::string_view query);

// The MATCH expression for one org; without threads: for all of its. The threads' phrases come first.
std::string match_expression(const std::vector<search_term>& terms, std::int64_t org,
                             const std::vector<std::int64_t>& threads);

} // namespace ropewalk::storage
