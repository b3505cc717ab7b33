#pragma once
// Hands the work of phases to whoever does it, by kind.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "actors/agent_work.hpp"
#include "actors/exec_work.hpp"
#include "actors/local_work.hpp"
#include "actors/task_work.hpp"
#include "actors/thread_work.hpp"
#include "actors/work_outlet.hpp"

namespace ropewalk::storage {
class keyring_handle;
}

namespace ropewalk::actors {

struct phase_work_settings {
  std::string prefix, cluster;
  std::string inbox; // the beginning of subjects that nobody else has
  int stream_replicas = 1;
};

class phase_work final : public work_outlet {
public:
  phase_work(phase_work_settings settings, request_router& router, const storage::keyring_handle& keys,
             surroundings_source& around, const node_settings& node, const local_functions& functions);
  ~phase_work() override; // close()

  // Before any instance is active. at_once: of nats_options::send_at_once.
  status_result open(transport::nats_connection& connection, transport::nats_connection& at_once);
  void close();

  void send(const entity_key& instance, const workflow::dispatch& d) override;
  void post(const entity_key& instance, const workflow::post_to_thread& p) override;
  void call_off(const entity_key& instance, const workflow::cancel_dispatch& c) override;
  void forget(const entity_key& instance, std::uint64_t run) override;

private:
  void look_after(const transport::nats_connection& connection, const transport::nats_connection& at_once);

  const phase_work_settings settings_;
  const storage::keyring_handle& keys_;
  agent_work agents_;
  task_work tasks_;
  thread_work threads_;
  exec_work commands_;
  local_work functions_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closing_ = false;
  std::thread caretaker_;
};

} // namespace ropewalk::actors
