// Products of bfloat16 by tiles, in plain C++ (src/native/tiles.h), over random shapes: against those of pairs, and with 1, 2 and 3
// threads. Built and run by sanitize-kernels.sh.
#include <cstdlib>
#include "../src/native/gru.h"
#include "../src/native/lstm.h"
#include "../src/native/rnn.h"
#include "sanitize-rounded.h"

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 100;
  for (int round = 0; round < rounds; round++) {
    testRounded<Rnn>("rnn");
    testRounded<Lstm>("lstm");
    testRounded<Gru>("gru");
    testTiles<Rnn>("rnn");
    testTiles<Lstm>("lstm");
    testTiles<Gru>("gru");
  }
  std::printf("%d rounds of random shapes with vectors of %d floats, %d failures\n", rounds, kLanes, failures);
  return failures == 0 ? 0 : 1;
}
