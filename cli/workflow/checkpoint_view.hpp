#pragma once
// Checkpoints of an instance (docs/wire.md) for people, and finding one by the beginning of its id.

#include <string>
#include <vector>

#include "cli/output.hpp"
#include "cli/session.hpp"

namespace ropewalk::cli {

const std::vector<column>& checkpoint_columns();
row checkpoint_row(json_view checkpoint);
detail_lines checkpoint_lines(json_view checkpoint);

struct checkpoint_page {
  std::string id, cursor; // of the instance; of the page
  std::uint64_t limit = 50;
};
// A page of the list, the newest first.
result<exit_code> list_checkpoints(session& s, const checkpoint_page& page);

struct found_checkpoint {
  std::string id, json;
  std::uint64_t version = 0;
};
// name: an id, the beginning of one (4 characters or more), a checkpoint's version, or "latest". Errors: not_found
// "no_checkpoint"; conflict "ambiguous_id" with the ids that begin so.
result<found_checkpoint> find_checkpoint(session& s, const std::string& whole_id, const std::string& name);

} // namespace ropewalk::cli
