// The backward pass sums over rows in shares whose number depends on the batch alone. A share is one thread's from first to
// last, so that what it holds stays in that core's cache; the sums of the shares are added in order at the end. So threads
// change nothing but the time.
#pragma once
#include <algorithm>
#include <vector>
#include "sequence.h"

namespace gatelab {

/** Row r belongs to share r mod `count`: rows are dealt like cards, so that shares stay even though rows grow shorter. */
struct Shares {
  int count;

  /** A share for every eight rows, a power of two so that two or four threads have the same work each. */
  explicit Shares(int rows) : count(rows < 2 ? 1 : 2) {
    while (count < 16 && count * 16 <= rows) count *= 2;
  }

  int of(int row) const { return row % count; }
  /** Where a row stands within its share. */
  int place(int row) const { return row / count; }
  int rowsOf(int share, int rows) const { return rowsOfThread(rows, share, count); }

  /** Rows of a thread's shares, in ascending order: those active at a step come first. */
  std::vector<int> rowsOfShares(int rows, int thread, int threads) const {
    std::vector<int> own;
    for (int row = 0; row < rows; row++)
      if (of(row) % threads == thread) own.push_back(row);
    return own;
  }
};

}  // namespace gatelab
