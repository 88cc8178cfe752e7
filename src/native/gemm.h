// The one inner loop all products of the recurrence share: a tile of M rows by NV vectors that stays in registers.
#pragma once
#include <cstddef>
#include <type_traits>
#include "bfloat16.h"

namespace gatelab {

/** Rows of a tile of NV vectors: the accumulators fill three quarters of the registers, the operands use the rest. */
template <int NV>
constexpr int kTileRows = kRegisters * 3 / 4 / NV;

/**
 * c += A·B over `depth` terms, always summed in the same order, so that a row's result does not depend on the tile it is in.
 * The fewer of a term's M + NV operands are held in registers while the others pass, each of which is loaded once: the loads and not the
 * sums would set the pace otherwise.
 * @param a M pointers; term k of row r is a[r][k·aStep] @param b term k is the NV vectors at b[k·bStep]
 */
template <int M, int NV>
inline __attribute__((always_inline)) void multiply(Vector (&c)[M][NV], const float* const* a, ptrdiff_t aStep, const Vector* b,
                                                    ptrdiff_t bStep, int depth) {
  const float* row[M];
  for (int r = 0; r < M; r++) row[r] = a[r];
  for (ptrdiff_t k = 0, at = 0; k < depth; k++, at += aStep, b += bStep) {
    if constexpr (M < NV) {
      Vector held[M];
#pragma GCC unroll 8
      for (int r = 0; r < M; r++) held[r] = inRegister(broadcast(row[r][at]));
#pragma GCC unroll 8
      for (int v = 0; v < NV; v++) {
        const Vector term = inRegister(b[v]);
#pragma GCC unroll 8
        for (int r = 0; r < M; r++) c[r][v] = multiplyAdd(held[r], term, c[r][v]);
      }
    } else {
      Vector held[NV];
#pragma GCC unroll 8
      for (int v = 0; v < NV; v++) held[v] = inRegister(b[v]);
#pragma GCC unroll 32
      for (int r = 0; r < M; r++) {
        const Vector x = broadcast(row[r][at]);
#pragma GCC unroll 8
        for (int v = 0; v < NV; v++) c[r][v] = multiplyAdd(x, held[v], c[r][v]);
      }
    }
  }
}

/**
 * The same of one row and Q panels at once, whose sums are as many as hide the latency of each.
 * @param b of panel q, term k is the NV vectors at b[q][k·NV]
 */
template <int Q, int NV>
inline __attribute__((always_inline)) void multiplyRow(Vector (&c)[Q][1][NV], const float* row, const Vector* const* b, int depth) {
  const Vector* panel[Q];
  for (int q = 0; q < Q; q++) panel[q] = b[q];
  for (ptrdiff_t k = 0; k < depth; k++) {
    const Vector x = inRegister(broadcast(row[k]));
#pragma GCC unroll 8
    for (int q = 0; q < Q; q++)
#pragma GCC unroll 8
      for (int v = 0; v < NV; v++) c[q][0][v] = multiplyAdd(x, panel[q][k * NV + v], c[q][0][v]);
  }
}

/** The same of pairs of halves, one pair of terms in each word of a and of b. */
template <int M, int NV>
inline __attribute__((always_inline)) void multiplyPairs(Vector (&c)[M][NV], const float* const* a, ptrdiff_t aStep, const Vector* b,
                                                         ptrdiff_t bStep, int pairs) {
  const float* row[M];
  for (int r = 0; r < M; r++) row[r] = a[r];
  for (ptrdiff_t k = 0, at = 0; k < pairs; k++, at += aStep, b += bStep) {
    WordVector term[NV];
#pragma GCC unroll 8
    for (int v = 0; v < NV; v++) term[v] = (WordVector)b[v];
#pragma GCC unroll 32
    for (int r = 0; r < M; r++) {
      uint32_t word;
      std::memcpy(&word, row[r] + at, sizeof word);
      const WordVector x = word - WordVector{};
#pragma GCC unroll 8
      for (int v = 0; v < NV; v++) c[r][v] = addPairProducts(c[r][v], x, term[v]);
    }
  }
}

/** Either of them. @param depth words of a row: terms, or pairs of terms */
template <int M, int NV>
inline __attribute__((always_inline)) void multiply(bool halves, Vector (&c)[M][NV], const float* const* a, ptrdiff_t aStep,
                                                    const Vector* b, ptrdiff_t bStep, int depth) {
  if (halves) multiplyPairs(c, a, aStep, b, bStep, depth);
  else multiply(c, a, aStep, b, bStep, depth);
}

/** Calls f(integral_constant n) for a number n from 1 to Max that is known only at run time. */
template <int Max, class F>
inline void withConstant(int n, F&& f) {
  if constexpr (Max == 1) f(std::integral_constant<int, 1>{});
  else if (n == Max) f(std::integral_constant<int, Max>{});
  else withConstant<Max - 1>(n, f);
}

/** Splits rows into tiles of at most Max, as evenly as can be, and calls f(first row, integral_constant rows) for each. */
template <int Max, class F>
inline void forEachTile(int rows, F&& f) {
  const int tiles = (rows + Max - 1) / Max;
  for (int i = 0; i < tiles; i++) {
    const int first = static_cast<int>(int64_t{rows} * i / tiles), next = static_cast<int>(int64_t{rows} * (i + 1) / tiles);
    withConstant<Max>(next - first, [&](auto count) { f(first, count); });
  }
}

}  // namespace gatelab
