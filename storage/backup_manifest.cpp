#include "storage/backup_manifest.hpp"

#include <fstream>

#include "runtime/hex.hpp"
#include "runtime/json_fields.hpp"
#include "runtime/json_text.hpp"
#include "runtime/json_writer.hpp"
#include "storage/journal.hpp"

namespace ropewalk::storage {

namespace {

constexpr std::string_view manifest_format = "ropewalk.backup.1";
constexpr std::size_t manifest_bytes_max = 1 << 20; // 1,024 partitions need a tenth

error damaged_manifest(const std::string& what) {
  return {errc::corrupt, "backup_damaged", "the backup's manifest " + what, {}};
}

bool flag_of_manifest(json_view object, std::string_view name) {
  const auto v = object.find(name);
  return v && v->is(json_type::boolean) && v->boolean();
}

} // namespace

std::string encode_manifest(const backup_manifest& m) {
  json_writer w;
  w.begin_object().field("format", manifest_format).field("cluster", m.cluster);
  if (!m.node.empty()) w.field("node", m.node);
  w.field("created_at", m.created_at).field("partitions", std::uint64_t{m.heads.size()}).field("member", m.member);
  w.field("position", m.position).field("entries", m.entries).field("quarantined", m.quarantined);
  w.field("checkpoints", m.checkpoints).field("seals_checked", m.seals_checked);
  if (m.seals_checked) w.field("refused_checkpoints", m.refused_checkpoints);
  w.key("heads").begin_array();
  for (std::size_t p = 0; p < m.heads.size(); ++p)
    w.begin_object()
        .field("partition", std::uint64_t{p})
        .field("index", m.heads[p].index)
        .field("hash", to_hex(m.heads[p].hash))
        .end_object();
  w.end_array().key("files").begin_array().begin_object().field("name", backup_journal_file);
  w.field("bytes", m.journal.bytes).field("sha256", to_hex(m.journal.sha256)).end_object().end_array().end_object();
  return std::move(w).take() + '\n';
}

result<backup_manifest> decode_manifest(std::string_view text) {
  const auto doc = json_document::parse(text, {.max_bytes = manifest_bytes_max, .max_depth = 8});
  if (!doc) return damaged_manifest("is no JSON: " + doc.error().detail);
  record_reader r(doc->root());
  const std::string format = r.text("format");
  if (!r.failed() && format != manifest_format)
    return error{errc::unsupported, "newer_backup",
                 "the backup's format is \"" + format + "\"; this program knows " + std::string(manifest_format), {}};
  backup_manifest m;
  m.cluster = r.text("cluster");
  if (r.has("node")) m.node = r.text("node");
  const std::string created = r.text("created_at");
  m.member = flag_of_manifest(doc->root(), "member");
  m.position = r.number("position");
  m.entries = r.number("entries");
  m.quarantined = r.number("quarantined");
  m.checkpoints = r.number("checkpoints");
  m.seals_checked = flag_of_manifest(doc->root(), "seals_checked");
  if (m.seals_checked) m.refused_checkpoints = r.number("refused_checkpoints");
  const auto heads = r.of_type("heads", json_type::array);
  const auto files = r.of_type("files", json_type::array);
  if (r.failed()) return damaged_manifest("lacks what it must say: " + r.error().detail);
  const auto time = parse_rfc3339(created);
  if (!time) return damaged_manifest("has no valid created_at");
  m.created_at = *time;
  if (heads->size() < 1 || heads->size() > journal::partitions_max || r.number("partitions") != heads->size())
    return damaged_manifest("does not have a head for each partition");
  for (const json_view one : heads->elements()) {
    record_reader h(one);
    const std::uint64_t partition = h.number("partition");
    backup_head head{h.number("index"), {}};
    if (!from_hex(h.text("hash"), head.hash) || h.failed() || partition != m.heads.size())
      return damaged_manifest("does not have a head for each partition");
    m.heads.push_back(head);
  }
  if (files->size() != 1) return damaged_manifest("must name one file");
  record_reader f(*files->elements().begin());
  const std::string name = f.text("name");
  m.journal.bytes = f.number("bytes");
  if (!from_hex(f.text("sha256"), m.journal.sha256) || f.failed() || name != backup_journal_file)
    return damaged_manifest("does not say what journal.db is");
  return m;
}

result<backup_manifest> read_manifest(const std::filesystem::path& backup) {
  const std::filesystem::path file = backup / backup_manifest_file;
  std::ifstream in(file);
  if (!in)
    return error{errc::not_found, "no_backup",
                 "there is no backup in " + backup.string() + ": it has no readable " + backup_manifest_file, {}};
  std::string text(manifest_bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > manifest_bytes_max) return damaged_manifest("is too large");
  return decode_manifest(text);
}

} // namespace ropewalk::storage
