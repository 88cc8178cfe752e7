// A recurrence over a packed sequence, backward.
#pragma once
#include "backward-walk.h"
#include "weight-gradient.h"

namespace gatelab {

/** Thread counts beyond the rows and the columns there are would only wait. */
template <class Cell>
int usefulThreads(const BackwardCall& call, int threads) {
  return std::max(1, std::min(threads, std::max(call.sequence.maxRows(), Units<Cell>{call.size}.panels())));
}

template <class Cell>
void runBackward(const BackwardCall& call, int wantedThreads) {
  const int threads = usefulThreads<Cell>(call, wantedThreads);
  const Units<Cell> units{call.size};
  const std::vector<Chunk> chunks = cutIntoChunks(call.sequence);
  ChunkBuffer<Cell> buffers[2] = {{units, maxTokens(chunks)}, {units, maxTokens(chunks)}};
  BackwardWeights<Cell> weights(call);
  Barrier barrier(threads);
  pool().run(threads, [&](int thread) {
    if (call.index != nullptr) {
      const Share share(call.distinctRows, thread, threads);
      std::fill(call.dGateInputs + share.first * Cell::kGates * call.size, call.dGateInputs + share.last * Cell::kGates * call.size, 0.0f);
    }
    weights.pack(thread, threads);
    BackwardWalk<Cell> walk(call, weights, thread, threads);
    WeightGradient<Cell> gradient(call, thread, threads);
    barrier.wait();
    for (size_t i = 0; i < chunks.size(); i++) {
      walk.walk(chunks[i], buffers[i % 2]);
      barrier.wait(); // the only wait of a chunk: its rows come from all threads
      gradient.add(chunks[i], buffers[i % 2]);
    }
    gradient.finish();
  });
}

}  // namespace gatelab
