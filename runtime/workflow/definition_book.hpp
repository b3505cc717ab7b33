#pragma once
// All versions of one definition: an entity of kind `definition` whose id is the definition's name. The same
// document as the newest one again changes nothing; versions only grow and may leave gaps.
//
//   result<decision> d = decide(key, state, define, around, keyed);
//   for (e : d->events) apply_drafted(state, e, ...);
//
// Events; names and body fields are frozen, bodies are compact JSON:
//
//   defined {"version","document":{…}}      the document carries its version
//   noted   {"reply":{…}}                   the answer of a keyed command that changed nothing

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/command.hpp"
#include "runtime/entry.hpp"
#include "runtime/idempotency_window.hpp"
#include "runtime/result.hpp"
#include "runtime/workflow/queries.hpp"

namespace ropewalk::workflow::book {

struct defined {
  std::uint32_t version = 0;
  std::string document; // compact, with its version
};
struct noted {
  std::string reply;
};
using event = std::variant<defined, noted>;

std::string_view type_of(const event& e) noexcept;
std::string body_of(const event& e);
// errc::corrupt for an unknown type or a body that does not have its fields.
result<event> decode_event(std::string_view type, std::string_view body);

struct recorded_definition {
  std::uint32_t version = 0;
  instant created_at;
  std::string document;
};

struct book_state {
  std::vector<recorded_definition> versions; // newest last
  std::uint64_t document_bytes = 0;
  std::uint64_t version = 0; // events folded
  instant recorded_at;       // of the last event: recorded time never goes back
  idempotency_window keys;
};

// That version, or the newest; nullptr if there is none.
const recorded_definition* find(const book_state& state, std::optional<std::uint32_t> version) noexcept;

// The only mutation. The event must fit.
void apply(book_state& state, const event& e, instant time);
// Whether a recorded event can come next: errc::corrupt if its version is not above the newest.
status_result fits(const book_state& state, const event& e);
// One entry as the journal holds it: the event, its version and time, and its idempotency record.
status_result apply_entry(book_state& state, const entry_draft& draft);
void apply_drafted(book_state& state, const event& e, const entry_draft& draft);

// Snapshots: format 1, JSON; frozen.
std::string encode_state(const book_state& state);
result<book_state> decode_state(std::string_view bytes);

struct decision {
  std::vector<event> events; // empty: nothing changes
  std::string reply;         // {"name","version","created"}, without the receipt
};
// conflict "definition_exists": that version has another document. limit: no room for another version.
result<decision> decide(const entity_key& who, const book_state& state, const define& c, const surroundings& around,
                        bool keyed);
// The answer of a keyed command from the events it made: the same bytes as the first time.
result<std::string> recorded_reply(const entity_key& who, const std::vector<event>& events);

// The definition object of the wire: {"name","version","description"?,"phases","created_at","document"?}.
// errc::corrupt if the document is no JSON object.
result<std::string> render_definition(std::string_view name, const recorded_definition& d, bool with_document);
// {"definition":{…}} with its document; not_found "definition_not_found".
result<std::string> read_reply(const entity_key& who, const book_state& state, const get_definition& x);
// For whoever looks a definition up and finds none.
error definition_not_found(std::string_view name, std::optional<std::uint32_t> version);

} // namespace ropewalk::workflow::book
