#include "actors/workflow_recovery.hpp"

#include "actors/entity_environment.hpp"
#include "actors/log.hpp"
#include "storage/failpoint.hpp"
#include "storage/view_readers.hpp"
#include "storage/workflow_queries.hpp"

namespace ropewalk::actors {
namespace {

constexpr std::size_t wakes_at_once = 200;
constexpr auto recovery_patience = std::chrono::minutes(10); // the views may have to read a long tail first

void wake_from(storage::view_readers& views, request_router& router, std::uint64_t min_position, std::int64_t after,
               std::uint64_t woken) {
  views.post(min_position, std::chrono::steady_clock::now() + recovery_patience,
             [&views, &router, min_position, after, woken](result<storage::view_reader*> reader) {
               if (!reader) return;
               auto page = (*reader)->workflows().outstanding(after, wakes_at_once);
               if (!page)
                 return log_line(log_level::error, "workflows cannot be recovered", {{"reason", page.error().detail}});
               FAILPOINT("node.recovering");
               std::int64_t last = after;
               for (storage::outstanding_workflow& w : *page) {
                 last = w.row;
                 auto r = std::make_shared<request>();
                 r->entity = std::move(w.who);
                 r->what = workflow::command{workflow::wake{}};
                 router.route(std::move(r));
               }
               if (page->size() == wakes_at_once)
                 return wake_from(views, router, min_position, last, woken + page->size());
               if (woken + page->size() > 0)
                 log_line(log_level::info, "workflows go on", {{"count", std::to_string(woken + page->size())}});
             });
}

} // namespace

void recover_workflows(storage::view_readers& views, request_router& router, std::uint64_t min_position) {
  wake_from(views, router, min_position, 0, 0);
}

} // namespace ropewalk::actors
