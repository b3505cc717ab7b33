#pragma once
// Workflow instances and definitions as their machines make them, written to a real journal.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/workflow/definition_book.hpp"
#include "tests/runtime/workflow_driver.hpp"
#include "tests/storage/thread_world.hpp"
#include "tests/storage/view_dump.hpp"

namespace ropewalk::tests {

using workflow::json_value;
using workflow::workflow_driver;

// Several instances and definitions, each event in the journal.
struct workflow_world {
  thread_world files; // journal and views
  std::map<std::pair<std::string, std::string>, workflow_driver> instances;
  std::map<std::pair<std::string, std::string>, std::size_t> written;
  std::map<std::pair<std::string, std::string>, workflow::book::book_state> books;
  std::int64_t now_us = 1'800'000'000'000'000;

  workflow_driver& of(const std::string& org, const std::string& id) {
    workflow_driver& w = instances[{org, id}];
    w.who = {org, entity_kind::workflow, id};
    w.now_us = now_us = std::max(now_us + 1000, w.now_us + 1000);
    return w;
  }
  void record(const entity_key& who, const entry_draft& draft) {
    entry e;
    e.partition = partition_of(who, 16);
    e.entity = who;
    e.event = draft;
    std::vector<entry> one;
    one.push_back(std::move(e));
    files.write(std::move(one));
  }
  void save() {
    for (auto& [key, w] : instances) {
      auto& done = written[key];
      std::vector<entry> fresh;
      for (; done < w.recorded.size(); ++done) {
        fresh.emplace_back();
        fresh.back().partition = partition_of(w.who, 16);
        fresh.back().entity = w.who;
        fresh.back().event = w.recorded[done];
      }
      files.write(std::move(fresh));
      now_us = std::max(now_us, w.now_us);
    }
  }
  void begin(const std::string& org, const std::string& id, const json_value& document,
             json_value attributes = json_value::object(), std::optional<workflow::parent_run> parent = {},
             std::uint32_t depth = 0) {
    auto& w = of(org, id);
    auto pinned = workflow::pin_definition(document, document.value("version", 1u));
    REQUIRE(pinned);
    w.definitions[(*pinned)->read.name] = *pinned;
    workflow::start s;
    s.definition = (*pinned)->read.name;
    s.attributes = std::move(attributes);
    s.parent = std::move(parent);
    s.depth = depth;
    w.must(workflow::write{s});
    save();
  }
  void define(const std::string& org, const std::string& name, json_value document,
              std::optional<std::uint32_t> version = {}) {
    auto& state = books[{org, name}];
    const entity_key who{org, entity_kind::definition, name};
    document["name"] = name;
    const auto d =
        workflow::book::decide(who, state, {document.dump(), name, version}, {instant{now_us += 1000}, 1, 2}, true);
    if (!d) FAIL(d.error().detail);
    for (const auto& e : d->events) {
      const entry_draft draft{
          std::string(workflow::book::type_of(e)), workflow::book::body_of(e), state.version + 1, instant{now_us}, {}};
      workflow::book::apply_drafted(state, e, draft);
      record(who, draft);
    }
  }
};

// Everything that views show, workflows too.
inline std::string dump_workflows(const std::filesystem::path& file) {
  std::string text = dump_views(file);
  auto db = storage::sqlite::connection::open(file, {});
  REQUIRE(db);
  for (const char* table : {"workflows", "workflow_attributes", "definitions"}) {
    auto rows = db->prepare({"dump", ("SELECT * FROM " + std::string(table) + " ORDER BY 1, 2, 3, 4").c_str()});
    REQUIRE(rows);
    while (true) {
      auto row = rows->step();
      REQUIRE(row);
      if (!*row) break;
      for (int c = 0; c < sqlite3_column_count(rows->handle()); ++c)
        text += (rows->is_null(c) ? "NULL" : std::string(rows->text(c))) + "|";
      text += '\n';
    }
  }
  return text;
}

} // namespace ropewalk::tests
