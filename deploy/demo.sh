#!/usr/bin/env bash
# A short life of one conversation, against a system of its own that ends with the demo.
#   deploy/demo.sh [path of the ropewalk program]
set -euo pipefail
cd "$(dirname "$0")/.."
# The system and the verbs must be the demo's own, whatever the caller uses.
for variable in $(compgen -e ROPEWALK_ || true); do unset "$variable"; done

rw=$(realpath "${1:-build/release/cli/ropewalk}")
[ -x "$rw" ] || { echo "demo: $rw is not there; build it first (deploy/quickstart.sh)" >&2; exit 1; }
work=$(mktemp -d)
export XDG_CONFIG_HOME=$work/config XDG_RUNTIME_DIR=$work/run XDG_STATE_HOME=$work/state NO_COLOR=1
mkdir -p "$XDG_RUNTIME_DIR" && chmod 700 "$XDG_RUNTIME_DIR"
dev=
finish() {
  code=$?
  set +e
  if [ -n "$dev" ]; then kill "$dev"; wait "$dev"; fi 2>/dev/null
  if [ $code -ne 0 ]; then
    echo "demo: FAILED; the system's log:" >&2
    [ -s "$work/dev.log" ] && tail -n 20 "$work/dev.log" >&2
  fi
  rm -rf "$work"
  exit $code
}
trap finish EXIT

start() {
  "$rw" dev --data "$work/data" >"$work/dev.out" 2>>"$work/dev.log" &
  dev=$!
  for _ in $(seq 200); do
    url=$(grep -o 'nats://[0-9.:]*[0-9]' "$work/dev.out" | head -n 1 || true)
    [ -n "$url" ] && "$rw" --url "$url" health >/dev/null 2>&1 && return
    kill -0 "$dev" 2>/dev/null || { echo "demo: the system did not start" >&2; return 1; }
    sleep 0.1
  done
  echo "demo: the system does not answer" >&2
  return 1
}
show() {
  printf '\n$ ropewalk %s\n' "$*"
  "$rw" --url "$url" "$@"
}

echo "== a system: nats-server and one node, in $work/data"
start
echo "== serving at $url"

show thread create rope-order --name "Rope for the Marianne" --user ann --tag harbour -o table
show thread import rope-order examples/harbour-conversation.json --format openai
show thread messages rope-order -o table
show thread append rope-order "Booked: Thursday 15:30, launch 2." --role assistant
show thread window rope-order --max-messages 4 -o json
show thread search "skipper early" -o table
show thread fork rope-order --at 5 --as rope-order-evening -o table
show thread append rope-order-evening "Better 18:00, with the evening tide." --role user

echo
echo "== the node and its nats-server are killed with SIGKILL, and started again"
{ kill -9 "$dev"; wait "$dev" || true; } 2>/dev/null # bash would say "Killed" here
dev=
start
show thread messages rope-order --reverse --limit 1 -o table
show thread messages rope-order-evening --reverse --limit 1 -o table
count=$("$rw" --url "$url" thread get rope-order -o json | grep -o '"message_count": *[0-9]*' | grep -o '[0-9]*$')
[ "$count" = 7 ] || { echo "demo: expected 7 messages, found $count" >&2; exit 1; }
echo
echo "== all $count messages are there; the demo is done"
