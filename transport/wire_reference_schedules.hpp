#pragma once
// The prose of docs/wire.md about what schedules look like.

#include <string_view>

namespace ropewalk::transport {

inline constexpr std::string_view reference_schedules = R"md(
### schedule

What it is to do, as `create`, `update` and `apply` take it:

```json
{"cron":["30 2 * * 1-5"],"time_zone":"Europe/Berlin","overlap":"buffer_one","catch_up_window":"1h","jitter":"30s",
 "ends_at":"2027-01-01T00:00:00Z","max_runs":100,
 "workflow":{"definition":"report","version":3,"input":{"of":"yesterday"},"attributes":{"team":"x"},"id":"{schedule}-{time}"}}
```

| Field | |
| --- | --- |
| `cron` | one expression, or up to 16: minute, hour, day of month, month, day of week; `@daily` and the like |
| `time_zone` | of `cron`; default `UTC`. A local time that a clock skips fires at the first moment after the gap, one that comes twice fires once |
| `every`, `offset` | instead of `cron`: a duration in whole seconds, counted from 1970-01-01T00:00:00Z, and how much later |
| `workflow` | `definition` (required), `version` (absent = the newest at each start), `input`, `attributes`, `id`: a template with `{time}` |
| `overlap` | if an instance runs still: `skip` (default), `buffer_one`, `buffer_all`, `cancel_other`, `terminate_other`, `allow_all` |
| `catch_up_window` | how late a start may be made up for, after the node was down; default `1m`. Later ones are missed |
| `jitter` | each start is up to so much later, the same for the same time |
| `ends_at`, `max_runs` | no time at or after it; no more starts by time than that |

As it is answered:

```json
{"name":"nightly","org":"acme","status":"active","note":"","spec":{"...":"..."},"next":["2026-02-01T01:30:00.000000Z"],
 "running_count":1,"waiting_count":0,
 "running":[{"workflow":"nightly-20260131T013000Z","scheduled_time":"2026-01-31T01:30:00.000000Z","started":true}],
 "waiting":[],
 "recent":[{"workflow":"nightly-20260130T013000Z","scheduled_time":"2026-01-30T01:30:00.000000Z","status":"completed",
 "ended_at":"2026-01-30T01:32:07.000001Z"}],
 "runs":2,"asked":0,"skipped":0,"missed":0,"version":9,"created_at":"2026-01-29T09:05:00.000001Z",
 "updated_at":"2026-01-29T09:05:00.000001Z"}
```

`status` is `active`, `paused` or `finished` (no time will come). `next` is left out where the time zone's file cannot be read.
`running` and `waiting` are the oldest 50, `recent` the newest ten that are over; a start that was refused for good has
`"status":"refused"` and an `error`. `cause` stands beside starts by `trigger` and `backfill`, `stopping` where an instance was told to
stop. `runs` counts starts by time, `asked` the others, `skipped` times without a start, and `missed` those of them that came
later than the catch-up window. In a list `definition`, `overlap` and `time_zone` stand for `spec`, `next` is the first time,
and `latest` are the three newest starts.

Each instance has the attributes `schedule` and `scheduled_time`, so that `workflows.list` finds them.

### event of a schedule

On `rw.v1.<org>.event.schedule.<name>`, with `schedule`, `version` and `time`:

| Type | Fields |
| --- | --- |
| `configured` | `spec`, `pending_us`? |
| `paused` | `note` |
| `unpaused` | `note`, `pending_us`? |
| `fired` | `scheduled_us`, `workflow`, `cause`? |
| `buffered` | `scheduled_us`, `overlap`, `cause`? |
| `skipped` | `scheduled_us`, `reason` (`missed`, `overlap`, `buffer_full`, `replaced`, `running_limit`), `cause`?, `last_us`?, `times`? |
| `started` | `workflow` |
| `refused` | `workflow`, `code`, `message` |
| `ended` | `workflow`, `how` |
| `deleted` | |
| `noted` | a recorded answer; nothing changed but `version` |

`pending_us` is a time that had come and that `jitter` delays: it still comes.
)md";

} // namespace ropewalk::transport
