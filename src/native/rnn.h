// Elman's RNN as torch.nn.RNN(nonlinearity='tanh'): h' = tanh(x + r).
#pragma once
#include "cell.h"

namespace gatelab {

struct Rnn {
  static constexpr int kGates = 1, kSaved = 0, kSlots = 1, kUnitVectors = 2;
  static constexpr bool kHasCarry = false, kResetsBefore = false;
  static constexpr int kRecurrentGate[kGates] = {0};

  template <class Keeper>
  static Vector forward(const Vector* x, const Vector* r, Vector, Vector&, const Keeper&) { return tanh(x[0] + r[0]); }

  template <class Step>
  static void backward(const Step& step, Vector* slots, Vector&, Vector&) { slots[0] = tanhGradient(step.dHidden, step.hidden); }
};

}  // namespace gatelab
