#include "storage/chain_reader.hpp"

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

#include "storage/entry_hash.hpp"
#include "storage/entry_row.hpp"
#include "storage/journal_schema.hpp"
#include "storage/place_index.hpp"

namespace ropewalk::storage {

using replication::chain_point;
using replication::entry_ptr;

struct chain_file::impl {
  std::mutex mutex; // of all below
  sqlite::connection db;
  journal_meta meta;
  place_index places;
  std::optional<error> failure;

  status_result read_locked(partition_id p, std::uint64_t first, std::uint64_t last, std::size_t max_bytes,
                            std::vector<entry_ptr>& found);
  std::vector<entry_ptr> read(partition_id p, std::uint64_t first, std::uint64_t last, std::size_t max_bytes);
};

result<std::shared_ptr<chain_file>> chain_file::open(const std::filesystem::path& file,
                                                     const journal_options& options) {
  auto i = std::make_unique<impl>();
  auto opened = open_journal_to_read(file, options);
  if (!opened) return opened.error();
  i->db = std::move(opened->db);
  i->meta = std::move(opened->meta);
  if (auto ready = i->places.open(i->db, i->meta.partitions); !ready) return ready.error();
  return std::shared_ptr<chain_file>(new chain_file(std::move(i)));
}

chain_file::chain_file(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
chain_file::~chain_file() = default;

status_result chain_file::impl::read_locked(partition_id p, std::uint64_t first, std::uint64_t last,
                                            std::size_t max_bytes, std::vector<entry_ptr>& found) {
  auto reading = sqlite::transaction::begin(db, sqlite::transaction::mode::read);
  if (!reading) return reading.error();
  std::size_t bytes = 0;
  return places.walk(p, first, last, [&](const sqlite::statement& row) -> result<bool> {
    entry e;
    if (auto read = read_entry(row, e); !read) return read.error();
    if (hash_of(e) != e.hash || (!found.empty() && e.prev_hash != found.back()->hash))
      return error{errc::corrupt,
                   "journal_damaged",
                   "the entry at position " + std::to_string(e.position) + " of the journal does not verify",
                   {}};
    bytes += e.event.body.size() + e.event.type.size() + e.entity.org.size() + e.entity.id.size() + 128;
    if (!found.empty() && bytes > max_bytes) return false;
    found.push_back(std::make_shared<const entry>(std::move(e)));
    return bytes < max_bytes;
  });
}

// What was read before a failure is good, but who asked must not take it for all there is.
std::vector<entry_ptr> chain_file::impl::read(partition_id p, std::uint64_t first, std::uint64_t last,
                                              std::size_t max_bytes) {
  const std::scoped_lock lock{mutex};
  std::vector<entry_ptr> found;
  if (p.value >= meta.partitions || first == 0) return found;
  if (auto read = read_locked(p, first, last, max_bytes, found); !read) {
    failure = read.error();
    found.clear();
  }
  return found;
}

std::optional<chain_point> chain_file::at(partition_id p, std::uint64_t index) {
  if (index == 0) return chain_point{0, 0, genesis_hash(impl_->meta.cluster, p, impl_->meta.partitions)};
  const auto found = impl_->read(p, index, index, 1);
  if (found.empty()) return std::nullopt;
  return replication::point_of(*found.front());
}

std::vector<entry_ptr> chain_file::read(partition_id p, std::uint64_t first, std::uint64_t last,
                                        std::size_t max_bytes) {
  return impl_->read(p, first, last, max_bytes);
}

std::optional<error> chain_file::take_failure() {
  const std::scoped_lock lock{impl_->mutex};
  return std::exchange(impl_->failure, std::nullopt);
}

} // namespace ropewalk::storage
