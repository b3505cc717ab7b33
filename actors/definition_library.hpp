#pragma once
// Definitions for whoever starts an instance: read from the views once, parsed once, shared by all their instances.
// The newest version of a name is known from its entity's commits; a name that was not changed since the node's start
// is looked up once.

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>

#include "runtime/result.hpp"
#include "runtime/workflow/machine.hpp"

namespace ropewalk::storage {
class journal_writer;
class view_readers;
} // namespace ropewalk::storage

namespace ropewalk::actors {

class definition_questions;

class definition_library {
public:
  // owners: of a cluster, where others define as well. Which version is the newest, and whether there is one that is not known
  // here, its owner alone can tell.
  definition_library(storage::view_readers& views, const storage::journal_writer& journal,
                     definition_questions* owners = nullptr)
      : views_(views), journal_(journal), owners_(owners) {}

  // null: there is none. done() runs on the caller's thread, a reader's or one of NATS; an error: the views could not be
  // asked, or whose it is.
  using found = std::function<void(result<workflow::shared_definition>)>;
  void find(const std::string& org, const workflow::definition_ref& which, found done);

  // What was known may not be so: entries were cut off, or another member goes on with a partition. Any thread.
  void forget();
  // A version that is durable. Any thread.
  void learn(const std::string& org, const std::string& name, std::uint32_t version, const std::string& document);

  static constexpr std::size_t held_document_bytes = 32u << 20; // as text; parsed they take a few times as much
  static constexpr std::size_t names_known = 100'000;

private:
  struct version_key {
    std::string org, name;
    std::uint32_t version = 0;
    auto operator<=>(const version_key&) const = default;
  };
  struct held {
    workflow::shared_definition definition;
    std::list<version_key>::iterator recency;
  };

  workflow::shared_definition held_copy(const version_key& key);
  void know_newest(const std::string& org, const std::string& name, std::uint32_t version); // with the lock
  // seen: what forgotten() said before it was read. What was read before entries were cut off may be of just these: it
  // is handed out, as if it had been asked for a moment earlier, and not kept.
  result<workflow::shared_definition> keep(const version_key& key, const std::string& document, std::uint64_t seen);
  std::uint64_t forgotten();

  void find_here(const std::string& org, const workflow::definition_ref& which, found done);
  void ask_owner(const std::string& org, const workflow::definition_ref& which, found done);

  storage::view_readers& views_;
  const storage::journal_writer& journal_;
  definition_questions* const owners_; // null: a node alone
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::uint32_t> newest_;
  std::map<version_key, held> held_;
  std::list<version_key> by_use_; // longest unused first
  std::size_t held_bytes_ = 0;
  std::uint64_t forgotten_ = 0; // how often
};

} // namespace ropewalk::actors
