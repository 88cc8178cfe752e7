// A recurrence over a packed sequence, backward, from the states that its segments begin with: the steps of a segment are computed
// again before it is walked back, so that what they save never leaves the caches for long. In float32 alone.
#pragma once
#include "backward.h"
#include "forward.h"
#include "segments.h"

namespace gatelab {

/** Where the steps of one segment at a time are computed again, and the state that they begin with. */
template <class Cell>
class SegmentSteps {
 public:
  SegmentSteps(const Sequence& sequence, const std::vector<Segment>& segments, int size, const float* states)
      : sequence_(sequence), units_{size}, states_(states), hidden_(mostRows(sequence, segments) * size),
        saved_(mostRows(sequence, segments) * units_.savedWidth()) {}

  /** Lays the state that a segment begins with in front of its steps. @returns its rows of the states kept */
  const float* begin(const Segment& segment) {
    const PackedRange range(sequence_, segment);
    const int64_t size = units_.size, savedWidth = units_.savedWidth(), width = stateWidth<Cell>(units_.size);
    const float* const from = states_ + segment.offset * width;
    first_ = range.first;
    for (int row = 0; row < segment.rows; row++) {
      const int64_t at = sequence_.at(segment.chunk.firstVisit).offsetBefore + row;
      std::memcpy(hidden() + at * size, from + row * width, size * sizeof(float));
      if constexpr (Cell::kHasCarry) putCarry(saved() + at * savedWidth, from + row * width + size);
    }
    return from;
  }

  /** [N, H] and [N, savedWidth], of which the rows of the segment that was begun last are there. */
  float* hidden() const { return hidden_.data() - first_ * units_.size; }
  float* saved() const { return saved_.data() - first_ * units_.savedWidth(); }

 private:
  static size_t mostRows(const Sequence& sequence, const std::vector<Segment>& segments) {
    int64_t most = 0;
    for (const Segment& segment : segments) most = std::max(most, PackedRange(sequence, segment).rows());
    return most;
  }

  /** The carry as the step before saved it; what else it saved no step reads. */
  void putCarry(float* saved, const float* carry) const {
    for (int u = 0; u < units_.vectors(); u++)
      store(saved + (size_t(u) * Cell::kSaved + Cell::kCarry) * kLanes, load(carry + u * kLanes, units_.countAt(u)));
  }

  const Sequence& sequence_;
  const Units<Cell> units_;
  const float* const states_;
  const Buffer hidden_, saved_;
  int64_t first_ = 0;
};

/** @tparam kMixed whether the state is masked */
template <class Cell, bool kMixed>
void walkSegmentsBackward(BackwardCall call, const ForwardCall& again, const float* states, int wantedThreads) {
  const std::vector<Segment> segments = cutIntoSegments(call.sequence);
  if (segments.empty()) return walkBackward<Cell, kMixed>(call, wantedThreads);
  SegmentSteps<Cell> steps(call.sequence, segments, call.size, states);
  Forward<Cell, kMixed> forward(again, std::min(wantedThreads, call.sequence.maxRows()));
  forward.pack();
  runBackwardBy<Cell, kMixed>(call, wantedThreads, [&](int threads, const auto& begin) {
    std::vector<std::unique_ptr<BackwardWalk<Cell, kMixed>>> walks(threads);
    pool().run(threads, [&](int thread) { walks[thread] = begin(thread); });
    for (const Segment& segment : segments) {
      const float* const state = steps.begin(segment);
      call.hidden = steps.hidden();
      call.saved = steps.saved();
      forward.runVisits(segment.chunk.firstVisit, segment.chunk.lastVisit, state, steps.hidden(), steps.saved());
      pool().run(threads, [&](int thread) { walks[thread]->walk(segment.chunk); });
    }
  });
}

/**
 * @param call whose `hidden` and `saved` are not there @param again the forward pass, to be run in segments
 * @param states [C, H], or [C, 2·H] with the carry, what the forward pass kept
 */
template <class Cell>
void runSegmentsBackward(const BackwardCall& call, const ForwardCall& again, const float* states, int wantedThreads) {
  if (call.mask != nullptr) walkSegmentsBackward<Cell, true>(call, again, states, wantedThreads);
  else walkSegmentsBackward<Cell, false>(call, again, states, wantedThreads);
}

}  // namespace gatelab
