#include "actors/definition_library.hpp"

#include "actors/cluster/definition_questions.hpp"
#include "runtime/workflow/json_bridge.hpp"
#include "storage/journal_writer.hpp"
#include "storage/view_readers.hpp"
#include "storage/workflow_queries.hpp"

namespace ropewalk::actors {

workflow::shared_definition definition_library::held_copy(const version_key& key) {
  const auto at = held_.find(key);
  if (at == held_.end()) return nullptr;
  by_use_.splice(by_use_.end(), by_use_, at->second.recency);
  return at->second.definition;
}

void definition_library::know_newest(const std::string& org, const std::string& name, std::uint32_t version) {
  if (newest_.size() >= names_known) newest_.clear(); // they are looked up again
  std::uint32_t& known = newest_[{org, name}];
  known = std::max(known, version);
}

result<workflow::shared_definition> definition_library::keep(const version_key& key, const std::string& document,
                                                             std::uint64_t seen) {
  const auto json = workflow::json_value::parse(document, nullptr, false);
  if (json.is_discarded())
    return error{errc::corrupt, "corrupt_record", "definition \"" + key.name + "\" is not stored as JSON", {}};
  auto read = workflow::pin_definition(json, key.version);
  if (!read) return read.error();
  const std::scoped_lock lock(mutex_);
  if (auto there = held_copy(key)) return there; // somebody else was as fast
  if (seen != forgotten_) return *std::move(read);
  held_bytes_ += (*read)->document.size();
  while (held_bytes_ > held_document_bytes && !by_use_.empty()) {
    const auto longest_unused = held_.find(by_use_.front());
    held_bytes_ -= longest_unused->second.definition->document.size();
    held_.erase(longest_unused);
    by_use_.pop_front();
  }
  held_.emplace(key, held{*read, by_use_.insert(by_use_.end(), key)});
  return *std::move(read);
}

void definition_library::learn(const std::string& org, const std::string& name, std::uint32_t version,
                               const std::string& document) {
  (void)keep({org, name, version}, document, forgotten());
  const std::scoped_lock lock(mutex_);
  know_newest(org, name, version);
}

std::uint64_t definition_library::forgotten() {
  const std::scoped_lock lock(mutex_);
  return forgotten_;
}

void definition_library::forget() {
  const std::scoped_lock lock(mutex_);
  ++forgotten_;
  newest_.clear();
  held_.clear();
  by_use_.clear();
  held_bytes_ = 0;
}

void definition_library::find(const std::string& org, const workflow::definition_ref& which, found done) {
  {
    std::unique_lock lock(mutex_);
    std::optional<std::uint32_t> version = which.version;
    if (!version && !owners_)
      if (const auto known = newest_.find({org, which.name}); known != newest_.end()) version = known->second;
    if (version)
      if (auto there = held_copy({org, which.name, *version})) {
        lock.unlock();
        return done(std::move(there));
      }
  }
  if (!owners_ || owners_->owned_here(org, which.name)) return find_here(org, which, std::move(done));
  if (!which.version) return ask_owner(org, which, std::move(done));
  find_here(org, which, [this, org, which, done = std::move(done)](result<workflow::shared_definition> known) {
    if (known && !*known) ask_owner(org, which, done);
    else done(std::move(known));
  });
}

void definition_library::ask_owner(const std::string& org, const workflow::definition_ref& which, found done) {
  owners_->ask(org, which.name, which.version,
               [this, org, name = which.name, done = std::move(done), seen = forgotten()](auto told) {
                 if (!told) return done(told.error());
                 if (!*told) return done(workflow::shared_definition{});
                 done(keep({org, name, (*told)->version}, (*told)->document, seen));
               });
}

void definition_library::find_here(const std::string& org, const workflow::definition_ref& which, found done) {
  const std::uint64_t seen = forgotten(); // before it is known where to read: between the two entries may be cut off
  // What is durable by now is what a newest version is chosen from.
  views_.post(journal_.durable_position(),
              [this, org, which, done = std::move(done), seen](result<storage::view_reader*> views) {
                if (!views) return done(views.error());
                auto row = (*views)->workflows().definition(org, which.name, which.version);
                if (!row) return done(row.error());
                if (!*row) return done(workflow::shared_definition{});
                if (!which.version) {
                  const std::scoped_lock lock(mutex_);
                  if (seen == forgotten_) know_newest(org, which.name, (*row)->version);
                }
                done(keep({org, which.name, (*row)->version}, (*row)->document, seen));
              });
}

} // namespace ropewalk::actors
