// Reads of one thread, questions across threads, and what is asked of a node.

#include "runtime/hex.hpp"
#include "transport/command_body.hpp"
#include "transport/cursor.hpp"

namespace ropewalk::transport {
namespace {

using outcome = result<command_variant>;

outcome read(thread::read r) { return command_variant(std::in_place_type<thread::read>, std::move(r)); }
outcome across(thread::across a) { return command_variant(std::in_place_type<thread::across>, std::move(a)); }

template <node_request R>
outcome of_node(const body_context&) {
  return command_variant(std::in_place_type<node_command>, R);
}

outcome move(const body_context& c) {
  return command_variant(
      std::in_place_type<node_command>,
      move_partition{c.fields.integer_or("partition", 0), c.fields.text("to"), c.fields.flag_or("drain", false)});
}

outcome members(const body_context& c) {
  return command_variant(std::in_place_type<node_command>,
                         change_members{c.fields.integer_or("partition", 0), c.fields.text("change") == "add",
                                        c.fields.text("member"), c.fields.integer_or("guaranteed_peers", 0)});
}

template <class Command>
outcome of_operators(Command what) {
  return command_variant(std::in_place_type<node_command>, std::move(what));
}

outcome quarantine_page(const body_context& c) {
  return of_operators(list_quarantine{c.fields.integer_or("after", 0),
                                      static_cast<std::uint32_t>(c.fields.integer_or("limit", limits::page_default)),
                                      c.fields.flag_or("settled", false)});
}

outcome quarantined(const body_context& c) { return of_operators(get_quarantined{c.fields.integer_or("position", 0)}); }

outcome settle(const body_context& c) {
  return of_operators(settle_quarantined{c.fields.integer_or("position", 0), c.fields.text("as") == "offered",
                                         c.fields.text("reason")});
}

outcome chain(const body_context& c) {
  const std::uint64_t to = c.fields.integer_or("to", 0);
  read_chain what{c.fields.integer_or("partition", 0), c.fields.integer_or("from", to), to,
                  static_cast<std::uint32_t>(c.fields.integer_or("count", 1))};
  if (what.from > to) return invalid("from", "must not be greater than `to`, " + std::to_string(to));
  return of_operators(what);
}

outcome verify_own(const body_context& c) { return of_operators(verify_journal{c.fields.flag_or("start", false)}); }

outcome relearn(const body_context& c) {
  relearn_partition what{c.fields.integer_or("partition", 0), c.fields.integer_or("from", 0), std::nullopt};
  if (c.fields.has("hash") && !from_hex(c.fields.text("hash"), what.hash.emplace()))
    return invalid("hash", "must be 64 lower-case hexadecimal digits");
  return of_operators(what);
}

outcome fault(const body_context& c) {
  return command_variant(std::in_place_type<arm_failpoints>, arm_failpoints{c.fields.text("points")});
}

outcome get(const body_context&) { return read(thread::get{}); }

outcome read_messages(const body_context& c) {
  const auto limit = static_cast<std::uint32_t>(c.fields.integer_or("limit", limits::page_default));
  if (c.fields.has("cursor")) {
    auto next = decode_messages_cursor(c.fields.text("cursor"));
    if (!next) return next.error();
    next->limit = limit;
    return read(*std::move(next));
  }
  thread::read_messages r;
  r.limit = limit;
  r.offset = c.fields.integer_or("offset", 0);
  r.before_seq = c.fields.integer("before_seq");
  r.after_seq = c.fields.integer("after_seq");
  r.reverse = c.fields.flag_or("reverse", false);
  return read(std::move(r));
}

outcome read_window(const body_context& c) {
  thread::read_window r;
  r.budget = {c.fields.integer_or("max_messages", 0), c.fields.integer_or("max_tokens", 0)};
  const std::string shape = c.fields.text("shape");
  if (shape == "langchain") r.shape = thread::window_shape::langchain;
  if (shape == "native") r.shape = thread::window_shape::native;
  return read(std::move(r));
}

outcome export_messages(const body_context& c) {
  thread::export_messages r;
  const std::string format = c.fields.text("format");
  if (format == "openai") r.format = thread::export_format::openai;
  if (format == "markdown") r.format = thread::export_format::markdown;
  if (format == "csv") r.format = thread::export_format::csv;
  if (c.fields.has("cursor")) {
    const auto from = decode_export_cursor(c.fields.text("cursor"));
    if (!from) return from.error();
    if (!format.empty() && from->format != r.format)
      return invalid("cursor", "must come from an export of the same format");
    r.format = from->format;
    r.after_seq = from->last_seq;
    r.cut_seq = from->cut_seq;
    r.cut_offset = from->offset;
    r.cut_hash = from->hash;
  }
  return read(std::move(r));
}

outcome take_snapshot(const body_context&) { return read(thread::take_snapshot{}); }

// Its shape is checked by the table; what is left is that hexadecimal digits are.
result<digest> digest_of(const body_fields& fields, std::string_view name) {
  digest d{};
  if (from_hex(fields.text(name), d)) return d;
  return invalid("snapshot." + std::string(name), "must be 64 lower-case hexadecimal digits");
}

outcome verify(const body_context& c) {
  const auto given = c.fields.inner("snapshot");
  if (!given) return read(thread::verify{});
  const auto content = digest_of(*given, "digest"), hash = digest_of(*given, "hash"),
             signature = digest_of(*given, "signature");
  for (const auto* d : {&content, &hash, &signature})
    if (!*d) return d->error();
  thread::thread_snapshot s;
  s.cluster = given->text("cluster");
  s.org = given->text("org");
  s.thread = given->text("thread");
  s.version = given->integer_or("version", 0);
  s.messages = given->integer_or("messages", 0);
  s.content = *content;
  s.partition = partition_id{static_cast<std::uint16_t>(given->integer_or("partition", 0))};
  s.index = given->integer_or("index", 0);
  s.hash = *hash;
  s.time = given->time("time").value_or(instant{});
  s.key = given->text("key");
  s.signature = *signature;
  return read(thread::verify{std::move(s)});
}

thread::filter filter_of(const body_fields& fields) {
  return {fields.optional_text("user"), fields.optional_text("agent"), fields.optional_text("tag"),
          fields.optional_text("status"), fields.time("updated_since")};
}

outcome list(const body_context& c) {
  return across(thread::list{filter_of(c.fields),
                             static_cast<std::uint32_t>(c.fields.integer_or("limit", limits::page_default)),
                             c.fields.optional_text("cursor")});
}

outcome count(const body_context& c) { return across(thread::count{filter_of(c.fields)}); }

outcome search(const body_context& c) {
  thread::search q;
  q.query = c.fields.text("query");
  q.role = c.fields.optional_text("role");
  q.sender = c.fields.optional_text("sender");
  q.name = c.fields.optional_text("name");
  q.thread = c.fields.optional_text("thread");
  q.user = c.fields.optional_text("user");
  q.tag = c.fields.optional_text("tag");
  q.since = c.fields.time("since");
  q.until = c.fields.time("until");
  q.limit = static_cast<std::uint32_t>(c.fields.integer_or("limit", q.limit));
  q.cursor = c.fields.optional_text("cursor");
  return across(std::move(q));
}

constexpr named_command_body table[] = {
    {noun::thread, "get", get},
    {noun::thread, "messages", read_messages},
    {noun::thread, "window", read_window},
    {noun::thread, "export", export_messages},
    {noun::thread, "snapshot", take_snapshot},
    {noun::thread, "verify", verify},
    {noun::threads, "list", list},
    {noun::threads, "count", count},
    {noun::threads, "search", search},
    {noun::node, "health", of_node<node_request::health>},
    {noun::node, "status", of_node<node_request::status>},
    {noun::node, "refused_checkpoints", of_node<node_request::refused_checkpoints>},
    {noun::node, "rebuild_views", of_node<node_request::rebuild_views>},
    {noun::node, "partitions", of_node<node_request::partitions>},
    {noun::node, "rest", of_node<node_request::rest>},
    {noun::node, "move", move},
    {noun::node, "change_members", members},
    {noun::node, "quarantine", quarantine_page},
    {noun::node, "quarantine_get", quarantined},
    {noun::node, "quarantine_settle", settle},
    {noun::node, "chain", chain},
    {noun::node, "verify", verify_own},
    {noun::node, "relearn", relearn},
    {noun::node, "fault", fault},
};

} // namespace

std::span<const named_command_body> read_bodies() noexcept { return table; }

} // namespace ropewalk::transport
