// One step of Adam (Kingma and Ba 2015, algorithm 1) in one pass over memory, by the equations of torch.optim.Adam, last bits aside:
//   g ← scale·g   m ← β₁·m + (1 − β₁)·g   v ← β₂·v + (1 − β₂)·g²   w ← w − stepSize·m / (√v / correction + ε)
#pragma once
#include <cstdint>
#include <vector>
#include "simd.h"
#include "threads.h"

namespace gatelab {

struct AdamScalars {
  float beta1, oneMinusBeta1, beta2, oneMinusBeta2, epsilon, stepSize, correction, gradientScale;
};

struct AdamCall {
  float *w, *m, *v;
  int64_t rows, width;
  bool dense;
  const float* gradient;   // [rows, width] when dense, else [U, width]
  const int32_t* ids;      // [U] the distinct rows that have a gradient when it is not dense; all others have g = 0
  int64_t idCount;
  AdamScalars scalars;
};

inline void adamVector(const AdamScalars& s, float* w, float* m, float* v, Vector g, int count) {
  g = g * s.gradientScale;
  const Vector m1 = multiplyAdd(load(m, count), s.beta1, g * s.oneMinusBeta1);
  const Vector v1 = multiplyAdd(load(v, count), s.beta2, g * g * s.oneMinusBeta2);
  store(m, m1, count);
  store(v, v1, count);
  store(w, subtractProduct(load(w, count), m1 / (squareRoot(v1) / s.correction + s.epsilon), broadcast(s.stepSize)), count);
}

/** @param gradient [count], or null for zeros */
inline void adamSpan(const AdamCall& call, int64_t at, int64_t count, const float* gradient) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const int lanes = static_cast<int>(count - i < kLanes ? count - i : kLanes);
    const Vector g = gradient == nullptr ? Vector{} : load(gradient + i, lanes);
    adamVector(call.scalars, call.w + at + i, call.m + at + i, call.v + at + i, g, lanes);
  }
}

/** The row of the gradient that each row of the table has, −1 for none. */
inline std::vector<int32_t> gradientRows(const AdamCall& call) {
  std::vector<int32_t> rowOf(call.rows, -1);
  for (int64_t k = 0; k < call.idCount; k++) rowOf[call.ids[k]] = static_cast<int32_t>(k);
  return rowOf;
}

inline void adamStep(const AdamCall& call, int threads) {
  const std::vector<int32_t> rowOf = call.dense ? std::vector<int32_t>{} : gradientRows(call);
  pool().run(threads, [&](int thread) {
    if (call.dense) {
      const Share share((call.rows * call.width + kLanes - 1) / kLanes, thread, threads);
      const int64_t first = share.first * kLanes, last = std::min(share.last * kLanes, call.rows * call.width);
      return adamSpan(call, first, last - first, call.gradient + first);
    }
    const Share share(call.rows, thread, threads);
    for (int64_t row = share.first; row < share.last; row++)
      adamSpan(call, row * call.width, call.width, rowOf[row] < 0 ? nullptr : call.gradient + rowOf[row] * call.width);
  });
}

}  // namespace gatelab
