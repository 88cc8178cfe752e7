#!/usr/bin/env bash
# Builds the kernels without TensorFlow under the sanitizers and runs them over random shapes: memory and undefined behaviour
# with this CPU's vectors, the same without any extension, data races, and products of bfloat16 by tiles in plain C++.
# Usage: scripts/sanitize-kernels.sh [ROUNDS [CHECK …]], by default 60 rounds of native, baseline, threads and tiles, which takes six minutes.
set -euo pipefail
cd "$(dirname "$0")"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
compiler=${CXX:-g++}
optimisation=${OPTIMISATION:--O1} # -O0 compiles in a third of the time
rounds=${1:-60}
checks=" ${*:2} "

check() { # name, source and flags …
  if [ "$checks" != '  ' ] && [[ "$checks" != *" $1 "* ]]; then return; fi
  echo "== $*"
  "$compiler" -std=c++17 "$optimisation" -g -ffp-contract=off -Wall -Wextra -Wno-psabi -pthread -fno-sanitize-recover=all -fno-omit-frame-pointer "${@:2}" -o "$out/$1"
  "$out/$1" "$rounds"
}

check native sanitize-kernels.cc -march=native -fsanitize=address,undefined
check baseline sanitize-kernels.cc -fsanitize=address,undefined
check threads sanitize-kernels.cc -march=native -fsanitize=thread
check tiles sanitize-tiles.cc -march=x86-64 -DGATELAB_PLAIN_TILES -fsanitize=address
