// Layers that keep and multiply bfloat16.
#pragma once
#include "../src/native/backward.h"
#include "../src/native/forward.h"
#include "sanitize-problem.h"

namespace {

/** Of float32's results from those of bfloat16, which test/ops/code-paths holds to float32 bit by bit. */
constexpr double kRoundedDifference = 0.05;

/** A layer that keeps bfloat16, and one time of two multiplies it: the states of float32, or nearly, and nearly its gradients. */
template <class Cell>
void testRounded(const char* name) {
  const Problem p(Cell::kGates);
  const int D = 1 + below(40), width = p.G * p.H;
  const bool multiplies = !Cell::kResetsBefore && below(2) != 0;
  // Small, since 1 − h² has no digits left where h is nearly 1 and rounded.
  const Floats x = randomFloats(p.N * D, 0.5), w = randomFloats(size_t(width) * D, 1 / std::sqrt(D)), b = randomFloats(width, 0.2);
  const Sequence sequence(p.batchSizes.data(), static_cast<int64_t>(p.batchSizes.size()), p.reverse);
  Floats halves(p.N * halfWords(D)), exact[6], first[6];
  for (int64_t i = 0; i < p.N; i++) narrowRow(&x[i * D], reinterpret_cast<Half*>(&halves[i * halfWords(D)]), D);
  for (int threads = 0; threads <= 3; threads++) {
    const bool rounds = threads > 0;
    Floats hidden(p.N * p.H), saved(p.N * Units<Cell>{p.H}.savedWidth(rounds)), dx(x.size()), dwi(w.size()), dbi(b.size()), dw(p.w.size()),
        db(p.b.size());
    const LayerInput input{x.data(), D, w.data(), b.data()}, kept{rounds ? halves.data() : x.data(), D, w.data(), nullptr};
    runForward<Cell>({sequence, p.H, nullptr, nullptr, input, p.w.data(), p.b.data(), hidden.data(), saved.data(), rounds,
                      rounds && multiplies}, threads + 1);
    runBackward<Cell>({sequence, p.H, p.dHidden.data(), rounds ? nullptr : hidden.data(), saved.data(), p.w.data(), dw.data(), db.data(),
                       nullptr, kept, dx.data(), dwi.data(), dbi.data(), rounds, rounds && multiplies}, threads + 1);
    const Floats* const all[6] = {&hidden, &dx, &dwi, &dbi, &dw, &db};
    for (int k = 0; k < 6; k++) {
      if (threads == 0) exact[k] = *all[k];
      if (threads == 1) first[k] = *all[k];
      if (threads > 1) expect(first[k] == *all[k], "threads change a result that is kept rounded");
      if (threads != 1) continue;
      const double worst = difference(*all[k], Doubles(exact[k].begin(), exact[k].end()));
      if (!(worst <= (k == 0 && !multiplies ? 0 : kRoundedDifference)))
        failures++, std::printf("FAILED %s rounded, result %d: %g\n", name, k, worst);
    }
  }
}

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
  if (D > 0) back.dInputs = nullptr, back.input = input, back.dX = to[3].data(), back.dInputWeight = to[4].data(), back.dInputBias = to[5].data();
  runBackward<Cell>(back, threads);
  return to;
}

#if defined(GATELAB_PLAIN_TILES)
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
    if (!(off <= 1e-3 * size)) failures++, std::printf("FAILED %s by tiles, result %zu: %g of %g\n", name, k, off, size);
  }
}
#endif

}  // namespace
