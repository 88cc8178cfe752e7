// The backward pass goes chunk by chunk, a chunk being as many time steps as keep the gradients of their gates within the L2 caches.
#pragma once
#include <vector>
#include "buffer.h"
#include "cell.h"
#include "shares.h"
#include "tiles.h"

namespace gatelab {

/** Steps of the walk in backward order, from `lastVisit` down to `firstVisit`. */
struct Chunk {
  int lastVisit, firstVisit;
  int tokens;
};

/** Sized by tokens alone, never by threads, since it decides the order of sums. */
inline std::vector<Chunk> cutIntoChunks(const Sequence& sequence) {
  constexpr int kTokens = 512;
  std::vector<Chunk> chunks;
  for (int visit = sequence.steps() - 1; visit >= 0; visit--) {
    const int rows = sequence.at(visit).rows;
    if (chunks.empty() || chunks.back().tokens + rows > kTokens) chunks.push_back({visit, visit, rows});
    else chunks.back() = {chunks.back().lastVisit, visit, chunks.back().tokens + rows};
  }
  return chunks;
}

/** The most tokens that a share has in a chunk. */
inline int maxTokens(const std::vector<Chunk>& chunks, const Sequence& sequence, const Shares& shares) {
  int most = 0;
  for (const Chunk& chunk : chunks) {
    int tokens = 0;
    for (int visit = chunk.firstVisit; visit <= chunk.lastVisit; visit++) tokens += shares.rowsOf(0, sequence.at(visit).rows);
    most = std::max(most, tokens);
  }
  return most;
}

/** What the steps of a chunk leave for the weight gradients of one share, in the order of the walk back. */
template <class Cell>
class ChunkBuffer {
  static constexpr int kSlotVectors = Units<Cell>::kSlotVectors;

 public:
  /** @param inputSize D, or 0 where the layer's input is not part of the work */
  ChunkBuffer(const Units<Cell>& units, int inputSize, int tokens, bool halves)
      // One token more than there are, and a line more than is needed: powers of two would crowd into a few sets of the caches.
      : units_(units), resetAt_(units.size + 1 + inputSize), rowWidth_((resetAt_ + (Cell::kResetsBefore ? units.size : 0) + 15) / 16 * 16),
        panelStride_(size_t(std::max(tokens, halves ? filledPairs(tokens) : 0) + 1) * kSlotVectors),
        slots_(panelStride_ * units.panels() * kLanes), rows_(size_t(tokens) * rowWidth_), places_(tokens),
        halves_(halves ? panelStride_ * units.panels() * kLanes / 2 : 0) {}

  /** [kSlotVectors] of a token for the units of panel p: slot s of unit vector j at s·kUnitVectors + j. */
  Vector* slots(int p, int token) const {
    return reinterpret_cast<Vector*>(slots_.data()) + p * panelStride_ + size_t(token) * kSlotVectors;
  }
  /**
   * [H+1+D] the h a token's step began with, a one, whose "weights" are the biases, and its x; then r·h [H] of a cell that resets
   * before.
   */
  float* row(int token) const { return rows_.data() + size_t(token) * rowWidth_; }
  ptrdiff_t rowWidth() const { return rowWidth_; }
  /** Where r·h begins in a row. */
  int resetAt() const { return resetAt_; }
  /** Floats between the same token's slots in one panel and the next. */
  ptrdiff_t panelFloats() const { return panelStride_ * kLanes; }
  /** The slots as halves, where products are of them, half as far apart. */
  Half* halves(int p, int token) const {
    return reinterpret_cast<Half*>(halves_.data()) + (p * panelStride_ + size_t(token) * kSlotVectors) * kLanes;
  }

  /**
   * Puts tokens 2t and 2t + 1, as halves of one word, in the place of token t, rows and slots alike. What they were is gone.
   * @returns pairs
   */
  int pairTokens(int tokens) {
    const int pairs = static_cast<int>(halfWords(tokens)), whole = tokens / 2;
    for (int p = 0; p < units_.panels(); p++)
      for (int t = 0; t < pairs; t++)
        for (int v = 0; v < kSlotVectors; v++)
          slots(p, t)[v] = pairHalves(slots(p, 2 * t)[v], t < whole ? slots(p, 2 * t + 1)[v] : Vector{});
    for (int p = 0; p < units_.panels(); p++)
      std::fill(slots(p, pairs), slots(p, filledPairs(tokens)), Vector{});
    for (int t = 0; t < pairs; t++)
      for (ptrdiff_t i = 0; i < rowWidth_; i += kLanes)
        store(row(t) + i, pairHalves(load(row(2 * t) + i), t < whole ? load(row(2 * t + 1) + i) : Vector{}));
    return pairs;
  }
  /** The pairs of so many tokens, and those of zeros that slots have after them: up to a whole tile where there are tiles. */
  static int filledPairs(int tokens) {
    const int pairs = static_cast<int>(halfWords(tokens));
    return hasTiles() ? tileWords(pairs) : pairs;
  }
  /** Packed row of a token. */
  int64_t& place(int token) { return places_[token]; }

 private:
  Units<Cell> units_;
  int resetAt_;
  ptrdiff_t rowWidth_;
  size_t panelStride_;
  Buffer slots_, rows_;
  std::vector<int64_t> places_;
  Buffer halves_;
};

}  // namespace gatelab
