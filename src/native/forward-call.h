#pragma once
#include "sequence.h"

namespace gatelab {

/** A layer's input and its weights; of a recurrence whose gates' inputs are computed elsewhere, nothing. */
struct LayerInput {
  const float* x = nullptr;       // [N, D]
  int size = 0;                   // D
  const float* weight = nullptr;  // [G·H, D]
  const float* bias = nullptr;    // [G·H]
};

struct ForwardCall {
  const Sequence& sequence;
  int size;                  // H
  const float* gateInputs;   // [U, G·H], unused where `input` says what they are
  const int32_t* index;      // [N], or null for row i of gateInputs at packed row i
  LayerInput input;
  const float* weight;       // [G·H, H]
  const float* bias;         // [G·H]
  float* hidden;             // [N, H]
  float* saved;              // [N, savedWidth], or null when there will be no backward pass
  bool rounds = false;       // whether what is saved is rounded to bfloat16, h with it
  bool halves = false;       // whether products are of bfloat16; of a cell with one product alone
  const float* mask = nullptr; // [B, H], what h is multiplied by before its product, at every step; or null for ones
  float* states = nullptr;   // [C, H], or [C, 2·H] with the carry, what segments begin with (segments.h), or null when none are to be kept
};

}  // namespace gatelab
