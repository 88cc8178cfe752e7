// σ and tanh over a vector.
#pragma once
#include "simd.h"

namespace gatelab {

/** eˣ as (scaled + 1)·power: x = n·ln2 + r with r in ±ln2/2, `scaled` is eʳ − 1 and `power` is 2ⁿ. */
struct Exponential {
  Vector scaled, power;
};

/** For |x| ≤ 87, with the polynomial of Cephes' expf (Moshier). */
inline Exponential exponential(Vector x) {
  constexpr float kRound = 12582912.0f; // 1.5·2²³: adding it leaves n in the low bits of the mantissa
  const Vector shifted = multiplyAdd(x, 1.44269504088896341f, broadcast(kRound));
  const Vector n = shifted - kRound;
  // ln 2 in two parts, the first with few bits.
  const Vector r = multiplyAdd(n, 2.12194440e-4f, subtractProduct(x, n, broadcast(0.693359375f)));
  Vector p = broadcast(1.9875691500e-4f);
  for (const float coefficient : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f})
    p = multiplyAdd(p, r, broadcast(coefficient));
  return {multiplyAdd(p, r * r, r), (Vector)(((WordVector)shifted << 23) + 0x3f800000)};
}

/** 1/(1 + e⁻ˣ), to 3 units in the last place. */
inline Vector sigmoid(Vector x) {
  const Exponential e = exponential(clamp(-x, -87.0f, 87.0f));
  return quotient(broadcast(1.0f), multiplyAdd(e.scaled + 1.0f, e.power, broadcast(1.0f)));
}

/** t/(t + 2) with t = e²ˣ − 1, to 3 units in the last place; small x lose nothing, since t is never rounded next to 1. */
inline Vector tanh(Vector x) {
  x = clamp(x, -9.1f, 9.1f);
  const Exponential e = exponential(x + x);
  const Vector t = multiplyAdd(e.scaled, e.power, e.power - 1.0f);
  return quotient(t, t + 2.0f);
}

inline Vector oneMinusSquare(Vector t) { return subtractProduct(broadcast(1.0f), t, t); }

/** dy·σ'(·) and dy·tanh'(·), written by the values s = σ(·) and t = tanh(·). */
inline Vector sigmoidGradient(Vector dy, Vector s) { return dy * (s * (1.0f - s)); }
inline Vector tanhGradient(Vector dy, Vector t) { return dy * oneMinusSquare(t); }

}  // namespace gatelab
