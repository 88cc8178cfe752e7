// Layer normalization of rows (Ba et al. 2016, equation 4), one pass over memory forward and two backward.
#pragma once
#include <algorithm>
#include <cmath>
#include "buffer.h"
#include "threads.h"

namespace gatelab {

/** Rows of so many columns, and what is added to their variance before the root. */
struct LayerNormSizes {
  int64_t rows;
  int columns;
  float epsilon;
};

/** The sum of f(first column, how many) over a row's vectors, whose lanes beyond its end are zero, always in the same order. */
template <class F>
inline float sumRow(int columns, F&& f) {
  Vector sum{};
  forEachVector(columns, [&](int column, int count) { sum += f(column, count); });
  return sumLanes(sum);
}

/** y = values·weight + bias. @param values [N, D] (x − μ)/√(σ² + ε) @param inverse [N] 1/√(σ² + ε) */
inline void layerNorm(const LayerNormSizes& sizes, const float* x, const float* weight, const float* bias, float* y, float* values,
                      float* inverse, int threads) {
  const int columns = sizes.columns;
  pool().run(threads, [&](int thread) {
    const Share share(sizes.rows, thread, threads);
    for (int64_t row = share.first; row < share.last; row++) {
      const float* const from = x + row * columns;
      float *const to = y + row * columns, *const normal = values + row * columns;
      const float mean = sumRow(columns, [&](int c, int count) { return load(from + c, count); }) / columns;
      const float squares = sumRow(columns, [&](int c, int count) {
        Vector centred = load(from + c, count) - mean;
        for (int lane = count; lane < kLanes; lane++) centred[lane] = 0;
        return centred * centred;
      });
      const float scale = inverse[row] = 1.0f / std::sqrt(squares / columns + sizes.epsilon);
      forEachVector(columns, [&](int c, int count) {
        const Vector value = (load(from + c, count) - mean) * scale;
        store(normal + c, value, count);
        store(to + c, multiplyAdd(value, load(weight + c, count), load(bias + c, count)), count);
      });
    }
  });
}

/** What a backward pass reads; `values` and `inverse` are those of the forward pass. */
struct LayerNormKept {
  const float *weight, *values, *inverse;
};

/** dx = (dv − mean(dv) − values·mean(dv·values))·inverse, with dv = dy·weight. */
inline void layerNormInputGradient(const LayerNormSizes& sizes, const float* dy, const LayerNormKept& kept, float* dx, int threads) {
  const int columns = sizes.columns;
  pool().run(threads, [&](int thread) {
    const Share share(sizes.rows, thread, threads);
    for (int64_t row = share.first; row < share.last; row++) {
      const float *const from = dy + row * columns, *const values = kept.values + row * columns;
      const auto dValue = [&](int c, int count) { return load(from + c, count) * load(kept.weight + c, count); };
      const float mean = sumRow(columns, dValue) / columns;
      const float along = sumRow(columns, [&](int c, int count) { return dValue(c, count) * load(values + c, count); }) / columns;
      forEachVector(columns, [&](int c, int count) {
        store(dx + row * columns + c, (dValue(c, count) - mean - load(values + c, count) * along) * kept.inverse[row], count);
      });
    }
  });
}

/** dWeight = Σ dy·values and dBias = Σ dy over the rows: in blocks, whose sums are added in their order, whatever the threads. */
inline void layerNormWeightGradients(const LayerNormSizes& sizes, const float* dy, const float* values, float* dWeight, float* dBias,
                                     int threads) {
  constexpr int64_t kBlock = 64; // rows
  const int columns = sizes.columns;
  const int64_t blocks = (sizes.rows + kBlock - 1) / kBlock;
  const Buffer sums = Buffer::zeros(2 * blocks * columns);
  pool().run(threads, [&](int thread) {
    const Share share(blocks, thread, threads);
    for (int64_t block = share.first; block < share.last; block++) {
      float *const weights = sums.data() + 2 * block * columns, *const biases = weights + columns;
      for (int64_t row = block * kBlock; row < std::min((block + 1) * kBlock, sizes.rows); row++)
        forEachVector(columns, [&](int c, int count) {
          const Vector d = load(dy + row * columns + c, count);
          store(weights + c, multiplyAdd(d, load(values + row * columns + c, count), load(weights + c, count)), count);
          store(biases + c, load(biases + c, count) + d, count);
        });
    }
  });
  std::fill(dWeight, dWeight + columns, 0.0f), std::fill(dBias, dBias + columns, 0.0f);
  for (int64_t block = 0; block < blocks; block++)
    for (int c = 0; c < columns; c++) {
      dWeight[c] += sums.data()[2 * block * columns + c];
      dBias[c] += sums.data()[(2 * block + 1) * columns + c];
    }
}

}  // namespace gatelab
