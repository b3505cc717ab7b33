#!/bin/sh
# Fuzzes the request decoder for so many seconds, from the seed corpus and from what earlier runs found.
#
#   cmake --preset asan && cmake --build --preset asan --target request_decoder_fuzz request_decoder_smoke
#   tests/fuzz/run.sh 3600                # BUILD=<folder> for another build than build/asan
#
# An input that breaks a rule is left as crash-* in the build folder; give that file to request_decoder_fuzz to
# see it again.
set -eu
seconds=${1:-60}
build=${BUILD:-$(cd "$(dirname "$0")/../.." && pwd)/build/asan}
cd "$build"
mkdir -p corpus
tests/fuzz/request_decoder_smoke --write-corpus seeds
exec tests/fuzz/request_decoder_fuzz -max_total_time="$seconds" -max_len=8192 -rss_limit_mb=3000 \
  -artifact_prefix="$build/" -print_final_stats=1 corpus seeds
