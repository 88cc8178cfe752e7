// Sums over the tokens of a share: dW_hh = Σ dr·hᵀ and db_hh = Σ dr, the bias being one more row of the same product.
#pragma once
#include "backward-call.h"
#include "chunks.h"
#include "gemm.h"

namespace gatelab {

template <class Cell>
class WeightGradient {
  static constexpr int kUnitVectors = Cell::kUnitVectors, kTileVectors = Units<Cell>::kTileVectors, kSlotVectors = Units<Cell>::kSlotVectors;

 public:
  explicit WeightGradient(const Units<Cell>& units) : units_(units), sums_(size_t(units_.panels()) * panelRows() * kTileVectors * kLanes) {}

  void clear() { std::memset(sums_.data(), 0, size_t(units_.panels()) * panelRows() * kTileVectors * sizeof(Vector)); }

  void add(const ChunkBuffer<Cell>& buffer, int tokens) {
    constexpr int kDepth = 128; // tokens whose gradients stay in L1 while all rows of the sums pass
    for (int p = 0; p < units_.panels(); p++)
      for (int token = 0; token < tokens; token += kDepth)
        forEachTile<kTileRows<kTileVectors>>(panelRows(), [&](int row, auto m) {
          tile<m.value>(p, row, token, std::min(kDepth, tokens - token), buffer);
        });
  }

  /** Adds up the shares in order and writes the columns of panel p where the caller wants them. */
  static void finish(const std::vector<WeightGradient>& shares, int p, const BackwardCall& call) {
    const WeightGradient& first = shares.front();
    const int width = kTileVectors * kLanes;
    for (int column = 0; column < width; column++) {
      const int gate = column / (kUnitVectors * kLanes), unit = p * kUnitVectors * kLanes + column % (kUnitVectors * kLanes);
      if (unit >= call.size) continue;
      const int row = gate * call.size + unit;
      for (int k = 0; k < first.panelRows(); k++) {
        float sum = 0;
        for (const WeightGradient& share : shares) sum += share.sums(p, k)[column];
        (k < call.size ? call.dWeight[size_t(row) * call.size + k] : call.dBias[row]) = sum;
      }
    }
  }

 private:
  /** A row for each unit of h, and one for the bias. */
  int panelRows() const { return units_.size + 1; }
  float* sums(int p, int row) const { return sums_.data() + (size_t(p) * panelRows() + row) * kTileVectors * kLanes; }

  template <int M>
  void tile(int p, int row, int token, int depth, const ChunkBuffer<Cell>& buffer) {
    const float* h[M];
    for (int i = 0; i < M; i++) h[i] = buffer.hiddenBefore(token) + row + i;
    Vector part[M][kTileVectors] = {};
    multiply(part, h, buffer.hiddenWidth(), buffer.slots(p, token), kSlotVectors, depth);
    Vector* const to = reinterpret_cast<Vector*>(sums(p, row));
#pragma GCC unroll 32
    for (int i = 0; i < M; i++)
#pragma GCC unroll 8
      for (int v = 0; v < kTileVectors; v++) to[i * kTileVectors + v] += part[i][v];
  }

  Units<Cell> units_;
  /** [panels, H+1, kTileVectors·W] */
  Buffer sums_;
};

}  // namespace gatelab
