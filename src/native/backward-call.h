#pragma once
#include "forward-call.h"

namespace gatelab {

struct BackwardCall {
  const Sequence& sequence;
  int size;                  // H
  const float* dHidden;      // [N, H]
  const float* hidden;       // [N, H], unused where `rounded`
  const float* saved;        // [N, savedWidth]
  const float* weight;       // [G·H, H]
  float* dWeight;            // [G·H, H]
  float* dBias;              // [G·H]
  float* dInputs;            // [N, G·H] with respect to the gates' inputs of each token, unused where `input` says what they are
  LayerInput input;
  float* dX;                 // [N, D]
  float* dInputWeight;       // [G·H, D]
  float* dInputBias;         // [G·H]
  bool rounded = false;      // whether `saved` and the input's rows [N, D] are bfloat16, in whole words; h is among `saved` then
  bool halves = false;       // whether products are of bfloat16
  const float* mask = nullptr; // [B, H], as the forward pass had it

  bool projects() const { return input.weight != nullptr; }
};

}  // namespace gatelab
