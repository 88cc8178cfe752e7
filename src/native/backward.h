// A recurrence over a packed sequence, backward.
#pragma once
#include "backward-walk.h"

namespace gatelab {

template <class Cell>
BackwardState<Cell> createBackwardState(const BackwardCall& call, const Units<Cell>& units, int shares) {
  BackwardState<Cell> state{
      {call.size, call.weight, call.size, Cell::kRecurrentGate, call.halves},
      {call.size, call.input.weight, call.input.size, kGatesInOrder, call.halves}, {}, {}};
  for (int share = 0; share < shares; share++) {
    state.gradients.emplace_back(units, WeightGradient<Cell>::recurrentPart(call.size));
    if (call.projects()) state.inputGradients.emplace_back(units, WeightGradient<Cell>::inputPart(call.size, call.input.size));
  }
  return state;
}

template <class Cell, bool kMixed>
std::unique_ptr<BackwardWalk<Cell, kMixed>> beginWalk(const BackwardCall& call, BackwardState<Cell>& state, const Shares& shares,
                                                      int tokens, int thread, int threads) {
  auto walk = std::make_unique<BackwardWalk<Cell, kMixed>>(call, state, shares, tokens, thread, threads);
  for (int share = thread; share < shares.count; share += threads) {
    state.gradients[share].clear();
    if (call.projects()) state.inputGradients[share].clear();
  }
  return walk;
}

/**
 * @tparam kMixed whether anything is bfloat16 or masked
 * @param walkAll takes the threads, and what creates a thread's walk on that thread; it walks every chunk of the sequence, in their order
 */
template <class Cell, bool kMixed, class WalkAll>
void runBackwardBy(const BackwardCall& call, int wantedThreads, WalkAll&& walkAll) {
  const Units<Cell> units{call.size};
  const Shares shares(call.sequence.maxRows());
  const int threads = std::min(wantedThreads, shares.count);
  const int tokens = maxTokens(cutIntoChunks(call.sequence), call.sequence, shares);
  BackwardState<Cell> state = createBackwardState(call, units, shares.count);
  pool().run(threads, [&](int thread) {
    state.weights.pack(thread, threads);
    if (call.projects()) state.inputWeights.pack(thread, threads);
  });
  walkAll(threads, [&](int thread) { return beginWalk<Cell, kMixed>(call, state, shares, tokens, thread, threads); });
  pool().run(threads, [&](int thread) {
    const Share panels(units.panels(), thread, threads);
    for (int64_t p = panels.first; p < panels.last; p++) {
      WeightGradient<Cell>::finish(state.gradients, static_cast<int>(p), call.dWeight, call.dBias);
      if (call.projects()) WeightGradient<Cell>::finish(state.inputGradients, static_cast<int>(p), call.dInputWeight, call.dInputBias);
    }
  });
}

template <class Cell, bool kMixed>
void walkBackward(const BackwardCall& call, int wantedThreads) {
  const std::vector<Chunk> chunks = cutIntoChunks(call.sequence);
  runBackwardBy<Cell, kMixed>(call, wantedThreads, [&](int threads, const auto& begin) {
    pool().run(threads, [&](int thread) { // from here on nothing waits
      const auto walk = begin(thread);
      for (const Chunk& chunk : chunks) walk->walk(chunk);
    });
  });
}

template <class Cell>
void runBackward(const BackwardCall& call, int wantedThreads) {
  if (call.rounded || call.halves || call.mask != nullptr) walkBackward<Cell, true>(call, wantedThreads);
  else walkBackward<Cell, false>(call, wantedThreads);
}

}  // namespace gatelab
