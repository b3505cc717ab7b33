#!/usr/bin/env bash
# Installs what is missing, builds, and passes all tests; can be run again at any time.
#   deploy/test.sh           everything: release build with all tests, sanitizer build with the unit tests, a short fuzz run
#   deploy/test.sh quick     the release build and its tests only
set -euo pipefail
cd "$(dirname "$0")/.."

mode=${1:-all}
case $mode in all | quick) ;; *) echo "usage: $0 [quick]" >&2; exit 2 ;; esac
started=$SECONDS
step() { printf '\n== %s (%ds)\n' "$*" $((SECONDS - started)); }
fail() { printf '\ntest.sh: FAILED: %s\n' "$*" >&2; exit 1; }

step "packages"
deploy/packages.sh test || fail "installing packages"

step "release build"
cmake --preset release >/dev/null || fail "configuring the release build"
cmake --build --preset release || fail "the release build"

if [ "$mode" = all ]; then
  step "sanitizer build of the unit tests (ASan + UBSan)"
  cmake --preset asan >/dev/null || fail "configuring the sanitizer build"
  cmake --build --preset asan --target unit_tests || fail "the sanitizer build"
  step "unit tests under the sanitizers"
  ctest --preset asan -L unit || fail "unit tests under the sanitizers"

  step "fuzzing the request decoder for a moment"
  cmake --preset fuzz >/dev/null || fail "configuring the fuzz build"
  cmake --build --preset fuzz --target request_decoder_fuzz || fail "the fuzz build"
  tests/fuzz/run.sh 20 || fail "the request decoder's fuzz run"
fi

step "all tests"
ctest --preset release || fail "tests"
