// ropewalk workflow lineage: from an instance up to where it comes from, and down to the children that are in the
// histories. The wire has no way to ask for the branches of an instance: those on the way up are known, others are not.

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/history_pages.hpp"
#include "cli/workflow/lineage_tree.hpp"
#include "cli/workflow/verbs.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::size_t most_instances = 200; // each is at least two requests
constexpr std::size_t most_levels = 30;     // of children; JSON's depth is bounded too

constexpr const char* what_is_missing =
    "branches are shown only on the way up: no verb of the wire lists the branches of an instance";

class family {
public:
  explicit family(session& s) : s_(s) {}

  // Up from the instance to one that comes from no other.
  result<lineage_node> tree_of(const std::string& id) {
    auto node = look(id, {});
    if (!node) return node.error();
    node->asked_for = true;
    lineage_node top = *std::move(node);
    way_up_.push_back(top);
    while (!above_.empty() && way_up_.size() < most_levels) {
      const std::string parent = std::exchange(above_, {});
      const bool again =
          std::any_of(way_up_.begin(), way_up_.end(), [&](const lineage_node& n) { return n.id == parent; });
      if (again) break;
      way_up_.back().origin = std::exchange(origin_, {});
      auto next = look(parent, {});
      if (!next) {
        if (next.error().code != errc::not_found) return next.error();
        way_up_.push_back({parent, {}, {}, {}, false, {}});
        break;
      }
      way_up_.push_back(*std::move(next));
    }
    if (!above_.empty()) ++left_out_;
    lineage_node root = way_up_.back();
    if (auto filled = fill(root, 1); !filled) return filled.error();
    return root;
  }

  std::size_t left_out() const noexcept { return left_out_; }

private:
  // The instance by itself; where it comes from is in above_ and origin_.
  result<lineage_node> look(const std::string& id, std::string origin) {
    const auto reply = s_.ask_exact_workflow(id, "get", R"({"state":false})");
    if (!reply) return reply.error();
    const auto w = reply->root().find("workflow");
    const auto d = w ? w->find("definition") : std::nullopt;
    if (!d) return error{errc::internal, "bad_reply", "the reply has no workflow", {}};
    above_.clear();
    if (const auto parent = w->find("parent")) {
      above_ = reply_document::text_of(*parent, "workflow");
      origin_ = fmt::format("child of run {}", reply_document::number_of(*parent, "run"));
    } else if (const auto from = w->find("branched_from")) {
      above_ = reply_document::text_of(*from, "workflow");
      origin_ = fmt::format("branched at version {}", reply_document::number_of(*from, "version"));
    }
    return lineage_node{
        id,
        fmt::format("{} version {}", reply_document::text_of(*d, "name"), reply_document::number_of(*d, "version")),
        reply_document::text_of(*w, "status"),
        std::move(origin),
        false,
        {}};
  }

  // What is below the node: the next one on the way, and the children of its history.
  status_result fill(lineage_node& node, std::size_t level) {
    seen_.insert(node.id);
    const auto on_the_way =
        std::find_if(way_up_.begin(), way_up_.end(), [&](const auto& n) { return n.id == node.id; });
    if (on_the_way != way_up_.end() && on_the_way != way_up_.begin()) node.below.push_back(*std::prev(on_the_way));
    if (!node.status.empty()) {
      std::vector<std::pair<std::string, std::int64_t>> children;
      const auto read = read_history(s_, node.id, 0, [&](json_view e) {
        if (reply_document::text_of(e, "type") == "child_started")
          children.emplace_back(reply_document::text_of(e, "child"), reply_document::number_of(e, "run"));
        return true;
      });
      if (!read && read.error().type != "history_cut") return read.error();
      for (const auto& [id, run_workflow_lineage] : children) {
        const bool known = std::any_of(node.below.begin(), node.below.end(), [&](const auto& n) { return n.id == id; });
        if (known || seen_.contains(id)) continue;
        if (seen_.size() + node.below.size() >= most_instances || level >= most_levels) {
          ++left_out_;
          continue;
        }
        const std::string origin = fmt::format("child of run {}", run_workflow_lineage);
        auto child = look(id, origin);
        if (!child && child.error().code != errc::not_found) return child.error();
        node.below.push_back(child ? *std::move(child) : lineage_node{id, {}, {}, origin, false, {}});
      }
    }
    for (lineage_node& b : node.below)
      if (auto filled = fill(b, level + 1); !filled) return filled;
    return ok();
  }

  session& s_;
  std::vector<lineage_node> way_up_; // from the one that was asked for
  std::set<std::string> seen_;
  std::string above_, origin_;
  std::size_t left_out_ = 0;
};

result<exit_code> run_workflow_lineage(session& s, const std::string& given) {
  const auto seen = s.ask_workflow(given, "get", R"({"state":false})");
  if (!seen) return seen.error();
  const std::string id = s.place().id;
  family all(s);
  const auto root = all.tree_of(id);
  s.place().id = id;
  if (!root) return root.error();
  if (s.out().for_people()) s.out().text(lineage_text(*root, s.out().style().colour));
  else {
    const auto doc = reply_document::parse(json_writer()
                                               .begin_object()
                                               .field("workflow", id)
                                               .raw_field("lineage", lineage_json(*root))
                                               .field("left_out", std::uint64_t{all.left_out()})
                                               .field("missing", what_is_missing)
                                               .end_object()
                                               .text());
    if (!doc) return doc.error();
    s.out().record(doc->root(), {});
  }
  s.note(what_is_missing);
  if (all.left_out() > 0) s.note(counted(all.left_out(), "more instance") + " not shown");
  return exit_code::ok;
}

} // namespace

void add_workflow_lineage(command_line& line, CLI::App& workflow) {
  auto id = std::make_shared<std::string>();
  CLI::App& verb =
      line.verb(workflow, {.name = "lineage",
                           .summary = "Where an instance comes from and what came of it, as a tree",
                           .details = "Up to its parents and to the instances that it was branched from, down to the\n"
                                      "children of all of these.",
                           .example = "ropewalk workflow lineage order-7-b"});
  add_workflow_id(verb, *id);
  line.on(verb, [id](session& s) { return run_workflow_lineage(s, *id); });
}

} // namespace ropewalk::cli
