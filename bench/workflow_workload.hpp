#pragma once
// What the benches say to Ropewalk about workflows: definitions of seven trivial phases, and instances that are started
// one after the other in each slot, each waited for.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bench/stage.hpp"

namespace ropewalk::bench {

inline constexpr std::size_t phases_a_workflow = 7;
inline constexpr std::size_t steps_a_phase = 10; ///< of the phases that record steps

/// Who does the phases.
inline constexpr const char* agent_work = R"("run":"agent","subject":"bench.work.plain")";
inline constexpr const char* slow_agent_work = R"("run":"agent","subject":"bench.work.slow")";
inline constexpr const char* held_work = R"("run":"agent","subject":"bench.work.held")"; ///< by the bench itself
inline constexpr const char* local_work = R"("run":"local","function":"plain")";
inline constexpr const char* local_steps_work = R"("run":"local","function":"steps")";
inline constexpr const char* signal_work = R"("run":"wait","signal":"go")";

/// The seven phases of creating an agent, each done the same way; or so many of them.
void define_workflow(nats_connection& client, std::string_view name, std::string_view work,
                     std::size_t phases = phases_a_workflow);

std::string workflow_subject(std::string_view id, std::string_view verb);

struct workflow_load {
  figure workflows;           ///< a second; latency from the start to the result
  std::uint64_t finished = 0; ///< warm-up and tail included

  double phases_a_second() const noexcept { return workflows.rate * phases_a_workflow; }
};

/// So many at a time for the measured time: each is started, its result awaited, and the next one begins. Throws unless
/// the node then counts exactly so many completed.
workflow_load run_workflows(stage& on, const std::string& definition, std::size_t at_once);

/// Starts `count` instances with ids `<prefix><number>`, many at a time; returns when all are acknowledged.
void start_workflows(nats_connection& client, const std::string& definition, const std::string& prefix,
                     std::size_t count);

std::uint64_t count_workflows(nats_connection& client, std::string_view definition, std::string_view status);

} // namespace ropewalk::bench
