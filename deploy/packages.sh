#!/usr/bin/env bash
# Installs what Ropewalk is built from and runs on, from Debian 12 packages; does nothing where all is there.
#   deploy/packages.sh [run|build|test]    run = a built binary, build = run + compiler, test = build + test tools
set -euo pipefail

level=${1:-build}
run=(nats-server libcaf-core0.17 libnats3.4 libsqlite3-0 libssl3 libzstd1 libspdlog1.10 libfmt9 libyaml-cpp0.7
     libjemalloc2 libprometheus-cpp-pull1.0 tzdata)
build=(g++ cmake ninja-build ccache mold git ca-certificates
       libcaf-dev libnats-dev nlohmann-json3-dev libsqlite3-dev libssl-dev libzstd-dev
       libspdlog-dev libfmt-dev libcli11-dev libyaml-cpp-dev libjemalloc-dev prometheus-cpp-dev)
tools=(catch2 librapidcheck-dev clang libclang-rt-14-dev clang-format procps python3 faketime)

case $level in
  run) wanted=("${run[@]}") ;;
  build) wanted=("${run[@]}" "${build[@]}") ;;
  test) wanted=("${run[@]}" "${build[@]}" "${tools[@]}") ;;
  *) echo "usage: $0 [run|build|test]" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "packages: this is not a Debian system; install these by hand: ${wanted[*]}" >&2
  exit 1
fi

missing=()
for package in "${wanted[@]}"; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "packages: all ${#wanted[@]} are installed"
  exit 0
fi

echo "packages: missing: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "packages: run as root, or install sudo" >&2; exit 1; }
  as_root=(sudo)
fi
# Another apt (unattended upgrades on a new machine) is waited for.
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
echo "packages: updating the package lists"
updated=no
for attempt in 1 2 3 4 5 6 7 8 9 10; do # the lock of the lists has no time-out of its own
  "${apt[@]}" update -qq && { updated=yes; break; }
  echo "packages: apt-get update failed; trying again in 15 s ($attempt of 10)" >&2
  sleep 15
done
[ $updated = yes ] || { echo "packages: apt-get update failed" >&2; exit 1; }
echo "packages: downloading and installing; this may take minutes"
"${apt[@]}" install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
  { echo "packages: apt-get could not install: ${missing[*]}" >&2; exit 1; }
echo "packages: installed"
