#pragma once
// What the views say about the schedules of an org, with their next times by the zones' rules as they are now.

#include <memory>
#include <string>

#include "actors/request.hpp"
#include "runtime/schedule/queries.hpp"

namespace ropewalk::storage {
class view_readers;
}

namespace ropewalk::actors {

class zone_files;

class schedule_lists {
public:
  schedule_lists(storage::view_readers& views, zone_files& zones) : views_(views), zones_(zones) {}

  // At once; the answer is given on a reader's thread, after the views have reached min_position.
  void list(std::string org, schedule::list what, std::uint64_t min_position, std::shared_ptr<caller> from);

private:
  storage::view_readers& views_;
  zone_files& zones_;
};

} // namespace ropewalk::actors
