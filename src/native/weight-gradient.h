// Sums over the tokens of a share: dW = Σ d·rowᵀ and db = Σ d, the bias being one more row of the same product.
#pragma once
#include "chunks.h"
#include "column-weights.h"
#include "gemm.h"

namespace gatelab {

/** Which part of a chunk's rows and slots a weight gradient sums over: those of W_hh and b_hh, or those of W_ih and b_ih. */
struct GradientPart {
  int firstRow, rows;   // of [h, 1, x]
  int biasRow;          // among them
  int firstVector;      // of a panel's slots
  const int* gates;     // of the slots
  bool throughReset;    // whether the first gate's weights have a second product, of the reset h
};

template <class Cell>
class WeightGradient {
  static constexpr int kUnitVectors = Cell::kUnitVectors, kTileVectors = Units<Cell>::kTileVectors,
                       kSlotVectors = Units<Cell>::kSlotVectors;

 public:
  WeightGradient(const Units<Cell>& units, const GradientPart& part)
      : units_(units), part_(part), rows_(kMayHaveTiles ? tileWords(part.rows) : part.rows),
        sums_(size_t(units_.panels()) * rows_ * kTileVectors * kLanes) {}

  static GradientPart recurrentPart(int size) { return {0, size + 1, size, 0, Cell::kRecurrentGate, Cell::kResetsBefore}; }
  static GradientPart inputPart(int size, int inputSize) {
    return {size, 1 + inputSize, 0, Units<Cell>::kInputVectors, kGatesInOrder, false};
  }

  void clear() { std::memset(sums_.data(), 0, size_t(units_.panels()) * rows_ * kTileVectors * sizeof(Vector)); }

  /** @tparam kHalves whether the buffer holds pairs of tokens, and `tokens` counts those */
  template <bool kHalves>
  void add(const ChunkBuffer<Cell>& buffer, int tokens) {
    constexpr int kDepth = 128; // tokens whose gradients stay in L1 while all rows of the sums pass
    for (int p = 0; p < units_.panels(); p++)
      for (int token = 0; token < tokens; token += kDepth) {
        const int depth = std::min(kDepth, tokens - token);
        forEachTile<kTileRows<kTileVectors>>(part_.rows, [&](int row, auto m) {
          tile<m.value, kTileVectors, kHalves>(p, row, buffer.row(token) + part_.firstRow + row,
                                               buffer.slots(p, token) + part_.firstVector, depth, buffer);
        });
        if constexpr (Cell::kResetsBefore)
          if (part_.throughReset)
            forEachTile<kTileRows<kUnitVectors>>(units_.size, [&](int row, auto m) {
              tile<m.value, kUnitVectors, false>(p, row, buffer.row(token) + buffer.resetAt() + row,
                                          buffer.slots(p, token) + Units<Cell>::kProductVectors, depth, buffer);
            });
      }
  }

  /** The same of pairs, by tiles. */
  void addByTiles(const ChunkBuffer<Cell>& buffer, int pairs) {
    const int depth = tileWords(pairs);
    const Buffer a(size_t(kTileSide) * depth); // sixteen rows of the sums: tiles of A one after the other
    for (int row = 0; row < part_.rows; row += kTileSide) {
      const int count = std::min(kTileSide, part_.rows - row);
      for (int pair = 0; pair < depth; pair += kTileSide)
        transposeTile(buffer.row(pair) + part_.firstRow + row, buffer.rowWidth(), std::min(kTileSide, pairs - pair), count,
                      a.data() + pair * kTileSide);
      for (int p = 0; p < units_.panels(); p++)
        multiplyTiles<kTileVectors>(sums(p, row), kTileVectors * kLanes, a.data(), kTileSide, kTileSide * kTileSide,
                                    buffer.slots(p, 0) + part_.firstVector, kSlotVectors, depth);
    }
  }

  /**
   * Adds up the shares in order and writes the columns of panel p where the caller wants them.
   * @param dWeight [G·H, rows − 1]
   * @param dBias [G·H]
   */
  static void finish(const std::vector<WeightGradient>& shares, int p, float* dWeight, float* dBias) {
    const WeightGradient& first = shares.front();
    const GradientPart& part = first.part_;
    constexpr int kWidth = kTileVectors * kLanes, kVectorUnits = kUnitVectors * kLanes;
    for (int column = 0; column < kWidth; column++) {
      const int gate = part.gates[column / kVectorUnits], unit = p * kVectorUnits + column % kVectorUnits;
      if (unit >= first.units_.size) continue;
      const int row = gate * first.units_.size + unit;
      float* to = dWeight + size_t(row) * (part.rows - 1);
      for (int k = 0; k < part.rows; k++) {
        float sum = 0;
        for (const WeightGradient& share : shares) sum += share.sums(p, k)[column];
        (k == part.biasRow ? dBias[row] : *to++) = sum;
      }
    }
  }

 private:
  float* sums(int p, int row) const { return sums_.data() + (size_t(p) * rows_ + row) * kTileVectors * kLanes; }

  /**
   * Adds to the sums of M rows and the first NV vectors of their columns.
   * @param from the first of the rows, at the first token
   * @param slots likewise
   */
  template <int M, int NV, bool kHalves>
  void tile(int p, int row, const float* from, const Vector* slots, int depth, const ChunkBuffer<Cell>& buffer) {
    const float* rows[M];
    for (int i = 0; i < M; i++) rows[i] = from + i;
    Vector part[M][NV] = {};
    multiply(kHalves, part, rows, buffer.rowWidth(), slots, kSlotVectors, depth);
    Vector* const to = reinterpret_cast<Vector*>(sums(p, row));
#pragma GCC unroll 32
    for (int i = 0; i < M; i++)
#pragma GCC unroll 8
      for (int v = 0; v < NV; v++) to[i * kTileVectors + v] += part[i][v];
  }

  Units<Cell> units_;
  GradientPart part_;
  int rows_; // of the sums, whole tiles of them where there may be tiles
  /** [panels, rows, kTileVectors·W] */
  Buffer sums_;
};

}  // namespace gatelab
