#include "cli/workflow/whole_state.hpp"

#include <fmt/format.h>

#include "cli/reply_fields.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"

namespace ropewalk::cli {
namespace {

// The reply's own fields, the state where they say that it is left out.
result<reply_document> filled_in(json_view reply, std::string_view state) {
  json_writer w;
  w.begin_object();
  for (const json_member m : reply.members()) {
    if (m.key == "state_left_out") w.raw_field("state", state);
    else if (m.key != "state_bytes") w.raw_field(m.key, m.value.raw());
  }
  w.end_object();
  return reply_document::parse(std::move(w).take());
}

} // namespace

result<reply_document> whole_state(session& s, const std::string& id, const std::string& where) {
  auto reply = s.ask_exact_workflow(id, "state", "{" + where + "}");
  if (reply || reply.error().type != "reply_too_large") return reply;
  std::string state;
  for (;;) {
    const auto piece =
        s.ask_exact_workflow(id, "state", fmt::format(R"({{{},"offset":{}}})", where, state.size()));
    if (!piece) return piece.error();
    const std::string data = piece->text("data");
    if (data.empty() || state.size() + data.size() > limits::workflow_state_bytes)
      return error{errc::internal, "bad_reply", "the reply has no piece of a state", {}};
    state += data;
    if (piece->root().find("next_offset")) continue;
    json_writer w;
    w.begin_object().field("version", piece->number("version")).field("time", piece->text("time"));
    w.field("status", piece->text("status")).raw_field("state", state).end_object();
    return reply_document::parse(std::move(w).take());
  }
}

result<reply_document> with_whole_state(session& s, const std::string& id, reply_document reply) {
  if (!reply.root().find("state_left_out")) return reply;
  const auto w = reply.root().find("workflow");
  const std::int64_t version = w ? reply_document::number_of(*w, "version") : reply.number("version");
  const auto found = whole_state(s, id, fmt::format(R"("at":{})", version));
  if (!found) return found.error();
  const auto state = found->root().find("state");
  if (!state) return error{errc::internal, "bad_reply", "the reply has no state", {}};
  return filled_in(reply.root(), state->raw());
}

} // namespace ropewalk::cli
