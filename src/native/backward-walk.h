// The walk back through time: gradients of the gates, and of h by a product with the recurrent weights.
#pragma once
#include "backward-call.h"
#include "chunks.h"
#include "column-weights.h"
#include "weight-gradient.h"

namespace gatelab {

/** What all threads share: the weights, and the sums of each share of rows. */
template <class Cell>
struct BackwardState {
  ColumnWeights<Cell> weights, inputWeights;
  std::vector<WeightGradient<Cell>> gradients, inputGradients;
};

/** One thread's rows, walked back chunk after chunk. @tparam kMixed whether anything is bfloat16 or masked */
template <class Cell, bool kMixed>
class BackwardWalk {
  static constexpr bool kMayMultiplyHalves = kMixed && !Cell::kResetsBefore;

 public:
  BackwardWalk(const BackwardCall& call, BackwardState<Cell>& state, const Shares& shares, int chunkTokens, int thread, int threads)
      : call_(call), units_{call.size}, state_(state), shares_(shares), thread_(thread), threads_(threads),
        rows_(shares.rowsOfShares(call.sequence.maxRows(), thread, threads)), width_(units_.paddedSize()),
        dHidden_(Buffer::zeros(rows_.size() * width_)),
        dMultiplied_(Buffer::zeros(Cell::kResetsBefore || masks() ? rows_.size() * width_ : 0)),
        dCarry_(Buffer::zeros(Cell::kHasCarry ? rows_.size() * width_ : 0)),
        zeros_(Buffer::zeros(std::max(call.size, units_.savedWidth(call.rounded)))),
        dX_(size_t(chunkTokens) * state.inputWeights.paddedColumns()),
        tileRows_(Buffer::zeros(usesTiles() ? size_t(kTileSide) * state.weights.depth() : 0)),
        slots_(std::max(rows_.size(), size_t(chunkTokens))), sums_(slots_.size()) {
    for (int share = thread; share < shares.count; share += threads)
      buffers_.emplace_back(units_, call.input.size, chunkTokens, call.halves);
  }

  /** Walks a chunk and adds it to the weight gradients of this thread's shares. */
  void walk(const Chunk& chunk) {
    const TileUse tiles(usesTiles());
    std::vector<int> tokens(buffers_.size()); // so far, of each share
    for (int visit = chunk.lastVisit; visit >= chunk.firstVisit; visit--) {
      const Step step = call_.sequence.at(visit);
      const int count = static_cast<int>(std::lower_bound(rows_.begin(), rows_.end(), step.rows) - rows_.begin());
      for (int i = 0; i < count; i++) gateGradients(step, i, tokens);
      if constexpr (Cell::kResetsBefore) throughReset(step, count, tokens);
      if (step.rowsBefore > 0) throughWeights(count, tokens);
      for (size_t own = 0; own < tokens.size(); own++) tokens[own] += shares_.rowsOf(shareAt(own), step.rows);
    }
    for (size_t own = 0; own < tokens.size(); own++) {
      ChunkBuffer<Cell>& buffer = buffers_[own];
      if (halves()) addToSums<kMayMultiplyHalves>(own, buffer.pairTokens(tokens[own]));
      else addToSums<false>(own, tokens[own]);
      if (call_.projects()) inputGradients(buffer, tokens[own]);
    }
    finishStreaming();
  }

 private:
  /** @param terms tokens, or pairs of them */
  template <bool kHalves>
  void addToSums(size_t own, int terms) {
    addToSum<kHalves>(state_.gradients[shareAt(own)], own, terms);
    if (call_.projects()) addToSum<kHalves>(state_.inputGradients[shareAt(own)], own, terms);
  }

  template <bool kHalves>
  void addToSum(WeightGradient<Cell>& sum, size_t own, int terms) {
    if constexpr (kHalves && kMayHaveTiles)
      if (hasTiles()) return sum.addByTiles(buffers_[own], terms);
    sum.template add<kHalves>(buffers_[own], terms);
  }

  /** What a row's step reads and writes. */
  struct Row {
    const float *dOutput, *dOutputBefore, *hidden, *hiddenBefore, *saved, *savedBefore;
    float *dHidden, *dCarry, *dInputs, *copy;
    int token;
    const float* mask;
  };

  bool rounded() const { return kMixed && call_.rounded; }
  bool halves() const { return kMayMultiplyHalves && call_.halves; }
  bool usesTiles() const { return halves() && hasTiles(); }
  bool masks() const { return kMixed && !Cell::kResetsBefore && call_.mask != nullptr; }
  int shareAt(size_t own) const { return thread_ + static_cast<int>(own) * threads_; }
  /** Which of this thread's shares row i belongs to, and its token in that share's chunk. */
  int ownShare(int i) const { return shares_.of(rows_[i]) / threads_; }
  int tokenOf(int i, const std::vector<int>& tokens) const { return tokens[ownShare(i)] + shares_.place(rows_[i]); }

  Row rowAt(const Step& step, int i, int token, float* copy) const {
    const int row = rows_[i];
    const int64_t at = step.offset + row, size = call_.size, width = units_.savedWidth(rounded());
    const bool begins = row >= step.rowsBefore;
    const int64_t before = begins ? at : step.offsetBefore + row;
    float* const dCarry = Cell::kHasCarry ? dCarry_.data() + i * width_ : nullptr;
    return {call_.dHidden + at * size,
            call_.dHidden + before * size,
            call_.hidden + at * size,
            begins ? zeros_.data() : call_.hidden + before * size,
            call_.saved + at * width,
            begins ? zeros_.data() : call_.saved + before * width,
            dHidden_.data() + i * width_,
            dCarry,
            call_.projects() ? nullptr : call_.dInputs + at * Cell::kGates * size,
            copy,
            token,
            masks() ? call_.mask + row * size : nullptr};
  }

  /** The cell's equations for row i of this thread, from the gradient of its output to the chunk's slots. */
  void gateGradients(const Step& step, int i, const std::vector<int>& tokens) {
    const int token = tokenOf(i, tokens);
    ChunkBuffer<Cell>& buffer = buffers_[ownShare(i)];
    const Row row = rowAt(step, i, token, buffer.row(token));
    forEachUnitVector([&](int u, auto units) { gateGradients(row, u, units, buffer); });
    clearRest(token, buffer);
    row.copy[call_.size] = 1;
    if (!call_.projects()) return;
    const int64_t at = buffer.place(token) = step.offset + rows_[i];
    const int64_t width = call_.input.size;
    if (rounded()) widenRow(reinterpret_cast<const Half*>(call_.input.x + at * halfWords(width)), row.copy + call_.size + 1, width);
    else std::memcpy(row.copy + call_.size + 1, call_.input.x + at * width, width * sizeof(float));
  }

  template <class Count>
  void gateGradients(const Row& row, int u, Count units, const ChunkBuffer<Cell>& buffer) const {
    const int at = u * kLanes;
    const Kept<kMixed> kept = keptAt(row.saved, u), keptBefore = keptAt(row.savedBefore, u);
    const StepBackward<kMixed> state{load(row.dHidden + at) + load(row.dOutput + at, units), hiddenOf(row.hidden, kept, at, units),
                             hiddenOf(row.hiddenBefore, keptBefore, at, units), kept, keptBefore};
    for (int k = 0; k < Units<Cell>::unitWidth(rounded()); k += kLanes) __builtin_prefetch(keptBefore.from + k, 0, 2);
    __builtin_prefetch(row.dOutputBefore + at, 0, 2);
    Vector slots[Cell::kSlots], carry = Cell::kHasCarry ? load(row.dCarry + at) : Vector{}, direct{};
    Cell::backward(state, slots, carry, direct);
    if (Cell::kHasCarry) store(row.dCarry + at, carry);
    store(row.dHidden + at, direct);
    store(row.copy + at, masks() ? state.hiddenBefore * load(row.mask + at, units) : state.hiddenBefore, units);
    constexpr int kUnitVectors = Cell::kUnitVectors;
    Vector* const to = buffer.slots(u / kUnitVectors, row.token) + u % kUnitVectors;
    for (int s = 0; s < Cell::kSlots; s++) to[s * kUnitVectors] = slots[s];
    if (halves())
      for (int s = 0; s < Cell::kSlots; s++)
        storeHalves(buffer.halves(u / kUnitVectors, row.token) + (s * kUnitVectors + u % kUnitVectors) * kLanes, slots[s]);
    if (row.dInputs == nullptr || Cell::kResetsBefore) return; // where dx is not whole before resetGradients
    constexpr int kFirst = Cell::kSlots - Cell::kGates;
    for (int gate = 0; gate < Cell::kGates; gate++) stream(row.dInputs + gate * call_.size + at, slots[kFirst + gate], units);
  }

  Kept<kMixed> keptAt(const float* saved, int u) const { return {saved + u * Units<Cell>::unitWidth(rounded()), rounded()}; }

  template <class Count>
  Vector hiddenOf(const float* hidden, const Kept<kMixed>& kept, int at, Count units) const {
    return rounded() ? kept.at(Cell::kSaved) : load(hidden + at, units);
  }

  /** What reaches r and h through the product of the reset h. */
  void throughReset(const Step& step, int count, const std::vector<int>& tokens) {
    if (step.rowsBefore > 0) {
      std::memset(dMultiplied_.data(), 0, size_t(count) * width_ * sizeof(float));
      for (int i = 0; i < count; i++) {
        const Vector* const slots = buffers_[ownShare(i)].slots(0, tokenOf(i, tokens));
        slots_[i] = reinterpret_cast<const float*>(slots + Units<Cell>::kProductVectors), sums_[i] = dMultiplied_.data() + i * width_;
      }
      addSlotsTimes<false, 1>(state_.weights, count, buffers_[0].panelFloats(), slots_.data(), sums_.data());
    }
    for (int i = 0; i < count; i++) {
      const int token = tokenOf(i, tokens);
      const ChunkBuffer<Cell>& buffer = buffers_[ownShare(i)];
      const Row row = rowAt(step, i, token, buffer.row(token));
      const float* const dReset = dMultiplied_.data() + i * width_;
      forEachUnitVector([&](int u, auto units) { resetGradients(row, u, units, load(dReset + u * kLanes), buffer); });
    }
  }

  /** The rest of the cell's equations for unit vector u of a row. @param dReset gradient of its r·h */
  template <class Count>
  void resetGradients(const Row& row, int u, Count units, Vector dReset, const ChunkBuffer<Cell>& buffer) const {
    constexpr int kUnitVectors = Cell::kUnitVectors;
    const int at = u * kLanes;
    const Vector r = keptAt(row.saved, u).at(0), hiddenBefore = hiddenOf(row.hiddenBefore, keptAt(row.savedBefore, u), at, units);
    Vector* const slots = buffer.slots(u / kUnitVectors, row.token) + u % kUnitVectors;
    Vector direct = load(row.dHidden + at);
    Cell::backwardReset(r, hiddenBefore, dReset, slots[0], slots[Units<Cell>::kInputVectors], direct);
    store(row.dHidden + at, direct);
    store(row.copy + buffer.resetAt() + at, r * hiddenBefore, units);
    if (row.dInputs == nullptr) return;
    for (int gate = 0; gate < Cell::kGates; gate++)
      stream(row.dInputs + gate * call_.size + at, slots[Units<Cell>::kInputVectors + gate * kUnitVectors], units);
  }

  /** Calls f(u, the units of vector u that exist), these as a constant where all do. */
  template <class F>
  void forEachUnitVector(F&& f) const {
    const int full = call_.size / kLanes;
    for (int u = 0; u < full; u++) f(u, std::integral_constant<int, kLanes>{});
    if (full < units_.vectors()) f(full, units_.countAt(full));
  }

  /** Unit vectors that only fill the last panel take part in products. */
  void clearRest(int token, const ChunkBuffer<Cell>& buffer) const {
    constexpr int kUnitVectors = Cell::kUnitVectors;
    for (int u = units_.vectors(); u < units_.panels() * kUnitVectors; u++)
      for (int s = 0; s < Cell::kSlots; s++) {
        const int at = s * kUnitVectors + u % kUnitVectors;
        buffer.slots(u / kUnitVectors, token)[at] = Vector{};
        if (halves()) storeHalves(buffer.halves(u / kUnitVectors, token) + at * kLanes, Vector{});
      }
  }

  /** A token's slots from vector `first` of a panel on, as products with weights read them. */
  const float* multiplied(const ChunkBuffer<Cell>& buffer, int token, int first) const {
    return halves() ? reinterpret_cast<const float*>(buffer.halves(0, token) + first * kLanes)
                        : reinterpret_cast<const float*>(buffer.slots(0, token) + first);
  }

  /** Adds to `sums_` the products of all gates in `slots_` with weights. */
  void addProducts(const ColumnWeights<Cell>& weights, int count) const {
    const ptrdiff_t panelFloats = buffers_[0].panelFloats();
    if constexpr (kMayMultiplyHalves && kMayHaveTiles)
      if (usesTiles()) return addSlotsTimesByTiles(weights, count, panelFloats / 2, slots_.data(), sums_.data(), tileRows_.data());
    if (halves()) addSlotsTimes<kMayMultiplyHalves, Cell::kGates>(weights, count, panelFloats / 2, slots_.data(), sums_.data());
    else addSlotsTimes<false, Cell::kGates>(weights, count, panelFloats, slots_.data(), sums_.data());
  }

  /** dh before += dr·W_hh, times the mask where there is one. */
  void throughWeights(int count, const std::vector<int>& tokens) {
    float* const to = (masks() ? dMultiplied_ : dHidden_).data();
    if (masks()) std::memset(to, 0, size_t(count) * width_ * sizeof(float));
    for (int i = 0; i < count; i++)
      slots_[i] = multiplied(buffers_[ownShare(i)], tokenOf(i, tokens), 0), sums_[i] = to + i * width_;
    addProducts(state_.weights, count);
    for (int i = 0; masks() && i < count; i++) {
      const float* const mask = call_.mask + int64_t(rows_[i]) * call_.size;
      forEachUnitVector([&](int u, auto units) {
        float* const dHidden = dHidden_.data() + i * width_ + u * kLanes;
        store(dHidden, load(dHidden) + load(mask + u * kLanes, units) * load(to + i * width_ + u * kLanes));
      });
    }
  }

  /** dx = d·W_ih for the tokens of a chunk. */
  void inputGradients(ChunkBuffer<Cell>& buffer, int tokens) {
    const int size = call_.input.size, width = state_.inputWeights.paddedColumns();
    std::memset(dX_.data(), 0, size_t(tokens) * width * sizeof(float));
    for (int i = 0; i < tokens; i++)
      slots_[i] = multiplied(buffer, i, Units<Cell>::kInputVectors), sums_[i] = dX_.data() + size_t(i) * width;
    addProducts(state_.inputWeights, tokens);
    for (int i = 0; i < tokens; i++) std::memcpy(call_.dX + buffer.place(i) * size, dX_.data() + size_t(i) * width, size * sizeof(float));
  }

  const BackwardCall& call_;
  const Units<Cell> units_;
  BackwardState<Cell>& state_;
  const Shares shares_;
  const int thread_, threads_;
  const std::vector<int> rows_;
  const ptrdiff_t width_;
  /**
   * [rows of this thread, padded H] what the steps after give to h and to the carry of the step at hand, and its own product to what it
   * multiplies, of h that is reset or masked first.
   */
  const Buffer dHidden_, dMultiplied_, dCarry_, zeros_;
  /** [tokens of a share's chunk, padded D] */
  const Buffer dX_;
  /** [16, depth] what a product by tiles reads */
  const Buffer tileRows_;
  /** What a product reads and where its rows go. */
  std::vector<const float*> slots_;
  std::vector<float*> sums_;
  /** One for each of this thread's shares. */
  std::vector<ChunkBuffer<Cell>> buffers_;
};

}  // namespace gatelab
