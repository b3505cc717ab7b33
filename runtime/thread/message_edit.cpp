#include "runtime/thread/message_edit.hpp"

#include "runtime/json_fields.hpp"
#include "runtime/thread/message_fields.hpp"

namespace ropewalk::thread {

result<edited_message> edit_message(std::string_view stored_json, const edit& change, instant now) {
  const auto doc = json_document::parse(stored_json, record_limits);
  if (!doc) return error{errc::corrupt, "corrupt_record", "a stored message is not JSON: " + doc.error().detail, {}};
  const json_view stored = doc->root();
  record_reader r{stored};
  message_identity identity{r.text("id"), r.number("seq"), static_cast<std::uint32_t>(r.number("revision")), {}, now};
  const auto author = parse_role(r.text("role"));
  const auto created = parse_rfc3339(r.text("created_at"));
  if (!author) r.fail("role");
  if (!created) r.fail("created_at");
  if (r.failed()) return r.error();
  identity.created_at = *created;
  if (change.expected_revision && *change.expected_revision != identity.revision)
    return error{errc::conflict, "revision_mismatch",
                 "expected_revision is " + std::to_string(*change.expected_revision) + ", the message's revision is " +
                     std::to_string(identity.revision),
                 "expected_revision"};
  ++identity.revision;

  const auto text = [&](std::string_view name) -> std::optional<std::string> {
    const auto v = stored.find(name);
    return v && v->is(json_type::string) ? std::optional(v->string()) : std::nullopt;
  };
  const auto json = [&](std::string_view name) -> std::optional<std::string> {
    const auto v = stored.find(name);
    return v ? std::optional(std::string(v->raw())) : std::nullopt;
  };
  message_draft draft;
  draft.author = *author;
  draft.sender = text("sender");
  draft.name = change.name ? change.name : text("name");
  if (draft.name && draft.name->empty()) draft.name.reset();
  draft.content_json = change.content_json ? *change.content_json : json("content").value_or("null");
  draft.tool_calls_json = change.tool_calls_json ? change.tool_calls_json : json("tool_calls");
  draft.tool_call_id = text("tool_call_id");
  draft.metadata_json = change.metadata_json ? change.metadata_json : json("metadata");
  if (change.tokens) {
    draft.tokens = *change.tokens;
    draft.tokens_estimated = false;
  } else if (change.content_json || change.tool_calls_json) {
    draft.tokens = estimate_message_tokens(draft.content_json, draft.tool_calls_json.value_or(""));
  } else {
    draft.tokens = static_cast<std::uint32_t>(r.number("tokens"));
    draft.tokens_estimated = stored.find("tokens_estimated").has_value();
  }
  std::string message = render_message(identity, draft);
  // The whole must be a message that could have been appended: role, parts, calls and sizes together.
  const auto whole = json_document::parse(message, record_limits);
  if (!whole) return error{errc::internal, {}, "an edited message is not JSON: " + whole.error().detail, {}};
  if (auto fine = decode_message(whole->root(), "", unknown_fields::allow_archived); !fine) return fine.error();
  return edited_message{identity.seq, std::move(message)};
}

} // namespace ropewalk::thread
