// Σx² for clipping by the global norm: blocks in single precision, their sums in double, always in the same order.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>
#include "simd.h"
#include "threads.h"

namespace gatelab {

inline double sumOfSquares(const float* x, int64_t count, int threads) {
  constexpr int64_t kBlock = 4096;
  std::vector<double> sums((count + kBlock - 1) / kBlock);
  pool().run(threads, [&](int thread) {
    const Share share(static_cast<int64_t>(sums.size()), thread, threads);
    for (int64_t block = share.first; block < share.last; block++) {
      Vector sum[4] = {};
      const int64_t end = std::min(count, (block + 1) * kBlock);
      for (int64_t i = block * kBlock; i < end; i += kLanes) {
        const Vector v = load(x + i, static_cast<int>(std::min<int64_t>(end - i, kLanes)));
        sum[i / kLanes % 4] = multiplyAdd(v, v, sum[i / kLanes % 4]);
      }
      for (int part = 0; part < 4; part++)
        for (int lane = 0; lane < kLanes; lane++) sums[block] += sum[part][lane];
    }
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace gatelab
