#include "transport/command_body.hpp"

#include "runtime/uuid.hpp"
#include "transport/content_fingerprint.hpp"

namespace ropewalk::transport {

std::string new_entity_id(const body_context& c, std::string_view what, std::string_view beside) {
  if (!c.idempotency_key) return make_uuid7(c.around.now, c.around.entropy_a, c.around.entropy_b);
  const std::string_view texts[] = {what, c.key.org, beside, *c.idempotency_key};
  return derived_uuid(texts);
}

void take_id(const body_context& c, std::string_view what) {
  c.key.id = c.fields.text("id");
  if (!c.key.id.empty()) return;
  c.key.id = new_entity_id(c, what, {});
  c.fresh_id = !c.idempotency_key;
}

} // namespace ropewalk::transport
