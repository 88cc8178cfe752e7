// Gated recurrent unit as torch.nn.GRU, gates in the order r, z, n; ρ is the recurrent part W_hh·h + b_hh:
//   r = σ(x_r + ρ_r)   z = σ(x_z + ρ_z)   n = tanh(x_n + r·ρ_n)   h' = (1 − z)·n + z·h
#pragma once
#include "cell.h"

namespace gatelab {

struct Gru {
  static constexpr int kGates = 3, kSaved = 4, kSlots = 4, kUnitVectors = 1;
  static constexpr bool kHasCarry = false, kResetsBefore = false;
  /** Slots: [dρ_n, dρ_r, dρ_z, dx_n]; the middle two are also dx_r and dx_z. */
  static constexpr int kRecurrentGate[kGates] = {2, 0, 1};

  /** Saved: [r, z, n, ρ_n]. */
  template <class Keeper>
  static Vector forward(const Vector* x, const Vector* rho, Vector h, Vector&, const Keeper& keeper) {
    const Vector r = sigmoid(x[0] + rho[0]), z = sigmoid(x[1] + rho[1]), n = tanh(multiplyAdd(r, rho[2], x[2]));
    keeper.keep({r, z, n, rho[2]});
    return multiplyAdd(z, h - n, n);
  }

  template <class Step>
  static void backward(const Step& step, Vector* slots, Vector&, Vector& dHiddenBefore) {
    const Vector r = step.savedAt(0), z = step.savedAt(1), n = step.savedAt(2), rhoN = step.savedAt(3);
    const Vector dN = tanhGradient(step.dHidden * (1.0f - z), n);
    slots[0] = dN * r;
    slots[1] = sigmoidGradient(dN * rhoN, r);
    slots[2] = sigmoidGradient(step.dHidden * (step.hiddenBefore - n), z);
    slots[3] = dN;
    dHiddenBefore = step.dHidden * z;
  }
};

}  // namespace gatelab
