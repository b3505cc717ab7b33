#pragma once
// The applier's side of the views' file: one connection, the generic tables, the projections, one batch at a
// time. No threads, no waiting.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "runtime/entry.hpp"
#include "runtime/result.hpp"
#include "storage/entity_table.hpp"
#include "storage/journal_reader.hpp"
#include "storage/view_projection.hpp"
#include "storage/view_repair.hpp"

namespace ropewalk::storage {

class thread_projection;

class view_file {
public:
  view_file(std::filesystem::path file, std::string cluster);
  ~view_file();

  // Takes the file as it is if it shows a part of this journal; otherwise says why not. Nothing is changed then.
  result<std::string> take(journal_reader& journal); // "" = taken
  // Throws away what is there and begins at 0.
  status_result create();
  bool is_open() const noexcept { return open_; }
  // The file that is open is still the one with its name.
  bool is_there() const noexcept;
  void close(bool clean); // clean: mark it as whole, if that is possible

  std::uint64_t applied() const noexcept { return applied_; }
  std::uint64_t indexed() const noexcept { return indexed_; }
  std::uint64_t faults() const noexcept { return faults_; }
  // One transaction: all or none. corrupt or internal: the file is not to be trusted.
  status_result apply(const std::vector<entry>& entries);
  // The same for what follows later; one bounded part.
  status_result index();
  // What the journal has cut off since cut() goes from the rows, in one transaction: see view_repair.hpp. Entries of it that are
  // cut off meanwhile: unavailable "entry_cut", to be tried again.
  status_result repair(journal_reader& journal);
  std::uint64_t cut() const noexcept { return cut_; } // the journal's last one that the rows know of

private:
  void make_projections();
  status_result open_tables();
  status_result apply_one(const entry& e);
  status_result flush();
  view_projection* projection_of(entity_kind kind) const noexcept;
  status_result repair_rows(journal_reader& journal, std::uint64_t& last_cut);
  status_result empty_entities(const repair_plan& plan);
  void forget();

  const std::filesystem::path file_;
  const std::string cluster_;
  sqlite::connection db_;
  sqlite::statement put_position_, put_indexed_, put_cut_, add_fault_;
  entity_table entities_;
  std::vector<std::unique_ptr<view_projection>> projections_;
  thread_projection* threads_ = nullptr; // one of them
  bool open_ = false;
  std::uint64_t applied_ = 0, indexed_ = 0, faults_ = 0, inode_ = 0, cut_ = 0;
};

} // namespace ropewalk::storage
