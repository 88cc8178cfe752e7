// The GRU as the articles print it, gates in the order r, z; ρ is the recurrent part W_hh·h + b (src/ops/printed-gru.ts):
//   r = σ(x_r + ρ_r)   z = σ(x_z + ρ_z)   n = tanh(x_r + (r·h)·W_hh[:H]ᵀ)   h' = (1 − z)·h + z·n
#pragma once
#include "cell.h"

namespace gatelab {

struct PrintedGru {
  static constexpr int kGates = 2, kSaved = 3, kSlots = 5, kUnitVectors = 1;
  static constexpr bool kHasCarry = false, kResetsBefore = true;
  /** Slots: [dρ_r, dρ_z, dn within its tanh, dx_r, dx_z]. */
  static constexpr int kRecurrentGate[kGates] = {0, 1};

  /** Saved: [r, z, n]. @returns r·h */
  template <class Keeper>
  static Vector reset(const Vector* x, const Vector* rho, Vector h, Vector& z, const Keeper& keeper) {
    const Vector r = sigmoid(x[0] + rho[0]);
    z = sigmoid(x[1] + rho[1]);
    keeper.keep({r, z});
    return r * h;
  }

  template <class Keeper>
  static Vector candidate(const Vector* x, Vector product, Vector h, Vector z, const Keeper& keeper) {
    const Vector n = tanh(x[0] + product);
    keeper.keep({n}, 2);
    return multiplyAdd(z, n - h, h);
  }

  template <class Step>
  static void backward(const Step& step, Vector* slots, Vector&, Vector& dHiddenBefore) {
    const Vector z = step.savedAt(1), n = step.savedAt(2);
    slots[0] = Vector{};
    slots[1] = slots[4] = sigmoidGradient(step.dHidden * (n - step.hiddenBefore), z);
    slots[2] = slots[3] = tanhGradient(step.dHidden * z, n);
    dHiddenBefore = step.dHidden * (1.0f - z);
  }

  static void backwardReset(Vector r, Vector h, Vector dReset, Vector& dRho, Vector& dX, Vector& dHiddenBefore) {
    dRho = sigmoidGradient(dReset * h, r);
    dX += dRho;
    dHiddenBefore = multiplyAdd(dReset, r, dHiddenBefore);
  }
};

}  // namespace gatelab
