// Sums over tokens: dW_hh = Σ dr·hᵀ, db_hh = Σ dr, and dx of the tokens that share a row of gateInputs.
// A thread owns some of the columns and adds up the tokens in the order of the walk, whoever computed them:
// the result does not depend on the number of threads.
#pragma once
#include "backward-call.h"
#include "chunks.h"
#include "gemm.h"

namespace gatelab {

template <class Cell>
class WeightGradient {
  static constexpr int kUnitVectors = Cell::kUnitVectors, kTileVectors = Units<Cell>::kTileVectors, kSlotVectors = Units<Cell>::kSlotVectors;

 public:
  WeightGradient(const BackwardCall& call, int thread, int threads)
      : call_(call), units_{call.size}, firstPanel_(units_.panels() * thread / threads), endPanel_(units_.panels() * (thread + 1) / threads),
        sums_(Buffer::zeros(size_t(endPanel_ - firstPanel_) * panelRows() * kTileVectors * kLanes)) {}

  void add(const Chunk& chunk, ChunkBuffer<Cell>& buffer) {
    constexpr int kDepth = 128; // tokens whose gradients stay in L1 while all rows of the sums pass
    for (int p = firstPanel_; p < endPanel_; p++) {
      for (int token = 0; token < chunk.tokens; token += kDepth)
        forEachTile<kTileRows<kTileVectors>>(panelRows(), [&](int row, auto m) {
          tile<m.value>(p, row, token, std::min(kDepth, chunk.tokens - token), buffer);
        });
      if (call_.index != nullptr) scatter(p, chunk, buffer);
    }
  }

  /** Writes the sums where the caller wants them. */
  void finish() const {
    for (int p = firstPanel_; p < endPanel_; p++)
      for (int column = 0; column < kTileVectors * kLanes; column++) {
        const int gate = column / (kUnitVectors * kLanes), unit = p * kUnitVectors * kLanes + column % (kUnitVectors * kLanes);
        if (unit < units_.size) writeColumn(p, column, gate * units_.size + unit);
      }
  }

 private:
  /** A row for each unit of h, and one for the bias. */
  int panelRows() const { return units_.size + 1; }
  float* sums(int p, int row) const { return sums_.data() + (size_t(p - firstPanel_) * panelRows() + row) * kTileVectors * kLanes; }

  template <int M>
  void tile(int p, int row, int token, int depth, ChunkBuffer<Cell>& buffer) {
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

  /** dx of a chunk's tokens to the rows they share, which lie anywhere: fetched some tokens ahead. */
  void scatter(int p, const Chunk& chunk, ChunkBuffer<Cell>& buffer) {
    constexpr int kAhead = 12;
    for (int j = 0; j < kUnitVectors; j++) {
      const int u = p * kUnitVectors + j;
      if (u >= units_.vectors()) return;
      for (int token = 0; token < chunk.tokens; token++) {
        if (token + kAhead < chunk.tokens) prefetchInputRow(buffer.inputRow(token + kAhead), u);
        addToInputRow(buffer.inputRow(token), u, buffer.slots(p, token) + j);
      }
    }
  }

  float* inputRow(int64_t row, int u) const { return call_.dGateInputs + row * Cell::kGates * units_.size + u * kLanes; }

  void prefetchInputRow(int64_t row, int u) const {
    for (int gate = 0; gate < Cell::kGates; gate++) __builtin_prefetch(inputRow(row, u) + gate * units_.size, 1);
  }

  void addToInputRow(int64_t row, int u, const Vector* slots) const {
    const int units = units_.countAt(u);
    for (int gate = 0; gate < Cell::kGates; gate++) {
      float* const sum = inputRow(row, u) + gate * units_.size;
      store(sum, load(sum, units) + slots[Cell::kInputSlot[gate] * kUnitVectors], units);
    }
  }

  void writeColumn(int p, int column, int row) const {
    for (int unit = 0; unit < units_.size; unit++) call_.dWeight[size_t(row) * units_.size + unit] = sums(p, unit)[column];
    call_.dBias[row] = sums(p, units_.size)[column];
  }

  const BackwardCall& call_;
  const Units<Cell> units_;
  const int firstPanel_, endPanel_;
  /** [panels of this thread, H+1, kTileVectors·W] */
  const Buffer sums_;
};

}  // namespace gatelab
