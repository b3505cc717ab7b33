// Which class serves which kind of entity.

#include "actors/active_entity.hpp"
#include "actors/definition_entity.hpp"
#include "actors/schedule_entity.hpp"
#include "actors/thread_entity.hpp"
#include "actors/workflow_entity.hpp"

namespace ropewalk::actors {

std::unique_ptr<active_entity> make_entity(const entity_birth& b, entity_mail mail) {
  switch (b.who.kind) {
  case entity_kind::thread:
    return std::make_unique<thread_entity>(*b.env, b.who, b.partition, b.generation, std::move(mail));
  case entity_kind::workflow:
    return std::make_unique<workflow_entity>(*b.env, b.who, b.partition, b.generation, std::move(mail));
  case entity_kind::definition:
    return std::make_unique<definition_entity>(*b.env, b.who, b.partition, b.generation, std::move(mail));
  case entity_kind::schedule:
    return std::make_unique<schedule_entity>(*b.env, b.who, b.partition, b.generation, std::move(mail));
  case entity_kind::debate:
  case entity_kind::checkpoint_line:
  case entity_kind::partition: break;
  }
  return nullptr;
}

} // namespace ropewalk::actors
