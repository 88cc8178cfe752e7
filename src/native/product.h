// A product of matrices that is the same to the bit whatever the number of threads and whatever other rows it is computed with, which those
// of TensorFlow are not: a row's last bits depend there on the tile that it falls into.
#pragma once
#include <algorithm>
#include "buffer.h"
#include "gemm.h"
#include "threads.h"

namespace gatelab {

/** A matrix in memory, or its transpose: the element at (row, column) is data[row·rowStep + column·columnStep]. */
struct MatrixView {
  const float* data;
  int64_t rows, columns, rowStep, columnStep;

  /** @param columns as it lies in memory, row after row */
  static MatrixView of(const float* data, int64_t rows, int64_t columns, bool transposed) {
    if (transposed) return {data, columns, rows, 1, columns};
    return {data, rows, columns, columns, 1};
  }

  /** The i-th of matrices of this size that lie one after the other. */
  MatrixView at(int64_t i) const { return {data + i * rows * columns, rows, columns, rowStep, columnStep}; }
};

/** C = A·B. Terms are summed in blocks of kTerms, one after the other within a block, and the blocks' sums in their order. */
class Product {
  static constexpr int kTileVectors = 2, kWidth = kTileVectors * kLanes, kRows = kTileRows<kTileVectors>;
  /** So many terms of a panel of B lie in the L1 cache, and so many of a group of rows of A in L2. */
  static constexpr int kTerms = 256, kGroupRows = 16 * kRows;

 public:
  /**
   * @param c [A's rows, B's columns]
   * @param panels memory of countPanelFloats(B)
   * @param groups of countGroupFloats(A), for each thread
   */
  Product(const MatrixView& a, const MatrixView& b, float* c, float* panels, float* groups)
      : a_(a), b_(b), c_(c), panels_(countPanels(b)), panelFloats_(countPanelFloats(b) / std::max<int64_t>(panels_, 1)),
        packed_(panels), groups_(groups) {}

  static int64_t countPanelFloats(const MatrixView& b) { return countPanels(b) * kWidth * std::min<int64_t>(kTerms, b.rows); }
  static int64_t countGroupFloats(const MatrixView& a) { return a.columnStep == 1 ? 0 : int64_t(kGroupRows) * kTerms; }

  void run(int threads) const {
    clearIfEmpty();
    for (int64_t first = 0; first < b_.rows; first += kTerms) {
      pool().run(threads, [&](int thread) { packShare(first, thread, threads); });
      pool().run(threads, [&](int thread) { multiplyShare(first, thread, threads); });
    }
  }

  /** On the thread that calls. */
  void run() const {
    clearIfEmpty();
    for (int64_t first = 0; first < b_.rows; first += kTerms) {
      packShare(first, 0, 1);
      multiplyShare(first, 0, 1);
    }
  }

 private:
  static int64_t countPanels(const MatrixView& b) { return (b.columns + kWidth - 1) / kWidth; }

  /** A sum of no terms is 0. */
  void clearIfEmpty() const {
    if (b_.rows == 0) std::fill(c_, c_ + a_.rows * b_.columns, 0.0f);
  }

  int termsFrom(int64_t first) const { return static_cast<int>(std::min<int64_t>(kTerms, b_.rows - first)); }

  void packShare(int64_t first, int thread, int threads) const {
    const Share share(panels_, thread, threads);
    for (int64_t p = share.first; p < share.last; p++) pack(p, first, termsFrom(first));
  }

  void multiplyShare(int64_t first, int thread, int threads) const {
    const Share share(a_.rows, thread, threads);
    float* const packed = groups_ + thread * countGroupFloats(a_);
    for (int64_t row = share.first; row < share.last; row += kGroupRows)
      group(row, static_cast<int>(std::min<int64_t>(kGroupRows, share.last - row)), first, termsFrom(first), packed);
  }

  float* panel(int64_t p) const { return packed_ + p * panelFloats_; }

  /** Some terms of the columns of a panel, term after term; zeros where B ends. */
  void pack(int64_t p, int64_t first, int terms) const {
    const int64_t column = p * kWidth;
    const int width = static_cast<int>(std::min<int64_t>(kWidth, b_.columns - column));
    float* const to = panel(p);
    const float* const from = b_.data + first * b_.rowStep + column * b_.columnStep;
    if (width < kWidth) std::fill(to, to + int64_t(terms) * kWidth, 0.0f);
    if (b_.columnStep == 1)
      for (int k = 0; k < terms; k++) std::memcpy(to + int64_t(k) * kWidth, from + k * b_.rowStep, width * sizeof(float));
    else
      for (int j = 0; j < width; j++)
        for (int k = 0; k < terms; k++) to[int64_t(k) * kWidth + j] = from[j * b_.columnStep + k * b_.rowStep];
  }

  /** Rows of A by every panel. @param packed where they are laid term after term, if they do not lie so that a row can be read */
  void group(int64_t row, int count, int64_t first, int terms, float* packed) const {
    const float* const from = a_.data + row * a_.rowStep + first * a_.columnStep;
    const bool isPacked = a_.columnStep != 1;
    if (isPacked)
      for (int k = 0; k < terms; k++)
        for (int i = 0; i < count; i++) packed[int64_t(k) * kGroupRows + i] = from[i * a_.rowStep + k * a_.columnStep];
    for (int64_t p = 0; p < panels_; p++)
      forEachTile<kRows>(count, [&](int at, auto m) {
        const float* rows[m.value];
        for (int i = 0; i < m.value; i++) rows[i] = isPacked ? packed + at + i : from + (at + i) * a_.rowStep;
        tile<m.value>(rows, isPacked ? kGroupRows : 1, p, terms, c_ + (row + at) * b_.columns, first > 0);
      });
  }

  template <int M>
  void tile(const float* const* rows, ptrdiff_t step, int64_t p, int terms, float* to, bool adds) const {
    Vector sums[M][kTileVectors] = {};
    multiply(sums, rows, step, reinterpret_cast<const Vector*>(panel(p)), kTileVectors, terms);
#pragma GCC unroll 32
    for (int i = 0; i < M; i++)
#pragma GCC unroll 8
      for (int v = 0; v < kTileVectors; v++) { // no early end, which would keep the sums in memory
        const int64_t column = p * kWidth + v * kLanes;
        const int count = static_cast<int>(std::clamp<int64_t>(b_.columns - column, 0, kLanes));
        float* const at = to + i * b_.columns + column;
        store(at, adds ? load(at, count) + sums[i][v] : sums[i][v], count);
      }
  }

  const MatrixView a_, b_;
  float* const c_;
  const int64_t panels_, panelFloats_;
  float* const packed_;
  float* const groups_;
};

/** Products of as many pairs of matrices, which lie one after the other; those of many go each to one thread. */
inline void multiplyMatrices(const MatrixView& a, const MatrixView& b, float* c, int64_t count, int threads) {
  const bool together = count < 2 * threads;
  const int64_t panelFloats = (Product::countPanelFloats(b) + 15) / 16 * 16, groupFloats = Product::countGroupFloats(a);
  const Buffer panels(panelFloats * (together ? 1 : threads)), groups(groupFloats * threads);
  const auto product = [&](int64_t i, int thread) {
    return Product(a.at(i), b.at(i), c + i * a.rows * b.columns, panels.data() + thread * panelFloats, groups.data() + thread * groupFloats);
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
