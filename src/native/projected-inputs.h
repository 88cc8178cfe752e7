// The gates' inputs x·W_ihᵀ + b_ih of one thread's rows, computed a few time steps ahead, so that they never leave its L2 cache.
#pragma once
#include <vector>
#include "forward-call.h"
#include "gate-weights.h"
#include "gemm.h"

namespace gatelab {

template <class Cell, bool kMixed>
class ProjectedInputs {
  static constexpr int kUnitVectors = Cell::kUnitVectors, kTileVectors = Units<Cell>::kTileVectors;
  static constexpr int kTokens = 96;

 public:
  /** @param first and @param last visit that will be asked for */
  ProjectedInputs(const ForwardCall& call, const GateWeights<Cell>& weights, int thread, int threads, int first, int last)
      : call_(call), units_{call.size}, weights_(weights), thread_(thread), threads_(threads), last_(last),
        most_(std::max(kTokens, rowsOfThread(call.sequence.maxRows(), thread, threads))), rows_(most_),
        first_(first), end_(first), inputs_(size_t(most_) * width()),
        words_(Buffer::zeros(halves() ? size_t(tileWords(most_)) * weights.depth() : 0)) {}

  /** Floats between the inputs of one row and the next. */
  ptrdiff_t width() const { return ptrdiff_t(Cell::kGates) * units_.paddedSize(); }

  /** [rows of this thread, G, padded H] at a visit. Visits come in order; what an earlier one returned is gone. */
  const float* at(int visit) {
    if (visit == end_) fill(visit);
    return inputs_.data() + starts_[visit - first_] * width();
  }

 private:
  bool halves() const { return kMixed && !Cell::kResetsBefore && call_.halves; }

  void fill(int visit) {
    first_ = end_ = visit;
    starts_.clear();
    int tokens = 0;
    for (; end_ <= last_; end_++) {
      const Step step = call_.sequence.at(end_);
      const int count = rowsOfThread(step.rows, thread_, threads_);
      if (tokens + count > most_) break;
      starts_.push_back(tokens);
      for (int i = 0; i < count; i++)
        rows_[tokens++] = call_.input.x + (step.offset + thread_ + ptrdiff_t(i) * threads_) * call_.input.size;
    }
    if (halves())
      for (int i = 0; i < tokens; i++) {
        float* const to = words_.data() + size_t(i) * weights_.depth();
        narrowRow(rows_[i], reinterpret_cast<Half*>(to), call_.input.size);
        rows_[i] = to;
      }
    if (halves() && hasTiles()) return rowsByTiles(tokens);
    for (int p = 0; p < units_.panels(); p++)
      forEachTile<kTileRows<kTileVectors>>(tokens, [&](int row, auto m) { tile<m.value>(p, row); });
  }

  void rowsByTiles(int tokens) {
    if constexpr (kMixed && kMayHaveTiles && !Cell::kResetsBefore)
      for (int p = 0; p < units_.panels(); p++)
        for (int row = 0; row < tokens; row += kTileSide) {
          Vector sums[kTileSide][kTileVectors];
          weights_.sumByTiles(sums, p, words_.data() + size_t(row) * weights_.depth());
          for (int i = 0; i < std::min(kTileSide, tokens - row); i++) keep(p, row + i, sums[i]);
        }
  }

  template <int M>
  void tile(int p, int row) {
    Vector sums[M][kTileVectors];
    weights_.fill(sums, p);
    multiply(halves(), sums, &rows_[row], 1, weights_.weights(p), kTileVectors, weights_.depth());
#pragma GCC unroll 32
    for (int i = 0; i < M; i++) keep(p, row + i, sums[i]);
  }

  inline __attribute__((always_inline)) void keep(int p, int row, const Vector (&sums)[kTileVectors]) const {
#pragma GCC unroll 8
    for (int v = 0; v < kTileVectors; v++) {
      const int gate = v / kUnitVectors, u = p * kUnitVectors + v % kUnitVectors;
      if (u < units_.vectors()) store(inputs_.data() + row * width() + gate * units_.paddedSize() + u * kLanes, sums[v]);
    }
  }

  const ForwardCall& call_;
  const Units<Cell> units_;
  const GateWeights<Cell>& weights_;
  const int thread_, threads_, last_, most_;
  /** x of each token, or its halves, and the first token of each visit, from `first_` to before `end_`. */
  std::vector<const float*> rows_;
  std::vector<int> starts_;
  int first_, end_;
  const Buffer inputs_, words_;
};

}  // namespace gatelab
