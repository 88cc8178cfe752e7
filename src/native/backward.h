// A recurrence over a packed sequence, backward.
#pragma once
#include "backward-walk.h"
#include "weight-gradient.h"

namespace gatelab {

template <class Cell>
void runBackward(const BackwardCall& call, int wantedThreads) {
  const Units<Cell> units{call.size};
  const Shares shares(call.sequence.maxRows());
  const int threads = std::min(wantedThreads, shares.count);
  const std::vector<Chunk> chunks = cutIntoChunks(call.sequence);
  const int tokens = maxTokens(chunks, call.sequence, shares);
  std::vector<WeightGradient<Cell>> gradients;
  for (int share = 0; share < shares.count; share++) gradients.emplace_back(units);
  BackwardWeights<Cell> weights(call);
  pool().run(threads, [&](int thread) { weights.pack(thread, threads); });
  pool().run(threads, [&](int thread) { // from here on nothing waits
    BackwardWalk<Cell> walk(call, weights, shares, tokens, thread, threads);
    for (int share = thread; share < shares.count; share += threads) gradients[share].clear();
    for (const Chunk& chunk : chunks) walk.walk(chunk, gradients);
  });
  pool().run(threads, [&](int thread) {
    const Share panels(units.panels(), thread, threads);
    for (int64_t p = panels.first; p < panels.last; p++) WeightGradient<Cell>::finish(gradients, static_cast<int>(p), call);
  });
}

}  // namespace gatelab
