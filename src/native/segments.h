// The chunks of a walk back as segments that are computed again, each from the state that it begins with (src/ops/segments.ts).
#pragma once
#include "chunks.h"

namespace gatelab {

/** Visits of the walk that are computed again together, and the state of the step before: its rows, and where they are among those kept. */
struct Segment {
  Chunk chunk;
  int rows;
  int64_t offset;
};

/** In the order of the walk back; the states kept are in that of the walk. */
inline std::vector<Segment> cutIntoSegments(const Sequence& sequence) {
  std::vector<Segment> segments;
  int64_t states = 0;
  for (const Chunk& chunk : cutIntoChunks(sequence)) {
    const int rows = sequence.at(chunk.firstVisit).rowsBefore;
    segments.push_back({chunk, rows, 0});
    states += rows;
  }
  for (Segment& segment : segments) segment.offset = states -= segment.rows;
  return segments;
}

/** C, the rows of all states that are kept. */
inline int64_t countStates(const std::vector<Segment>& segments) {
  return segments.empty() ? 0 : segments.front().offset + segments.front().rows;
}

/** Floats of a row of a state: h, and the carry of a cell that has one. */
template <class Cell>
constexpr int64_t stateWidth(int size) {
  return int64_t(Cell::kHasCarry ? 2 : 1) * size;
}

/** Packed rows of a segment's steps and of the step before: they lie side by side. */
struct PackedRange {
  int64_t first, last;

  PackedRange(const Sequence& sequence, const Segment& segment) {
    const Step from = sequence.at(segment.chunk.firstVisit), to = sequence.at(segment.chunk.lastVisit);
    first = std::min(from.offset, to.offset);
    last = std::max(from.offset + from.rows, to.offset + to.rows);
    if (segment.rows == 0) return;
    first = std::min(first, from.offsetBefore);
    last = std::max(last, from.offsetBefore + segment.rows);
  }
  int64_t rows() const { return last - first; }
};

}  // namespace gatelab
