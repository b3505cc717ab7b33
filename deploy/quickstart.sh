#!/usr/bin/env bash
# From a fresh Debian 12 machine to a running system: installs what is missing, builds, starts a system and
# runs the demo to its end. Can be run again at any time.
set -euo pipefail
cd "$(dirname "$0")/.."

started=$SECONDS
step() { printf '\n== %s (%ds)\n' "$*" $((SECONDS - started)); }
fail() { printf '\nquickstart.sh: FAILED: %s\n' "$*" >&2; exit 1; }

step "packages"
deploy/packages.sh build || fail "installing packages"

step "building the program"
# A build folder of its own: without tests and benches it needs fewer packages and less time.
cmake --preset release -B build/quickstart -DROPEWALK_TESTS=OFF -DROPEWALK_BENCH=OFF >/dev/null || fail "configuring"
cmake --build build/quickstart --target ropewalk || fail "the build"

step "the demo"
deploy/demo.sh build/quickstart/cli/ropewalk || fail "the demo"

cat <<TEXT

Ready. Start a system of your own and talk to it:
  build/quickstart/cli/ropewalk dev
TEXT
