#include "actors/cluster/replica_reads.hpp"

#include <algorithm>
#include <utility>

#include "actors/definition_rules.hpp"
#include "actors/schedule_rules.hpp"
#include "actors/thread_reads.hpp"
#include "actors/workflow_rules.hpp"
#include "actors/zone_files.hpp"
#include "runtime/overloaded.hpp"
#include "runtime/schedule/replies.hpp"
#include "storage/view_readers.hpp"

namespace ropewalk::actors {

namespace {

const error node_stopping{errc::unavailable, "node_stopping", "the node is stopping; try again", {}};

bool across_partitions(const transport::decoded_request& r) {
  return std::holds_alternative<thread::across>(r.what) || std::holds_alternative<workflow::across>(r.what) ||
         std::holds_alternative<schedule::list>(r.what);
}

template <class Rules>
result<typename Rules::state> folded(result<stored_entity> found) {
  if (!found) return found.error();
  typename Rules::state state;
  if (found->snapshot) {
    auto decoded = Rules::decode_state(found->snapshot->state);
    if (!decoded) return decoded.error();
    state = *std::move(decoded);
  }
  for (const entry& e : found->tail)
    if (auto fine = Rules::apply_entry(state, e.event); !fine) return fine.error();
  return state;
}

result<std::string> workflow_text(const entity_key& who, result<stored_entity> found, const workflow::read& what) {
  const auto state = folded<workflow_rules>(std::move(found));
  if (!state) return state.error();
  if (auto started = workflow::require_started(who, *state); !started) return started.error();
  return std::visit(overloaded{[&](const workflow::get& x) { return workflow::read_reply(who, *state, nullptr, x); },
                               [&](const auto& x) { return workflow::read_reply(who, *state, x); }},
                    what);
}

result<std::string> schedule_text(const entity_key& who, result<stored_entity> found, const schedule::get& what,
                                  zone_files& zones) {
  const auto state = folded<schedule_rules>(std::move(found));
  if (!state) return state.error();
  const auto zone = state->spec ? zones.find(state->spec->time_zone) : result<schedule::shared_zone>(nullptr);
  return schedule::read_reply(who, *state, zone ? zone->get() : nullptr, what);
}

result<std::string> definition_text(const entity_key& who, result<stored_entity> found,
                                    const workflow::definition_request& what) {
  const auto state = folded<definition_rules>(std::move(found));
  if (!state) return state.error();
  return workflow::book::read_reply(who, *state, std::get<workflow::get_definition>(what));
}

bool same_stand(const read_stand& a, const read_stand& b) {
  return b.shows_accepted && !b.serving && a.served == b.served;
}

} // namespace

replica_reads::replica_reads(cluster_member& member, const storage::journal_writer& writer,
                             storage::view_readers& views, entity_storage& stored, zone_files& zones)
    : member_(member), writer_(writer), views_(views), stored_(stored), zones_(zones) {}

void replica_reads::close() {
  std::vector<waiting> rest;
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    rest.swap(waiting_);
  }
  for (waiting& w : rest) w.a.from.refuse(node_stopping);
}

bool replica_reads::answers(const transport::decoded_request& r) {
  const auto* of_thread = std::get_if<thread::read>(&r.what);
  if (of_thread)
    return !std::holds_alternative<thread::take_snapshot>(*of_thread) &&
           !std::holds_alternative<thread::verify>(*of_thread);
  const auto* of_definition = std::get_if<workflow::definition_request>(&r.what);
  if (of_definition) return std::holds_alternative<workflow::get_definition>(*of_definition);
  return std::holds_alternative<workflow::read>(r.what) || std::holds_alternative<schedule::get>(r.what);
}

void replica_reads::ask(asked a) { take({std::move(a), false, clock::now() + patience}); }

void replica_reads::reach(transport::decoded_request what, caller from,
                          std::function<void(transport::decoded_request, caller)> then) {
  take({{std::move(what), std::move(from), std::move(then)}, true, clock::now() + patience});
}

template <class StandOf>
bool replica_reads::reached(const waiting& w, StandOf stand_of) {
  const transport::decoded_request& r = w.a.what;
  if (!w.of_owner && !stand_of(r.partition).shows_accepted) return false;
  return std::all_of(r.replica_read->at_least.begin(), r.replica_read->at_least.end(), [&](const auto& wanted) {
    const read_stand s = stand_of(wanted.partition);
    // An owner's read waits itself until what it shows, of its own entity, is accepted; what is across partitions does not.
    return (w.of_owner && s.serving && !across_partitions(r) ? s.head : s.index) >= wanted.index;
  });
}

void replica_reads::take(waiting w) {
  if (reached(w, [&](partition_id p) { return member_.stand(p); })) return go_on(std::move(w));
  bool stopping = false;
  {
    const std::scoped_lock lock(mutex_);
    stopping = closed_;
    if (!stopping && waiting_.size() < waiting_max) {
      waiting_.push_back(std::move(w));
      any_ = true;
      return;
    }
  }
  if (stopping) w.a.from.refuse(node_stopping);
  else give_up(std::move(w));
}

void replica_reads::look() {
  if (!any_) return;
  const auto now = clock::now();
  // Told of each change of any partition, on the journal's thread, which has other things to do.
  auto next = next_look_.load(std::memory_order_relaxed);
  if (now < next || !next_look_.compare_exchange_strong(next, now + look_every)) return;
  std::vector<read_stand> stands;
  for (std::uint16_t p = 0; p < member_.owners().partitions(); ++p) stands.push_back(member_.stand(partition_id{p}));
  std::vector<waiting> ready, late;
  {
    const std::scoped_lock lock(mutex_);
    std::erase_if(waiting_, [&](waiting& w) {
      const bool is_reached = reached(w, [&](partition_id p) -> const read_stand& { return stands[p.value]; });
      if (!is_reached && now < w.until) return false;
      (is_reached ? ready : late).push_back(std::move(w));
      return true;
    });
    any_ = !waiting_.empty();
  }
  for (waiting& w : ready) go_on(std::move(w));
  for (waiting& w : late) give_up(std::move(w));
}

void replica_reads::go_on(waiting w) {
  if (!w.of_owner) return answer(std::move(w.a));
  w.a.from.add_to_answer(read_at(w.a.what));
  w.a.owner(std::move(w.a.what), std::move(w.a.from));
}

void replica_reads::give_up(waiting w) const {
  if (!w.of_owner) return w.a.owner(std::move(w.a.what), std::move(w.a.from));
  w.a.from.refuse({errc::unavailable, "position_not_reached",
                   "\"" + member_.self() + "\" has not seen as much as was asked for; try again",
                   std::string(transport::position_header)});
}

std::function<std::string()> replica_reads::read_at(const transport::decoded_request& r) const {
  const bool across = across_partitions(r);
  const std::uint16_t first = across ? std::uint16_t{0} : r.partition.value;
  const std::uint16_t end = across ? member_.owners().partitions() : static_cast<std::uint16_t>(first + 1);
  const bool linearizable = !across && member_.stand(r.partition).serving;
  std::optional<std::int64_t> age_us = 0;
  for (std::uint16_t p = first; p < end && !linearizable; ++p) {
    const read_stand s = member_.stand(partition_id{p});
    age_us = age_us && s.age_us ? std::optional(std::max(*age_us, *s.age_us)) : std::nullopt;
  }
  // An owner waits for what it shows alone: of other entities more may have been seen elsewhere than it knows to be accepted, and who
  // has seen that must not be sent back.
  std::uint64_t asked = 0;
  if (linearizable)
    for (const auto& wanted : r.replica_read->at_least)
      if (wanted.partition == r.partition) asked = std::max(asked, wanted.index);
  return [this, linearizable, first, end, age_us, asked, since = clock::now()] {
    std::string text = "\"read_at\":{\"member\":\"" + member_.self() + "\",\"position\":\"";
    for (std::uint16_t p = first; p < end; ++p) {
      const read_stand s = member_.stand(partition_id{p});
      if (p != first) text += ',';
      // The disk may hold, and the views show, what this member is only about to hear of; and what is across partitions also what
      // its owner has only placed.
      text.append(std::to_string(p))
          .append(":")
          .append(std::to_string(linearizable ? std::max(s.index, asked) : s.head));
    }
    text += "\",\"age_ms\":";
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - since).count();
    const std::string age_ms = !age_us ? "null" : linearizable ? "0" : std::to_string((*age_us + took) / 1000);
    return text.append(age_ms).append("}");
  };
}

void replica_reads::answer(asked a) {
  const auto shared = std::make_shared<asked>(std::move(a));
  const read_stand before = member_.stand(shared->what.partition);
  if (!before.shows_accepted || before.serving) return shared->owner(std::move(shared->what), std::move(shared->from));
  shared->from.add_to_answer(read_at(shared->what));
  const std::uint64_t position = writer_.durable_position(); // the stand's entries are before it
  const auto give = [this, shared, before](const result<std::string>& text) {
    const bool stands = same_stand(before, member_.stand(shared->what.partition));
    const bool owner_may_know = !text && (text.error().code == errc::not_found || retryable(text.error().code));
    if (!stands || owner_may_know) shared->from.add_to_answer(nullptr);
    if (!stands || owner_may_know) return shared->owner(std::move(shared->what), std::move(shared->from));
    if (!text) return shared->from.refuse(text.error());
    shared->from.answer(*text);
  };
  const entity_key& who = shared->what.key;
  if (std::holds_alternative<thread::read>(shared->what.what)) {
    views_.post(position, [shared, give](result<storage::view_reader*> views) {
      if (!views) return give(views.error());
      give(thread_reads::as_shown(**views, shared->what.key, std::get<thread::read>(shared->what.what)));
    });
    return;
  }
  stored_.load(who, position, [this, shared, give](result<stored_entity> found) {
    const entity_key& of = shared->what.key;
    give(std::visit(
        overloaded{[&](const workflow::read& x) { return workflow_text(of, std::move(found), x); },
                   [&](const schedule::get& x) { return schedule_text(of, std::move(found), x, zones_); },
                   [&](const workflow::definition_request& x) { return definition_text(of, std::move(found), x); },
                   [](const auto&) -> result<std::string> {
                     return error{errc::unavailable, "owner_only", "its owner alone can tell", {}};
                   }},
        shared->what.what));
  });
}

} // namespace ropewalk::actors
