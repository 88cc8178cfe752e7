// Matrices of products as the inner loop of gemm.h reads them.
#pragma once
#include <algorithm>
#include "gemm.h"

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

/** Columns of B in a panel, and rows of A that are multiplied by it at once. */
constexpr int kPanelVectors = 2, kPanelWidth = kPanelVectors * kLanes, kPanelRows = kTileRows<kPanelVectors>;
/** Terms that are summed one after the other; so many of a panel lie in the L1 cache. The sums of such blocks are added in their order. */
constexpr int kPanelTerms = 256;

inline int64_t countPanels(int64_t columns) { return (columns + kPanelWidth - 1) / kPanelWidth; }

/** Some terms of the columns of the p-th panel of B, term after term; zeros where B ends. */
inline void packPanel(const MatrixView& b, int64_t p, int64_t first, int64_t terms, float* to) {
  const int64_t column = p * kPanelWidth;
  const int width = static_cast<int>(std::min<int64_t>(kPanelWidth, b.columns - column));
  const float* const from = b.data + first * b.rowStep + column * b.columnStep;
  if (width < kPanelWidth) std::fill(to, to + terms * kPanelWidth, 0.0f);
  if (b.columnStep == 1)
    for (int64_t k = 0; k < terms; k++) std::memcpy(to + k * kPanelWidth, from + k * b.rowStep, width * sizeof(float));
  else
    for (int j = 0; j < width; j++)
      for (int64_t k = 0; k < terms; k++) to[k * kPanelWidth + j] = from[j * b.columnStep + k * b.rowStep];
}

/**
 * M rows of A by a panel. A function of its own, since compilers keep the sums in registers only where little else is live.
 * @param rows term k of row i is rows[i][k·step] @param width columns of the panel that C has @param adds whether to what is in C
 * @param bias of these columns, added last, or null
 */
template <int M>
__attribute__((noinline)) void multiplyPanel(const float* const* rows, ptrdiff_t step, const float* panel, int terms, int64_t width,
                                             float* c, int64_t cStep, bool adds, const float* bias) {
  Vector sums[M][kPanelVectors] = {};
  multiply(sums, rows, step, reinterpret_cast<const Vector*>(panel), kPanelVectors, terms);
#pragma GCC unroll 32
  for (int i = 0; i < M; i++)
#pragma GCC unroll 8
    for (int v = 0; v < kPanelVectors; v++) { // no early end, which would keep the sums in memory
      const int count = static_cast<int>(std::clamp<int64_t>(width - v * kLanes, 0, kLanes));
      float* const at = c + i * cStep + v * kLanes;
      const Vector sum = adds ? load(at, count) + sums[i][v] : sums[i][v];
      store(at, bias == nullptr ? sum : sum + load(bias + v * kLanes, count), count);
    }
}

/** B of several products, packed as a whole; the bits of a product are those of `Product`. */
class PackedMatrix {
 public:
  static int64_t countFloats(int64_t terms, int64_t columns) { return terms * countPanels(columns) * kPanelWidth; }

  /** @param memory of countFloats, on a cache line */
  PackedMatrix(const MatrixView& b, float* memory) : terms_(b.rows), packed_(memory) {
    for (int64_t p = 0; p < countPanels(b.columns); p++) packPanel(b, p, 0, terms_, panel(p));
  }

  /**
   * C = A·B, or C + A·B.
   * @param a may have fewer terms than B, its first ones @param columns the first ones of B @param cStep from a row of C to the next
   */
  void multiply(const MatrixView& a, int64_t columns, float* c, int64_t cStep, bool adds) const {
    for (int64_t first = 0; first < a.columns; first += kPanelTerms) {
      const int terms = static_cast<int>(std::min<int64_t>(kPanelTerms, a.columns - first));
      const float* const from = a.data + first * a.columnStep;
      for (int64_t p = 0; p < countPanels(columns); p++)
        forEachTile<kPanelRows>(static_cast<int>(a.rows), [&](int at, auto m) {
          const float* rows[m.value];
          for (int i = 0; i < m.value; i++) rows[i] = from + (at + i) * a.rowStep;
          multiplyPanel<m.value>(rows, a.columnStep, panel(p) + first * kPanelWidth, terms, columns - p * kPanelWidth,
                                 c + at * cStep + p * kPanelWidth, cStep, adds || first > 0, nullptr);
        });
    }
  }

 private:
  float* panel(int64_t p) const { return packed_ + p * terms_ * kPanelWidth; }

  const int64_t terms_;
  float* const packed_;
};

}  // namespace gatelab
