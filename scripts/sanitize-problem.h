// A recurrence over random sequences.
#pragma once
#include <cstdint>
#include "sanitize-support.h"

namespace {

/** A random problem: lengths (some 0), weights, inputs shared or not. */
struct Problem {
  int H, G, U;
  bool reverse;
  std::vector<int32_t> batchSizes, index;
  std::vector<int64_t> offsets{0};
  int64_t N = 0;
  Floats x, w, b, dHidden;
  Floats mask; // [rows, H], or empty for ones

  explicit Problem(int gates) : H(1 + below(below(4) == 0 ? 150 : 40)), G(gates), U(0), reverse(below(2) != 0) {
    const int rows = 1 + below(below(5) == 0 ? 70 : 12), longest = below(30);
    std::vector<int> lengths(rows);
    for (int& length : lengths) length = below(3) == 0 ? (below(2) != 0 ? longest : 0) : below(longest + 1);
    for (int t = 0;; t++) {
      const auto active = std::count_if(lengths.begin(), lengths.end(), [t](int length) { return length > t; });
      if (active == 0) break;
      batchSizes.push_back(static_cast<int32_t>(active));
      offsets.push_back(N += active);
    }
    const bool shared = N > 0 && below(2) != 0;
    U = shared ? 1 + below(20) : static_cast<int>(N);
    if (shared) for (int64_t i = 0; i < N; i++) index.push_back(below(U));
    x = randomFloats(size_t(U) * G * H, 1), w = randomFloats(size_t(G) * H * H, 1 / std::sqrt(H)), b = randomFloats(size_t(G) * H, 0.5),
    dHidden = randomFloats(N * H, 1);
  }
  float maskAt(int row, int k) const { return mask.empty() ? 1 : mask[size_t(row) * H + k]; }
  const float* maskOrNull() const { return mask.empty() ? nullptr : mask.data(); }
  const int32_t* indexOrNull() const { return index.empty() ? nullptr : index.data(); }
  int64_t inputRow(int64_t token) const { return index.empty() ? token : index[token]; }
};

}  // namespace
