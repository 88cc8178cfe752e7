// Weights as a backward product streams them, and that product: gradients of the gates times the weights.
#pragma once
#include <algorithm>
#include "buffer.h"
#include "cell.h"
#include "gemm.h"
#include "threads.h"

namespace gatelab {

/** Panels of up to four vectors of the columns of a [G·H, columns] matrix, its rows in the order of a chunk's slots. */
template <class Cell>
class ColumnWeights {
  static constexpr int kVectorUnits = Cell::kUnitVectors * kLanes;

 public:
  static constexpr int kPanelVectors = 4, kPanelDepth = Cell::kGates * kVectorUnits;

  /** @param gates the gate of each slot */
  ColumnWeights(int size, const float* weight, int columns, const int* gates)
      : units_{size}, columns_{columns}, weight_(weight), gates_(gates), packed_(size_t(depth()) * columns_.vectors() * kLanes) {}

  int panels() const { return (columns_.vectors() + kPanelVectors - 1) / kPanelVectors; }
  int vectorsOf(int q) const { return std::min(kPanelVectors, columns_.vectors() - q * kPanelVectors); }
  /** Columns, and what fills the last vector. */
  int paddedColumns() const { return columns_.paddedSize(); }
  int unitPanels() const { return units_.panels(); }
  /** Term k of panel q at [k·vectorsOf(q)], k counted over panels of units, slots and units. */
  const Vector* panel(int q) const { return reinterpret_cast<const Vector*>(packed_.data()) + size_t(q) * kPanelVectors * depth(); }

  void pack(int thread, int threads) {
    for (int q = 0; q < panels(); q++) {
      const Share share(depth(), thread, threads);
      for (int64_t k = share.first; k < share.last; k++) packRow(q, static_cast<int>(k));
    }
  }

 private:
  int depth() const { return units_.panels() * kPanelDepth; }

  void packRow(int q, int k) {
    const int p = k / kPanelDepth, gate = gates_[k / kVectorUnits % Cell::kGates], unit = p * kVectorUnits + k % kVectorUnits;
    Vector* const to = const_cast<Vector*>(panel(q)) + size_t(k) * vectorsOf(q);
    for (int v = 0; v < vectorsOf(q); v++) {
      const int column = (q * kPanelVectors + v) * kLanes;
      to[v] = unit < units_.size ? load(weight_ + (size_t(gate) * units_.size + unit) * columns_.size + column, columns_.size - column)
                                 : Vector{};
    }
  }

  const Units<Cell> units_, columns_;
  const float* const weight_;
  const int* const gates_;
  Buffer packed_;
};

/** Slots of dx are in the gates' own order. */
constexpr int kGatesInOrder[] = {0, 1, 2, 3};

template <int M, int NV, int kTerms, class Cell, class SlotsOf, class RowOf>
void slotsTimesTile(const ColumnWeights<Cell>& weights, int first, int q, int p, int endPanel, ptrdiff_t panelFloats, SlotsOf slotsOf,
                    RowOf rowOf) {
  constexpr int kDepth = ColumnWeights<Cell>::kPanelDepth;
  float* to[M];
  const float* d[M];
  for (int i = 0; i < M; i++)
    to[i] = rowOf(first + i) + q * ColumnWeights<Cell>::kPanelVectors * kLanes, d[i] = slotsOf(first + i) + p * panelFloats;
  Vector sums[M][NV];
#pragma GCC unroll 32
  for (int i = 0; i < M; i++)
#pragma GCC unroll 8
    for (int v = 0; v < NV; v++) sums[i][v] = load(to[i] + v * kLanes);
  const Vector* from = weights.panel(q) + size_t(p) * kDepth * NV;
  for (; p < endPanel; p++) {
    multiply(sums, d, 1, from, NV, kTerms);
    for (int i = 0; i < M; i++) d[i] += panelFloats;
    from += kDepth * NV;
  }
#pragma GCC unroll 32
  for (int i = 0; i < M; i++)
#pragma GCC unroll 8
    for (int v = 0; v < NV; v++) store(to[i] + v * kLanes, sums[i][v]);
}

/**
 * row += slots·W for `count` rows, by blocks of panels whose weights stay in L1 while all rows pass.
 * @tparam kGateCount the gates to take, the first of those that W was packed for
 * @param slotsOf i → the slots of row i in the first panel, which lie panelFloats apart @param rowOf i → [padded columns]
 */
template <int kGateCount, class Cell, class SlotsOf, class RowOf>
void addSlotsTimes(const ColumnWeights<Cell>& weights, int count, ptrdiff_t panelFloats, SlotsOf slotsOf, RowOf rowOf) {
  constexpr int kTerms = kGateCount * Cell::kUnitVectors * kLanes;
  constexpr int kBlock = std::max(1, 128 / ColumnWeights<Cell>::kPanelDepth);
  for (int q = 0; q < weights.panels(); q++)
    for (int p = 0; p < weights.unitPanels(); p += kBlock)
      withConstant<ColumnWeights<Cell>::kPanelVectors>(weights.vectorsOf(q), [&](auto vectors) {
        forEachTile<kTileRows<vectors.value>>(count, [&](int first, auto m) {
          slotsTimesTile<m.value, vectors.value, kTerms>(weights, first, q, p, std::min(p + kBlock, weights.unitPanels()), panelFloats,
                                                         slotsOf, rowOf);
        });
      });
}

}  // namespace gatelab
