#include "runtime/replication/configuration.hpp"

#include <algorithm>
#include <set>

#include "runtime/json_text.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::replication {

bool voters::has(const member_name& who) const { return std::find(names.begin(), names.end(), who) != names.end(); }

std::size_t voters::promises() const { return std::max(names.size() - guaranteed_peers, names.size() / 2 + 1); }

std::vector<member_name> configuration::all() const {
  std::vector<member_name> found = now.names;
  if (next)
    for (const member_name& who : next->names)
      if (!now.has(who)) found.push_back(who);
  return found;
}

bool names_members(const entry& e) noexcept {
  return e.entity.kind == entity_kind::partition && e.event.type == "members";
}

entity_key members_entity(partition_id p) {
  return {"", entity_kind::partition, "p" + std::to_string(p.value) + ".members"};
}

namespace {

void put_voters(json_writer& out, const voters& v) {
  out.key("members").begin_array();
  for (const member_name& who : v.names) out.value(who);
  out.end_array().field("guaranteed_peers", v.guaranteed_peers);
}

bool take_voters(json_view object, voters& v) {
  if (!object.is(json_type::object)) return false;
  const auto names = object.find("members"), peers = object.find("guaranteed_peers");
  if (!names || !names->is(json_type::array) || !peers) return false;
  for (const json_view who : names->elements()) {
    if (!who.is(json_type::string) || v.names.size() == members_max) return false;
    v.names.push_back(who.string());
  }
  const auto n = peers->integer();
  if (!n || *n < 0 || *n >= static_cast<std::int64_t>(members_max)) return false;
  v.guaranteed_peers = static_cast<std::uint32_t>(*n);
  return well_formed(v);
}

bool is_member_name(const member_name& who) {
  return !who.empty() && who.size() <= member_name_bytes && std::all_of(who.begin(), who.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

} // namespace

bool well_formed(const voters& v) {
  if (v.names.empty() || v.names.size() > members_max || v.guaranteed_peers >= v.names.size()) return false;
  return std::all_of(v.names.begin(), v.names.end(), is_member_name) &&
         std::set<member_name>(v.names.begin(), v.names.end()).size() == v.names.size();
}

std::string members_body(const configuration& c) {
  json_writer out;
  out.begin_object().field("level", c.level);
  put_voters(out, c.now);
  if (c.next) {
    out.key("next").begin_object();
    put_voters(out, *c.next);
    out.end_object();
  }
  out.end_object();
  return std::move(out).take();
}

result<configuration> read_members(const entry& e, std::uint32_t known) {
  const error malformed{errc::corrupt, "malformed_members",
                        "entry " + std::to_string(e.index) + " does not say who the members of the partition are", {}};
  const auto doc = json_document::parse(e.event.body, {.max_bytes = 64 << 10});
  configuration c;
  c.index = e.index;
  c.version = e.event.version;
  if (!doc) return malformed;
  const auto given = doc->root().find("level");
  const auto level = given ? given->integer() : std::nullopt;
  if (!level || *level < 1 || *level > INT32_MAX) return malformed;
  c.level = static_cast<std::uint32_t>(*level);
  if (c.level > known) return c;
  if (!take_voters(doc->root(), c.now)) return malformed;
  if (const auto next = doc->root().find("next"))
    if (!take_voters(*next, c.next.emplace())) return malformed;
  return c;
}

voters wished(const voters& now, const members_change& c) {
  voters then = now;
  if (c.add && !now.has(c.who)) then.names.push_back(c.who);
  if (!c.add) std::erase(then.names, c.who);
  const auto half = [](const voters& v) { return static_cast<std::uint32_t>(v.names.size() / 2); };
  if (c.guaranteed_peers) then.guaranteed_peers = *c.guaranteed_peers;
  else if (now.guaranteed_peers == half(now)) then.guaranteed_peers = half(then);
  else if (!then.names.empty())
    then.guaranteed_peers = std::min(now.guaranteed_peers, static_cast<std::uint32_t>(then.names.size() - 1));
  return then;
}

} // namespace ropewalk::replication
