// The gradient of input rows that several tokens share: the sum of theirs, always in the order of the tokens.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>
#include "simd.h"
#include "threads.h"

namespace gatelab {

/** Tokens by the row they read: those of row u are order[first[u]] … order[first[u+1] − 1], ascending. */
struct TokensOfRows {
  std::vector<int64_t> first;
  std::vector<int32_t> order;

  TokensOfRows(const int32_t* index, int64_t tokens, int64_t rows) : first(rows + 1), order(tokens) {
    for (int64_t i = 0; i < tokens; i++) first[index[i] + 1]++;
    for (int64_t row = 0; row < rows; row++) first[row + 1] += first[row];
    std::vector<int64_t> next(first.begin(), first.end() - 1);
    for (int64_t i = 0; i < tokens; i++) order[next[index[i]]++] = static_cast<int32_t>(i);
  }
};

/** out [rows, width] = sums of the rows of dInputs [tokens, width] with the same index. Threads take rows with as many tokens each. */
inline void sumSharedRows(const float* dInputs, const int32_t* index, int64_t tokens, int64_t rows, int64_t width, float* out,
                          int threads) {
  const TokensOfRows by(index, tokens, rows);
  const auto rowAt = [&](int64_t token) { return std::lower_bound(by.first.begin(), by.first.end() - 1, token) - by.first.begin(); };
  pool().run(threads, [&](int thread) {
    const Share share(tokens, thread, threads);
    const int64_t last = thread == threads - 1 ? rows : rowAt(share.last);
    for (int64_t row = rowAt(share.first); row < last; row++) {
      float* const to = out + row * width;
      std::fill(to, to + width, 0.0f);
      for (int64_t k = by.first[row]; k < by.first[row + 1]; k++) {
        const float* const from = dInputs + by.order[k] * width;
        for (int64_t i = 0; i < width; i++) to[i] += from[i];
      }
    }
  });
}

}  // namespace gatelab
