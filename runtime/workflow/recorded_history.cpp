#include "runtime/workflow/recorded_history.hpp"

#include <algorithm>

#include "runtime/json_text.hpp"
#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "runtime/workflow/lines.hpp"

namespace ropewalk::workflow {
namespace {

constexpr json_limits document_limits{
    .max_bytes = limits::history_bytes, .max_depth = 84, .max_values = limits::history_values};

std::string place_of(std::size_t event, std::string_view field = {}) {
  const std::string at = "events[" + std::to_string(event) + "]";
  return field.empty() ? at : at + '.' + std::string(field);
}

// The document's own fields; what an event has beside these is its body.
constexpr std::string_view version_field = "version", type_field = "type", time_field = "time",
                           key_field = "idempotency_key";

struct history_document {
  json_view root;

  result<std::string> name(std::string_view field) const {
    const auto v = root.find(field);
    if (!v || !v->is(json_type::string) || v->string_bytes() == 0 || v->string_bytes() > limits::id_bytes)
      return invalid(std::string(field), "must be a string of 1 to " + std::to_string(limits::id_bytes) + " bytes");
    return v->string();
  }
  status_result only_known_fields() const {
    constexpr std::string_view known[] = {"format", "org", "workflow", "events", "version"};
    for (const json_member m : root.members())
      if (std::find(std::begin(known), std::end(known), m.key) == std::end(known))
        return invalid(m.key, "is not a field of a recorded history");
    return ok();
  }
};

// A record's own words name a field; here it has a place as well.
error misread(std::size_t event, const entry_draft& e, const error& why) {
  if (why.type == "unknown_event") return invalid(place_of(event, type_field), why.detail);
  return invalid(place_of(event, why.field), "of a \"" + e.type + "\" event: " + why.detail);
}

// Fields that no event of this type has would be passed over.
status_result only_fields_of(const event& what, json_view body, std::size_t at) {
  const std::string written = body_of(what);
  const auto known = json_document::parse(written, document_limits);
  if (!known) return known.error();
  for (const json_member m : body.members())
    if (!known->root().find(m.key))
      return invalid(place_of(at, m.key), "is not a field of a \"" + std::string(type_of(what)) + "\" event");
  return ok();
}

// A snapshot's runs and lines name each other, which nodes' own disks are trusted with and a file is not. A run is begun
// after the one that its line belongs to: so nothing lies within itself.
bool holds_together(const instance& base) {
  if (!base.definition || !base.value || !base.value->is_object()) return false;
  for (const auto& [number, r] : base.runs) {
    const phase* p = find_phase(base.definition->read, r.phase);
    const bool runs = is_open(r.status) && r.compensates == 0;
    if (r.number != number || number == 0 || number >= base.next_run || !p) return false;
    if (runs && !base.lines.contains(r.line)) return false;
    if (r.gathers && !gathers_lines(p->does.kind)) return false;
    if (runs && r.status == run_status::scheduled && gathers_lines(p->does.kind) && !r.gathers) return false;
    if (r.gathers && r.gathers->items && !r.gathers->items->is_array()) return false;
  }
  for (const auto& [number, l] : base.lines) {
    const auto current = base.runs.find(l.current), parent = base.runs.find(l.parent);
    if (l.number != number || number >= base.next_line) return false;
    const bool begun = current != base.runs.end() && current->second.line == number && current->second.compensates == 0;
    if (l.current != 0 && (!begun || l.current <= l.parent)) return false;
    if (number == 0) {
      if (l.parent != 0 || l.index) return false;
      continue;
    }
    if (parent == base.runs.end() || !parent->second.gathers || parent->second.compensates != 0) return false;
    const phase& around = *find_phase(base.definition->read, parent->second.phase);
    if (around.does.kind == phase_kind::map) {
      const shared_json& items = parent->second.gathers->items;
      if (!l.index || !items || *l.index >= items->size()) return false;
    } else if (l.index || std::none_of(around.branches.begin(), around.branches.end(),
                                       [&name = l.branch](const branch& b) { return b.name == name; }))
      return false;
  }
  return true;
}

status_result check_base(const event& first) {
  const auto& s = std::get<started>(first);
  if (!s.branched_from) return ok();
  const auto base = decode_state(s.base);
  if (!base) return invalid("events[0].branched_from.state", base.error().detail);
  if (!holds_together(*base)) return invalid("events[0].branched_from.state", "is no state that an instance can be in");
  return ok();
}

result<entry_draft> read_event(json_view v, std::size_t at) {
  if (!v.is(json_type::object)) return invalid(place_of(at), "must be an object, not " + std::string(name(v.type())));
  entry_draft e;
  json_writer body;
  body.begin_object();
  for (const json_member m : v.members()) {
    const bool text = m.value.is(json_type::string);
    if (m.key == "fields_left_out")
      return invalid(place_of(at, m.key),
                     "the event came without its fields; read the history with `ropewalk workflow history -o json`");
    if (m.key == version_field)
      e.version = static_cast<std::uint64_t>(std::max<std::int64_t>(0, m.value.integer().value_or(0)));
    else if (m.key == type_field && text) e.type = m.value.string();
    else if (m.key == time_field && text) {
      const auto time = parse_rfc3339(m.value.string());
      if (!time) return invalid(place_of(at, time_field), time.error().detail);
      e.time = *time;
    } else if (m.key == key_field) {
      if (!text || m.value.string_bytes() == 0 || m.value.string_bytes() > limits::idempotency_key_bytes)
        return invalid(place_of(at, key_field),
                       "must be a string of 1 to " + std::to_string(limits::idempotency_key_bytes) + " bytes");
      e.idempotency = idempotency_record{m.value.string(), {}, 1};
    } else if (m.key == type_field || m.key == time_field) return invalid(place_of(at, m.key), "must be a string");
    else body.raw_field(m.key, m.value.compact());
  }
  if (e.version != at + 1)
    return invalid(place_of(at, version_field),
                   "must be " + std::to_string(at + 1) + ": a history has every event, from the start on");
  if (e.type.empty()) return invalid(place_of(at, type_field), "must be given");
  if (!v.find(time_field)) return invalid(place_of(at, time_field), "must be given");
  body.end_object();
  e.body = std::move(body).take();
  const auto what = decode_event(e.type, e.body);
  if (!what) return misread(at, e, what.error());
  if ((at == 0) != std::holds_alternative<started>(*what))
    return invalid(place_of(at, type_field), "must be \"started\" in the first event, and in no other");
  if (at == 0)
    if (auto fine = check_base(*what); !fine) return fine.error();
  const auto own = json_document::parse(e.body, document_limits);
  if (!own) return own.error();
  if (auto fine = only_fields_of(*what, own->root(), at); !fine) return fine.error();
  return e;
}

// The start with another definition in it.
result<entry_draft> started_with(const entry_draft& first, std::string_view definition) {
  auto read = parse_definition(definition);
  if (!read) return read.error();
  auto what = decode_event(first.type, first.body);
  if (!what) return what.error();
  auto& s = std::get<started>(*what);
  if (read->name != s.definition->read.name)
    return invalid("definition", "is called \"" + read->name + "\"; the history is of an instance of \"" +
                                     s.definition->read.name + '"');
  if (s.branched_from)
    return invalid("definition",
                   "the history is of a branch, which goes on from what its own definition made of another "
                   "instance; leave the definition out");
  const auto document = parse_json(definition, document_limits);
  if (!document) return document.error();
  json_value unnumbered = *document;
  unnumbered.erase("version");
  auto pinned = pin_definition(unnumbered, s.definition->read.version);
  if (!pinned) return pinned.error();
  s.definition = *std::move(pinned);
  entry_draft changed = first;
  changed.body = body_of(*what);
  return changed;
}

} // namespace

std::string history_event(const entry_draft& e) {
  json_writer out;
  out.begin_object().field(version_field, e.version).field(type_field, e.type).field(time_field, e.time);
  if (e.idempotency) out.field(key_field, e.idempotency->key);
  std::string text = std::move(out).take();
  if (e.body.size() > 2) text.append(",").append(e.body, 1, e.body.size() - 2);
  return text + '}';
}

result<recorded_history> load_history(std::string_view text) {
  const auto document = json_document::parse(text, document_limits);
  if (!document) return document.error();
  const history_document d{document->root()};
  if (!d.root.is(json_type::object)) return invalid({}, "must be an object, not " + std::string(name(d.root.type())));
  if (const auto format = d.root.find("format"); !format || format->integer() != history_format)
    return invalid("format",
                   "must be " + std::to_string(history_format) + ": `ropewalk workflow history -o json` writes it");
  if (auto fine = d.only_known_fields(); !fine) return fine.error();
  const auto org = d.name("org"), workflow = d.name("workflow");
  if (!org) return org.error();
  if (!workflow) return workflow.error();
  recorded_history h{{*org, entity_kind::workflow, *workflow}, {}};
  const auto events = d.root.find("events");
  if (!events || !events->is(json_type::array) || events->size() == 0)
    return invalid("events", "must be an array of at least one event");
  h.events.reserve(events->size());
  for (const json_view v : events->elements()) {
    auto e = read_event(v, h.events.size());
    if (!e) return e.error();
    if (!h.events.empty() && e->time < h.events.back().time)
      return invalid(place_of(h.events.size(), time_field), "must not be before the time of the event before it");
    h.events.push_back(*std::move(e));
  }
  if (const auto version = d.root.find("version");
      version && version->integer() != static_cast<std::int64_t>(h.events.size()))
    return invalid("version", "must be the last event's; events are missing at the end");
  return h;
}

result<replay_report> replay_history(const recorded_history& h, std::string_view definition) {
  if (h.events.empty()) return invalid("events", "must be an array of at least one event");
  replayer r(h.who, {});
  for (std::size_t i = 0; i < h.events.size(); ++i) {
    const bool other = i == 0 && !definition.empty();
    const auto e = other ? started_with(h.events[0], definition) : result<entry_draft>(h.events[i]);
    if (!e) return e.error();
    if (auto fine = r.take(*e); !fine) return invalid(place_of(i), fine.error().detail);
  }
  auto report = r.finish();
  if (!report) return invalid(place_of(h.events.size() - 1), report.error().detail);
  return report;
}

} // namespace ropewalk::workflow
