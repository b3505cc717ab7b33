#include "cli/node/doctor_rules.hpp"

#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/duration_text.hpp"
#include "cli/problem_text.hpp"
#include "cli/reply_fields.hpp"
#include "cli/wire_client.hpp"

namespace ropewalk::cli {
namespace {

void judge_views(std::vector<finding>& found, const std::string& node, json_view views) {
  const std::string rebuild = "ropewalk rebuild-views --node " + shell_word(node);
  if (const std::string why = text_of(views, "failing"); !why.empty())
    found.push_back({severity::problem, "views", node, "they cannot follow the journal: " + why, rebuild});
  else if (const std::string index = text_of(views, "index_failing"); !index.empty())
    found.push_back({severity::problem, "views", node, "full text cannot follow: " + index, rebuild});
  else if (const std::int64_t lag = number_of(views, "lag"); lag > lag_warning)
    found.push_back({severity::warning, "views", node, fmt::format("{} entries behind the journal", lag),
                     "ropewalk status --watch   (the lag goes down by itself)"});
  else
    found.push_back({severity::ok,
                     "views",
                     node,
                     fmt::format("{} behind", std::to_string(lag) + (lag == 1 ? " entry" : " entries")),
                     {}});
}

void judge_clock(std::vector<finding>& found, const std::string& node, const std::string& said, instant asked,
                 instant answered) {
  const auto time = parse_rfc3339(said);
  if (!time) return;
  // Between these two the node looked at its clock.
  const std::int64_t ahead = time->us > answered.us ? time->us - answered.us : 0;
  const std::int64_t behind = time->us < asked.us ? asked.us - time->us : 0;
  const std::int64_t off = std::max(ahead, behind);
  const severity level = off > clock_problem_us   ? severity::problem
                         : off > clock_warning_us ? severity::warning
                                                  : severity::ok;
  found.push_back({level, "clock", node,
                   level == severity::ok
                       ? "as ours"
                       : fmt::format("{:.1f} s {} ours", static_cast<double>(off) / 1e6, ahead ? "ahead of" : "behind"),
                   level == severity::ok
                       ? ""
                       : "timedatectl status   (on both machines; a jump is followed slowly, the node's log says so)"});
}

void judge_keyring(std::vector<finding>& found, const std::string& node, json_view keyring, instant now) {
  if (const std::string why = text_of(keyring, "failing"); !why.empty())
    found.push_back({severity::problem, "keyring", node, "it could not be loaded again: " + why,
                     "kill -HUP PROCESS   (once the file is right)"});
  const std::string source = text_of(keyring, "source");
  const auto created = parse_rfc3339(text_of(keyring, "created"));
  const std::string next =
      source.starts_with("fd:")
          ? "ropewalk keyring rotate --keyring FILE   (then start the node with a descriptor of the new file)"
          : "ropewalk keyring rotate --keyring " + shell_word(source) + "   (on the node's machine)";
  if (created)
    judge_key_age(found, node, text_of(keyring, "active"), static_cast<std::uint64_t>(number_of(keyring, "keys")),
                  *created, now, next);
}

// Nothing to say where it is empty, or of a node of an earlier version.
void judge_down(std::vector<finding>& found, const std::string& node, json_view down) {
  const auto list = down.find("entities");
  if (!list || !list->is(json_type::array)) return;
  for (const json_view e : list->elements())
    found.push_back({severity::problem, "entities", node,
                     fmt::format("{} {} ({}) {}: {}", text_of(e, "kind"), text_of(e, "id"), text_of(e, "org"),
                                 text_of(e, "how") == "rests" ? "crashes again and again" : "cannot be loaded",
                                 text_of(e, "reason")),
                     "ropewalk verify --data DIR   (on the node's machine)"});
  if (const auto all = static_cast<std::size_t>(number_of(down, "count")); all > list->size())
    found.push_back(
        {severity::problem, "entities", node, fmt::format("{} more are not served", all - list->size()), {}});
}

void judge_quarantine(std::vector<finding>& found, const std::string& node, json_view status) {
  const auto levels = status.find("quarantine");
  if (!levels || !levels->is(json_type::object)) return;
  const std::int64_t local = number_of(*levels, "local");
  const std::int64_t alarming = number_of(*levels, "log") + number_of(*levels, "peers") + number_of(*levels, "unknown");
  const auto entries = [](std::int64_t n) { return std::to_string(n) + (n == 1 ? " entry" : " entries"); };
  const std::string next = "ropewalk quarantine list --node " + shell_word(node);
  if (alarming > 0)
    found.push_back({severity::problem, "quarantine", node,
                     fmt::format("the cluster went on without {} that may have been acknowledged as more than local",
                                 entries(alarming)),
                     next});
  else if (local > 0)
    found.push_back(
        {severity::warning, "quarantine", node,
         fmt::format("the cluster went on without {} that its owner alone had acknowledged", entries(local)), next});
}

} // namespace

std::string_view name(severity s) noexcept {
  switch (s) {
  case severity::ok: return "ok";
  case severity::warning: return "warning";
  case severity::problem: return "problem";
  }
  return "problem";
}

void judge_health(std::vector<finding>& found, const std::string& node, json_view health) {
  const std::string status = text_of(health, "status"), detail = text_of(health, "detail");
  const std::string said = detail.empty() ? status : status + ": " + detail;
  if (status == "ok")
    found.push_back({detail.empty() ? severity::ok : severity::problem, "node", node,
                     detail.empty() ? "serves" : "serves, but " + detail,
                     detail.empty() ? "" : "ropewalk status -o json"});
  else if (status == "draining") found.push_back({severity::warning, "node", node, "is going down", "ropewalk health"});
  else found.push_back({severity::problem, "node", node, said, "ropewalk verify --data DIR   (on the node's machine)"});
}

void judge_status(std::vector<finding>& found, const std::string& node, json_view status, instant asked,
                  instant answered) {
  if (const auto views = status.find("views")) judge_views(found, node, *views);
  if (const auto disk = status.find("disk"))
    judge_disk(found, node, static_cast<std::uint64_t>(number_of(*disk, "free_bytes")),
               static_cast<std::uint64_t>(number_of(*disk, "total_bytes")));
  judge_clock(found, node, text_of(status, "time"), asked, answered);
  if (const auto keyring = status.find("keyring")) judge_keyring(found, node, *keyring, answered);
  judge_quarantine(found, node, status);
  if (const auto down = status.find("down")) judge_down(found, node, *down);
}

void judge_refused(std::vector<finding>& found, const std::string& node, json_view refused) {
  const auto list = refused.find("checkpoints");
  if (!list || !list->is(json_type::array) || list->size() == 0) {
    found.push_back({severity::ok, "checkpoints", node, "none was refused", {}});
    return;
  }
  bool revoked_alone = true; // then it is what an operator wanted
  for (const json_view c : list->elements())
    revoked_alone = revoked_alone && text_of(c, "reason") == "seal_revoked_key";
  constexpr std::size_t named = 3;
  std::size_t count = 0;
  for (const json_view c : list->elements()) {
    if (count++ == named) break;
    const std::string org = text_of(c, "org"), workflow = text_of(c, "workflow");
    found.push_back({revoked_alone ? severity::warning : severity::problem, "checkpoints", node,
                     fmt::format("{} of workflow {} ({}) was refused: {}; an older one and the journal stand in",
                                 text_of(c, "checkpoint"), workflow, org, text_of(c, "detail")),
                     fmt::format("ropewalk workflow checkpoints {} --org {}", shell_word(workflow), shell_word(org))});
  }
  if (list->size() > named)
    found.push_back({revoked_alone ? severity::warning : severity::problem, "checkpoints", node,
                     fmt::format("{} more were refused", list->size() - named),
                     "ropewalk verify --data DIR   (on the node's machine, names them)"});
}

void judge_no_jetstream(std::vector<finding>& found, const std::string& why, bool of_cluster) {
  found.push_back({of_cluster ? severity::problem : severity::warning,
                   "jetstream",
                   {},
                   of_cluster ? why + ": nothing of the cluster is replicated, writes at `log` and `peers` are not acknowledged, and "
                                      "phases of kind task cannot run"
                              : why + ": phases of kind task cannot run",
                   "nats-server -js"});
}

void judge_unasked_jetstream(std::vector<finding>& found, const std::string& why) {
  found.push_back({severity::warning, "jetstream", {}, "it cannot be asked: " + why, {}});
}

void judge_cluster(std::vector<finding>& found, json_view status) {
  const auto partitions = [&](std::string_view member) {
    std::vector<std::int64_t> all;
    if (const auto list = status.find(member); list && list->is(json_type::array))
      for (const json_view p : list->elements()) all.push_back(p.integer().value_or(0));
    return all;
  };
  const auto named = [](const std::vector<std::int64_t>& p) {
    return fmt::format("{} {}", p.size() == 1 ? "partition" : "partitions", fmt::join(p, ", "));
  };
  const auto orphans = partitions("without_owner"), still = partitions("standing_still");
  if (!orphans.empty())
    found.push_back({severity::problem,
                     "cluster",
                     {},
                     fmt::format("{} {} no owner, and {} not served", named(orphans), orphans.size() == 1 ? "has" : "have",
                                 orphans.size() == 1 ? "is" : "are"),
                     "ropewalk cluster status"});
  if (!still.empty())
    found.push_back({severity::problem,
                     "cluster",
                     {},
                     fmt::format("nothing gets into the {} of {}: writes at `log` and `peers` are not acknowledged there, and {} alone",
                                 still.size() == 1 ? "stream" : "streams", named(still),
                                 number_of(status, "uncommitted") == 1
                                     ? "1 entry is on its owner's disk"
                                     : std::to_string(number_of(status, "uncommitted")) + " entries are on their owners' disks"),
                     "ropewalk cluster partitions   (and the owners' logs; is JetStream there, and its disk not full?)"});
  if (orphans.empty() && still.empty())
    found.push_back({severity::ok, "cluster", {}, "all partitions have an owner, and commit what is written", {}});
}

void judge_disk(std::vector<finding>& found, const std::string& where, std::uint64_t free_bytes,
                std::uint64_t total_bytes) {
  if (total_bytes == 0) {
    found.push_back({severity::warning, "disk", where, "how much is free is not known", {}});
    return;
  }
  const severity level = free_bytes < disk_problem_bytes   ? severity::problem
                         : free_bytes < disk_warning_bytes ? severity::warning
                                                           : severity::ok;
  found.push_back({level, "disk", where,
                   fmt::format("{} of {} free", short_bytes(free_bytes), short_bytes(total_bytes)),
                   level == severity::ok ? "" : "df -h   (writes are refused when it is full; reads go on)"});
}

void judge_key_age(std::vector<finding>& found, const std::string& where, const std::string& active, std::uint64_t keys,
                   instant created, instant now, const std::string& next) {
  const std::int64_t days = std::max<std::int64_t>(0, now.us - created.us) / (24LL * 3600 * 1'000'000);
  const bool old = days > key_age_warning_days;
  found.push_back({old ? severity::warning : severity::ok, "keyring", where,
                   fmt::format("{} signs since {}; {} in all", active, counted(days, "day"), counted(keys, "key")),
                   old ? next : ""});
}

} // namespace ropewalk::cli
