#include "actors/definition_entity.hpp"

#include "actors/definition_library.hpp"

namespace ropewalk::actors {

void definition_entity::read(request_ptr r) {
  if (!r->from) return;
  auto text = workflow::book::read_reply(who_, state_, std::get<workflow::get_definition>(r->what));
  if (!text) return refuse_seen(std::move(r), text.error());
  auto from = std::make_shared<caller>(*std::move(r->from));
  when_durable([from, text = *std::move(text)] { from->answer(text); },
               [from](const error& why) { from->refuse(why); });
}

void definition_entity::prepare(workflow::book::decision& d, pending_write& write) {
  for (const auto& e : d.events)
    if (const auto* made = std::get_if<workflow::book::defined>(&e))
      write.before_reply = [library = &env_.definitions, who = who_, version = made->version,
                            document = made->document] { library->learn(who.org, who.id, version, document); };
}

} // namespace ropewalk::actors
