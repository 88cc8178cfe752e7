// Products of bfloat16 by tiles, in plain C++ (src/native/tiles.h), over random shapes: against those of pairs, and with 1, 2 and 3
// threads. Built and run by sanitize-kernels.sh.
#include <cstdlib>
#include "../src/native/gru.h"
#include "../src/native/lstm.h"
#include "../src/native/rnn.h"
#include "sanitize-rounded.h"

namespace {

/** States and gradients of a recurrence whose products are of bfloat16, over a layer's input or over rows that tokens share. */
template <class Cell>
std::vector<Floats> multiplyHalves(const Problem& p, const Floats& x, int D, const Floats& w, const Floats& b, int threads) {
  const Sequence sequence(p.batchSizes.data(), static_cast<int64_t>(p.batchSizes.size()), p.reverse);
  const LayerInput input = D == 0 ? LayerInput{} : LayerInput{x.data(), D, w.data(), b.data()};
  std::vector<Floats> to{Floats(p.N * p.H), Floats(p.w.size()), Floats(p.b.size())};
  if (D == 0) to.emplace_back(p.N * p.G * p.H);
  else to.emplace_back(x.size()), to.emplace_back(w.size()), to.emplace_back(b.size());
  Floats saved(p.N * Units<Cell>{p.H}.savedWidth());
  runForward<Cell>({sequence, p.H, p.x.data(), p.indexOrNull(), input, p.w.data(), p.b.data(), to[0].data(), saved.data(), false, true},
                   threads);
  BackwardCall back{sequence, p.H, p.dHidden.data(), to[0].data(), saved.data(), p.w.data(), to[1].data(), to[2].data(),
                    to[3].data(), {}, nullptr, nullptr, nullptr, false, true};
  if (D > 0) {
    back.dInputs = nullptr, back.input = input, back.dX = to[3].data();
    back.dInputWeight = to[4].data(), back.dInputBias = to[5].data();
  }
  runBackward<Cell>(back, threads);
  return to;
}

/**
 * Products by tiles give what products of pairs do, but for the order of their sums. Single values may be far apart, since a sum's last bit
 * may decide how a state is rounded; their mean may not.
 */
template <class Cell>
void testTiles(const char* name) {
  const Problem p(Cell::kGates);
  const int D = below(2) == 0 ? 0 : 1 + below(below(4) == 0 ? 150 : 40), width = p.G * p.H;
  const Floats x = randomFloats(p.N * D, 1), w = randomFloats(size_t(width) * D, 1 / std::sqrt(D + 1)), b = randomFloats(width, 0.5);
  hasTiles() = false;
  const std::vector<Floats> expected = multiplyHalves<Cell>(p, x, D, w, b, 1);
  hasTiles() = true;
  const std::vector<Floats> one = multiplyHalves<Cell>(p, x, D, w, b, 1);
  for (int threads = 2; threads <= 3; threads++) expect(multiplyHalves<Cell>(p, x, D, w, b, threads) == one, "threads change a tile");
  for (size_t k = 0; k < one.size(); k++) {
    double off = 0, size = 0;
    for (size_t i = 0; i < one[k].size(); i++) off += std::fabs(one[k][i] - expected[k][i]), size += std::fabs(expected[k][i]);
    if (!(off <= 1e-3 * size)) failures++, std::printf("FAILED %s, result %zu: %g of %g\n", name, k, off, size);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 100;
  for (int round = 0; round < rounds; round++) {
    runTest("rnn kept rounded", round, testRounded<Rnn>);
    runTest("lstm kept rounded", round, testRounded<Lstm>);
    runTest("gru kept rounded", round, testRounded<Gru>);
    runTest("rnn by tiles", round, testTiles<Rnn>);
    runTest("lstm by tiles", round, testTiles<Lstm>);
    runTest("gru by tiles", round, testTiles<Gru>);
  }
  std::printf("%d rounds of random shapes with vectors of %d floats, %d failures\n", rounds, kLanes, failures);
  return failures == 0 ? 0 : 1;
}
