// ropewalk workflow lineage: the whole family of an instance. Up to the one that comes from no other, and from there down
// to every child and branch.

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/request_options.hpp"
#include "cli/workflow/lineage_tree.hpp"
#include "cli/workflow/verbs.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::size_t most_instances = 200; // each is two requests
constexpr std::size_t most_levels = 30;     // JSON's depth is bounded too

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
    if (!w) return error{errc::internal, "bad_reply", "the reply has no workflow", {}};
    above_.clear();
    for (const char* way : {"parent", "branched_from"})
      if (const auto from = w->find(way)) {
        above_ = reply_document::text_of(*from, "workflow");
        origin_ = origin_of(way, *from);
        break;
      }
    return node_of(*w, std::move(origin));
  }

  static std::string origin_of(std::string_view way, json_view from) {
    return way == "parent" ? fmt::format("child of run {}", reply_document::number_of(from, "run"))
                           : fmt::format("branched at version {}", reply_document::number_of(from, "version"));
  }

  static lineage_node node_of(json_view w, std::string origin) {
    std::string definition;
    if (const auto d = w.find("definition"))
      definition =
          fmt::format("{} version {}", reply_document::text_of(*d, "name"), reply_document::number_of(*d, "version"));
    return {reply_document::text_of(w, "id"),
            std::move(definition),
            reply_document::text_of(w, "status"),
            std::move(origin),
            false,
            {}};
  }

  // All that is below the node.
  status_result fill(lineage_node& node, std::size_t level) {
    seen_.insert(node.id);
    if (level >= most_levels) return count_below(node.id);
    for (const char* way : {"parent", "branched_from"})
      if (auto added = add_below(node, way); !added) return added;
    add_the_way(node);
    for (lineage_node& b : node.below)
      if (auto filled = fill(b, level + 1); !filled) return filled;
    return ok();
  }

  // The node's children, or its branches, in the order in which it had them.
  status_result add_below(lineage_node& node, const char* way) {
    const std::size_t room = most_instances - std::min(most_instances, seen_.size() + node.below.size());
    if (room == 0) return count(node.id, way, 0);
    const auto reply = s_.ask_workflows("list", asked(way, node.id, room));
    if (!reply) return reply.error();
    const auto listed = reply->root().find("workflows");
    if (!listed) return error{errc::internal, "bad_reply", "the reply has no workflows", {}};
    std::vector<std::pair<std::int64_t, lineage_node>> found;
    for (const json_view w : listed->elements()) {
      const auto from = w.find(way);
      if (!from || seen_.contains(reply_document::text_of(w, "id"))) continue;
      const auto where = reply_document::number_of(*from, way == std::string_view("parent") ? "run" : "version");
      found.emplace_back(where, node_of(w, origin_of(way, *from)));
      found.back().second.asked_for = found.back().second.id == way_up_.front().id;
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
      return std::tie(a.first, a.second.id) < std::tie(b.first, b.second.id);
    });
    for (auto& [where, below] : found) node.below.push_back(std::move(below));
    return reply->text("next_cursor").empty() ? ok() : count(node.id, way, listed->size());
  }

  // The instance that was asked for is shown, however many siblings leave no room for it.
  void add_the_way(lineage_node& node) {
    const auto on_the_way =
        std::find_if(way_up_.begin(), way_up_.end(), [&](const auto& n) { return n.id == node.id; });
    if (on_the_way == way_up_.end() || on_the_way == way_up_.begin()) return;
    const lineage_node& next = *std::prev(on_the_way);
    const bool listed =
        std::any_of(node.below.begin(), node.below.end(), [&](const lineage_node& n) { return n.id == next.id; });
    if (listed) return;
    node.below.push_back(next);
    if (left_out_ > 0) --left_out_;
  }

  status_result count_below(const std::string& id) {
    for (const char* way : {"parent", "branched_from"})
      if (auto counted = count(id, way, 0); !counted) return counted;
    return ok();
  }
  status_result count(const std::string& id, const char* way, std::size_t shown) {
    const auto reply = s_.ask_workflows("count", asked(way, id, 0));
    if (!reply) return reply.error();
    const auto all = static_cast<std::size_t>(reply_document::number_of(reply->root(), "count"));
    left_out_ += all - std::min(all, shown);
    return ok();
  }

  static std::string asked(const char* way, const std::string& id, std::size_t limit) {
    json_writer w;
    w.begin_object().field(way, id);
    if (limit > 0) w.field("limit", std::uint64_t{limit});
    w.end_object();
    return std::move(w).take();
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
                                               .end_object()
                                               .text());
    if (!doc) return doc.error();
    s.out().record(doc->root(), {});
  }
  if (all.left_out() > 0) s.note(counted(all.left_out(), "more instance") + " not shown");
  return exit_code::ok;
}

} // namespace

void add_workflow_lineage(command_line& line, CLI::App& workflow) {
  auto id = std::make_shared<std::string>();
  CLI::App& verb =
      line.verb(workflow, {.name = "lineage",
                           .summary = "Where an instance comes from and what came of it, as a tree",
                           .details = "Up to the instance that comes from no other, by parents and by those that were\n"
                                      "branched from, and down from there to all children and branches.",
                           .example = "ropewalk workflow lineage order-7-b"});
  add_workflow_id(verb, *id);
  line.on(verb, [id](session& s) { return run_workflow_lineage(s, *id); });
}

} // namespace ropewalk::cli
