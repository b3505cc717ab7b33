#pragma once
// The prose of docs/wire.md about what workflows look like.

#include <string_view>

namespace ropewalk::transport {

inline constexpr std::string_view reference_workflows = R"md(
### workflow

```json
{"id":"order-7","org":"acme","definition":{"name":"agent-creation","version":3},"status":"running","version":9,
 "created_at":"2026-01-31T09:05:00.000001Z","updated_at":"2026-01-31T09:06:00.000001Z","attributes":{"customer":"c-9"},
 "phase_runs":2,"runs":[{"run":2,"phase":"code_generation","kind":"task","status":"waiting","attempt":1,"attempts":3,
 "last_error":{"code":"rate_limited","message":"the provider said 429","at":"2026-01-31T09:06:00.000001Z"},
 "waiting_for":"next attempt","since":"2026-01-31T09:06:00.000001Z","started_at":"2026-01-31T09:05:41.000001Z",
 "next_attempt_at":"2026-01-31T09:06:01.000001Z"}]}
```

`status`:

| | |
| --- | --- |
| `running` | it goes on, or waits for a worker, a signal, a child or a time |
| `paused` | by `pause`; nothing new begins |
| `compensating` | it failed or was cancelled, and undoes what it did |
| `completed`, `failed`, `cancelled`, `terminated` | over, with `ended_at`; `failed` may be retried |
| `crashed` | parked after it could not be kept up; `status_reason`, `restarts` |

`version` counts the instance's events; a write with an idempotency key may record its answer as one more (`noted`).
`runs` are those under way: a *run* is one execution of one phase, and its retries are attempts of the same run. A run's
`status` is `scheduled`, or `waiting` for its next attempt; `waiting_for` says for whom or what, `since` since when.
`attempts`, those of policies around it included, is left out where there is no end of them. Others of a run, where they mean something: `branch` or `index` (in a
`parallel` or `map`), `compensates` (the run that it undoes), `deadlines` (`attempt`, `total`, `start`, `heartbeat`,
`timer`), `child`, `steps`, `opened`, `closed` and `elements` (of branches and elements), `last_heartbeat_at`, `progress`,
`refused` and `next_dispatch_at` (nobody was there to take it).

Others of the instance, where there are any: `status_reason`, `error` (`code`, `message`), `deadline`, `parent` (`workflow`,
`run`), `branched_from` (`workflow`, `version`), `ending` (while it compensates: how it will end), `not_undone`, `failed_runs`,
`signals` (that no phase took yet), `leaving_children`, `late_results`.

The object fits every reply: behind its first 128 KiB errors' messages are cut to 200 bytes and `progress` is left out, and a
list that is still too long ends early, with `runs_left_out` (or `failed_runs_left_out`, `signals_left_out`,
`not_undone_left_out`, `leaving_children_left_out`): how many more there are.

### definition

```json
{"name":"trip","version":1,"description":"plans and books a trip","phases":3,"created_at":"2026-01-31T09:00:00.000001Z"}
```

`phases` counts all of them, nested ones too; `document` is the whole definition, where it is answered.

### checkpoint

```json
{"id":"019c1384-7a10-7c02-9d11-2f6e00000007","parent":"019c1384-5f20-7a51-8c3e-9b1f00000003","version":7,
 "phase":"code_generation","reason":"phase","time":"2026-01-31T09:05:41.000001Z","bytes":2048,"stored_bytes":731}
```

The instance's state after its event of `version`; `bytes` as it is, `stored_bytes` compressed and signed. `parent` is the
checkpoint before it. `reason` is `phase`, `growth` (many events since the last one), or of one that was asked for the words
that were given for it, `demand` without any. With `verify` there is `verified`, and where that is false `refused`: what is
wrong with its seal.

### event of a workflow

```json
{"version":8,"type":"completed","time":"2026-01-31T09:05:41.000001Z","run":1,"result":{"title":"A planner of trips"}}
```

As `history` answers them; on `rw.v1.<org>.event.workflow.<id>` with `workflow`, the instance's id, as well. One is published
for each count of `version`, after it is durable; NATS delivers it at most once, and who misses a version reads on with
`history` and `after_version`.

| Type | Fields |
| --- | --- |
| `started` | `definition`, `document`, `input`, `attributes`, `deadline_us`?, `parent`?, `depth`? (workflows above it), `branched_from`? |
| `scheduled` | `run`, `line`, `phase`, `attempt`, `deadlines`, `index`?, `input_digest`? |
| `attempt_failed` | `run`, `attempt`, `code`, `message`, `retry_at_us` |
| `completed` | `run`, `result`, `by`? |
| `failed` | `run`, `code`, `message` |
| `skipped` | `run`, `line`, `phase` |
| `cancelled` | `run` |
| `late_result` | `run`, `digest`, `from` |
| `step_begun` | `run`, `step` |
| `step_completed` | `run`, `step`, `result` |
| `signalled` | `id`, `name`, `payload` |
| `signal_taken` | `run`, `id` |
| `timer_fired` | `run` (0: the instance), `which` |
| `line_opened` | `line`, `run`, `branch` or `index` |
| `line_closed` | `line` |
| `child_started` | `run`, `child` |
| `child_left` | `run`, `child`, `how` |
| `updated` | `patch`, `reason` |
| `paused`, `cancel_requested`, `terminated`, `checkpointed` | `reason` |
| `resumed`, `unparked` | |
| `retried` | `reason`, `deadline_us`? |
| `crashed` | `reason`, `restarts` |
| `stopping`, `ended` | `status`, `code`, `message` |
| `compensation_scheduled` | `run`, `of`, `phase`, `attempt`, `deadlines`, `index`? |
| `compensation_completed` | `run` |
| `compensation_failed` | `run`, `code`, `message` |
| `noted` | `reply`: a recorded answer; nothing changed but `version` |

Where a checkpoint did not verify as the instance was loaded, `checkpoint_refused` is published beside these: `workflow`,
`checkpoint`, `at_version` (the checkpoint's) and `reason` (the type of the refusal). It is no event of the instance: it has no
`version` and is not in `history`.

Names that end in `_us` are microseconds since 1970. A *line* is a list of phases in progress: 0, and one for each branch of
a `parallel` and each element of a `map`.
)md";

} // namespace ropewalk::transport
