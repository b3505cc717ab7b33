#include "actors/node.hpp"

#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>
#include <utility>

#include "actors/chain_desk.hpp"
#include "actors/checkpoint_refusals.hpp"
#include "actors/checkpoint_retention.hpp"
#include "actors/child_starts.hpp"
#include "actors/cluster/cluster_member.hpp"
#include "actors/cluster/definition_questions.hpp"
#include "actors/cluster/internal_link.hpp"
#include "actors/cluster/partition_subjects.hpp"
#include "actors/cluster/served_partitions.hpp"
#include "actors/definition_library.hpp"
#include "actors/down_entities.hpp"
#include "actors/journal_watch.hpp"
#include "actors/log.hpp"
#include "actors/messages.hpp"
#include "actors/nats_outbox.hpp"
#include "actors/node_connections.hpp"
#include "actors/node_keyring.hpp"
#include "actors/node_metrics.hpp"
#include "actors/node_status.hpp"
#include "actors/operator_verbs.hpp"
#include "actors/partition_owner.hpp"
#include "actors/partition_table.hpp"
#include "actors/phase_work.hpp"
#include "actors/quarantine_desk.hpp"
#include "actors/recovery_rounds.hpp"
#include "actors/request_intake.hpp"
#include "actors/rival_watch.hpp"
#include "actors/schedule_lists.hpp"
#include "actors/system_surroundings.hpp"
#include "actors/thread_proofs.hpp"
#include "actors/thread_quota.hpp"
#include "actors/thread_reads.hpp"
#include "actors/view_storage.hpp"
#include "actors/wake_clock.hpp"
#include "actors/workflow_history.hpp"
#include "actors/zone_files.hpp"
#include "storage/clock_file.hpp"
#include "storage/data_directory.hpp"
#include "storage/failpoint.hpp"
#include "storage/journal.hpp"
#include "storage/view_applier.hpp"
#include "storage/view_readers.hpp"
#include "transport/service_discovery.hpp"
#include "transport/url_for_people.hpp"

namespace ropewalk::actors {
namespace {

using namespace std::chrono_literals;

// Runs once: when it is told to, at the latest at the end of its scope.
class ending {
public:
  explicit ending(std::function<void()> run) : run_(std::move(run)) {}
  ~ending() { now(); }
  ending(const ending&) = delete;
  ending& operator=(const ending&) = delete;
  void now() {
    if (const auto run = std::exchange(run_, nullptr)) run();
  }

private:
  std::function<void()> run_;
};

void log_views(const error* why) {
  if (why)
    log_line(log_level::error, "the views cannot follow the journal", {{"reason", why->detail}, {"type", why->type}});
  else log_line(log_level::info, "the views follow the journal again");
}

std::uint64_t bytes_of(const std::filesystem::path& file) {
  std::uint64_t bytes = 0;
  for (const char* suffix : {"", "-wal"}) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(file.string() + suffix, missing);
    if (!missing) bytes += size;
  }
  return bytes;
}

class node {
public:
  node(const node_settings& settings, node_control& control) : settings_(settings), control_(control) {}

  // Builds the parts bottom to top, serves, takes them down top to bottom.
  result<node_end> run() {
    auto directory = storage::data_directory::open(settings_.data_dir);
    if (!directory) return directory.error();
    const auto& cluster = settings_.cluster;
    const storage::journal_options journal_options{cluster ? cluster->partitions : settings_.partitions, settings_.vfs,
                                                   cluster ? cluster->id : ""};
    auto journal = storage::journal::open(directory->journal_file(), journal_options);
    if (!journal) return journal.error();
    const storage::journal_meta& meta = (*journal)->meta();
    system_surroundings around(storage::clock_file{directory->clock_file()});
    const surroundings at_start = around.look();
    around.keep();
    started_ = at_start.now;

    partition_table partitions(meta.partitions);
    journal_watch watch(partitions, cluster.has_value());
    served_partitions served(partitions);
    std::unique_ptr<cluster_member> member;
    const auto was_member = (*journal)->was_member();
    if (!was_member) return was_member.error();
    if (!cluster && *was_member)
      return error{errc::conflict, "member_of_a_cluster",
                   "the data directory is that of a member of cluster \"" + meta.cluster +
                       "\": what a node alone would add there the other members would not know; start it with the "
                       "cluster's file",
                   "cluster"};
    if (cluster) {
      if (meta.partitions != cluster->partitions)
        return error{errc::conflict, "other_partitions",
                     "the data directory has " + std::to_string(meta.partitions) +
                         " partitions, which cannot be changed; the cluster's file says " +
                         std::to_string(cluster->partitions),
                     "partitions"};
      auto opened = cluster_member::open(*cluster, settings_.name, settings_.prefix, **journal, around, served);
      if (!opened) return opened.error();
      member = *std::move(opened);
    }
    storage::journal_writer writer(**journal, watch, member.get());

    storage::view_applier views({directory->views_file(), directory->journal_file(), journal_options, log_views});
    if (auto started = views.start(); !started) return started.error();
    served.watch(writer, views);
    storage::view_readers readers(views);
    const auto sealed = (*journal)->has_checkpoints();
    if (!sealed) return sealed.error();
    auto keys = node_keyring::open(settings_, *sealed, at_start.now);
    if (!keys) return keys.error();
    view_storage stored(views, readers, directory->journal_file(), journal_options, (*keys)->handle());

    auto connections = node_connections::open(settings_);
    if (!connections) return connections.error();
    const auto& connection = connections->requests;
    const auto& answers = connections->answers;
    nats_outbox out(*connection, *answers, settings_.prefix);
    const std::string process_id =
        settings_.name + '-' + meta.cluster.substr(0, 8) + '-' + std::to_string(at_start.entropy_a % 1'000'000);
    // Who answers there is believed, so nobody else may know where.
    const std::string private_id = process_id + '-' + std::to_string(at_start.entropy_b);
    rival_watch rivals(*connection, {process_id, settings_.name, settings_.prefix, meta.cluster, to_rfc3339(started_)},
                       member != nullptr);

    thread_reads reads(readers);
    thread_quota quota(settings_.threads_per_user, [&](const std::string& org, const std::string& user, auto done) {
      reads.count_of_user(org, user, writer.durable_position(), std::move(done));
    });
    std::optional<definition_questions> questions;
    if (member) questions.emplace(settings_.prefix, member->owners());
    definition_library definitions(readers, writer, questions ? &*questions : nullptr);
    served.watch(definitions);
    thread_proofs proofs(readers, directory->journal_file(), journal_options, (*keys)->handle(), meta.cluster, around);
    checkpoint_refusals refusals;
    down_entities down;
    workflow_history history(readers, writer, directory->journal_file(), journal_options, (*keys)->handle(), partitions,
                             {meta.cluster, member ? settings_.checkpoints_kept : 0},
                             [&](const entity_key& who, const refused_checkpoint& c) {
                               report_once(refusals, out, who, c, around.look().now);
                             });
    quarantine_desk quarantine(readers, writer, directory->journal_file(), journal_options, around, settings_.name,
                               [&](const std::string& body) {
                                 (void)connection->publish(
                                     transport::quarantine_event_subject(settings_.prefix, settings_.name), body);
                               });
    served.watch(quarantine);
    quarantine.count_again();
    chain_desk chains(settings_.name, readers, writer, directory->journal_file(), journal_options, (*keys)->handle(),
                      around, member.get());
    phase_work work(
        {settings_.prefix, meta.cluster, "_INBOX.ropewalk." + private_id, cluster ? cluster->stream_replicas : 1},
        partitions, (*keys)->handle(), around, settings_, control_.functions);
    zone_files zones;
    schedule_lists lists_of_schedules(readers, zones);
    recovery_rounds recovery(readers, partitions, [&writer] { return writer.durable_position(); });
    child_starts starts(meta.partitions);
    entity_environment env{writer,
                           stored,
                           reads,
                           quota,
                           out,
                           partitions,
                           around,
                           views,
                           definitions,
                           history,
                           proofs,
                           refusals,
                           down,
                           work,
                           zones,
                           lists_of_schedules,
                           (*keys)->handle(),
                           starts,
                           meta.cluster,
                           thread::thread_defaults{settings_.max_messages, settings_.ttl_s},
                           settings_.checkpoints_kept,
                           settings_.checkpoints_age_s};

    if (member) {
      env.replicated = member.get();
      env.ack = cluster->ack;
    }

    std::atomic<std::uint64_t> active_entities{0};
    transport::verb_counters counters;
    const auto figures = [&] {
      return node_figures{.cluster = meta.cluster,
                          .started_at = started_,
                          .now = around.look().now,
                          .partitions = meta.partitions,
                          .active_entities = active_entities.load(),
                          .held_bytes = env.held_bytes.load(std::memory_order_relaxed),
                          .in_flight = intake_->in_flight(),
                          .handed_on = intake_->handed_on(),
                          .journal_position = writer.durable_position(),
                          .views_position = views.applied_position(),
                          .journal_bytes = bytes_of(directory->journal_file()),
                          .views_bytes = bytes_of(directory->views_file()),
                          .views_failing = views.failing(),
                          .index_failing = views.index_failing(),
                          .disk = space_of(directory->path()),
                          .keyring = (*keys)->figures(),
                          .refused_checkpoints = refusals.count(),
                          .down = &down,
                          .quarantined = quarantine.open()};
    };
    const operator_verbs operators({settings_, watch, views, refusals, quarantine, chains, member.get(), figures,
                                    [&] { return control_.stop.load(); }});
    handed_on_requests handed_on(out);
    std::unique_ptr<replica_reads> replicas;
    if (member) replicas = std::make_unique<replica_reads>(*member, writer, readers, stored, zones);
    served.watch(replicas.get());
    request_intake intake({{settings_.prefix, meta.partitions, settings_.request_bytes, settings_.content_bytes,
                            cluster ? std::optional(cluster->guaranteed_peers) : std::nullopt},
                           settings_.name,
                           settings_.max_in_flight,
                           member ? &member->owners() : nullptr,
                           &handed_on,
                           replicas.get()},
                          *connection, partitions, env, counters, [&](transport::node_command what, caller from) {
                            operators.answer(std::move(what), std::move(from));
                          });

    // The actors after the intake: their callers report to its meter until the last one is gone.
    // Work sharing, not CAF's default work stealing: idle workers that poll in short sleeps take the cores from
    // nats-server and the journal on small machines. With it appends gained half as much again; see
    // docs/performance.md.
    caf::actor_system_config caf_config;
    caf_config.set("scheduler.policy", caf::atom("sharing"));
    caf_config.set("scheduler.max-threads", std::size_t{std::max(2u, std::thread::hardware_concurrency())});
    std::unique_ptr<internal_link> link; // of a member of a cluster; actors report to it until the last one is gone
    caf::actor_system system(caf_config);
    std::vector<caf::actor> owners;
    for (std::uint16_t p = 0; p < meta.partitions; ++p)
      owners.push_back(
          spawn_partition_owner(system, {&env, partition_id{p}, writer.generation(),
                                         std::max<std::uint64_t>(1, settings_.max_active / meta.partitions),
                                         std::chrono::seconds(settings_.idle_after_s), (*journal)->last_position(),
                                         &active_entities, member != nullptr}));
    partitions.open(std::move(owners));
    // Whatever way is taken out of here: no request comes in any more, the actors end, so that nothing is submitted, then
    // the journal's last batch with its replies, and no read is under way when what it answers to goes.
    std::optional<partition_subjects> mapped;
    if (member)
      mapped.emplace(*connection, settings_.prefix, *member,
                     [&intake](transport::nats_message m) { intake.on_mapped(std::move(m)); });
    std::unique_ptr<node_metrics> metrics;
    ending end([&] {
      metrics.reset();
      if (mapped) mapped->close(5s);
      intake.close(5s);
      chains.stop();
      work.close();
      if (replicas) replicas->close();
      if (link) link->close();
      if (questions) questions->close();
      if (member) member->stop();
      take_down(system, partitions);
      writer.stop();
      if (connection->connected()) (void)connection->flush(2s);
      readers.stop();
    });

    intake_ = &intake;
    out.watch(intake.in_flight_counter());
    watch.watch(writer, intake, recovery);
    served.watch(watch);
    if (member) {
      link = std::make_unique<internal_link>(settings_.prefix, cluster->id, settings_.name, member->owners(),
                                             (*keys)->handle(), partitions, out, handed_on, env.ack);
      partitions.go_elsewhere(
          &member->owners(), [&link](partition_id p, request_ptr r) { link->send(p, std::move(r)); },
          [](const request& r) { return internal_link::carries(r); });
      if (auto opened = link->open(*connection, "_INBOX.ropewalk-link." + private_id); !opened) return opened.error();
      if (auto opened = questions->open(*connection, "_INBOX.ropewalk-definitions." + private_id); !opened)
        return opened.error();
    }
    if (!settings_.metrics.empty()) {
      auto opened = node_metrics::open(settings_.metrics, {settings_.name, &counters, &writer, member.get(), figures});
      if (!opened) return opened.error();
      metrics = *std::move(opened);
      log_line(log_level::info, "tells figures to Prometheus", {{"address", settings_.metrics}});
    }
    std::atomic<bool> serving{false};
    bool takes_part = true;
    auto discovery = transport::service_discovery::start(
        *connection,
        {process_id,
         settings_.name,
         node_version,
         settings_.prefix,
         started_,
         {{"cluster", meta.cluster}, {"prefix", settings_.prefix}, {"started", to_rfc3339(started_)}},
         {transport::noun::thread, transport::noun::threads, transport::noun::workflow, transport::noun::workflows,
          transport::noun::schedule, transport::noun::schedules, transport::noun::node},
         &serving},
        counters);
    if (!discovery) return discovery.error();
    if (!wait_for_server(*connections)) return node_end::stopped;
    if (const auto lost = connections->lost()) return *lost;
    if (auto alone = rivals.may_serve(control_.stop); !alone) return alone.error();
    if (control_.stop) return node_end::stopped;
    if (auto opened = work.open(*connection, *answers); !opened) return opened.error();
    if (member)
      if (auto started = member->start(*connections->replication, (*keys)->handle(), writer); !started)
        return started.error();
    recovery.begin(std::chrono::steady_clock::now()); // what comes here meanwhile is called once more
    if (mapped)
      if (auto opened = mapped->adjust(std::chrono::steady_clock::now()); !opened) return opened.error();
    const auto take_part = [&]() -> status_result {
      const bool now = !member || member->takes_part();
      if (member) intake.guarantee(member->guaranteed_peers());
      if (now != takes_part && member)
        log_line(now ? log_level::info : log_level::warn,
                 now ? "takes clients' requests"
                     : "is no member of the cluster: it takes no clients' requests; see: ropewalk cluster add, remove",
                 {{"cluster", meta.cluster}});
      takes_part = now;
      return intake.serve_clients(now);
    };
    if (auto opened = take_part(); !opened) return opened.error();
    // Last: who is told that the node is well may ask at once.
    if (auto opened = intake.open(); !opened) return opened.error();
    (void)connection->flush(2s); // the server knows of the subscriptions before anybody is told
    serving = true;
    auto wakes = std::make_unique<wake_clock>(
        readers, partitions, around, [&] { return writer.generation() + served.taken_over(); },
        member ? &member->owners() : nullptr);
    checkpoint_retention retention(env, std::chrono::steady_clock::now());

    log_line(log_level::info, "serving",
             {{"nats", connection->connected_url()},
              {"data", settings_.data_dir},
              {"cluster", meta.cluster},
              {"partitions", std::to_string(meta.partitions)},
              {"position", std::to_string(writer.durable_position())}});
    rivals.keep_looking();
    if (control_.on_serving) control_.on_serving();
    while (!control_.stop && !watch.fatal()) {
      std::this_thread::sleep_for(20ms);
      // Half of a node would keep its partitions from others who could serve them.
      if (const auto lost = connections->lost()) watch.stop_for(*lost);
      if (control_.reload.exchange(false)) (*keys)->load_again(around.look().now);
      around.keep();
      quota.refuse_overdue(std::chrono::steady_clock::now());
      if (link) link->send_again(std::chrono::steady_clock::now());
      if (questions) questions->look_for_lost();
      served.tell(handed_on);
      if (replicas) replicas->look();
      if (mapped) (void)mapped->adjust(std::chrono::steady_clock::now()); // what could not be done is tried again
      if (auto taken = take_part(); !taken)
        log_line(log_level::warn, "cannot subscribe", {{"reason", taken.error().detail}});
      quarantine.count_if_stale();
      retention.look(std::chrono::steady_clock::now());
      recovery.look(std::chrono::steady_clock::now(), served.taken_over(),
                    served.new_owners() + (link ? link->given_up() : 0));
    }

    rivals.stop();
    log_line(log_level::info, "stopping", {{"in_flight", std::to_string(intake.in_flight())}});
    if (member && watch.fatal()) member->stop(); // others are to take over at once
    wakes.reset();
    if (member && !watch.fatal()) member->give_away(2s); // while requests are still taken, and handed on to the heirs
    if (mapped) mapped->close(5s);
    intake.close(5s); // no request comes in any more
    work.close();     // nor a result; what is under way is sent again after the next start
    discovery->reset();
    for (auto until = std::chrono::steady_clock::now() + 5s;
         intake.in_flight() > 0 && std::chrono::steady_clock::now() < until;) {
      std::this_thread::sleep_for(5ms);
      if (replicas) replicas->look();
    }
    end.now();
    views.stop();
    connection->close();
    answers->close();
    if (const auto fatal = watch.fatal()) {
      failure_ = *fatal;
      return node_end::journal_failed;
    }
    log_line(log_level::info, "stopped", {{"position", std::to_string(writer.durable_position())}});
    return node_end::stopped;
  }

  const error& failure() const { return failure_; }

private:
  static void take_down(caf::actor_system& system, partition_table& partitions) {
    caf::scoped_actor self(system);
    for (const caf::actor& owner : partitions.close()) {
      self->send_exit(owner, caf::exit_reason::user_shutdown);
      self->wait_for(owner);
    }
  }

  // false: told to stop meanwhile.
  bool wait_for_server(const node_connections& connections) const {
    const transport::nats_connection& connection = *connections.requests;
    if (connection.connected()) return true;
    log_line(log_level::warn, "no NATS server answers yet; trying for ever",
             {{"nats", transport::url_for_people(settings_.nats_url)}});
    while (!control_.stop && !connection.connected() && !connections.lost()) std::this_thread::sleep_for(20ms);
    // Nodes that served before the server went away come back within seconds, and must be seen.
    const auto until = std::chrono::steady_clock::now() + 5s;
    while (!control_.stop && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(20ms);
    return !control_.stop;
  }

  const node_settings& settings_;
  node_control& control_;
  instant started_;
  request_intake* intake_ = nullptr;
  error failure_;
};

status_result check(const node_settings& s) {
  if (s.data_dir.empty()) return invalid("data", "data must name a directory for the node's files");
  if (s.name.empty() || s.name.size() > 64 || encode_token(s.name) != s.name)
    return invalid("name", "name must be 1 to 64 characters of A-Z a-z 0-9 _ -");
  if (!transport::is_valid_prefix(s.prefix))
    return invalid("prefix", "prefix must be 1 to 8 tokens of A-Z a-z 0-9 _ - joined by dots");
  if (auto level = parse_log_level(s.log_level); !level) return level.error();
  if (!s.metrics.empty())
    if (auto fine = check_metrics_address(s.metrics); !fine) return fine;
  if (!s.cluster) return ok();
  if (s.keyring.empty())
    return invalid("keyring", "must be given in a cluster: all members sign and verify with the same keys");
  return ok();
}

} // namespace

node_end run_node(const node_settings& settings, node_control& control, error* why) {
  const auto failed = [&](const error& e) {
    log_line(log_level::error, "the node could not start", {{"reason", e.detail}, {"field", e.field}});
    if (why) *why = e;
    return node_end::failed_start;
  };
  if (auto fine = check(settings); !fine) {
    set_up_log(log_level::info, settings.log_json, settings.name);
    return failed(fine.error());
  }
  set_up_log(*parse_log_level(settings.log_level), settings.log_json, settings.name);
  if (const char* points = ropewalk_has_failpoints ? std::getenv("ROPEWALK_FAILPOINTS") : nullptr)
    if (auto armed = arm_failpoints(points); !armed) return failed(armed.error());
  node n(settings, control);
  auto end = n.run();
  if (!end) return failed(end.error());
  if (why) *why = n.failure();
  return *end;
}

} // namespace ropewalk::actors
