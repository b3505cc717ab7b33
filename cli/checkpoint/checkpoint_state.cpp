#include "cli/checkpoint/checkpoint_state.hpp"

#include "cli/option.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/checkpoint_view.hpp"
#include "cli/workflow/whole_state.hpp"
#include "cli/workflow/workflow_options.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::cli {

void add_checkpoint_options(CLI::App& verb, checkpoint_options& o) {
  add_workflow_id(verb, o.id);
  add_option(verb, "CHECKPOINT", o.checkpoint, "a checkpoint's id, a beginning of it, its version, or latest")
      .shows_default();
}

result<reply_document> read_checkpoint(session& s, const checkpoint_options& o) {
  const auto id = whole_id(s, o.id);
  if (!id) return id.error();
  const auto found = find_checkpoint(s, *id, o.checkpoint);
  if (!found) return found.error();
  std::string where = "\"checkpoint\":";
  append_json_string(where, found->id);
  const auto reply = whole_state(s, *id, where);
  if (!reply) return reply.error();
  const auto state = reply->root().find("state");
  if (!state) return error{errc::internal, "bad_reply", "the reply has no state", {}};
  json_writer w;
  w.begin_object().field("org", s.endpoint()->org).field("workflow", *id).raw_field("checkpoint", found->json);
  w.field("status", reply->text("status")).raw_field("state", state->raw()).end_object();
  return reply_document::parse(std::move(w).take());
}

} // namespace ropewalk::cli
