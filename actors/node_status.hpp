#pragma once
// What a node tells its operators about itself (rw.node.<name>.health and .status).

#include <filesystem>
#include <optional>
#include <string>

#include "actors/node_keyring.hpp"
#include "actors/node_settings.hpp"
#include "runtime/instant.hpp"
#include "runtime/result.hpp"
#include "storage/quarantine_reader.hpp"

namespace ropewalk::actors {

class down_entities;

inline constexpr const char* node_version = "0.1.0";

struct disk_space {
  std::uint64_t free_bytes = 0, total_bytes = 0; // free for us; 0 of 0 = unknown
};

disk_space space_of(const std::filesystem::path& directory);

// As status and metrics have them; looked up when one of them is asked for.
struct node_figures {
  std::string cluster;
  instant started_at, now;
  std::uint16_t partitions = 0;
  std::uint64_t active_entities = 0, held_bytes = 0, in_flight = 0, handed_on = 0;
  std::uint64_t journal_position = 0, views_position = 0;
  std::uint64_t journal_bytes = 0, views_bytes = 0;
  std::optional<error> views_failing{}; // why they cannot follow the journal
  std::optional<error> index_failing{}; // why full text alone cannot
  disk_space disk{};                    // of the data directory
  keyring_figures keyring{};
  std::uint64_t refused_checkpoints = 0;
  const down_entities* down = nullptr;
  storage::quarantine_figures quarantined; // and nobody looked at it yet
};

// {"status":"ok"|"draining"|"failed","node":"…","detail"?:"…"}
std::string render_health(const std::string& node, const char* status, const std::string& detail);
std::string render_status(const node_settings& settings, const node_figures& figures);

} // namespace ropewalk::actors
