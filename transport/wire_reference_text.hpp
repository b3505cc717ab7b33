#pragma once
// The prose of docs/wire.md around what the verb table says.

#include <string_view>

namespace ropewalk::transport {

inline constexpr std::string_view reference_opening = R"md(# The wire

<!-- Made from the verb table by `ropewalk wire-reference`. Edit transport/verbs/ instead; a test compares. -->

JSON over NATS request-reply. A request is one JSON object (an empty body counts as `{}`); its subject names who and
what:

| Subject | |
| --- | --- |
| `rw.v1.<org>.thread.<id>.<verb>` | one thread |
| `rw.v1.<org>.threads.<verb>` | across the threads of an org |
| `rw.v1.<org>.workflow.<id>.<verb>` | one workflow instance; a verb may have a dot: `step.begin` |
| `rw.v1.<org>.workflows.<verb>` | across the workflows of an org, and its definitions |
| `rw.v1.<org>.schedule.<name>.<verb>` | one schedule; its name is an identifier of at most 64 characters |
| `rw.v1.<org>.schedules.<verb>` | across the schedules of an org |
| `rw.node.<name>.<verb>` | one node, for operators |
| `rw.v1.<org>.event.thread.<id>`, `rw.v1.<org>.event.workflow.<id>`, `rw.v1.<org>.event.schedule.<name>` | live events, to subscribe to |
| `rw.v1.<org>.task.<queue>` | work of `task` phases, for whoever pulls from the queue |
| `$SRV.PING`, `$SRV.INFO`, `$SRV.STATS` | NATS service discovery, service `ropewalk` |

`rw` is the default prefix. `<org>`, `<id>` and `<name>` are 1 to 128 bytes of UTF-8 without control characters. In a
subject `A-Z a-z 0-9 _ -` stand for themselves and every other byte is written `%XX` with upper-case digits; each
name has this one spelling.

```console
$ nats request rw.v1.acme.thread.t42.append '{"role":"user","content":"hello"}' -H Rw-Idempotency-Key:order-17
```

A field that is not listed here is refused by name, as is one that is given twice. JSON must be RFC 8259 in UTF-8
without NUL, and numbers must fit a double; what is a client's own (metadata, parts) is kept byte for byte, white space
aside. Times are RFC 3339 in UTC with microseconds. Integers are written without fraction or exponent. An identifier is
1 or more of `A-Z a-z 0-9 _ -`; attributes are an object whose names are identifiers and whose values are strings, numbers
or booleans.

## Headers

| Header | |
| --- | --- |
| `Rw-Idempotency-Key` | writes only. The same key with the same content on the same thread or workflow gives the first answer again, with `"replayed":true`; with other content it is a conflict. Content is compared as JSON: the order of members and white space do not matter. |
| `Rw-Ack` | how durable a write must be before it is answered: `local`, its owner's fsync; in a cluster also `log` and `peers:N`. |
| `Rw-Read` | reads in a cluster only: `stale`. Whatever member gets it may answer, from what it has applied. |
| `Rw-Min-Position` | the same, but no earlier than at a position: `<partition>:<index>` of a receipt, so that a client reads its own writes, or `read_at.position` of another read, so that it never goes back; several partitions joined by commas. |
| `traceparent` | accepted. |

Names compare without case. Any other header that begins with `Rw-` is refused by name; all others pass unread and may be
empty. A header block that is not `NATS/1.0`, lines of `Name: value` and an empty line, each ended by CR LF, is refused
(`field` is `headers`), and so is a folded line.

## Replies

Success is a JSON object. A write's has a `receipt`, which names the entry in the journal that holds it:

```json
{"partition":3,"epoch":1,"index":42,"hash":"<64 hexadecimal digits>","durability":"local"}
```

A write whose answer fits no message of the NATS server (its `max_payload` was lowered) is answered with its receipt alone and
`"reply_left_out":true`: it is done. Such an answer of a read is refused as `reply_too_large`.

A read that had `Rw-Read` or `Rw-Min-Position` says in `read_at` who answered it, and from when: `position` (nothing later is shown) and
`age_ms` (how long ago that member last knew that it had all that the owner had; `null`: not since its start; 0 where the owner
answered). A member that has not come so far waits for a second, and then the owner is asked; where the owner has not either, or across
partitions, the problem is `position_not_reached`, which may be tried again. What a replica does not know, snapshots and
proofs of threads, and histories, checkpoints and results of workflows are always the owner's to tell.

```json
{"member":"n2","position":"3:42","age_ms":120}
```

An error has two headers, `Nats-Service-Error-Code` and `Nats-Service-Error`, and a problem document (RFC 9457) as its body:

```json
{"type":"urn:ropewalk:problem:thread_suspended","title":"Conflict","status":409,"detail":"thread \"t42\" is suspended; ...","retryable":false}
```

`field`, where it is given, is the path of what broke a rule (`messages[3].content`, `Rw-Ack`, `id`), and `detail` says
the rule. A refused request has changed nothing. `retryable` says whether the same request may succeed later. The last
part of `type` is the problem's name; these can come from every verb:
)md";

inline constexpr std::string_view reference_limits = R"md(
## Limits
)md";

inline constexpr std::string_view reference_limits_ending = R"md(
Where the last column is empty the bound is compiled in. A message over the NATS server's own `max_payload` (1 MiB by
default, headers and body together) never reaches a node: nats-server ends the client's connection with a "maximum payload
violation", and most clients refuse to send it. A full-size request with headers needs a higher `max_payload`.
)md";

inline constexpr std::string_view reference_objects = R"md(
## Objects

### thread

```json
{"id":"t42","org":"acme","user":"ann","agent":"planner","name":"Trip to Oslo","tags":["travel"],"metadata":{},
 "status":"active","limits":{"max_messages":1000,"max_tokens":0,"ttl_seconds":0},"message_count":2,"first_seq":1,
 "last_seq":2,"version":3,"created_at":"2026-01-31T09:05:00.000001Z","updated_at":"2026-01-31T09:06:00.000001Z"}
```

`user`, `agent`, `name`, `status_reason`, `expires_at` (with a TTL) and `parent` (`thread`, `seq`, `version`; of a fork) are
left out where there are none. `version` counts the thread's events; a write with an idempotency key may record its answer
as one more (`noted`), so that a keyed `create` leaves `version` 2. `last_seq` is the seq used last, 0 at first; `first_seq`
is the oldest message's, and one more than `last_seq` where there is none.

### message

```json
{"id":"019c1384-5f20-7a51-8c3e-9b1f00000001","seq":1,"role":"user","sender":"ann","content":"hi","tokens":5,
 "tokens_estimated":true,"revision":1,"created_at":"2026-01-31T09:05:00.000001Z"}
```

The fields of `thread.append`, and: `seq`, the place in the thread, never used twice; `revision`, counted up by edits, which
also set `updated_at`; `tokens_estimated`, only where the client gave no count.

`content` is a string or an array of parts:

| Part | |
| --- | --- |
| `{"type":"text","text":string}` | |
| `{"type":"image","url":string,"detail"?}`, `{"type":"image","data":base64,"media_type":string,"detail"?}` | `detail`: `auto`, `low`, `high` |
| `{"type":"image_url","image_url":{"url":string,"detail"?}}` | OpenAI's |
| `{"type":"file","url" or "file_id" or "data":string,"media_type"?,"name"?}` | |
| `{"type":"file","file":{"file_id" or "file_data":string,"filename"?}}` | OpenAI's |
| `{"type":"tool_call","id":string,"name":string,"arguments":string or object}` | assistant only |
| `{"type":"tool_result","tool_call_id":string,"content":string or parts,"is_error"?:boolean}` | tool only |

`tool_calls` is `[{"id":string,"type":"function","function":{"name":string,"arguments":string}}, ...]`, only on an
assistant's message, whose `content` may then be null. A `tool` message names the call that it answers in `tool_call_id`.

### snapshot

```json
{"format":1,"cluster":"019c1384-0000-7000-8000-000000000001","org":"acme","thread":"t42","version":7,"messages":5,
 "digest":"5e1f...","partition":3,"index":42,"hash":"0e1f...","time":"2026-01-31T09:06:00.000001Z",
 "key":"k-2026-01-31-0a1b2c3d4e5f","signature":"9e1f..."}
```

`digest` is the SHA-256 of the live messages, oldest first, each as `messages` shows it and with a line feed behind: what
`tail -n +2 FILE | sha256sum` gives of an `export` of format `jsonl`. `index` and `hash` are those of the entry of `version`, as
that write's receipt had them. `signature` is made with a key of the node's keyring over all of it; `verify` checks it.

### live event of a thread

```json
{"type":"appended","thread":"t42","version":4,"time":"2026-01-31T09:05:00.000001Z","seq":2,"message":{"...":"..."}}
```

Published after the change is durable, one for each count of the thread's `version`: versions have no gaps. NATS delivers
an event at most once; who misses a version reads on with `messages` and `after_seq`.

| Type | Beside `type`, `thread`, `version`, `time` |
| --- | --- |
| `created`, `updated` | `name`, `user`, `agent`, `tags`, `metadata`, `limits` as they are now; `origin` on a fork's `created` |
| `appended` | `seq`, `message`; `first_seq` when the append trimmed older messages: the new first seq |
| `edited` | `seq`, `message` |
| `removed` | `seq`, `id` |
| `cleared` | `count` |
| `trimmed` | `first_seq`; only of an `update` that lowers `max_messages` |
| `forked` | `child`, `seq`; on the parent, before the child exists |
| `fork_completed` | `child`, which exists now |
| `fork_failed` | `child`, `reason` |
| `suspended`, `closed`, `deleted` | `reason` |
| `resumed` | |
| `noted` | a recorded answer; nothing changed but `version` |
)md";

inline constexpr std::string_view reference_ending = R"md(
## JSON Schemas

`ropewalk wire-reference --schema <noun>.<verb>` prints the schema of a verb's request body; it comes from the same table.
)md";

} // namespace ropewalk::transport
