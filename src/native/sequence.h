// Where the rows of a packed sequence lie; the letters are those of src/ops/packed-layout.ts.
#pragma once
#include <cstdint>
#include <vector>

namespace gatelab {

/** A step of the walk: its rows, and those of the step visited before, which are there for the first `rowsBefore` rows. */
struct Step {
  int rows;
  int64_t offset;
  int rowsBefore;
  int64_t offsetBefore;
};

class Sequence {
 public:
  /** @param batchSizes [T] active rows of each step, never increasing. */
  Sequence(const int32_t* batchSizes, int64_t steps, bool reverse)
      : batchSizes_(batchSizes), steps_(static_cast<int>(steps)), reverse_(reverse), offsets_(steps + 1) {
    for (int t = 0; t < steps_; t++) offsets_[t + 1] = offsets_[t] + batchSizes[t];
  }

  int steps() const { return steps_; }
  int64_t tokens() const { return offsets_.back(); }
  int maxRows() const { return steps_ == 0 ? 0 : batchSizes_[0]; }

  /** Step `visit` in the order of the walk: the first visit begins with zero states. */
  Step at(int visit) const {
    const int t = time(visit);
    Step step{batchSizes_[t], offsets_[t], 0, 0};
    if (visit > 0) {
      const int before = time(visit - 1);
      step.rowsBefore = batchSizes_[before] < step.rows ? batchSizes_[before] : step.rows;
      step.offsetBefore = offsets_[before];
    }
    return step;
  }

 private:
  int time(int visit) const { return reverse_ ? steps_ - 1 - visit : visit; }

  const int32_t* batchSizes_;
  int steps_;
  bool reverse_;
  std::vector<int64_t> offsets_;
};

/** Rows are dealt to threads like cards, so that all have the same work though rows grow shorter: thread + i·threads. */
inline int rowsOfThread(int rows, int thread, int threads) { return rows > thread ? (rows - thread - 1) / threads + 1 : 0; }

}  // namespace gatelab
