#include "storage/replication_rows.hpp"

#include <algorithm>
#include <charconv>

#include "storage/entry_hash.hpp"

namespace ropewalk::storage {

namespace {

std::string incarnation_lines(const replication::incarnation_map& all) {
  std::string lines;
  for (const auto& [who, number] : all) lines += std::to_string(number) + " " + who + "\n";
  return lines;
}

bool read_incarnation_lines(std::string_view lines, replication::incarnation_map& all) {
  while (!lines.empty()) {
    std::uint64_t number = 0;
    const auto [at, code] = std::from_chars(lines.data(), lines.data() + lines.size(), number);
    const auto end = lines.find('\n');
    const auto digits = static_cast<std::size_t>(at - lines.data());
    if (code != std::errc{} || end == std::string_view::npos || digits >= end || lines[digits] != ' ') return false;
    all.emplace(lines.substr(digits + 1, end - digits - 1), number);
    lines.remove_prefix(end + 1);
  }
  return true;
}

// A line each: index, version, and what the entry says.
std::string member_lines(const std::vector<replication::configuration>& all) {
  std::string lines;
  for (const replication::configuration& c : all)
    lines += std::to_string(c.index) + ' ' + std::to_string(c.version) + ' ' + replication::members_body(c) + '\n';
  return lines;
}

// too_new: the level that one of them has, when this program does not know it.
bool read_member_lines(std::string_view lines, std::vector<replication::configuration>& all, std::uint32_t& too_new) {
  const auto take_natural = [&](std::uint64_t& value) {
    const auto [at, code] = std::from_chars(lines.data(), lines.data() + lines.size(), value);
    if (code != std::errc{} || at == lines.data() + lines.size() || *at != ' ') return false;
    lines.remove_prefix(static_cast<std::size_t>(at - lines.data()) + 1);
    return true;
  };
  while (!lines.empty()) {
    entry e;
    const bool numbered = take_natural(e.index) && take_natural(e.event.version);
    const auto end = lines.find('\n');
    if (!numbered || end == std::string_view::npos) return false;
    e.event.body = lines.substr(0, end);
    auto read = replication::read_members(e);
    if (!read) return false;
    if (read->level > replication::program_level) too_new = read->level;
    all.push_back(*std::move(read));
    lines.remove_prefix(end + 1);
  }
  return true;
}

// The canonical bytes of a row, for its seal.
class row_bytes {
public:
  void number(std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) text_.push_back(static_cast<char>(value >> (8 * i) & 0xff));
  }
  void text(std::string_view value) {
    number(value.size(), 4);
    text_.append(value);
  }
  void hash(const digest& value) { text_.append(reinterpret_cast<const char*>(value.data()), value.size()); }
  digest seal() const { return sha256(text_); }

private:
  std::string text_ = "ropewalk.replication.1";
};

digest seal_of_row(partition_id p, const replication::durable_state& s, std::string_view lines,
                   std::string_view members, std::string_view cluster) {
  row_bytes b;
  b.number(p.value, 2);
  b.number(s.standing.incarnation, 8);
  b.number(s.standing.full ? 1 : 0, 1);
  b.number(s.promised.epoch, 8);
  b.text(s.promised.to);
  b.text(lines);
  b.number(s.position.generation, 8);
  b.number(s.position.sequence, 8);
  b.hash(s.position.record);
  b.number(s.position.sealed ? 1 : 0, 1);
  b.number(s.accepted.epoch, 8);
  b.number(s.accepted.index, 8);
  b.hash(s.accepted.hash);
  b.text(cluster);
  if (!members.empty()) b.text(members); // since schema 5: a row of before keeps its seal
  return b.seal();
}

bool read_digest(std::span<const std::uint8_t> from, digest& into) {
  if (from.size() != into.size()) return false;
  std::copy(from.begin(), from.end(), into.begin());
  return true;
}

} // namespace

status_result replication_rows::open(sqlite::connection& db, std::string cluster) {
  cluster_ = std::move(cluster);
  return db.prepare_all({
      {load_,
       {"load_replication",
        "SELECT incarnation, standing, promised_epoch, promised_to, incarnations, generation, sequence, record, sealed,"
        " accepted_epoch, accepted_index, accepted_hash, sha256, members FROM replication WHERE partition = ?1"}},
      {store_,
       {"store_replication", "INSERT OR REPLACE INTO replication (partition, incarnation, standing, promised_epoch,"
                             " promised_to, incarnations, generation, sequence, record, sealed, accepted_epoch,"
                             " accepted_index, accepted_hash, sha256, members) VALUES"
                             " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"}},
      {highest_, {"highest_incarnation", "SELECT coalesce(max(incarnation), 0) FROM replication"}},
      {took_part_,
       {"took_part", "SELECT EXISTS (SELECT 1 FROM replication WHERE generation > 0 OR promised_epoch > 0)"}},
  });
}

result<std::optional<replication::durable_state>> replication_rows::load(partition_id p) {
  load_.bind(1, std::int64_t{p.value});
  const auto row = load_.step();
  if (!row) return row.error();
  if (!*row) return std::optional<replication::durable_state>{};
  replication::durable_state s;
  s.standing = {load_.natural(0), load_.integer(1) != 0};
  s.promised = {load_.natural(2), std::string(load_.text(3))};
  const std::string lines{load_.text(4)}, members{load_.text(13)};
  s.position.generation = load_.natural(5);
  s.position.sequence = load_.natural(6);
  s.position.sealed = load_.integer(8) != 0;
  s.accepted.epoch = load_.natural(9);
  s.accepted.index = load_.natural(10);
  digest seal{};
  std::uint32_t too_new = 0;
  const bool whole = read_incarnation_lines(lines, s.incarnations) &&
                     read_member_lines(members, s.configurations, too_new) &&
                     read_digest(load_.blob(7), s.position.record) && read_digest(load_.blob(11), s.accepted.hash) &&
                     read_digest(load_.blob(12), seal);
  load_.reset();
  if (!whole || seal != seal_of_row(p, s, lines, members, cluster_))
    return error{errc::corrupt,
                 "journal_damaged",
                 "what the journal holds of this member's promises in partition " + std::to_string(p.value) +
                     " does not verify",
                 {}};
  if (too_new != 0)
    return error{errc::unsupported,
                 "program_too_old",
                 "partition " + std::to_string(p.value) + " has level " + std::to_string(too_new) + ", this program knows level " +
                     std::to_string(replication::program_level) + ": start this node with the newer program",
                 {}};
  return std::optional{std::move(s)};
}

status_result replication_rows::store(partition_id p, const replication::durable_state& s) {
  const std::string lines = incarnation_lines(s.incarnations), members = member_lines(s.configurations);
  const digest seal = seal_of_row(p, s, lines, members, cluster_);
  store_.bind(1, std::int64_t{p.value});
  store_.bind(2, s.standing.incarnation);
  store_.bind(3, s.standing.full ? 1 : 0);
  store_.bind(4, s.promised.epoch);
  store_.bind(5, s.promised.to);
  store_.bind(6, lines);
  store_.bind(7, s.position.generation);
  store_.bind(8, s.position.sequence);
  store_.bind(9, std::span<const std::uint8_t>{s.position.record});
  store_.bind(10, s.position.sealed ? 1 : 0);
  store_.bind(11, s.accepted.epoch);
  store_.bind(12, s.accepted.index);
  store_.bind(13, std::span<const std::uint8_t>{s.accepted.hash});
  store_.bind(14, std::span<const std::uint8_t>{seal});
  store_.bind(15, members);
  auto stored = store_.run();
  store_.clear();
  return stored;
}

result<bool> replication_rows::took_part() {
  const auto row = took_part_.step();
  if (!row) return row.error();
  const bool did = took_part_.integer(0) != 0;
  took_part_.reset();
  return did;
}

result<std::uint64_t> replication_rows::highest_incarnation() {
  const auto row = highest_.step();
  if (!row) return row.error();
  const std::uint64_t highest = highest_.natural(0);
  highest_.reset();
  return highest;
}

} // namespace ropewalk::storage
