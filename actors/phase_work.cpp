#include "actors/phase_work.hpp"

#include "runtime/invariant.hpp"
#include "storage/sealing/keyring_file.hpp"
#include "storage/sealing/token.hpp"

namespace ropewalk::actors {
namespace {

using namespace std::chrono_literals;
constexpr auto care_every = 250ms;

} // namespace

phase_work::phase_work(phase_work_settings settings, request_router& router, const storage::keyring_handle& keys,
                       surroundings_source& around, const node_settings& node, const local_functions& functions)
    : settings_(std::move(settings)), keys_(keys), agents_(router, settings_.prefix),
      tasks_(router, settings_.prefix, settings_.cluster, settings_.stream_replicas),
      threads_(router, settings_.prefix), commands_(router, around, settings_.prefix, node),
      functions_(router, around, functions, node.local_threads, !node.cluster) {}

phase_work::~phase_work() { close(); }

status_result phase_work::open(transport::nats_connection& connection, transport::nats_connection& at_once) {
  if (auto opened = agents_.open(connection, at_once, settings_.inbox + ".agent"); !opened) return opened;
  if (auto opened = tasks_.open(connection, settings_.inbox + ".task"); !opened) return opened;
  if (auto opened = threads_.open(connection, settings_.inbox + ".thread"); !opened) return opened;
  if (auto opened = commands_.open(); !opened) return opened;
  if (auto opened = functions_.open(); !opened) return opened;
  caretaker_ = std::thread([this, &connection, &at_once] { look_after(connection, at_once); });
  return ok();
}

void phase_work::close() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  if (caretaker_.joinable()) caretaker_.join();
  agents_.close();
  tasks_.close();
  threads_.close();
  commands_.close();
  functions_.close();
}

// What was asked before a connection came back may have lost its answer with the one before.
void phase_work::look_after(const transport::nats_connection& connection, const transport::nats_connection& at_once) {
  const auto reconnects = [&] { return connection.reconnects() + at_once.reconnects(); };
  std::uint64_t seen = reconnects();
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, care_every, [this] { return closing_; })) {
    lock.unlock();
    if (const std::uint64_t now = reconnects(); now != seen) {
      seen = now;
      agents_.connection_came_back();
      tasks_.connection_came_back();
    }
    threads_.look_for_lost();
    functions_.look_for_late();
    lock.lock();
  }
}

void phase_work::send(const entity_key& instance, const workflow::dispatch& d) {
  if (d.kind == workflow::phase_kind::local) return functions_.send(instance, d);
  const auto keys = keys_.current();
  const std::string token = storage::task_token(*keys, {settings_.cluster, instance.org, instance.id, d.run, {}});
  switch (d.kind) {
  case workflow::phase_kind::agent: return agents_.send(instance, d, token);
  case workflow::phase_kind::task: return tasks_.send(instance, d, token);
  case workflow::phase_kind::exec: return commands_.send(instance, d, token);
  default: INVARIANT(false, workflow::name(d.kind));
  }
}

void phase_work::post(const entity_key& instance, const workflow::post_to_thread& p) { threads_.post(instance, p); }

void phase_work::call_off(const entity_key& instance, const workflow::cancel_dispatch& c) {
  if (c.kind == workflow::phase_kind::agent) agents_.forget(instance, c.run);
  if (c.kind == workflow::phase_kind::task) tasks_.call_off(instance, c.run);
  if (c.kind == workflow::phase_kind::exec) commands_.call_off(instance, c.run);
  if (c.kind == workflow::phase_kind::local) functions_.call_off(instance, c.run);
}

void phase_work::forget(const entity_key& instance, std::uint64_t run) {
  agents_.forget(instance, run);
  tasks_.call_off(instance, run);
  commands_.call_off(instance, run);
  functions_.call_off(instance, run);
}

} // namespace ropewalk::actors
