#pragma once
// Which instances come from which, as a tree.
//
//   order-7  trip version 1, completed
//     order-7-b  trip version 1, running   branched at version 7   <- here
//       book-1  booking version 2, running   child of run 3

#include <string>
#include <vector>

namespace ropewalk::cli {

struct lineage_node {
  std::string id, definition, status; // the latter two "" where the instance could not be asked
  std::string origin;                 // "child of run 3", "branched at version 7"; "" for the root
  bool asked_for = false;
  std::vector<lineage_node> below;
};

std::string lineage_text(const lineage_node& root, bool colours_on);
std::string lineage_json(const lineage_node& root); // {"id","definition","status","origin"?,"below":[...]}

} // namespace ropewalk::cli
