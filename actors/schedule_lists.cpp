#include "actors/schedule_lists.hpp"

#include "actors/workflow_lists.hpp"
#include "actors/zone_files.hpp"
#include "storage/schedule_queries.hpp"
#include "storage/view_readers.hpp"

namespace ropewalk::actors {

void schedule_lists::list(std::string org, schedule::list what, std::uint64_t min_position,
                          std::shared_ptr<caller> from) {
  views_.post_lengthy(min_position, [this, org = std::move(org), what = std::move(what),
                                     from = std::move(from)](result<storage::view_reader*> reader) {
    if (!reader) return from->refuse(reader.error());
    const std::uint64_t lag = views_.applier().progress().lag();
    auto page = (*reader)->schedules().list(org, what, [this](const std::string& name) {
      auto zone = zones_.find(name);
      return zone ? *std::move(zone) : nullptr;
    });
    if (!page) return from->refuse(page.error());
    from->answer(list_reply("schedules", page->schedules, page->next_cursor, lag));
  });
}

} // namespace ropewalk::actors
