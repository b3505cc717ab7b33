// ropewalk quarantine list

#include <fmt/format.h>

#include "cli/duration_text.hpp"
#include "cli/node/which_node.hpp"
#include "cli/option.hpp"
#include "cli/quarantine/verbs.hpp"
#include "cli/reply_fields.hpp"
#include "cli/usage.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::cli {
namespace {

struct quarantine_list_options {
  std::string node;
  bool all = false;
  std::uint64_t limit = 50, after = 0;
};

const std::vector<column>& quarantine_columns() {
  static const std::vector<column> columns{
      {.title = "ENTRY"},
      {.title = "STATE"},
      {.title = "PROMISED"},
      {.title = "REACHED"},
      {.title = "PARTITION", .right = true},
      {.title = "INDEX", .right = true},
      {.title = "EPOCH", .right = true},
      {.title = "OF"},
      {.title = "TYPE"},
      {.title = "VERSION", .right = true, .wide_only = true},
      {.title = "BYTES", .right = true, .wide_only = true},
      {.title = "WRITTEN", .wide_only = true},
      {.title = "CUT OFF"},
      {.title = "REASON", .stretch = true},
  };
  return columns;
}

// What was promised more than `local` must not be here as long as the promise holds.
cell promised_cell(json_view e) {
  const std::string promised = text_of(e, "promised");
  if (promised.empty()) return {"unknown", colour::red};
  return {promised, promised == "local" ? colour::none : colour::red};
}

row quarantine_row(json_view e) {
  const std::string state = text_of(e, "state");
  return {{text_of(e, "entry")},
          {state, state == "open" ? colour::red : colour::none},
          promised_cell(e),
          {text_of(e, "reached")},
          {std::to_string(number_of(e, "partition"))},
          {std::to_string(number_of(e, "index"))},
          {std::to_string(number_of(e, "epoch"))},
          {fmt::format("{} {}/{}", text_of(e, "kind"), text_of(e, "org"), text_of(e, "id"))},
          {text_of(e, "type")},
          {std::to_string(number_of(e, "version"))},
          {std::to_string(number_of(e, "bytes"))},
          {short_time(text_of(e, "written_at"))},
          {short_time(text_of(e, "cut_at"))},
          {text_of(e, "reason")}};
}

// One node's page, each entry with the name by which other verbs take it.
void write_page(json_writer& w, const std::string& node, json_view page) {
  const auto entries = page.find("entries");
  if (!entries || !entries->is(json_type::array)) return;
  for (const json_view e : entries->elements()) {
    w.begin_object().field("entry", fmt::format("{}:{}", node, number_of(e, "position"))).field("node", node);
    for (const json_member& m : e.members()) w.raw_field(m.key, m.value.raw());
    w.end_object();
  }
}

// Of a node that said nothing, nothing is known.
const char* nothing_in(const quarantine_list_options& o, bool all_said) {
  if (!all_said) return "those that answer have no such entry; of the others it is not known";
  return o.all ? "nothing was ever in quarantine" : "nothing is in quarantine";
}

result<exit_code> run_quarantine_list(session& s, const quarantine_list_options& o) {
  if (o.after > 0 && o.node.empty()) return bad_usage("--after", "needs --node: positions are a node's own");
  const auto nodes = chosen_nodes(s, o.node);
  if (!nodes) return nodes.error();
  auto client = s.client();
  if (!client) return client.error();
  json_writer body;
  body.begin_object().field("after", o.after).field("limit", o.limit).field("settled", o.all).end_object();
  json_writer w;
  w.begin_object().key("entries").begin_array();
  std::vector<std::string> more;
  std::vector<std::pair<std::string, error>> failed;
  for (const std::string& node : *nodes) {
    const auto page = (*client)->node(node, "quarantine", body.text());
    if (!page) {
      failed.emplace_back(node, page.error());
      s.note(fmt::format("{} says nothing: {}", node, page.error().detail));
      continue;
    }
    write_page(w, node, page->root());
    if (const auto next = page->number("next_after"); next > 0)
      more.push_back(fmt::format("--node {} --after {}", node, next));
  }
  if (failed.size() == nodes->size()) return failed.front().second;
  w.end_array();
  if (!failed.empty()) {
    w.key("nodes").begin_array();
    for (const auto& [node, why] : failed)
      w.begin_object().field("node", node).field("status", "failed").field("detail", why.detail).end_object();
    w.end_array();
  }
  w.end_object();
  const auto doc = reply_document::parse(std::move(w).take());
  if (!doc) return doc.error();
  s.out().list(doc->root(), "entries", quarantine_columns(), quarantine_row,
               nothing_in(o, failed.empty()));
  for (const std::string& next : more) s.note("there may be more: " + next);
  return failed.empty() ? exit_code::ok : exit_code::unavailable;
}

} // namespace

void add_quarantine_list(command_line& line, CLI::App& quarantine) {
  auto o = std::make_shared<quarantine_list_options>();
  CLI::App& verb = line.verb(
      quarantine,
      {.name = "list",
       .summary = "Entries on the nodes' disks that the cluster went on without",
       .details = "Their owner wrote them and was replaced before enough members had them. See docs/cluster.md.\n"
                  "Exit code 6 if a node does not answer: what it has is not known then.",
       .example = "ropewalk quarantine list\nropewalk quarantine list --all -o wide\n"
                  "ropewalk quarantine list --node n1 --after 71"});
  add_node_name(verb, o->node);
  add_flag(verb, "--all", o->all, "also those that were offered again or discarded");
  add_option(verb, "-n,--limit", o->limit, "most entries of each node").shows_default();
  add_option(verb, "--after", o->after, "only those at later positions of --node");
  line.on(verb, [o](session& s) { return run_quarantine_list(s, *o); });
}

} // namespace ropewalk::cli
