#pragma once
#include "sequence.h"

namespace gatelab {

struct BackwardCall {
  const Sequence& sequence;
  int size;                  // H
  const float* dHidden;      // [N, H]
  const float* hidden;       // [N, H]
  const float* saved;        // [N, savedWidth]
  const float* weight;       // [G·H, H]
  float* dInputs;            // [N, G·H] with respect to the gates' inputs of each token
  float* dWeight;            // [G·H, H]
  float* dBias;              // [G·H]
};

}  // namespace gatelab
