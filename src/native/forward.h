// A recurrence over a packed sequence, forward: each thread takes its rows through all time steps, so nothing waits.
#pragma once
#include <algorithm>
#include "projected-inputs.h"

namespace gatelab {

template <class Cell>
class Forward {
  static_assert(Cell::kGates == 1 || Cell::kUnitVectors == 1, "the gates of a unit vector lie side by side");
  static constexpr int kUnitVectors = Cell::kUnitVectors, kTileVectors = Units<Cell>::kTileVectors;

 public:
  Forward(const ForwardCall& call, int threads)
      : call_(call), units_{call.size}, threads_(threads), weights_(call.size, call.weight, call.bias, call.size),
        inputWeights_(call.size, call.input.weight, call.input.bias, call.input.size), zeros_(Buffer::zeros(call.size)) {}

  void run() {
    pool().run(threads_, [&](int thread) {
      weights_.pack(thread, threads_);
      if (projects()) inputWeights_.pack(thread, threads_);
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

  bool projects() const { return call_.input.weight != nullptr; }
  /** Floats between the inputs of one gate and the next. */
  ptrdiff_t gateWidth() const { return projects() ? units_.paddedSize() : call_.size; }

  void walk(int thread) {
    const Sequence& sequence = call_.sequence;
    const int most = rowsOfThread(sequence.maxRows(), thread, threads_);
    std::vector<Row> rows(most);
    const Buffer carry = Buffer::zeros(Cell::kHasCarry ? size_t(most) * units_.paddedSize() : 0);
    ProjectedInputs<Cell> projected(call_, inputWeights_, thread, threads_);
    for (int visit = 0; visit < sequence.steps(); visit++) {
      const Step step = sequence.at(visit), next = visit + 1 < sequence.steps() ? sequence.at(visit + 1) : step;
      const int count = rowsOfThread(step.rows, thread, threads_);
      const float* const inputs = projects() ? projected.at(visit) : nullptr;
      for (int i = 0; i < count; i++) {
        rows[i] = rowAt(step, thread + i * threads_, carry.data() + size_t(i) * units_.paddedSize());
        findInputs(rows[i], step, next, thread + i * threads_, projects() ? inputs + i * projected.width() : nullptr);
      }
      for (int p = 0; p < units_.panels(); p++)
        forEachTile<kTileRows<kTileVectors>>(count, [&](int first, auto m) { tile<m.value>(&rows[first], p, step.rowsBefore > 0); });
    }
    finishStreaming();
  }

  const float* gateInputs(int64_t at) const { return call_.gateInputs + (call_.index ? call_.index[at] : at) * Cell::kGates * call_.size; }

  void findInputs(Row& to, const Step& step, const Step& next, int row, const float* projected) const {
    to.x = projects() ? projected : gateInputs(step.offset + row);
    to.nextX = !projects() && row < next.rows ? gateInputs(next.offset + row) : to.x;
  }

  Row rowAt(const Step& step, int row, float* carry) const {
    const int64_t at = step.offset + row, size = call_.size;
    const bool begins = row >= step.rowsBefore;
    return {nullptr, nullptr, begins ? zeros_.data() : call_.hidden + (step.offsetBefore + row) * size, Cell::kHasCarry ? carry : nullptr,
            call_.hidden + at * size, call_.saved == nullptr ? nullptr : call_.saved + at * units_.savedWidth()};
  }

  template <int M>
  void tile(const Row* rows, int p, bool hasBefore) const {
    const float* hBefore[M];
    for (int i = 0; i < M; i++) hBefore[i] = rows[i].hBefore;
    if (!projects())
      for (int i = 0; i < M; i++) prefetchNext(rows[i], p);
    Vector sums[M][kTileVectors];
    const Vector* const bias = weights_.bias(p);
#pragma GCC unroll 32
    for (int i = 0; i < M; i++)
#pragma GCC unroll 8
      for (int v = 0; v < kTileVectors; v++) sums[i][v] = bias[v];
    if (hasBefore) multiply(sums, hBefore, 1, weights_.weights(p), kTileVectors, call_.size);
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
    for (int gate = 0; gate < Cell::kGates; gate++) x[gate] = load(row.x + gate * gateWidth() + at, units);
    if (Cell::kHasCarry) carry = load(row.carry + at);
    float* const saved = row.saved == nullptr ? nullptr : row.saved + size_t(u) * Cell::kSaved * kLanes;
    const Vector h = Cell::forward(x, r, load(row.hBefore + at, units), carry, saved);
    if (Cell::kHasCarry) store(row.carry + at, carry);
    store(row.hidden + at, h, units);
  }

  const ForwardCall call_;
  const Units<Cell> units_;
  const int threads_;
  GateWeights<Cell> weights_, inputWeights_;
  const Buffer zeros_;
};

template <class Cell>
void runForward(const ForwardCall& call, int threads) {
  if (call.sequence.tokens() > 0) Forward<Cell>(call, std::min(threads, call.sequence.maxRows())).run();
}

}  // namespace gatelab
