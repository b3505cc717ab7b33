#!/usr/bin/env bash
# Installs what is missing, builds, and runs the tests but for the long ones (`quick`: all of them); can be run again at any time.
#   deploy/test.sh           the unit tests under ASan and UBSan, and on a build without them the tests that start real servers and
#                            nodes, five minutes of chaos among them, but those of label `long`: some 20 minutes on 2 cores
#   deploy/test.sh quick     the release build and all its tests, without sanitizers
set -euo pipefail
cd "$(dirname "$0")/.."

mode=${1:-all}
case $mode in all | quick) ;; *) echo "usage: $0 [quick]" >&2; exit 2 ;; esac
started=$SECONDS
step() { printf '\n== %s (%ds)\n' "$*" $((SECONDS - started)); }
fail() { printf '\ntest.sh: FAILED: %s\n' "$*" >&2; exit 1; }

step "packages"
deploy/packages.sh test || fail "installing packages"

if [ "$mode" = quick ]; then
  step "release build"
  cmake --preset release >/dev/null || fail "configuring the release build"
  cmake --build --preset release || fail "the release build"
  step "all tests"
  exec ctest --preset release
fi

# Without line numbers and benches and hardly optimised, which takes a third less time.
step "build of the program and the integration tests"
cmake --preset release -B build/test -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -DNDEBUG" -DROPEWALK_BENCH=OFF >/dev/null ||
  fail "configuring the build"
cmake --build build/test --target ropewalk integration_tests || fail "the build"

# More at a time than there are cores: they wait most of their time, for processes that start or are killed. So the
# compiler has the cores that they leave, and yields to them at once. The rounds of chaos come last, with no other test beside them.
step "integration tests, then rounds of chaos; beside them the sanitizer build of the unit tests (clang, ASan + UBSan)"
integration_log=build/test/integration.log
integration_tests() {
  ctest --test-dir build/test --output-on-failure -L integration -LE 'long|rounds' --parallel 5 &&
    ctest --test-dir build/test --output-on-failure -L rounds --parallel 2
}
integration_tests >"$integration_log" 2>&1 &
integration=$!
trap 'kill "$integration" 2>/dev/null || true' EXIT

# Not optimised, without line numbers and without the check of alignment here, which makes it in half the time; the preset has them.
cmake --preset asan -DCMAKE_CXX_FLAGS_DEBUG="-O0" -DROPEWALK_NOT_SANITIZED=null,alignment >/dev/null || fail "configuring the sanitizer build"
yielding=(chrt --idle 0)
"${yielding[@]}" true 2>/dev/null || yielding=(nice -n 19)
"${yielding[@]}" cmake --build --preset asan --target unit_tests || fail "the sanitizer build"
step "what the integration tests say"
passed=0
wait "$integration" || passed=$?
trap - EXIT
cat "$integration_log"
[ "$passed" = 0 ] || fail "integration tests"
step "unit tests under the sanitizers"
ctest --preset asan -L unit --parallel 3 || fail "unit tests under the sanitizers"
step "all passed"
