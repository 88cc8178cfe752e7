// Weights as a backward product streams them, and that product: gradients of the gates times the weights.
#pragma once
#include <algorithm>
#include "buffer.h"
#include "cell.h"
#include "gemm.h"
#include "threads.h"
#include "tiles.h"

namespace gatelab {

/** Panels of up to four vectors of the columns of a [G·H, columns] matrix, its rows, or pairs of them, in the order of a chunk's slots. */
template <class Cell>
class ColumnWeights {
  static constexpr int kVectorUnits = Cell::kUnitVectors * kLanes;

 public:
  static constexpr int kPanelVectors = 4, kPanelDepth = Cell::kGates * kVectorUnits;

  /** @param gates the gate of each slot @param halves whether rows are packed as pairs of bfloat16 */
  ColumnWeights(int size, const float* weight, int columns, const int* gates, bool halves)
      : units_{size}, columns_{columns}, weight_(weight), gates_(gates), perWord_(halves ? 2 : 1),
        packed_(size_t(depth()) * columns_.vectors() * kLanes) {}

  bool halves() const { return perWord_ == 2; }

  int panels() const { return (columns_.vectors() + kPanelVectors - 1) / kPanelVectors; }
  int vectorsOf(int q) const { return std::min(kPanelVectors, columns_.vectors() - q * kPanelVectors); }
  /** Columns, and what fills the last vector. */
  int paddedColumns() const { return columns_.paddedSize(); }
  int unitPanels() const { return units_.panels(); }
  /** Words of all slots of a token: terms, or pairs of them, with zeros up to a whole tile where there are tiles. */
  int depth() const {
    const int words = units_.panels() * kPanelDepth / perWord_;
    return halves() && hasTiles() ? tileWords(words) : words;
  }
  /** Term k of panel q at [k·vectorsOf(q)], k counted over panels of units, slots and units. */
  const Vector* panel(int q) const { return reinterpret_cast<const Vector*>(packed_.data()) + size_t(q) * kPanelVectors * depth(); }

  void pack(int thread, int threads) {
    for (int q = 0; q < panels(); q++) {
      const Share share(depth(), thread, threads);
      for (int64_t k = share.first; k < share.last; k++) packRow(q, static_cast<int>(k));
    }
  }

 private:
  void packRow(int q, int k) {
    Vector* const to = const_cast<Vector*>(panel(q)) + size_t(k) * vectorsOf(q);
    for (int v = 0; v < vectorsOf(q); v++) {
      const int column = (q * kPanelVectors + v) * kLanes;
      to[v] = halves() ? pairHalves(loadTerm(2 * k, column), loadTerm(2 * k + 1, column)) : loadTerm(k, column);
    }
  }

  Vector loadTerm(int k, int column) const {
    const int p = k / kPanelDepth, gate = gates_[k / kVectorUnits % Cell::kGates], unit = p * kVectorUnits + k % kVectorUnits;
    if (unit >= units_.size) return Vector{}; // or past the last panel
    return load(weight_ + (size_t(gate) * units_.size + unit) * columns_.size + column, columns_.size - column);
  }

  const Units<Cell> units_, columns_;
  const float* const weight_;
  const int* const gates_;
  const int perWord_;
  Buffer packed_;
};

/** Slots of dx are in the gates' own order. */
constexpr int kGatesInOrder[] = {0, 1, 2, 3};

template <bool kHalves, int M, int NV, int kTerms, class Cell>
void slotsTimesTile(const ColumnWeights<Cell>& weights, int first, int q, int p, int endPanel, ptrdiff_t panelWords,
                    const float* const* slots, float* const* rows) {
  constexpr int kPerWord = kHalves ? 2 : 1, kDepth = ColumnWeights<Cell>::kPanelDepth / kPerWord;
  float* to[M];
  const float* d[M];
  for (int i = 0; i < M; i++)
    to[i] = rows[first + i] + q * ColumnWeights<Cell>::kPanelVectors * kLanes, d[i] = slots[first + i] + p * panelWords;
  Vector sums[M][NV];
#pragma GCC unroll 32
  for (int i = 0; i < M; i++)
#pragma GCC unroll 8
    for (int v = 0; v < NV; v++) sums[i][v] = load(to[i] + v * kLanes);
  const Vector* from = weights.panel(q) + size_t(p) * kDepth * NV;
  for (; p < endPanel; p++) {
    multiply(kHalves, sums, d, 1, from, NV, kTerms / kPerWord);
    for (int i = 0; i < M; i++) d[i] += panelWords;
    from += kDepth * NV;
  }
#pragma GCC unroll 32
  for (int i = 0; i < M; i++)
#pragma GCC unroll 8
    for (int v = 0; v < NV; v++) store(to[i] + v * kLanes, sums[i][v]);
}

/** Panel q of row += slots·W for at most 16 rows, by tiles. @param a [16, depth] their slots */
template <int NV, class Cell>
void slotsTimesTiles(const ColumnWeights<Cell>& weights, int count, int q, const float* a, float* const* rows) {
  Vector sums[kTileSide][NV];
  const int at = q * ColumnWeights<Cell>::kPanelVectors * kLanes;
  for (int i = 0; i < kTileSide; i++)
    for (int v = 0; v < NV; v++) sums[i][v] = i < count ? load(rows[i] + at + v * kLanes) : Vector{};
  multiplyTiles<NV>(reinterpret_cast<float*>(sums), NV * kLanes, a, weights.depth(), kTileSide, weights.panel(q), NV,
                    weights.depth());
  for (int i = 0; i < count; i++)
    for (int v = 0; v < NV; v++) store(rows[i] + at + v * kLanes, sums[i][v]);
}

/** row += slots·W for `count` rows by tiles. @param memory [16, depth], zeros at first; the others are those of `addSlotsTimes` */
template <class Cell>
void addSlotsTimesByTiles(const ColumnWeights<Cell>& weights, int count, ptrdiff_t panelWords, const float* const* slots,
                          float* const* rows, float* memory) {
  constexpr int kWords = ColumnWeights<Cell>::kPanelDepth / 2;
  const int depth = weights.depth();
  for (int first = 0; first < count; first += kTileSide) {
    const int some = std::min(kTileSide, count - first);
    for (int i = 0; i < some; i++)
      for (int p = 0; p < weights.unitPanels(); p++)
        std::memcpy(memory + i * depth + p * kWords, slots[first + i] + p * panelWords, kWords * sizeof(float));
    for (int q = 0; q < weights.panels(); q++)
      withConstant<ColumnWeights<Cell>::kPanelVectors>(
          weights.vectorsOf(q), [&](auto vectors) { slotsTimesTiles<vectors.value>(weights, some, q, memory, rows + first); });
  }
}

/**
 * row += slots·W for `count` rows, by blocks of panels whose weights stay in L1 while all rows pass.
 * @tparam kHalves whether slots and W are halves @tparam kGateCount the gates to take, the first of those that W was packed for
 * @param slots those of each row in the first panel, which lie panelWords apart @param rows [padded columns] each
 */
template <bool kHalves, int kGateCount, class Cell>
void addSlotsTimes(const ColumnWeights<Cell>& weights, int count, ptrdiff_t panelWords, const float* const* slots, float* const* rows) {
  constexpr int kTerms = kGateCount * Cell::kUnitVectors * kLanes;
  constexpr int kBlock = std::max(1, 128 / ColumnWeights<Cell>::kPanelDepth);
  for (int q = 0; q < weights.panels(); q++)
    for (int p = 0; p < weights.unitPanels(); p += kBlock)
      withConstant<ColumnWeights<Cell>::kPanelVectors>(weights.vectorsOf(q), [&](auto vectors) {
        forEachTile<kTileRows<vectors.value>>(count, [&](int first, auto m) {
          slotsTimesTile<kHalves, m.value, vectors.value, kTerms>(weights, first, q, p, std::min(p + kBlock, weights.unitPanels()),
                                                                  panelWords, slots, rows);
        });
      });
}

}  // namespace gatelab
