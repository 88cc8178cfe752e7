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
        failures++, std::printf("FAILED %s, result %d: %g\n", name, k, worst);
    }
  }
}

}  // namespace
