// What is made of rows value by value, or column by column.
#pragma once
#include <algorithm>
#include "buffer.h"
#include "simd.h"
#include "threads.h"

namespace gatelab {

/** Calls f(first value, values) for the vectors of a thread's share of an array. */
template <class F>
inline void forEachShareOfVectors(int64_t count, int threads, F&& f) {
  pool().run(threads, [&](int thread) {
    const Share share((count + kLanes - 1) / kLanes, thread, threads);
    for (int64_t v = share.first; v < share.last; v++)
      f(v * kLanes, static_cast<int>(std::min<int64_t>(kLanes, count - v * kLanes)));
  });
}

/** y = max(0, x); a NaN stays one. */
inline void relu(const float* x, float* y, int64_t count, int threads) {
  forEachShareOfVectors(count, threads, [&](int64_t at, int n) {
    const Vector v = load(x + at, n);
    store(y + at, v < Vector{} ? Vector{} : v, n);
  });
}

/** dx = dy where y is more than 0, and 0 elsewhere. */
inline void reluGradient(const float* dy, const float* y, float* dx, int64_t count, int threads) {
  forEachShareOfVectors(count, threads, [&](int64_t at, int n) {
    store(dx + at, load(y + at, n) > Vector{} ? load(dy + at, n) : Vector{}, n);
  });
}

/** sums[i] += values[i] */
inline void addTo(float* sums, const float* values, int64_t count) {
  forEachVector(static_cast<int>(count), [&](int at, int n) { store(sums + at, load(sums + at, n) + load(values + at, n), n); });
}

/**
 * Sums of the columns of rows [n, K]: of blocks of rows, one row after the other, and the blocks' sums in their order. A thread has some of
 * the columns, so that no sum depends on their number.
 */
inline void sumColumns(const float* rows, int64_t count, int64_t columns, float* sums, int threads) {
  constexpr int64_t kBlockRows = 256;
  const Buffer blocks(columns);
  pool().run(threads, [&](int thread) {
    const Share share(columns, thread, threads);
    const int64_t width = share.last - share.first;
    float *const to = sums + share.first, *const block = blocks.data() + share.first;
    std::fill(to, to + width, 0.0f);
    for (int64_t first = 0; first < count; first += kBlockRows) {
      std::fill(block, block + width, 0.0f);
      for (int64_t row = first; row < std::min(first + kBlockRows, count); row++) addTo(block, rows + row * columns + share.first, width);
      addTo(to, block, width);
    }
  });
}

}  // namespace gatelab
