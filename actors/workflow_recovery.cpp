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

struct round_of_calls {
  storage::view_readers& views;
  request_router& router;
  std::uint64_t min_position;
  bool children; // those alone that wait for them
};

void call_from(const round_of_calls& round, std::int64_t after, std::uint64_t called) {
  round.views.post(
      round.min_position, std::chrono::steady_clock::now() + recovery_patience,
      [round, after, called](result<storage::view_reader*> reader) {
        if (!reader) return;
        auto page = (*reader)->workflows().outstanding(after, wakes_at_once, round.children);
        if (!page)
          return log_line(log_level::error, "workflows cannot be recovered", {{"reason", page.error().detail}});
        FAILPOINT("node.recovering");
        std::int64_t last = after;
        for (storage::outstanding_workflow& w : *page) {
          last = w.row;
          auto r = std::make_shared<request>();
          r->entity = std::move(w.who);
          if (round.children) r->what = workflow::command{workflow::ask_children{}};
          else r->what = workflow::command{workflow::wake{}};
          round.router.route(std::move(r));
        }
        const std::uint64_t all = called + page->size();
        if (page->size() == wakes_at_once) return call_from(round, last, all);
        if (all > 0)
          log_line(log_level::info, round.children ? "children are asked whether they have ended" : "workflows go on",
                   {{"count", std::to_string(all)}});
      });
}

} // namespace

void recover_workflows(storage::view_readers& views, request_router& router, std::uint64_t min_position) {
  call_from({views, router, min_position, false}, 0, 0);
}

void ask_children_again(storage::view_readers& views, request_router& router, std::uint64_t min_position) {
  call_from({views, router, min_position, true}, 0, 0);
}

} // namespace ropewalk::actors
