#include "actors/schedule_roll_call.hpp"

#include "actors/entity_environment.hpp"
#include "actors/log.hpp"
#include "storage/schedule_queries.hpp"
#include "storage/view_readers.hpp"

namespace ropewalk::actors {
namespace {

constexpr auto call_every = std::chrono::seconds(60);
constexpr std::size_t calls_at_once = 200;
constexpr auto call_patience = std::chrono::minutes(10); // after a start the views may have to read a long tail first

} // namespace

void schedule_roll_call::call(std::uint64_t min_position) { call_from(min_position, 0); }

void schedule_roll_call::call_when_due(std::chrono::steady_clock::time_point now) {
  if (now - last_ < call_every) return;
  last_ = now;
  call(0);
}

void schedule_roll_call::call_from(std::uint64_t min_position, std::int64_t after_row) {
  views_.post(
      min_position, std::chrono::steady_clock::now() + call_patience,
      [this, min_position, after_row](result<storage::view_reader*> reader) {
        if (!reader) return;
        auto page = (*reader)->schedules().expecting(after_row, calls_at_once);
        if (!page)
          return log_line(log_level::error, "schedules cannot be looked for", {{"reason", page.error().detail}});
        std::int64_t last = after_row;
        for (storage::expecting_schedule& s : *page) {
          last = s.row;
          auto r = std::make_shared<request>();
          r->entity = std::move(s.who);
          r->what = schedule::command{schedule::wake{}};
          router_.route(std::move(r));
        }
        if (page->size() == calls_at_once) call_from(min_position, last);
      });
}

} // namespace ropewalk::actors
