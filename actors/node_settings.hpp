#pragma once
// What an operator may choose for one node. Flags over ROPEWALK_* variables over the settings file; every
// default stands in runtime/limits.hpp.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/cluster/cluster_settings.hpp"
#include "runtime/limits.hpp"

namespace ropewalk::actors {

struct node_settings {
  std::string name = "node1"; // [A-Za-z0-9_-]{1,64}: a subject token
  std::string nats_url = "nats://127.0.0.1:4222";
  std::string data_dir;
  std::string prefix = "rw";     // first token of every subject
  std::uint16_t partitions = 16; // used when the data directory is created; fixed from then on
  std::uint64_t threads_per_user = limits::threads_per_user; // 0 = unlimited
  std::uint64_t max_messages = limits::messages_per_thread;  // default of new threads; 0 = unlimited
  std::int64_t ttl_s = 0;                                    // default of new threads; 0 = off
  std::uint64_t max_active = 100'000;                        // entities held in memory; beyond it the idle ones leave
  std::int64_t idle_after_s = 300;                           // an entity unused for so long leaves memory
  std::size_t request_bytes = limits::request_bytes;
  std::size_t content_bytes = limits::content_bytes;
  std::uint64_t max_in_flight = 16'384; // requests being worked on; beyond it `busy`
  std::string metrics;                  // "ADDRESS:PORT" for Prometheus; "" = none
  std::string log_level = "info";       // trace debug info warn error
  bool log_json = false;
  std::string user, password_file, creds_file; // NATS credentials; secrets only by file
  std::string tls_ca, tls_cert, tls_key;       // files
  std::string keyring; // file of mode 0600 or "fd:N"; "" = keyring.json in the data directory, made when it is missing
  bool replaces_lost_keyring = false; // a new one although checkpoints are sealed with one that is gone: for trials alone
  std::uint64_t checkpoints_kept = limits::checkpoints_kept; // of each workflow, at least
  std::int64_t checkpoints_age_s = 0;                        // older ones go; 0 = by count alone
  // What phases of kind `exec` may run: by name, the program and its first arguments.
  std::map<std::string, std::vector<std::string>> exec_commands;
  std::uint64_t exec_at_once = 8;          // processes of them; others wait
  std::uint64_t local_threads = 8;         // for phases of kind `local`, in a program that has functions for them
  std::optional<cluster_settings> cluster; // absent: a node alone
  std::string vfs;                         // SQLite VFS of the journal; "" = the default (fault tests)
};

} // namespace ropewalk::actors
