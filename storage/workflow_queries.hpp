#pragma once
// What the views answer about workflow instances and definitions, across an org. All on one read connection,
// inside the reader's transaction.
//
// Cursors: "w1" and two numbers of 16 hex digits (updated_at and row of the last instance given); "d1" and the
// name of the last definition given; "v1" and its version, 8 hex digits.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/entity_key.hpp"
#include "runtime/result.hpp"
#include "runtime/workflow/queries.hpp"
#include "storage/statement_cache.hpp"

namespace ropewalk::storage {

struct workflow_page {
  std::vector<std::string> workflows; // the wire's workflow objects, without runs; newest updated first
  std::optional<std::string> next_cursor;
};
struct definition_page {
  std::vector<std::string> definitions; // the wire's definition objects, without documents
  std::optional<std::string> next_cursor;
};
struct viewed_definition {
  std::uint32_t version = 0;
  std::string shown;    // the wire's definition object, without its document
  std::string document; // compact, with its version
};
struct outstanding_workflow {
  std::int64_t row = 0; // to go on from
  entity_key who;
};

class workflow_queries {
public:
  explicit workflow_queries(sqlite::connection& db) : statements_(db) {}

  // limit and cursor as in the request; a cursor that is not ours: invalid, field "cursor".
  // An instance that changes between two pages moves to the front: it is never listed twice.
  result<workflow_page> list(std::string_view org, const workflow::list& what);
  result<std::uint64_t> count(std::string_view org, const workflow::filter& where);
  // By name, the newest version of each; of one name all versions, newest first.
  result<definition_page> definitions(std::string_view org, const workflow::list_definitions& what);
  // That version, or the newest; nullopt if there is none.
  result<std::optional<viewed_definition>> definition(std::string_view org, std::string_view name,
                                                      std::optional<std::uint32_t> version);
  // Instances of all orgs that need recovery by a new owner (workflow::needs_recovery()), in the order of rows.
  // with_children: those alone that wait for children to end.
  result<std::vector<outstanding_workflow>> outstanding(std::int64_t after_row, std::size_t limit,
                                                        bool with_children = false);

private:
  statement_cache statements_;
};

} // namespace ropewalk::storage
