// Long short-term memory as torch.nn.LSTM, gates in the order i, f, g, o:
//   i = σ(xᵢ + rᵢ)   f = σ(x_f + r_f)   g = tanh(x_g + r_g)   o = σ(x_o + r_o)   c' = f·c + i·g   h' = o·tanh(c')
#pragma once
#include "cell.h"

namespace gatelab {

struct Lstm {
  static constexpr int kGates = 4, kSaved = 5, kSlots = 4, kUnitVectors = 1, kCarry = 4;
  static constexpr bool kHasCarry = true, kResetsBefore = false;
  static constexpr int kRecurrentGate[kGates] = {0, 1, 2, 3};

  /** Saved: [i, f, g, o, c']. */
  template <class Keeper>
  static Vector forward(const Vector* x, const Vector* r, Vector, Vector& c, const Keeper& keeper) {
    const Vector i = sigmoid(x[0] + r[0]), f = sigmoid(x[1] + r[1]), g = tanh(x[2] + r[2]), o = sigmoid(x[3] + r[3]);
    c = multiplyAdd(f, c, i * g);
    keeper.keep({i, f, g, o, c});
    return o * tanh(c);
  }

  template <class Step>
  static void backward(const Step& step, Vector* slots, Vector& dCarry, Vector&) {
    const Vector i = step.savedAt(0), f = step.savedAt(1), g = step.savedAt(2), o = step.savedAt(3);
    const Vector cBefore = step.savedBeforeAt(4), tanhC = tanh(step.savedAt(4));
    const Vector dC = multiplyAdd(step.dHidden * o, oneMinusSquare(tanhC), dCarry);
    slots[0] = sigmoidGradient(dC * g, i);
    slots[1] = sigmoidGradient(dC * cBefore, f);
    slots[2] = tanhGradient(dC * i, g);
    slots[3] = sigmoidGradient(step.dHidden * tanhC, o);
    dCarry = dC * f;
  }
};

}  // namespace gatelab
