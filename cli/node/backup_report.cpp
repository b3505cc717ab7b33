#include "cli/node/backup_report.hpp"

#include <fmt/format.h>

#include "cli/duration_text.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::cli {

storage::backup_progress backup_bar::told() {
  return [this](const char* what, std::uint64_t done, std::uint64_t all) {
    if (what != what_) {
      what_ = what;
      bar_.reset();
      bar_.emplace(what, all, std::string_view(what) == "verifying" ? "entries" : "bytes");
    }
    bar_->total(all);
    bar_->at(done);
    return signals_.wait(std::chrono::milliseconds(0)) == 0;
  };
}

status_result show_backup(session& s, const storage::backup_manifest& m, const char* verb, const std::string& where) {
  // The manifest as it stands in the file, and where.
  const std::string manifest = storage::encode_manifest(m);
  std::string text = "{";
  append_json_string(text, verb);
  text += ':';
  append_json_string(text, where);
  text += ',' + manifest.substr(1);
  const auto doc = reply_document::parse(std::move(text));
  if (!doc) return doc.error();
  std::uint64_t used = 0;
  for (const auto& head : m.heads) used += head.index > 0 ? 1 : 0;
  const std::string seals =
      !m.seals_checked              ? fmt::format("{}, seals not checked: no keyring", m.checkpoints)
      : m.refused_checkpoints == 0 ? fmt::format("{} verify", m.checkpoints)
                                   : fmt::format("{} of {} do NOT verify", m.refused_checkpoints, m.checkpoints);
  s.out().record(doc->root(),
                 {{verb, {where}},
                  {"cluster", {m.cluster}},
                  {"node", {m.node}},
                  {"made", {to_rfc3339(m.created_at)}},
                  {"entries", {fmt::format("{} in {} partitions, up to position {}", m.entries, used, m.position)}},
                  {"size", {short_bytes(m.journal.bytes)}},
                  {"chains", {"verify", colour::green}},
                  {"checkpoints", {seals, m.seals_checked && m.refused_checkpoints == 0 ? colour::green : colour::yellow}}});
  return ok();
}

} // namespace ropewalk::cli
