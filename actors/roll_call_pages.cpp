#include "actors/roll_call_pages.hpp"

#include "actors/entity_environment.hpp"
#include "storage/failpoint.hpp"
#include "storage/schedule_queries.hpp"
#include "storage/view_reader.hpp"
#include "storage/workflow_queries.hpp"

namespace ropewalk::actors {

namespace {

constexpr std::size_t calls_at_once = 200;

template <class Rows, class What>
roll_call::called route_all(request_router& router, Rows& rows, std::int64_t after_row, const What& what) {
  roll_call::called all{rows.size(), after_row, rows.size() == calls_at_once};
  for (auto& row : rows) {
    all.last_row = row.row;
    auto r = std::make_shared<request>();
    r->entity = std::move(row.who);
    r->what = what;
    router.route(std::move(r));
  }
  return all;
}

roll_call::page call_outstanding(request_router& router, bool children, workflow::command what) {
  return [&router, children, what = std::move(what)](storage::view_reader& views,
                                                     std::int64_t after_row) -> result<roll_call::called> {
    auto rows = views.workflows().outstanding(after_row, calls_at_once, children);
    if (!rows) return rows.error();
    FAILPOINT("node.recovering");
    return route_all(router, *rows, after_row, what);
  };
}

} // namespace

roll_call::page wake_outstanding_workflows(request_router& router) {
  return call_outstanding(router, false, workflow::command{workflow::wake{}});
}

roll_call::page ask_waited_for_children(request_router& router) {
  return call_outstanding(router, true, workflow::command{workflow::ask_children{}});
}

roll_call::page wake_expecting_schedules(request_router& router) {
  return [&router](storage::view_reader& views, std::int64_t after_row) -> result<roll_call::called> {
    auto rows = views.schedules().expecting(after_row, calls_at_once);
    if (!rows) return rows.error();
    return route_all(router, *rows, after_row, schedule::command{schedule::wake{}});
  };
}

} // namespace ropewalk::actors
