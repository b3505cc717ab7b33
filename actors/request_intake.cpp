#include "actors/request_intake.hpp"

#include "actors/cluster/partition_subjects.hpp"
#include "actors/schedule_lists.hpp"
#include "actors/thread_reads.hpp"
#include "actors/workflow_history.hpp"
#include "runtime/workflow/machine.hpp"
#include "storage/failpoint.hpp"
#include "storage/sealing/keyring_file.hpp"
#include "storage/sealing/token.hpp"
#include "transport/subject.hpp"

namespace ropewalk::actors {

request_intake::request_intake(intake_settings settings, transport::nats_connection& connection,
                               partition_table& partitions, entity_environment& env, transport::verb_counters& counters,
                               node_verbs on_node_request)
    : settings_(std::move(settings)), connection_(connection), partitions_(partitions), env_(env), counters_(counters),
      on_node_request_(std::move(on_node_request)), operators_subjects_(settings_.decoder.prefix + ".node."),
      peers_(settings_.decoder.guaranteed_peers.value_or(0)) {}

request_intake::~request_intake() = default;

status_result request_intake::open() {
  for (const auto& wanted : transport::request_subscriptions(settings_.decoder.prefix, settings_.node_name)) {
    if (wanted.queue_group) continue;
    auto subscription =
        connection_.subscribe(wanted.subject, {}, [this](transport::nats_message m) { on_message(std::move(m)); });
    if (!subscription) return subscription.error();
    subscriptions_.push_back(*std::move(subscription));
  }
  if (!settings_.owners) return ok();
  auto subscription = connection_.subscribe(handed_on_subjects(settings_.decoder.prefix, settings_.node_name), {},
                                            [this](transport::nats_message m) { on_handed_on(std::move(m)); });
  if (!subscription) return subscription.error();
  subscriptions_.push_back(*std::move(subscription));
  return ok();
}

status_result request_intake::serve_clients(bool on) {
  leaving_.sweep();
  if (on == !of_clients_.empty()) return ok();
  std::vector<std::unique_ptr<transport::nats_subscription>> begun; // all of them or none
  for (const auto& wanted : transport::request_subscriptions(settings_.decoder.prefix, settings_.node_name)) {
    if (!on || !wanted.queue_group) continue;
    auto subscription = connection_.subscribe(wanted.subject, transport::queue_group,
                                              [this](transport::nats_message m) { on_message(std::move(m)); });
    if (!subscription) return subscription.error();
    begun.push_back(*std::move(subscription));
  }
  of_clients_.swap(begun);
  for (auto& subscription : begun) leaving_.add(std::move(subscription));
  return ok();
}

bool request_intake::close(std::chrono::milliseconds timeout) {
  for (auto* ending : {&of_clients_, &subscriptions_}) {
    for (auto& subscription : *ending) leaving_.add(std::move(subscription));
    ending->clear();
  }
  // Without a server nothing is under way to us, and a drain would wait for its answer.
  return leaving_.close(connection_.connected() ? timeout : std::chrono::milliseconds(0));
}

void request_intake::refuse_all(const error& why) { refusing_.store(std::make_shared<const error>(why)); }

void request_intake::answered(const transport::verb_spec* verb, std::size_t bytes, std::chrono::nanoseconds took,
                              const error* problem) {
  bytes_in_flight_.fetch_sub(bytes, std::memory_order_relaxed);
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
  if (!verb) counters_.unknown_verb();
  else if (problem) counters_.refused(*verb, took, *problem);
  else counters_.answered(*verb, took);
}

void request_intake::on_message(transport::nats_message m) {
  auto headers = m.headers();
  if (!headers) return take(m, headers.error());
  take(m, arrived_request{std::string(m.subject()), *std::move(headers), env_.around.look(), 0});
}

void request_intake::on_handed_on(transport::nats_message m) {
  take(m, unwrap(m, {settings_.decoder.prefix, env_.cluster}, settings_.node_name, *env_.keys.current()));
}

void request_intake::on_mapped(transport::nats_message m) {
  auto subject = unmapped_subject(m.subject(), settings_.decoder.prefix);
  auto headers = m.headers();
  if (!subject) return take(m, error{errc::invalid, {}, "is no request that was mapped to a partition", "subject"});
  if (!headers) return take(m, headers.error());
  take(m, arrived_request{*std::move(subject), *std::move(headers), env_.around.look(), 0});
}

void request_intake::take(transport::nats_message& m, result<arrived_request> arrived) {
  const std::uint64_t now_in_flight = in_flight_.fetch_add(1, std::memory_order_relaxed);
  const std::size_t bytes = m.subject().size() + m.body().size();
  const std::uint64_t now_bytes = bytes_in_flight_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  const std::string reply_to(m.reply_to());
  const bool operators = m.subject().starts_with(operators_subjects_); // they must be able to look at a busy node
  const auto busy = [&](const std::string& with) {
    caller(reply_to, nullptr, bytes, env_.out, *this)
        .refuse({errc::busy, "node_busy", "the node works on " + with + " already; try again", {}});
  };
  if (now_in_flight >= settings_.max_in_flight && !operators)
    return busy(std::to_string(settings_.max_in_flight) + " requests");
  if (now_bytes > limits::bytes_in_flight && now_in_flight > 0 && !operators)
    return busy(std::to_string(limits::bytes_in_flight >> 20) + " MiB of requests");
  const std::string_view subject = arrived ? std::string_view(arrived->subject) : m.subject();
  auto how = settings_.decoder;
  if (how.guaranteed_peers) how.guaranteed_peers = peers_.load(std::memory_order_relaxed);
  auto decoded = arrived ? transport::decode_request({subject, arrived->headers, m.body()}, how, arrived->around)
                         : result<transport::decoded_request>(arrived.error());
  if (!decoded)
    return caller(reply_to, transport::verb_of(subject, settings_.decoder.prefix), bytes, env_.out, *this)
        .refuse(decoded.error());
  caller from(reply_to, decoded->verb, bytes, env_.out, *this);
  // Operators must be able to ask a failed node what is wrong with it.
  if (auto* node = std::get_if<transport::node_command>(&decoded->what))
    return on_node_request_(std::move(*node), std::move(from));
  if (auto* points = std::get_if<transport::arm_failpoints>(&decoded->what)) return arm(*points, std::move(from));
  if (const auto why = refusing_.load()) return from.refuse(*why);
  if (is_elsewhere(*decoded)) {
    if (decoded->replica_read && replica_reads::answers(*decoded))
      return read_replica(*std::move(decoded), std::move(from), *arrived, m);
    return elsewhere(*decoded, *arrived, m, std::move(from));
  }
  if (auto genuine = check_token(*decoded); !genuine) return from.refuse(genuine.error());
  serve(*std::move(decoded), std::move(from));
}

namespace {

handed_on_requests::patience patience_of(const transport::decoded_request& r) {
  const auto* query = std::get_if<workflow::instance_query>(&r.what);
  const auto* result = query ? std::get_if<workflow::wait_result>(query) : nullptr;
  return result && std::chrono::seconds(result->wait_s) > caller::longest_wait ? handed_on_requests::patience::lengthy
                                                                               : handed_on_requests::patience::brief;
}

} // namespace

bool request_intake::is_elsewhere(const transport::decoded_request& decoded) const {
  const bool of_no_partition = std::holds_alternative<thread::across>(decoded.what) ||
                               std::holds_alternative<workflow::across>(decoded.what) ||
                               std::holds_alternative<schedule::list>(decoded.what);
  return settings_.owners && !of_no_partition && !settings_.owners->of(decoded.partition).here;
}

void request_intake::elsewhere(const transport::decoded_request& decoded, const arrived_request& arrived,
                               const transport::nats_message& m, caller from) {
  const partition_id p = decoded.partition;
  const ownership::place place = settings_.owners->of(p);
  if (!place.member || arrived.hands >= most_hands)
    return from.refuse({errc::unavailable,
                        "no_owner",
                        "no member serves partition " + std::to_string(p.value) + " right now; try again",
                        {}});
  if (auto sent = hand_on(connection_, {settings_.decoder.prefix, env_.cluster}, *place.member, *env_.keys.current(),
                          arrived, m.reply_to(), m.body());
      !sent)
    return from.refuse(sent.error());
  handed_on_.fetch_add(1, std::memory_order_relaxed);
  settings_.handed_on->note(p, *place.member, std::string(m.reply_to()), patience_of(decoded));
  from.hand_on();
}

void request_intake::read_replica(transport::decoded_request decoded, caller from, arrived_request& arrived,
                                  transport::nats_message& m) {
  struct kept_request {
    transport::nats_message message;
    arrived_request arrived; // its headers are in the message
  };
  const auto kept = std::make_shared<kept_request>(kept_request{std::move(m), std::move(arrived)});
  settings_.replicas->ask(
      {std::move(decoded), std::move(from), [this, kept](transport::decoded_request what, caller to) {
         if (is_elsewhere(what)) elsewhere(what, kept->arrived, kept->message, std::move(to));
         else serve(std::move(what), std::move(to));
       }});
}

// Here: by the owner, or across partitions.
void request_intake::serve(transport::decoded_request decoded, caller from) {
  if (!settings_.replicas || !decoded.replica_read) return dispatch(std::move(decoded), std::move(from));
  settings_.replicas->reach(std::move(decoded), std::move(from), [this](transport::decoded_request what, caller to) {
    dispatch(std::move(what), std::move(to));
  });
}

void request_intake::arm(const transport::arm_failpoints& wanted, caller from) {
  if (!ropewalk_has_failpoints)
    return from.refuse(
        {errc::unsupported, {}, "this program was built without places where it can be made to fail", {}});
  if (auto armed = arm_failpoints(wanted.points); !armed) return from.refuse(armed.error());
  from.answer("{\"armed\":true}");
}

// What a worker says of a run counts only with that run's token.
status_result request_intake::check_token(const transport::decoded_request& r) const {
  const auto* write = std::get_if<workflow::write>(&r.what);
  if (!write) return ok();
  const std::optional<std::uint64_t> run = workflow::run_of_worker(*write);
  if (!run) return ok();
  return storage::verify_task_token(*env_.keys.current(), {env_.cluster, r.key.org, r.key.id, *run, {}}, r.task_token);
}

void request_intake::dispatch(transport::decoded_request decoded, caller from) {
  if (auto* across = std::get_if<thread::across>(&decoded.what))
    return env_.reads.across(std::move(decoded.key.org), std::move(*across), env_.journal.durable_position(),
                             std::make_shared<caller>(std::move(from)));
  if (auto* across = std::get_if<workflow::across>(&decoded.what))
    return env_.history.across(std::move(decoded.key.org), std::move(*across), env_.journal.durable_position(),
                               std::make_shared<caller>(std::move(from)));
  if (auto* list = std::get_if<schedule::list>(&decoded.what))
    return env_.schedules.list(std::move(decoded.key.org), std::move(*list), env_.journal.durable_position(),
                               std::make_shared<caller>(std::move(from)));
  auto r = std::make_shared<request>();
  r->entity = std::move(decoded.key);
  std::visit(
      [&r](auto& what) {
        using what_type = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<what_type, thread::write>) r->what = thread::command{std::move(what)};
        else if constexpr (std::is_same_v<what_type, workflow::write>) r->what = workflow::command{std::move(what)};
        else if constexpr (std::is_same_v<what_type, schedule::write>) r->what = schedule::command{std::move(what)};
        else if constexpr (std::is_same_v<what_type, workflow::definition_request>)
          std::visit([&r](auto& x) { r->what = std::move(x); }, what);
        else if constexpr (std::is_same_v<what_type, thread::read> || std::is_same_v<what_type, workflow::read> ||
                           std::is_same_v<what_type, workflow::instance_query> ||
                           std::is_same_v<what_type, schedule::get>)
          r->what = std::move(what);
      },
      decoded.what);
  r->key = std::move(decoded.idempotency);
  r->ack = decoded.ack;
  r->from.emplace(std::move(from));
  r->brand_new = decoded.fresh_id;
  partitions_.route(decoded.partition, std::move(r));
}

} // namespace ropewalk::actors
