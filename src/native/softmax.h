// Softmax of a row and its gradient, in passes over what lies in the cache. A row's bits depend on its own values alone.
#pragma once
#include <cmath>
#include "activations.h"

namespace gatelab {

/** e^(x − m) of each value, m the greatest, over their sum; in place. A NaN makes all of them one. @param count at least 1 */
inline void softmax(float* x, int count) {
  Vector greatest = broadcast(x[0]);
  forEachVector(count, [&](int at, int n) {
    Vector v = broadcast(x[0]);
    if (n == kLanes) v = load(x + at);
    else std::memcpy(&v, x + at, n * sizeof(float));
    greatest = v > greatest ? v : greatest;
  });
  float most = greatest[0];
  for (int lane = 1; lane < kLanes; lane++) most = greatest[lane] > most ? greatest[lane] : most;
  Vector sums{};
  forEachVector(count, [&](int at, int n) {
    const Exponential e = exponential(clamp(load(x + at, n) - most, -87.0f, 0.0f));
    store(x + at, multiplyAdd(e.scaled, e.power, e.power), n);
    sums += load(x + at, n); // zeros where the row has ended
  });
  const Vector share = broadcast(1.0f / sumLanes(sums));
  forEachVector(count, [&](int at, int n) { store(x + at, load(x + at, n) * share, n); });
}

/** p ∘ (dp − Σ dp ∘ p)·scale, in the place of dp. */
inline void softmaxGradient(const float* p, float* dp, int count, float scale) {
  Vector sums{};
  forEachVector(count, [&](int at, int n) { sums = multiplyAdd(load(p + at, n), load(dp + at, n), sums); });
  const Vector sum = broadcast(sumLanes(sums));
  forEachVector(count, [&](int at, int n) { store(dp + at, load(p + at, n) * (load(dp + at, n) - sum) * scale, n); });
}

}  // namespace gatelab
