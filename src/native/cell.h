// What a cell is to the walk over time: its equations for W units of one row, and the sizes of what it keeps.
//
//   kGates        G, as in the weights' rows
//   kSaved        vectors of W that the forward pass keeps for the backward pass, for each W units
//   kSlots        vectors a backward step gives for each W units: dr of G gates are the first G, dx of G gates the last G
//   kRecurrentGate  the gate of each of the first G; the last G are in the gates' order
//   kUnitVectors  vectors of units computed in one tile, so that it has enough columns
//   kHasCarry     whether a state besides h goes from step to step (the LSTM's c); kCarry says which of the saved vectors it is
//   kResetsBefore whether a step has a second product, (r·h)·W_hh[:H]ᵀ, of what the gates of the same step leave of h
//   forward(x [G], r [G], h before, carry, keeper) → h
//   backward(step, slots, dCarry, dHiddenBefore), the last being what reaches the h before besides what flows through r
// and of a cell that resets before, in place of forward, and after backward:
//   reset(x [G], r [G], h before, z, keeper) → r·h, and candidate(x [G], product, h before, z, keeper) → h
//   backwardReset(r, h before, dReset, dr, dx, dHiddenBefore), dReset being the gradient of r·h: slot G, which backward filled, by W_hh[:H]
#pragma once
#include <initializer_list>
#include "activations.h"
#include "bfloat16.h"

namespace gatelab {

/**
 * What is kept of W units of a row for the backward pass: vectors as they are, or rounded to bfloat16. Rounded, h is among them, after the
 * cell's own.
 * @tparam kMixed whether anything may be bfloat16 or masked: kernels are compiled without it too, so that it costs the others nothing
 */
template <bool kMixed>
struct Kept {
  const float* from;
  bool rounded;

  Vector at(int k) const {
    return kMixed && rounded ? loadHalves(reinterpret_cast<const Half*>(from) + k * kLanes) : load(from + k * kLanes);
  }
};

/** Where the forward pass puts it; null when there will be no backward pass. */
template <bool kMixed>
struct Keeper {
  float* to;
  bool rounds;

  /** @param first the place of the first value */
  void keep(std::initializer_list<Vector> values, int first = 0) const {
    if (to == nullptr) return;
    for (const Vector& value : values) {
      if (kMixed && rounds) streamHalves(reinterpret_cast<Half*>(to) + first * kLanes, value);
      else stream(to + first * kLanes, value);
      first++;
    }
  }
};

/** What a backward step of W units begins with. */
template <bool kMixed>
struct StepBackward {
  Vector dHidden, hidden, hiddenBefore;
  Kept<kMixed> saved, savedBefore;

  Vector savedAt(int k) const { return saved.at(k); }
  Vector savedBeforeAt(int k) const { return savedBefore.at(k); }
};

/** How H units are cut into vectors of W and tiles of kUnitVectors vectors. */
template <class Cell>
struct Units {
  static constexpr int kTileVectors = Cell::kGates * Cell::kUnitVectors;
  static constexpr int kSlotVectors = Cell::kSlots * Cell::kUnitVectors;
  /** Where dx begins among the slots of a panel. */
  static constexpr int kInputVectors = kSlotVectors - kTileVectors;
  /** Where the gradient of the second product is among them, of a cell that has one. */
  static constexpr int kProductVectors = kTileVectors;
  int size;

  int vectors() const { return (size + kLanes - 1) / kLanes; }
  int panels() const { return (vectors() + Cell::kUnitVectors - 1) / Cell::kUnitVectors; }
  /** Units of vector u that exist: W, or fewer in the last one. */
  int countAt(int u) const { return size - u * kLanes < kLanes ? size - u * kLanes : kLanes; }
  /** Floats of memory that are kept of a row; see Kept. */
  int savedWidth(bool rounds = false) const { return vectors() * unitWidth(rounds); }
  /** And of one vector of units. */
  static constexpr int unitWidth(bool rounds) { return rounds ? (Cell::kSaved + 1) * kLanes / 2 : Cell::kSaved * kLanes; }
  int paddedSize() const { return vectors() * kLanes; }
};

}  // namespace gatelab
