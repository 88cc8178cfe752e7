// A recurrence over a packed sequence, forward: each thread takes its rows through all time steps, so nothing waits.
#pragma once
#include <algorithm>
#include "buffer.h"
#include "cell.h"
#include "gemm.h"
#include "sequence.h"
#include "threads.h"

namespace gatelab {

struct ForwardCall {
  const Sequence& sequence;
  int size;                  // H
  const float* gateInputs;   // [U, G·H]
  const int32_t* index;      // [N], or null for row i of gateInputs at packed row i
  const float* weight;       // [G·H, H]
  const float* bias;         // [G·H]
  float* hidden;             // [N, H]
  float* saved;              // [N, savedWidth]
};

template <class Cell>
class Forward {
  static_assert(Cell::kGates == 1 || Cell::kUnitVectors == 1, "the gates of a unit vector lie side by side");
  static constexpr int kUnitVectors = Cell::kUnitVectors, kTileVectors = Units<Cell>::kTileVectors;

 public:
  Forward(const ForwardCall& call, int threads)
      : call_(call), units_{call.size}, threads_(threads), panelWeights_(kTileVectors * call.size),
        weights_(size_t(units_.panels()) * (panelWeights_ + kTileVectors) * kLanes),
        zeros_(Buffer::zeros(call.size)) {}

  void run() {
    pool().run(threads_, [&](int thread) {
      const Share share(units_.panels(), thread, threads_);
      for (int64_t p = share.first; p < share.last; p++) packPanel(static_cast<int>(p));
    });
    pool().run(threads_, [&](int thread) { walk(thread); });
  }

 private:
  /** Where one row's step reads and writes. */
  struct Row {
    const float* x;
    const float* nextX; // of the row's next step, to have it near by then
    const float* hBefore;
    float* carry;
    float* hidden;
    float* saved;
  };

  /** Panel p: the bias, then for each k the weights of all gates of its units. */
  Vector* panel(int p) const { return reinterpret_cast<Vector*>(weights_.data()) + size_t(p) * (panelWeights_ + kTileVectors); }

  void packPanel(int p) {
    float* const to = reinterpret_cast<float*>(panel(p));
    const int size = call_.size, width = kTileVectors * kLanes;
    for (int column = 0; column < width; column++) {
      const int gate = column / (kUnitVectors * kLanes), unit = p * kUnitVectors * kLanes + column % (kUnitVectors * kLanes);
      const bool exists = unit < size;
      const float* const from = call_.weight + (size_t(gate) * size + (exists ? unit : 0)) * size;
      to[column] = exists ? call_.bias[gate * size + unit] : 0;
      for (int k = 0; k < size; k++) to[size_t(k + 1) * width + column] = exists ? from[k] : 0;
    }
  }

  void walk(int thread) {
    const Sequence& sequence = call_.sequence;
    const int most = rowsOfThread(sequence.maxRows(), thread, threads_);
    std::vector<Row> rows(most);
    const Buffer carry = Buffer::zeros(Cell::kHasCarry ? size_t(most) * units_.paddedSize() : 0);
    for (int visit = 0; visit < sequence.steps(); visit++) {
      const Step step = sequence.at(visit), next = visit + 1 < sequence.steps() ? sequence.at(visit + 1) : step;
      const int count = rowsOfThread(step.rows, thread, threads_);
      for (int i = 0; i < count; i++) rows[i] = rowAt(step, next, thread + i * threads_, carry.data() + size_t(i) * units_.paddedSize());
      for (int p = 0; p < units_.panels(); p++)
        forEachTile<kTileRows<kTileVectors>>(count, [&](int first, auto m) { tile<m.value>(&rows[first], p, step.rowsBefore > 0); });
    }
    finishStreaming();
  }

  const float* inputs(int64_t at) const { return call_.gateInputs + (call_.index ? call_.index[at] : at) * Cell::kGates * call_.size; }

  Row rowAt(const Step& step, const Step& next, int row, float* carry) const {
    const int64_t at = step.offset + row, size = call_.size;
    const bool begins = row >= step.rowsBefore;
    return {inputs(at), row < next.rows ? inputs(next.offset + row) : inputs(at),
            begins ? zeros_.data() : call_.hidden + (step.offsetBefore + row) * size,
            Cell::kHasCarry ? carry : nullptr, call_.hidden + at * size, call_.saved + at * units_.savedWidth()};
  }

  template <int M>
  void tile(const Row* rows, int p, bool hasBefore) const {
    const float* hBefore[M];
    for (int i = 0; i < M; i++) hBefore[i] = rows[i].hBefore;
    for (int i = 0; i < M; i++) prefetchNext(rows[i], p);
    Vector sums[M][kTileVectors];
    const Vector* const weights = panel(p);
#pragma GCC unroll 32
    for (int i = 0; i < M; i++)
#pragma GCC unroll 8
      for (int v = 0; v < kTileVectors; v++) sums[i][v] = weights[v];
    if (hasBefore) multiply(sums, hBefore, 1, weights + kTileVectors, kTileVectors, call_.size);
    Vector r[M][kTileVectors]; // in memory, since the sums are to stay in registers while they grow
#pragma GCC unroll 32
    for (int i = 0; i < M; i++)
#pragma GCC unroll 8
      for (int v = 0; v < kTileVectors; v++) r[i][v] = sums[i][v];
    for (int i = 0; i < M; i++)
      for (int j = 0; j < kUnitVectors && p * kUnitVectors + j < units_.vectors(); j++) finish(rows[i], p * kUnitVectors + j, &r[i][j]);
  }

  /** The gates' inputs lie far apart and in no order the CPU could guess: they are fetched into L2 a step ahead. */
  void prefetchNext(const Row& row, int p) const {
    for (int gate = 0; gate < Cell::kGates; gate++)
      for (int j = 0; j < kUnitVectors; j++) __builtin_prefetch(row.nextX + gate * call_.size + (p * kUnitVectors + j) * kLanes, 0, 2);
  }

  void finish(const Row& row, int u, const Vector* r) const {
    const int units = units_.countAt(u);
    if (units == kLanes) finish(row, u, r, std::integral_constant<int, kLanes>{});
    else finish(row, u, r, units);
  }

  /** The cell's equations for unit vector u of a row. @param r a vector for each gate */
  template <class Count>
  void finish(const Row& row, int u, const Vector* r, Count units) const {
    const int at = u * kLanes;
    Vector x[Cell::kGates], carry{};
    for (int gate = 0; gate < Cell::kGates; gate++) x[gate] = load(row.x + gate * call_.size + at, units);
    if (Cell::kHasCarry) carry = load(row.carry + at);
    const Vector h = Cell::forward(x, r, load(row.hBefore + at, units), carry, row.saved + size_t(u) * Cell::kSaved * kLanes);
    if (Cell::kHasCarry) store(row.carry + at, carry);
    store(row.hidden + at, h, units);
  }

  const ForwardCall call_;
  const Units<Cell> units_;
  const int threads_;
  const size_t panelWeights_; // vectors of weights in a panel
  const Buffer weights_, zeros_;
};

template <class Cell>
void runForward(const ForwardCall& call, int threads) {
  if (call.sequence.tokens() > 0) Forward<Cell>(call, std::min(threads, call.sequence.maxRows())).run();
}

}  // namespace gatelab
