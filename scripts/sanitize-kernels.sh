#!/usr/bin/env bash
# Builds the kernels without TensorFlow under the sanitizers and runs them over random shapes: memory and undefined behaviour
# with this CPU's vectors, the same without any extension, and data races. Usage: scripts/sanitize-kernels.sh
set -euo pipefail
cd "$(dirname "$0")"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
compiler=${CXX:-g++}

check() { # name, flags …
  echo "== $*"
  "$compiler" -std=c++17 -O1 -g -ffp-contract=off -Wall -Wextra -pthread -fno-sanitize-recover=all -fno-omit-frame-pointer "${@:2}" sanitize-kernels.cc -o "$out/$1"
  "$out/$1"
}

check native -march=native -fsanitize=address,undefined
check baseline -fsanitize=address,undefined
check threads -march=native -fsanitize=thread
