#include "runtime/workflow/definition_book.hpp"

#include <algorithm>

#include "runtime/invariant.hpp"
#include "runtime/json_fields.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "runtime/workflow/json_bridge.hpp"

namespace ropewalk::workflow::book {
namespace {

constexpr json_limits document_limits{limits::definition_bytes, limits::json_depth, limits::json_values};
error corrupt(std::string detail, std::string field) {
  return {errc::corrupt, "corrupt_record", std::move(detail), std::move(field)};
}

std::uint32_t version_in(record_reader& r) {
  const std::uint64_t n = r.number("version");
  if (n < 1 || n > limits::definition_version) r.fail("version");
  return static_cast<std::uint32_t>(n);
}

instant instant_in(record_reader& r, std::string_view name) { return {static_cast<std::int64_t>(r.number(name))}; }

std::string reply_of(std::string_view name, std::uint32_t version, bool created) {
  json_writer out;
  out.begin_object().field("name", name).field("version", version).field("created", created).end_object();
  return std::move(out).take();
}

std::string with_version(json_value& document, std::uint32_t version) {
  document["version"] = version;
  return document.dump();
}

std::uint64_t count_phases(const json_value& list) {
  if (!list.is_array()) return 0;
  std::uint64_t count = 0;
  for (const json_value& p : list) {
    ++count;
    if (!p.is_object()) continue;
    if (p.contains("do")) ++count;
    if (const auto branches = p.find("branches"); branches != p.end() && branches->is_object())
      for (const auto& [name, inner] : branches->items()) count += count_phases(inner);
  }
  return count;
}

} // namespace

std::string_view type_of(const event& e) noexcept { return std::holds_alternative<defined>(e) ? "defined" : "noted"; }

std::string body_of(const event& e) {
  json_writer out;
  out.begin_object();
  if (const auto* d = std::get_if<defined>(&e)) out.field("version", d->version).raw_field("document", d->document);
  else out.raw_field("reply", std::get<noted>(e).reply);
  out.end_object();
  return std::move(out).take();
}

result<event> decode_event(std::string_view type, std::string_view body) {
  const auto doc = json_document::parse(body, record_limits);
  if (!doc) return corrupt("an event body is not JSON: " + doc.error().detail, {});
  record_reader r{doc->root()};
  event e;
  if (type == "defined") {
    const std::uint32_t version = version_in(r);
    const auto document = r.of_type("document", json_type::object);
    e = defined{version, document ? std::string(document->raw()) : std::string()};
  } else if (type == "noted") {
    e = noted{r.raw("reply")};
  } else {
    return error{errc::corrupt, "unknown_event", "a definition has no event of type \"" + std::string(type) + '"',
                 "type"};
  }
  if (r.failed()) return r.error();
  return e;
}

const recorded_definition* find(const book_state& state, std::optional<std::uint32_t> version) noexcept {
  if (state.versions.empty()) return nullptr;
  if (!version) return &state.versions.back();
  const auto at = std::lower_bound(state.versions.begin(), state.versions.end(), *version,
                                   [](const recorded_definition& d, std::uint32_t v) { return d.version < v; });
  return at != state.versions.end() && at->version == *version ? &*at : nullptr;
}

void apply(book_state& state, const event& e, instant time) {
  if (const auto* d = std::get_if<defined>(&e)) {
    state.versions.push_back({d->version, time, d->document});
    state.document_bytes += d->document.size();
  }
  ++state.version;
  state.recorded_at = time;
}

status_result fits(const book_state& state, const event& e) {
  const auto* d = std::get_if<defined>(&e);
  if (!d || state.versions.empty() || d->version > state.versions.back().version) return ok();
  return error{errc::corrupt, "misfit",
               "definition version " + std::to_string(d->version) + " comes after " +
                   std::to_string(state.versions.back().version),
               "version"};
}

status_result apply_entry(book_state& state, const entry_draft& draft) {
  if (draft.version != state.version + 1)
    return error{errc::corrupt,
                 "version_gap",
                 "entry of version " + std::to_string(draft.version) + " after version " +
                     std::to_string(state.version),
                 {}};
  const auto e = decode_event(draft.type, draft.body);
  if (!e) return e.error();
  if (auto fine = fits(state, *e); !fine) return fine;
  apply_drafted(state, *e, draft);
  return ok();
}

void apply_drafted(book_state& state, const event& e, const entry_draft& draft) {
  INVARIANT(draft.version == state.version + 1, draft.version, state.version);
  apply(state, e, draft.time);
  if (draft.idempotency) state.keys.record(*draft.idempotency, draft.version, draft.time);
}

std::string encode_state(const book_state& state) {
  json_writer out;
  out.begin_object().field("format", 1).field("version", state.version).field("recorded_us", state.recorded_at.us);
  out.key("versions").begin_array();
  for (const recorded_definition& d : state.versions)
    out.begin_object()
        .field("version", d.version)
        .field("created_us", d.created_at.us)
        .field("document", d.document)
        .end_object();
  out.end_array().key("keys");
  state.keys.encode(out);
  out.end_object();
  return std::move(out).take();
}

result<book_state> decode_state(std::string_view bytes) {
  const auto doc = json_document::parse(bytes, record_limits);
  if (!doc) return corrupt("a snapshot is not JSON: " + doc.error().detail, {});
  record_reader r{doc->root()};
  if (r.number("format") != 1) r.fail("format");
  const auto versions = r.of_type("versions", json_type::array), keys = r.of_type("keys", json_type::array);
  if (r.failed()) return r.error();
  book_state state;
  state.version = r.number("version");
  state.recorded_at = instant_in(r, "recorded_us");
  for (const json_view v : versions->elements()) {
    record_reader row{v};
    const std::uint32_t version = version_in(row);
    const instant created = instant_in(row, "created_us");
    std::string document = row.text("document");
    if (!state.versions.empty() && version <= state.versions.back().version) row.fail("version");
    if (row.failed()) return row.error();
    state.document_bytes += document.size();
    state.versions.push_back({version, created, std::move(document)});
  }
  if (r.failed()) return r.error();
  auto window = idempotency_window::decode(*keys);
  if (!window) return window.error();
  state.keys = *std::move(window);
  return state;
}

result<decision> decide(const entity_key& who, const book_state& state, const define& c, const surroundings&,
                        bool keyed) {
  auto document = parse_json(c.document, document_limits);
  if (!document) return document.error();
  if (!document->is_object()) return invalid("definition", "must be an object");
  if (c.name != who.id) return invalid("definition.name", "is not that of definition \"" + who.id + '"');
  const recorded_definition* newest = find(state, {});
  const auto as_it_is = [&](const recorded_definition& there) {
    decision d;
    d.reply = reply_of(who.id, there.version, false);
    if (keyed) d.events.emplace_back(noted{d.reply});
    return d;
  };
  if (const auto* there = c.version ? find(state, c.version) : newest) {
    if (with_version(*document, there->version) == there->document) return as_it_is(*there);
    if (c.version)
      return error{errc::conflict, "definition_exists",
                   "version " + std::to_string(there->version) + " of definition \"" + who.id +
                       "\" exists with another document; leave the version out to make a new one",
                   "definition.version"};
  }
  const std::uint32_t before = newest ? newest->version : 0;
  if (c.version && *c.version <= before)
    return invalid("definition.version", "must be above the newest version, which is " + std::to_string(before));
  if (!c.version && before >= limits::definition_version)
    return error{errc::limit, {}, "there is no version above " + std::to_string(before), "definition.version"};
  const std::uint32_t version = c.version.value_or(before + 1);
  std::string text = with_version(*document, version);
  if (text.size() > limits::definition_bytes)
    return error{errc::too_large,
                 {},
                 "a definition must be at most " + std::to_string(limits::definition_bytes) +
                     " bytes of compact JSON, its version included",
                 "definition"};
  if (state.versions.size() >= limits::definition_versions)
    return error{errc::limit,
                 {},
                 "a definition has at most " + std::to_string(limits::definition_versions) +
                     " versions; go on under another name",
                 "definition.name"};
  if (state.document_bytes + text.size() > limits::definition_book_bytes)
    return error{errc::limit,
                 {},
                 "all versions of a definition have at most " + std::to_string(limits::definition_book_bytes) +
                     " bytes together; go on under another name",
                 "definition.name"};
  decision d;
  d.events.emplace_back(defined{version, std::move(text)});
  d.reply = reply_of(who.id, version, true);
  return d;
}

result<std::string> recorded_reply(const entity_key& who, const std::vector<event>& events) {
  if (!events.empty()) {
    if (const auto* note = std::get_if<noted>(&events.back())) return note->reply;
    return reply_of(who.id, std::get<defined>(events.back()).version, true);
  }
  return corrupt("a remembered command's answer is not recorded", {});
}

result<std::string> render_definition(std::string_view name, const recorded_definition& d, bool with_document) {
  const auto document = parse_json(d.document, document_limits);
  if (!document || !document->is_object()) return corrupt("a recorded definition is no JSON object", "document");
  json_writer out;
  out.begin_object().field("name", name).field("version", d.version);
  if (const auto text = document->find("description"); text != document->end() && text->is_string())
    out.field("description", text->get_ref<const std::string&>());
  const auto phases = document->find("phases");
  out.field("phases", phases == document->end() ? 0 : count_phases(*phases)).field("created_at", d.created_at);
  if (with_document) out.raw_field("document", d.document);
  out.end_object();
  return std::move(out).take();
}

result<std::string> read_reply(const entity_key& who, const book_state& state, const get_definition& x) {
  const recorded_definition* found = find(state, x.version);
  if (!found) return definition_not_found(who.id, x.version);
  auto shown = render_definition(who.id, *found, true);
  if (!shown) return shown.error();
  return "{\"definition\":" + *shown + '}';
}

error definition_not_found(std::string_view name, std::optional<std::uint32_t> version) {
  return {errc::not_found, "definition_not_found",
          "there is no definition \"" + std::string(name) + '"' +
              (version ? " of version " + std::to_string(*version) : "") + "; define it first",
          "name"};
}

} // namespace ropewalk::workflow::book
