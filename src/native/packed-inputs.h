// What ops of packed sequences read of TensorFlow's tensors.
#pragma once
#include "sequence.h"
#include "tensorflow-op.h"

namespace gatelab {

inline Sequence readSequence(const TensorView& batchSizes, bool reverse) {
  const int32_t* const sizes = batchSizes.data<int32_t>();
  for (int64_t t = 0; t < batchSizes.count(); t++)
    require(sizes[t] >= 1 && (t == 0 || sizes[t] <= sizes[t - 1]), "batch sizes must be positive and never increase");
  return Sequence(sizes, batchSizes.count(), reverse);
}

/** @param rows of the gates' inputs @returns the index, or null when it is empty: row i of the inputs is packed row i. */
inline const int32_t* readIndex(const TensorView& index, int64_t tokens, int64_t rows) {
  if (index.count() == 0) {
    require(rows == tokens, "without an index there must be a row of inputs for each token");
    return nullptr;
  }
  require(index.count() == tokens, "index must have an entry for each token");
  const int32_t* const entries = index.data<int32_t>();
  for (int64_t i = 0; i < tokens; i++) require(entries[i] >= 0 && entries[i] < rows, "index out of range");
  return entries;
}

}  // namespace gatelab
