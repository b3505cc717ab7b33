// ropewalk rebuild-views

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "cli/node/which_node.hpp"
#include "cli/option.hpp"
#include "cli/verbs.hpp"
#include "runtime/json_writer.hpp"
#include "storage/data_directory.hpp"

namespace ropewalk::cli {
namespace {

struct rebuild_views_options {
  std::string node, data;
};

// With the node stopped: without its views a node makes them again when it starts.
result<exit_code> offline(session& s, const std::string& data) {
  const auto directory = storage::data_directory::open(data);
  if (!directory) return directory.error();
  if (!std::filesystem::exists(directory->journal_file()))
    return error{errc::not_found, "no_journal", "there is no journal in " + data, "--data"};
  bool removed = false;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code problem;
    removed = std::filesystem::remove(directory->views_file().string() + suffix, problem) || removed;
    if (problem) return error{errc::unavailable, "views_file", "cannot remove the views: " + problem.message(), {}};
  }
  json_writer w;
  w.begin_object().field("data", data).field("removed", removed).end_object();
  const auto doc = reply_document::parse(std::move(w).take());
  if (!doc) return doc.error();
  s.out().sentence(doc->root(), removed ? "removed the views; the node makes them again when it starts"
                                        : "there are no views; the node makes them when it starts");
  return exit_code::ok;
}

result<exit_code> run_rebuild_views(session& s, const rebuild_views_options& o) {
  if (!o.data.empty()) return offline(s, o.data);
  const auto replies = ask_nodes(s, o.node, "rebuild_views");
  if (!replies) return replies.error();
  const bool all = replies->failed.empty();
  s.out().sentence(replies->all.root(), all ? "the views are made again; see the lag: ropewalk status --watch"
                                            : fmt::format("the views are made again, but not those of {}: {}",
                                                          fmt::join(replies->failed, ", "),
                                                          replies->first_failure.detail));
  return all ? exit_code::ok : exit_code_of(replies->first_failure.code);
}

} // namespace

void add_rebuild_views(command_line& line) {
  auto o = std::make_shared<rebuild_views_options>();
  CLI::App& verb = line.verb(
      line.root(), {.name = "rebuild-views",
                    .summary = "Throw lists, search and the like away and make them again from the journal",
                    .details = "On a running node, or with --data on a directory whose node is stopped.",
                    .example = "ropewalk rebuild-views --node n1\nropewalk rebuild-views --data /var/lib/ropewalk"});
  const option node = add_option(verb, "--node", o->node,
                                 "the node's name; default: all, those of a cluster whether they answer or not")
                          .variable("ROPEWALK_NODE");
  add_option(verb, "--data", o->data, "a stopped node's directory").excludes(node);
  line.on(verb, [o](session& s) { return run_rebuild_views(s, *o); });
}

} // namespace ropewalk::cli
