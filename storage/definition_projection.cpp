#include "storage/definition_projection.hpp"

#include "runtime/workflow/definition_book.hpp"

namespace ropewalk::storage {

namespace book = workflow::book;

status_result definition_projection::open(sqlite::connection& db) {
  return db.prepare_all({
      {newest_,
       {"newest_definition", "SELECT coalesce(max(version), 0) FROM definitions WHERE org = ?1 AND name = ?2"}},
      {add_,
       {"add_definition", "INSERT INTO definitions(org, name, version, created_at, shown, document)"
                          " VALUES(?1, ?2, ?3, ?4, ?5, ?6)"}},
      {remove_, {"remove_definitions", "DELETE FROM definitions WHERE org = ?1 AND name = ?2"}},
  });
}

status_result definition_projection::apply(const entry& e, view_entity& who) {
  const auto event = book::decode_event(e.event.type, e.event.body);
  if (!event) return event.error();
  const auto* d = std::get_if<book::defined>(&*event);
  if (!d) return ok();
  const auto shown = book::render_definition(e.entity.id, {d->version, e.event.time, d->document}, false);
  if (!shown) return shown.error();
  newest_.bind(1, who.org);
  newest_.bind(2, e.entity.id);
  auto row = newest_.step();
  if (!row) return row.error();
  const std::uint64_t newest = newest_.natural(0);
  newest_.reset();
  if (d->version <= newest)
    return error{errc::corrupt, "misfit",
                 "definition version " + std::to_string(d->version) + " comes after " + std::to_string(newest),
                 "version"};
  add_.bind(1, who.org);
  add_.bind(2, e.entity.id);
  add_.bind(3, std::int64_t{d->version});
  add_.bind(4, e.event.time.us);
  add_.bind(5, *shown);
  add_.bind(6, d->document);
  return add_.run();
}

status_result definition_projection::remove(const entity_key& key, const view_entity& who) {
  remove_.bind(1, who.org);
  remove_.bind(2, key.id);
  return remove_.run();
}

} // namespace ropewalk::storage
