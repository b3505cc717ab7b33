#pragma once
// What is wrong with a node, from what it says about itself: rules without a network, for `ropewalk doctor`.
//
//   std::vector<finding> found;
//   judge_status(found, "n1", status.root(), now);

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/instant.hpp"
#include "runtime/json_text.hpp"

namespace ropewalk::cli {

enum class severity : std::uint8_t { ok, warning, problem };
std::string_view name(severity s) noexcept;

struct finding {
  severity level = severity::ok;
  std::string check; // "views"
  std::string node;  // "" = of no single one
  std::string detail;
  std::string next; // the command to run; "" = none
};

// Bounds, each with its reason.
inline constexpr std::int64_t lag_warning = 10'000;             // entries: lists are seconds behind
inline constexpr std::uint64_t disk_problem_bytes = 256 << 20;  // some minutes of a busy node
inline constexpr std::uint64_t disk_warning_bytes = 2ull << 30; // time to act by day
inline constexpr std::int64_t clock_warning_us = 1'000'000;     // times of messages look out of order
inline constexpr std::int64_t clock_problem_us = 60'000'000;    // timers and expiries are off by as much
inline constexpr std::int64_t key_age_warning_days = 365;

// A reply to `health`.
void judge_health(std::vector<finding>& found, const std::string& node, json_view health);
// A reply to `status`, asked for at `asked` and there at `answered` by our clock. A node of an earlier version says less.
void judge_status(std::vector<finding>& found, const std::string& node, json_view status, instant asked,
                  instant answered);
// A reply to `refused_checkpoints`.
void judge_refused(std::vector<finding>& found, const std::string& node, json_view refused);

// JetStream does not serve, for this reason. of_cluster: a node that answers is a member of one.
void judge_no_jetstream(std::vector<finding>& found, const std::string& why, bool of_cluster);
// Nobody could be asked about JetStream; nodes may be allowed to.
void judge_unasked_jetstream(std::vector<finding>& found, const std::string& why);
// What `ropewalk cluster status` says as JSON. Members that do not answer are the nodes' own findings.
void judge_cluster(std::vector<finding>& found, json_view status);

// where: the node's name, or "" with --data.
void judge_disk(std::vector<finding>& found, const std::string& where, std::uint64_t free_bytes,
                std::uint64_t total_bytes);
// next: how to rotate it.
void judge_key_age(std::vector<finding>& found, const std::string& where, const std::string& active, std::uint64_t keys,
                   instant created, instant now, const std::string& next);

} // namespace ropewalk::cli
