#pragma once
#include <algorithm>
#include "sequence.h"

namespace gatelab {

struct BackwardCall {
  const Sequence& sequence;
  int size;                  // H
  int64_t distinctRows;      // U
  const float* dHidden;      // [N, H]
  const float* hidden;       // [N, H]
  const float* saved;        // [N, savedWidth]
  const int32_t* index;      // [N], or null for row i of gateInputs at packed row i
  const float* weight;       // [G·H, H]
  float* dGateInputs;        // [U, G·H]
  float* dWeight;            // [G·H, H]
  float* dBias;              // [G·H]
};

}  // namespace gatelab
