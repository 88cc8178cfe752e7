// A product of matrices that is the same to the bit whatever the number of threads and whatever other rows it is computed with, which those
// of TensorFlow are not: a row's last bits depend there on the tile that it falls into.
#pragma once
#include <algorithm>
#include "buffer.h"
#include "panels.h"
#include "threads.h"

namespace gatelab {

/**
 * C = A·B, or A·B + bias in every row. Terms are summed in blocks of kPanelTerms, one after the other within a block, and the blocks' sums
 * in their order; then comes the bias.
 */
class Product {
  /** The terms of so many rows of A lie in the L2 cache. */
  static constexpr int kGroupRows = 16 * kPanelRows;

 public:
  /**
   * @param bias [B's columns], or null @param c [A's rows, B's columns]
   * @param panels memory of countPanelFloats(B)
   * @param groups of countGroupFloats(A), for each thread
   */
  Product(const MatrixView& a, const MatrixView& b, const float* bias, float* c, float* panels, float* groups)
      : a_(a), b_(b), bias_(bias), c_(c), panels_(countPanels(b.columns)), panelFloats_(countPanelFloats(b) / std::max<int64_t>(panels_, 1)),
        packed_(panels), groups_(groups) {}

  static int64_t countPanelFloats(const MatrixView& b) {
    return PackedMatrix::countFloats(std::min<int64_t>(kPanelTerms, b.rows), b.columns);
  }
  static int64_t countGroupFloats(const MatrixView& a) { return a.columnStep == 1 ? 0 : int64_t(kGroupRows) * kPanelTerms; }

  void run(int threads) const {
    fillIfEmpty();
    for (int64_t first = 0; first < b_.rows; first += kPanelTerms) {
      pool().run(threads, [&](int thread) { packShare(first, thread, threads); });
      pool().run(threads, [&](int thread) { multiplyShare(first, thread, threads); });
    }
  }

  /** On the thread that calls. */
  void run() const {
    fillIfEmpty();
    for (int64_t first = 0; first < b_.rows; first += kPanelTerms) {
      packShare(first, 0, 1);
      multiplyShare(first, 0, 1);
    }
  }

 private:
  /** A sum of no terms is 0, and the bias. */
  void fillIfEmpty() const {
    if (b_.rows > 0) return;
    for (int64_t row = 0; row < a_.rows; row++)
      for (int64_t column = 0; column < b_.columns; column++) c_[row * b_.columns + column] = bias_ == nullptr ? 0 : bias_[column];
  }

  int termsFrom(int64_t first) const { return static_cast<int>(std::min<int64_t>(kPanelTerms, b_.rows - first)); }

  void packShare(int64_t first, int thread, int threads) const {
    const Share share(panels_, thread, threads);
    for (int64_t p = share.first; p < share.last; p++) packPanel(b_, p, first, termsFrom(first), panel(p));
  }

  void multiplyShare(int64_t first, int thread, int threads) const {
    const Share share(a_.rows, thread, threads);
    float* const packed = groups_ + thread * countGroupFloats(a_);
    for (int64_t row = share.first; row < share.last; row += kGroupRows)
      group(row, static_cast<int>(std::min<int64_t>(kGroupRows, share.last - row)), first, termsFrom(first), packed);
  }

  float* panel(int64_t p) const { return packed_ + p * panelFloats_; }

  /** Rows of A by every panel. @param packed where they are laid term after term, if they do not lie so that a row can be read */
  void group(int64_t row, int count, int64_t first, int terms, float* packed) const {
    const float* const from = a_.data + row * a_.rowStep + first * a_.columnStep;
    const bool isPacked = a_.columnStep != 1, isLast = bias_ != nullptr && first + terms == b_.rows;
    if (isPacked)
      for (int k = 0; k < terms; k++)
        for (int i = 0; i < count; i++) packed[int64_t(k) * kGroupRows + i] = from[i * a_.rowStep + k * a_.columnStep];
    for (int64_t p = 0; p < panels_; p++)
      forEachTile<kPanelRows>(count, [&](int at, auto m) {
        const float* rows[m.value];
        for (int i = 0; i < m.value; i++) rows[i] = isPacked ? packed + at + i : from + (at + i) * a_.rowStep;
        const int64_t column = p * kPanelWidth;
        multiplyPanel<m.value>(rows, isPacked ? kGroupRows : 1, panel(p), terms, b_.columns - column,
                               c_ + (row + at) * b_.columns + column, b_.columns, first > 0, isLast ? bias_ + column : nullptr);
      });
  }

  const MatrixView a_, b_;
  const float* const bias_;
  float* const c_;
  const int64_t panels_, panelFloats_;
  float* const packed_;
  float* const groups_;
};

/** Products of as many pairs of matrices, which lie one after the other; those of many go each to one thread. @param bias of each, or null */
inline void multiplyMatrices(const MatrixView& a, const MatrixView& b, const float* bias, float* c, int64_t count, int threads) {
  const bool together = count < 2 * threads;
  const int64_t panelFloats = (Product::countPanelFloats(b) + 15) / 16 * 16, groupFloats = Product::countGroupFloats(a);
  const Buffer panels(panelFloats * (together ? 1 : threads)), groups(groupFloats * threads);
  const auto product = [&](int64_t i, int thread) {
    return Product(a.at(i), b.at(i), bias, c + i * a.rows * b.columns, panels.data() + thread * panelFloats, groups.data() + thread * groupFloats);
  };
  if (together)
    for (int64_t i = 0; i < count; i++) product(i, 0).run(threads);
  else
    pool().run(threads, [&](int thread) {
      const Share share(count, thread, threads);
      for (int64_t i = share.first; i < share.last; i++) product(i, thread).run();
    });
}

}  // namespace gatelab
