#include "runtime/workflow/machine.hpp"

#include <algorithm>

#include "runtime/json_writer.hpp"
#include "runtime/workflow/drafting.hpp"
#include "runtime/workflow/replies.hpp"
#include "runtime/workflow/rules.hpp"

namespace ropewalk::workflow {

error refusal(errc code, std::string type, std::string detail, std::string field) {
  return {code, std::move(type), std::move(detail), std::move(field)};
}

void drafting::emit(event e) {
  apply(s_, e, at_);
  made_.events.push_back(std::move(e));
}

decision drafting::finish(std::string reply) && {
  made_.reply = std::move(reply);
  return std::move(made_);
}

decision drafting::showing(bool keyed, std::optional<bool> created) && {
  if (keyed) ++s_.version; // the noted entry that decide() adds
  json_writer out;
  out.begin_object().raw_field("workflow", render_workflow(who_, s_, nullptr));
  if (created) out.field("created", *created);
  out.end_object();
  return std::move(*this).finish(std::move(out).take());
}

const ended_run* find_ended(const instance& s, std::uint64_t run) noexcept {
  const auto at = std::find_if(s.ended.rbegin(), s.ended.rend(), [&](const ended_run& e) { return e.run == run; });
  return at == s.ended.rend() ? nullptr : &*at;
}

error workflow_closed(const context& c) {
  return refusal(errc::conflict, "workflow_closed",
                 "workflow \"" + c.who.id + "\" is " + std::string(name(c.state.status)) +
                     "; it takes no more of this");
}

error run_not_found(const context& c, std::uint64_t run) {
  return refusal(errc::not_found, "run_not_found", "workflow \"" + c.who.id + "\" has no run " + std::to_string(run),
                 "run");
}

status_result require_started(const entity_key& who, const instance& state) {
  if (state.status != instance_status::absent) return ok();
  return refusal(errc::not_found, "workflow_not_found", "there is no workflow \"" + who.id + "\"; start it first",
                 "workflow");
}

status_result require_live(const context& c) {
  if (auto started = require_started(c.who, c.state); !started) return started;
  if (is_over(c.state.status)) return workflow_closed(c);
  if (c.state.status == instance_status::crashed)
    return refusal(errc::unavailable, "workflow_crashed",
                   "workflow \"" + c.who.id + "\" is parked after a crash (" + c.state.status_reason +
                       "); resume tries again");
  return ok();
}

wanted_facts facts_for(const workflow_state& state, const command& c) {
  wanted_facts wanted;
  if (std::holds_alternative<wake>(c)) {
    wanted.alive = true;
    return wanted;
  }
  const auto* w = std::get_if<write>(&c);
  if (!w) return wanted;
  const auto step_of = [&](std::uint64_t number, const std::string& step) {
    if (const run* r = find_run(state, number))
      for (const step_record& known : r->steps)
        if (known.name == step && known.result_version != 0) wanted.recorded = known.result_version;
  };
  if (const auto* s = std::get_if<start>(w)) {
    if (state.status == instance_status::absent) wanted.definition = definition_ref{s->definition, s->version};
  } else if (const auto* b = std::get_if<step_begin>(w)) {
    step_of(b->run, b->step);
  } else if (const auto* d = std::get_if<step_complete>(w)) {
    step_of(d->run, d->step);
  } else if (const auto* x = std::get_if<complete>(w)) {
    if (const ended_run* e = find_ended(state, x->run);
        e && (e->status == run_status::completed || e->status == run_status::failed))
      wanted.recorded = e->version;
  }
  return wanted;
}

std::optional<std::uint64_t> run_of_worker(const write& w) noexcept {
  return std::visit(
      [](const auto& x) -> std::optional<std::uint64_t> {
        using type = std::decay_t<decltype(x)>;
        if constexpr (std::is_same_v<type, step_begin> || std::is_same_v<type, step_complete> ||
                      std::is_same_v<type, complete> || std::is_same_v<type, heartbeat>)
          return x.run;
        else return std::nullopt;
      },
      w);
}

result<decision> decide(const entity_key& who, const workflow_state& state, const command& c, const facts& known,
                        const surroundings& around, bool keyed) {
  const context here{who, state, known, around, keyed};
  const auto* w = std::get_if<write>(&c);
  if (!w)
    return std::visit(
        [&](const auto& x) -> result<decision> {
          if constexpr (std::is_same_v<std::decay_t<decltype(x)>, write>) return decision{};
          else return rule(here, x);
        },
        c);
  auto d = std::visit([&](const auto& x) { return rule(here, x); }, *w);
  if (d && keyed) d->events.emplace_back(noted{d->reply});
  return d;
}

result<std::string> recorded_reply(const std::vector<event>& events) {
  if (!events.empty())
    if (const auto* note = std::get_if<noted>(&events.back())) return note->reply;
  return error{errc::corrupt, "corrupt_record", "a remembered command's answer is not recorded", {}};
}

} // namespace ropewalk::workflow
