// A recurrence over a packed sequence, forward: each thread takes its rows through all time steps, so nothing waits.
#pragma once
#include <algorithm>
#include "projected-inputs.h"
#include "segments.h"

namespace gatelab {

/** @tparam kMixed whether anything is bfloat16 or masked */
template <class Cell, bool kMixed>
class Forward {
  static constexpr int kUnitVectors = Cell::kUnitVectors, kTileVectors = Units<Cell>::kTileVectors;

 public:
  Forward(const ForwardCall& call, int threads)
      : call_(call), units_{call.size}, threads_(threads), weights_(call.size, call.weight, call.bias, call.size, call.halves),
        inputWeights_(call.size, call.input.weight, call.input.bias, call.input.size, call.halves), zeros_(Buffer::zeros(call.size)),
        begins_(call.sequence.steps(), -1) {}

  void pack() {
    pool().run(threads_, [&](int thread) {
      weights_.pack(thread, threads_);
      if (projects()) inputWeights_.pack(thread, threads_);
    });
  }

  /** All visits. */
  void run() {
    if (call_.states != nullptr)
      for (const Segment& segment : cutIntoSegments(call_.sequence)) begins_[segment.chunk.firstVisit] = segment.offset;
    pool().run(threads_, [&](int thread) { walk(thread, 0, call_.sequence.steps() - 1); });
  }

  /**
   * Some visits, from the state before them, whose h is in `hidden`. Not of products of bfloat16, which read h as halves.
   * @param state rows of h and the carry @param hidden and @param saved where the rows of these visits are written, as those of all
   */
  void runVisits(int first, int last, const float* state, float* hidden, float* saved) {
    call_.hidden = hidden;
    call_.saved = saved;
    state_ = state;
    pool().run(threads_, [&](int thread) { walk(thread, first, last); });
  }

 private:
  /** Where one row's step reads and writes. */
  struct Row {
    const float* x;
    const float* nextX; // of the row's next step, to have it near by then
    const float* hBefore;
    const float* multiplied; // what W_hh multiplies: h before, its halves, or h times its mask
    Half* halves;            // where this step's h goes as halves, if it does
    float* carry;
    float* hidden;
    float* saved;
    float* reset;  // r·h, of a cell that resets before a second product
    float* update; // and its z
    const float* mask = nullptr;
    float* masked = nullptr; // where this step's h goes times its mask, if it does
  };

  bool rounds() const { return kMixed && call_.rounds; }
  bool halves() const { return kMixed && !Cell::kResetsBefore && call_.halves; }
  bool usesTiles() const { return halves() && hasTiles(); }
  bool masks() const { return kMixed && !Cell::kResetsBefore && call_.mask != nullptr; }
  bool projects() const { return call_.input.weight != nullptr; }
  /** Floats between the inputs of one gate and the next. */
  ptrdiff_t gateWidth() const { return projects() ? units_.paddedSize() : call_.size; }

  void walk(int thread, int firstVisit, int lastVisit) {
    const Sequence& sequence = call_.sequence;
    const int most = rowsOfThread(sequence.maxRows(), thread, threads_);
    std::vector<Row> rows(most);
    const Buffer carry = Buffer::zeros(Cell::kHasCarry ? size_t(most) * units_.paddedSize() : 0);
    const size_t words = halves() ? size_t(most) * units_.paddedSize() / 2 : 0;
    const Buffer hiddenHalves = Buffer::zeros(2 * words); // of h before and of this step's, by turns
    const size_t turn = masks() ? size_t(most) * units_.paddedSize() : 0;
    const Buffer hiddenMasked = Buffer::zeros(2 * turn); // likewise
    const Buffer resets(Cell::kResetsBefore ? 2 * size_t(most) * units_.paddedSize() : 0);
    const TileUse tiles(usesTiles());
    const Buffer multiplied = Buffer::zeros(usesTiles() ? size_t(kTileSide) * weights_.depth() : 0); // of sixteen rows
    ProjectedInputs<Cell, kMixed> projected(call_, inputWeights_, thread, threads_, firstVisit, lastVisit);
    if (Cell::kHasCarry && firstVisit > 0) loadCarry(carry.data(), sequence.at(firstVisit).rowsBefore, thread);
    if (masks() && firstVisit > 0) maskState(hiddenMasked.data() + (firstVisit % 2 == 0 ? turn : 0), sequence.at(firstVisit), thread);
    for (int visit = firstVisit; visit <= lastVisit; visit++) {
      const Step step = sequence.at(visit), next = visit + 1 < sequence.steps() ? sequence.at(visit + 1) : step;
      const int count = rowsOfThread(step.rows, thread, threads_);
      const float* const inputs = projects() ? projected.at(visit) : nullptr;
      for (int i = 0; i < count; i++) {
        const size_t own = size_t(i) * units_.paddedSize();
        rows[i] = rowAt(step, thread + i * threads_, carry.data() + own, resets.data() + 2 * own);
        findInputs(rows[i], step, next, thread + i * threads_, projects() ? inputs + i * projected.width() : nullptr);
        if (halves()) findHalves(rows[i], hiddenHalves.data() + own / 2, words, visit, thread + i * threads_ >= step.rowsBefore);
        if (masks()) findMasked(rows[i], hiddenMasked.data() + own, turn, visit, thread + i * threads_, step.rowsBefore);
      }
      if (usesTiles()) rowsByTiles(rows.data(), count, multiplied.data(), step.rowsBefore > 0);
      else if (count == 1 && !halves()) oneRow(rows[0], step.rowsBefore > 0);
      else
        for (int p = 0; p < units_.panels(); p++)
          forEachTile<kTileRows<kTileVectors>>(count, [&](int first, auto m) { tile<m.value>(&rows[first], p, step.rowsBefore > 0); });
      if constexpr (Cell::kResetsBefore)
        for (int p = 0; p < units_.panels(); p++)
          forEachTile<kTileRows<kUnitVectors>>(count,
                                               [&](int first, auto m) { candidateTile<m.value>(&rows[first], p, step.rowsBefore > 0); });
      if (visit < lastVisit && begins_[visit + 1] >= 0) keepState(rows, begins_[visit + 1], next.rowsBefore, thread);
    }
    finishStreaming();
  }

  /** @param carry of this thread's rows, padded H each */
  void loadCarry(float* carry, int count, int thread) const {
    const int64_t size = call_.size;
    for (int i = 0; i < rowsOfThread(count, thread, threads_); i++)
      std::memcpy(carry + size_t(i) * units_.paddedSize(), state_ + (thread + int64_t(i) * threads_) * stateWidth<Cell>(call_.size) + size,
                  size * sizeof(float));
  }

  /** The state that the visits begin with times its mask. @param to of this thread's rows, padded H each */
  void maskState(float* to, const Step& first, int thread) const {
    const int64_t size = call_.size;
    for (int i = 0; i < rowsOfThread(first.rowsBefore, thread, threads_); i++) {
      const int64_t row = thread + int64_t(i) * threads_;
      const float *const h = call_.hidden + (first.offsetBefore + row) * size, *const mask = call_.mask + row * size;
      for (int64_t k = 0; k < size; k++) to[size_t(i) * units_.paddedSize() + k] = h[k] * mask[k];
    }
  }

  /** The state after a step, for the segment that begins with the next. @param offset of its first row among those kept */
  void keepState(const std::vector<Row>& rows, int64_t offset, int count, int thread) const {
    const int64_t size = call_.size, bytes = size * sizeof(float);
    for (int i = 0; i < rowsOfThread(count, thread, threads_); i++) {
      float* const to = call_.states + (offset + thread + int64_t(i) * threads_) * stateWidth<Cell>(call_.size);
      std::memcpy(to, rows[i].hidden, bytes);
      if (Cell::kHasCarry) std::memcpy(to + size, rows[i].carry, bytes);
    }
  }

  const float* gateInputs(int64_t at) const { return call_.gateInputs + (call_.index ? call_.index[at] : at) * Cell::kGates * call_.size; }

  void findInputs(Row& to, const Step& step, const Step& next, int row, const float* projected) const {
    to.x = projects() ? projected : gateInputs(step.offset + row);
    to.nextX = !projects() && row < next.rows ? gateInputs(next.offset + row) : to.x;
  }

  void findHalves(Row& to, float* own, size_t words, int visit, bool begins) const {
    to.multiplied = begins ? zeros_.data() : own + (visit % 2 == 0 ? words : 0);
    to.halves = reinterpret_cast<Half*>(own + (visit % 2 == 0 ? 0 : words));
  }

  void findMasked(Row& to, float* own, size_t turn, int visit, int row, int rowsBefore) const {
    to.multiplied = row >= rowsBefore ? zeros_.data() : own + (visit % 2 == 0 ? turn : 0);
    to.masked = own + (visit % 2 == 0 ? 0 : turn);
    to.mask = call_.mask + int64_t(row) * call_.size;
  }

  Row rowAt(const Step& step, int row, float* carry, float* resets) const {
    const int64_t at = step.offset + row, size = call_.size;
    const bool begins = row >= step.rowsBefore;
    const float* const hBefore = begins ? zeros_.data() : call_.hidden + (step.offsetBefore + row) * size;
    float* const saved = call_.saved == nullptr ? nullptr : call_.saved + at * units_.savedWidth(rounds());
    return {nullptr, nullptr, hBefore, hBefore, nullptr, Cell::kHasCarry ? carry : nullptr, call_.hidden + at * size, saved,
            Cell::kResetsBefore ? resets : nullptr, Cell::kResetsBefore ? resets + units_.paddedSize() : nullptr};
  }

  template <int M>
  void tile(const Row* rows, int p, bool hasBefore) const {
    const float* multiplied[M];
    for (int i = 0; i < M; i++) multiplied[i] = rows[i].multiplied;
    if (!projects())
      for (int i = 0; i < M; i++) prefetchNext(rows[i], p);
    Vector sums[M][kTileVectors];
    weights_.fill(sums, p);
    if (hasBefore) multiply(halves(), sums, multiplied, 1, weights_.weights(p), kTileVectors, weights_.depth());
    finishUnits(rows, sums, p);
  }

  template <int M>
  inline __attribute__((always_inline)) void finishUnits(const Row* rows, const Vector (&sums)[M][kTileVectors], int p) const {
    forEachUnitVector(sums, p, [&](int i, int u, const Vector* r, auto units) {
      if constexpr (kMixed) finishApart(rows[i], u, r, units);
      else finish(rows[i], u, r, units);
    });
  }

  /** All panels of the rows of a step, sixteen rows at a time. @param multiplied [16, depth] memory, zeros beyond H */
  void rowsByTiles(const Row* rows, int count, float* multiplied, bool hasBefore) const {
    if constexpr (kMixed && kMayHaveTiles && !Cell::kResetsBefore)
      for (int first = 0; first < count; first += kTileSide) {
        const int some = std::min(kTileSide, count - first);
        for (int i = 0; i < some; i++)
          std::memcpy(multiplied + i * weights_.depth(), rows[first + i].multiplied, halfWords(call_.size) * sizeof(float));
        for (int p = 0; p < units_.panels(); p++) {
          Vector sums[kTileSide][kTileVectors];
          weights_.sumByTiles(sums, p, hasBefore ? multiplied : nullptr);
          for (int i = 0; i < some; i++) {
            if (!projects()) prefetchNext(rows[first + i], p);
            forEachUnitVector(sums[i], p, [&](int u, const Vector* r, auto units) { finishApart(rows[first + i], u, r, units); });
          }
        }
      }
  }

  /** All panels of a single row, several at a time. */
  void oneRow(const Row& row, bool hasBefore) const {
    constexpr int kPanels = std::clamp(kRegisters * 3 / 4 / kTileVectors, 1, 4);
    for (int p = 0; p < units_.panels(); p += kPanels)
      withConstant<kPanels>(std::min(kPanels, units_.panels() - p), [&](auto count) { panelsOfRow<count.value>(row, p, hasBefore); });
  }

  template <int Q>
  __attribute__((noinline)) void panelsOfRow(const Row& row, int p, bool hasBefore) const {
    const Vector* weights[Q];
    Vector sums[Q][1][kTileVectors];
#pragma GCC unroll 8
    for (int q = 0; q < Q; q++) weights[q] = weights_.weights(p + q), weights_.fill(sums[q], p + q);
    if (!projects())
      for (int q = 0; q < Q; q++) prefetchNext(row, p + q);
    if (hasBefore) multiplyRow(sums, row.multiplied, weights, weights_.depth());
    for (int q = 0; q < Q; q++) finishUnits(&row, sums[q], p + q);
  }

  /** The second half of a step: (r·h)·W_hh[:H]ᵀ, whose weights are the first gate's in each panel, and h. */
  template <int M>
  void candidateTile(const Row* rows, int p, bool hasBefore) const {
    const float* reset[M];
    for (int i = 0; i < M; i++) reset[i] = rows[i].reset;
    Vector sums[M][kUnitVectors] = {};
    if (hasBefore) multiply(sums, reset, 1, weights_.weights(p), kTileVectors, call_.size);
    forEachUnitVector(sums, p, [&](int i, int u, const Vector* product, auto units) { candidate(rows[i], u, *product, units); });
  }

  /** Calls f(unit vector u, its sums, the units of it that exist, as a constant where all do) for a row of panel p. */
  template <int NV, class F>
  inline __attribute__((always_inline)) void forEachUnitVector(const Vector (&sums)[NV], int p, F&& f) const {
    for (int j = 0; j < kUnitVectors && p * kUnitVectors + j < units_.vectors(); j++) {
      const int u = p * kUnitVectors + j, units = units_.countAt(u);
      if (units == kLanes) f(u, &sums[j], std::integral_constant<int, kLanes>{});
      else f(u, &sums[j], units);
    }
  }

  /** The same for a tile, with f(row, …). */
  template <int M, int NV, class F>
  inline __attribute__((always_inline)) void forEachUnitVector(const Vector (&sums)[M][NV], int p, F&& f) const {
    Vector finished[M][NV]; // in memory, since the sums are to stay in registers while they grow
#pragma GCC unroll 32
    for (int i = 0; i < M; i++)
#pragma GCC unroll 8
      for (int v = 0; v < NV; v++) finished[i][v] = sums[i][v];
    for (int i = 0; i < M; i++)
      forEachUnitVector(finished[i], p, [&](int u, const Vector* r, auto units) { f(i, u, r, units); });
  }

  /** @param product of unit vector u */
  template <class Count>
  void candidate(const Row& row, int u, Vector product, Count units) const {
    const int at = u * kLanes;
    Vector x[Cell::kGates];
    for (int gate = 0; gate < Cell::kGates; gate++) x[gate] = load(row.x + gate * gateWidth() + at, units);
    const Vector h = Cell::candidate(x, product, load(row.hBefore + at, units), load(row.update + at), keeperAt(row, u));
    keepHidden(row, u, h, units);
  }

  Keeper<kMixed> keeperAt(const Row& row, int u) const {
    return {row.saved == nullptr ? nullptr : row.saved + size_t(u) * Units<Cell>::unitWidth(rounds()), rounds()};
  }

  template <class Count>
  void keepHidden(const Row& row, int u, Vector h, Count units) const {
    if (rounds()) keeperAt(row, u).keep({h}, Cell::kSaved);
    if (halves()) storeHalves(row.halves + u * kLanes, h);
    if (masks()) store(row.masked + u * kLanes, h * load(row.mask + u * kLanes, units));
    store(row.hidden + u * kLanes, h, units);
  }

  /** The gates' inputs lie far apart and in no order the CPU could guess: they are fetched into L2 a step ahead. */
  void prefetchNext(const Row& row, int p) const {
    for (int gate = 0; gate < Cell::kGates; gate++)
      for (int j = 0; j < kUnitVectors; j++) __builtin_prefetch(row.nextX + gate * call_.size + (p * kUnitVectors + j) * kLanes, 0, 2);
  }

  /** In one place and not in each tile, which would take long to compile. */
  template <class Count>
  __attribute__((noinline)) void finishApart(const Row& row, int u, const Vector* r, Count units) const { finish(row, u, r, units); }

  /**
   * The cell's equations for unit vector u of a row, as far as the product has come.
   * @param r a vector for each gate, kUnitVectors apart
   */
  template <class Count>
  void finish(const Row& row, int u, const Vector* r, Count units) const {
    const int at = u * kLanes;
    Vector x[Cell::kGates], recurrent[Cell::kGates];
    for (int gate = 0; gate < Cell::kGates; gate++)
      x[gate] = load(row.x + gate * gateWidth() + at, units), recurrent[gate] = r[gate * kUnitVectors];
    const Vector hBefore = load(row.hBefore + at, units);
    if constexpr (Cell::kResetsBefore) {
      Vector z;
      store(row.reset + at, Cell::reset(x, recurrent, hBefore, z, keeperAt(row, u)));
      store(row.update + at, z);
    } else {
      Vector carry{};
      if (Cell::kHasCarry) carry = load(row.carry + at);
      const Vector h = Cell::forward(x, recurrent, hBefore, carry, keeperAt(row, u));
      if (Cell::kHasCarry) store(row.carry + at, carry);
      keepHidden(row, u, h, units);
    }
  }

  ForwardCall call_;
  const Units<Cell> units_;
  const int threads_;
  GateWeights<Cell> weights_, inputWeights_;
  const Buffer zeros_;
  /** Where the state that the segment of a visit begins with is kept; −1 where none begins. */
  std::vector<int64_t> begins_;
  /** The state that the visits begin with, where they are not all. */
  const float* state_ = nullptr;
};

template <class Cell, bool kMixed>
void walkForward(const ForwardCall& call, int threads) {
  Forward<Cell, kMixed> forward(call, threads);
  forward.pack();
  forward.run();
}

template <class Cell>
void runForward(const ForwardCall& call, int threads) {
  if (call.sequence.tokens() == 0) return;
  threads = std::min(threads, call.sequence.maxRows());
  if (call.rounds || call.halves || call.mask != nullptr) walkForward<Cell, true>(call, threads);
  else walkForward<Cell, false>(call, threads);
}

}  // namespace gatelab
