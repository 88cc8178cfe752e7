// A packed sequence as an op is given it.
#pragma once
#include "sequence.h"
#include "tensorflow-op.h"

namespace gatelab {

/** @param batchSizes int32 [T], whose memory the sequence reads */
inline Sequence readSequence(const TensorView& batchSizes, bool reverse) {
  const int32_t* const sizes = batchSizes.data<int32_t>();
  for (int64_t t = 0; t < batchSizes.count(); t++)
    require(sizes[t] >= 1 && (t == 0 || sizes[t] <= sizes[t - 1]), "batch sizes must be positive and never increase");
  return Sequence(sizes, batchSizes.count(), reverse);
}

}  // namespace gatelab
