// The walk back through time: gradients of the gates, and of h by a product with the recurrent weights.
#pragma once
#include "backward-call.h"
#include "chunks.h"
#include "gemm.h"
#include "threads.h"
#include "weight-gradient.h"

namespace gatelab {

/** W_hh as the backward product dr·W_hh streams it: panels of up to four vectors of its columns. */
template <class Cell>
class BackwardWeights {
 public:
  static constexpr int kPanelVectors = 4;

  BackwardWeights(const BackwardCall& call)
      : units_{call.size}, weight_(call.weight), packed_(size_t(depth()) * units_.vectors() * kLanes) {}

  int panels() const { return (units_.vectors() + kPanelVectors - 1) / kPanelVectors; }
  int vectorsOf(int q) const { return std::min(kPanelVectors, units_.vectors() - q * kPanelVectors); }
  /** Term k of panel q at [k·vectorsOf(q)], k counted over panels, gates and units as in the slots of a chunk. */
  const Vector* panel(int q) const { return reinterpret_cast<const Vector*>(packed_.data()) + size_t(q) * kPanelVectors * depth(); }
  int depth() const { return units_.panels() * Units<Cell>::kTileVectors * kLanes; }

  void pack(int thread, int threads) {
    for (int q = 0; q < panels(); q++) {
      const Share share(depth(), thread, threads);
      for (int64_t k = share.first; k < share.last; k++) packRow(q, static_cast<int>(k));
    }
  }

 private:
  void packRow(int q, int k) {
    constexpr int kVectorUnits = Cell::kUnitVectors * kLanes;
    const int p = k / (Cell::kGates * kVectorUnits), gate = k / kVectorUnits % Cell::kGates, unit = p * kVectorUnits + k % kVectorUnits;
    Vector* const to = const_cast<Vector*>(panel(q)) + size_t(k) * vectorsOf(q);
    for (int v = 0; v < vectorsOf(q); v++) {
      const int column = (q * kPanelVectors + v) * kLanes;
      to[v] = unit < units_.size ? load(weight_ + (size_t(gate) * units_.size + unit) * units_.size + column, units_.size - column) : Vector{};
    }
  }

  const Units<Cell> units_;
  const float* const weight_;
  const Buffer packed_;
};

/** One thread's rows, walked back chunk after chunk. */
template <class Cell>
class BackwardWalk {
 public:
  BackwardWalk(const BackwardCall& call, const BackwardWeights<Cell>& weights, const Shares& shares, int chunkTokens, int thread, int threads)
      : call_(call), units_{call.size}, weights_(weights), shares_(shares), thread_(thread), threads_(threads),
        rows_(shares.rowsOfShares(call.sequence.maxRows(), thread, threads)), width_(units_.paddedSize()),
        dHidden_(Buffer::zeros(rows_.size() * width_)), dCarry_(Buffer::zeros(Cell::kHasCarry ? rows_.size() * width_ : 0)),
        zeros_(Buffer::zeros(std::max(call.size, units_.savedWidth()))) {
    for (int share = thread; share < shares.count; share += threads) buffers_.emplace_back(units_, chunkTokens);
  }

  /** Walks a chunk and adds it to the weight gradients of this thread's shares. */
  void walk(const Chunk& chunk, std::vector<WeightGradient<Cell>>& gradients) {
    std::vector<int> tokens(buffers_.size()); // so far, of each share
    for (int visit = chunk.lastVisit; visit >= chunk.firstVisit; visit--) {
      const Step step = call_.sequence.at(visit);
      const int count = static_cast<int>(std::lower_bound(rows_.begin(), rows_.end(), step.rows) - rows_.begin());
      for (int i = 0; i < count; i++) gateGradients(step, i, tokens);
      if (step.rowsBefore > 0) throughWeights(count, tokens);
      for (size_t own = 0; own < tokens.size(); own++) tokens[own] += shares_.rowsOf(thread_ + static_cast<int>(own) * threads_, step.rows);
    }
    for (size_t own = 0; own < tokens.size(); own++) gradients[thread_ + own * threads_].add(buffers_[own], tokens[own]);
    finishStreaming();
  }

 private:
  /** What a row's step reads and writes. */
  struct Row {
    const float *dOutput, *dOutputBefore, *hidden, *hiddenBefore, *saved, *savedBefore;
    float *dHidden, *dCarry, *dInputs, *copy;
    int token;
  };

  /** Which of this thread's shares row i belongs to, and its token in that share's chunk. */
  int ownShare(int i) const { return shares_.of(rows_[i]) / threads_; }
  int tokenOf(int i, const std::vector<int>& tokens) const { return tokens[ownShare(i)] + shares_.place(rows_[i]); }

  Row rowAt(const Step& step, int i, int token, float* copy) const {
    const int row = rows_[i];
    const int64_t at = step.offset + row, size = call_.size, width = units_.savedWidth();
    const bool begins = row >= step.rowsBefore;
    const int64_t before = begins ? at : step.offsetBefore + row;
    float* const dCarry = Cell::kHasCarry ? dCarry_.data() + i * width_ : nullptr;
    return {call_.dHidden + at * size, call_.dHidden + before * size, call_.hidden + at * size, begins ? zeros_.data() : call_.hidden + before * size,
            call_.saved + at * width, begins ? zeros_.data() : call_.saved + before * width, dHidden_.data() + i * width_, dCarry,
            call_.dInputs + at * Cell::kGates * size, copy, token};
  }

  /** The cell's equations for row i of this thread, from the gradient of its output to the chunk's slots. */
  void gateGradients(const Step& step, int i, const std::vector<int>& tokens) const {
    const int token = tokenOf(i, tokens);
    const ChunkBuffer<Cell>& buffer = buffers_[ownShare(i)];
    const Row row = rowAt(step, i, token, buffer.hiddenBefore(token));
    const int full = call_.size / kLanes;
    for (int u = 0; u < full; u++) gateGradients(row, u, std::integral_constant<int, kLanes>{}, buffer);
    if (full < units_.vectors()) gateGradients(row, full, units_.countAt(full), buffer);
    clearRest(token, buffer);
    row.copy[call_.size] = 1;
  }

  template <class Count>
  void gateGradients(const Row& row, int u, Count units, const ChunkBuffer<Cell>& buffer) const {
    const int at = u * kLanes, keeps = u * Cell::kSaved * kLanes;
    const StepBackward state{load(row.dHidden + at) + load(row.dOutput + at, units), load(row.hidden + at, units),
                             load(row.hiddenBefore + at, units), row.saved + keeps, row.savedBefore + keeps};
    for (int k = 0; k < Cell::kSaved; k++) __builtin_prefetch(state.savedBefore + k * kLanes, 0, 2);
    __builtin_prefetch(row.dOutputBefore + at, 0, 2);
    Vector slots[Cell::kSlots], carry = Cell::kHasCarry ? load(row.dCarry + at) : Vector{}, direct{};
    Cell::backward(state, slots, carry, direct);
    if (Cell::kHasCarry) store(row.dCarry + at, carry);
    store(row.dHidden + at, direct);
    store(row.copy + at, state.hiddenBefore, units);
    constexpr int kUnitVectors = Cell::kUnitVectors;
    Vector* const to = buffer.slots(u / kUnitVectors, row.token) + u % kUnitVectors;
    for (int s = 0; s < Cell::kSlots; s++) to[s * kUnitVectors] = slots[s];
    for (int gate = 0; gate < Cell::kGates; gate++) stream(row.dInputs + gate * call_.size + at, slots[Cell::kInputSlot[gate]], units);
  }

  /** Unit vectors that only fill the last panel take part in products. */
  void clearRest(int token, const ChunkBuffer<Cell>& buffer) const {
    constexpr int kUnitVectors = Cell::kUnitVectors;
    for (int u = units_.vectors(); u < units_.panels() * kUnitVectors; u++)
      for (int s = 0; s < Cell::kSlots; s++) buffer.slots(u / kUnitVectors, token)[s * kUnitVectors + u % kUnitVectors] = Vector{};
  }

  /** dh before += dr·W_hh, by blocks of panels whose weights stay in L1 while all rows pass. */
  void throughWeights(int count, const std::vector<int>& tokens) {
    constexpr int kPanelDepth = Units<Cell>::kTileVectors * kLanes, kBlock = std::max(1, 128 / kPanelDepth);
    for (int q = 0; q < weights_.panels(); q++)
      for (int p = 0; p < units_.panels(); p += kBlock)
        withConstant<BackwardWeights<Cell>::kPanelVectors>(weights_.vectorsOf(q), [&](auto vectors) {
          forEachTile<kTileRows<vectors.value>>(count, [&](int first, auto m) {
            tile<m.value, vectors.value>(first, tokens, q, p, std::min(p + kBlock, units_.panels()));
          });
        });
  }

  template <int M, int NV>
  void tile(int first, const std::vector<int>& tokens, int q, int firstPanel, int endPanel) {
    constexpr int kPanelDepth = Units<Cell>::kTileVectors * kLanes;
    float* const to = dHidden_.data() + first * width_ + q * BackwardWeights<Cell>::kPanelVectors * kLanes;
    Vector sums[M][NV];
    const float* dr[M];
    for (int i = 0; i < M; i++) dr[i] = reinterpret_cast<const float*>(buffers_[ownShare(first + i)].slots(firstPanel, tokenOf(first + i, tokens)));
#pragma GCC unroll 32
    for (int i = 0; i < M; i++)
#pragma GCC unroll 8
      for (int v = 0; v < NV; v++) sums[i][v] = load(to + i * width_ + v * kLanes);
    const Vector* weights = weights_.panel(q) + size_t(firstPanel) * kPanelDepth * NV;
    for (int p = firstPanel; p < endPanel; p++) {
      multiply(sums, dr, 1, weights, NV, kPanelDepth);
      for (int i = 0; i < M; i++) dr[i] += buffers_[0].panelFloats();
      weights += kPanelDepth * NV;
    }
#pragma GCC unroll 32
    for (int i = 0; i < M; i++)
#pragma GCC unroll 8
      for (int v = 0; v < NV; v++) store(to + i * width_ + v * kLanes, sums[i][v]);
  }

  const BackwardCall& call_;
  const Units<Cell> units_;
  const BackwardWeights<Cell>& weights_;
  const Shares shares_;
  const int thread_, threads_;
  const std::vector<int> rows_;
  const ptrdiff_t width_;
  /** [rows of this thread, padded H] what the steps after give to h and to the carry of the step at hand. */
  const Buffer dHidden_, dCarry_, zeros_;
  /** One for each of this thread's shares. */
  std::vector<ChunkBuffer<Cell>> buffers_;
};

}  // namespace gatelab
