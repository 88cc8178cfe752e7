// Cells whose gates read the input alone, minGRU, minLSTM and QRNN: the equations of src/ops/minimal-cells.ts and qrnn.ts, and the walk over
// time, in which a state is c ← a·c + b, unit by unit. The output h is the state, or what an output gate, the last one, lets through: o·c.
#pragma once
#include <vector>
#include "activations.h"
#include "sequence.h"
#include "threads.h"

namespace gatelab {

struct Coefficients {
  Vector a, b;
};

inline Vector positive(Vector x) { return x >= Vector{} ? x + 0.5f : sigmoid(x); }
inline Vector positiveGradient(Vector dy, Vector x) { return x >= Vector{} ? dy : sigmoidGradient(dy, sigmoid(x)); }

struct MinGru {
  static constexpr int kGates = 2;
  static constexpr bool kHasOutputGate = false;

  static Coefficients forward(const Vector* x) {
    const Vector z = sigmoid(x[0]);
    return {1.0f - z, z * positive(x[1])};
  }

  static void backward(const Vector* x, Vector dA, Vector dB, Vector* dx) {
    const Vector z = sigmoid(x[0]);
    dx[0] = sigmoidGradient(dB * positive(x[1]) - dA, z);
    dx[1] = positiveGradient(dB * z, x[1]);
  }
};

/** e^x of a number that is not positive; what is below e^-87 counts as that. */
inline Vector decayed(Vector x) {
  const Exponential e = exponential(clamp(x, -87.0f, 0.0f));
  return multiplyAdd(e.scaled, e.power, e.power);
}

struct MinLstm {
  static constexpr int kGates = 3;
  static constexpr bool kHasOutputGate = false;

  struct Shares {
    Vector old, fresh;
  };

  /** f/(f + i) and i/(f + i), by 1/f = 1 + e^-x_f and 1/i alike, over their largest term: far below 0 both sigmoids are 0. */
  static Shares shares(Vector forget, Vector input) {
    const Vector lower = forget < input ? forget : input, least = lower < Vector{} ? lower : Vector{};
    const Vector one = decayed(least), f = one + decayed(least - forget), i = one + decayed(least - input), sum = f + i;
    return {quotient(i, sum), quotient(f, sum)};
  }

  static Coefficients forward(const Vector* x) {
    const Shares s = shares(x[0], x[1]);
    return {s.old, s.fresh * positive(x[2])};
  }

  static void backward(const Vector* x, Vector dA, Vector dB, Vector* dx) {
    const Shares s = shares(x[0], x[1]);
    const Vector dShare = (dB * positive(x[2]) - dA) * (s.fresh * s.old);
    dx[0] = dShare * (sigmoid(x[0]) - 1.0f);
    dx[1] = dShare * (1.0f - sigmoid(x[1]));
    dx[2] = positiveGradient(dB * s.fresh, x[2]);
  }
};

/** Gates z, f, o. */
struct Qrnn {
  static constexpr int kGates = 3;
  static constexpr bool kHasOutputGate = true;

  static Coefficients forward(const Vector* x) {
    const Vector f = sigmoid(x[1]);
    return {f, (1.0f - f) * tanh(x[0])};
  }

  static void backward(const Vector* x, Vector dA, Vector dB, Vector* dx) {
    const Vector f = sigmoid(x[1]), z = tanh(x[0]);
    dx[0] = tanhGradient(dB * (1.0f - f), z);
    dx[1] = sigmoidGradient(dA - dB * z, f);
  }
};

/** Where the input products lie. */
struct MinimalInputs {
  const Sequence& sequence;
  /** H, units of a state. */
  int64_t size;
  /** [U, G·H], and the row of each token; null where row i is that of packed token i. */
  const float* x;
  const int32_t* index;
};

template <class Cell>
inline void loadGates(const MinimalInputs& in, int64_t token, int64_t unit, int lanes, Vector* x) {
  const float* const row = in.x + (in.index == nullptr ? token : in.index[token]) * Cell::kGates * in.size + unit;
  for (int gate = 0; gate < Cell::kGates; gate++) x[gate] = load(row + gate * in.size, lanes);
}

/**
 * A thread owns whole rows, so that none waits for another and no result depends on their number.
 * @param states and @param hidden [N, H]; the latter is written where there is an output gate
 */
template <class Cell>
void minimalForward(const MinimalInputs& in, float* states, float* hidden, int threads) {
  pool().run(threads, [&](int thread) {
    for (int visit = 0; visit < in.sequence.steps(); visit++) {
      const Step step = in.sequence.at(visit);
      for (int row = thread; row < step.rows; row += threads) {
        const int64_t token = step.offset + row;
        const float* const before = row < step.rowsBefore ? states + (step.offsetBefore + row) * in.size : nullptr;
        for (int64_t unit = 0; unit < in.size; unit += kLanes) {
          const int lanes = static_cast<int>(in.size - unit < kLanes ? in.size - unit : kLanes);
          Vector x[Cell::kGates];
          loadGates<Cell>(in, token, unit, lanes, x);
          const Coefficients c = Cell::forward(x);
          const Vector state = multiplyAdd(c.a, before == nullptr ? Vector{} : load(before + unit, lanes), c.b);
          store(states + token * in.size + unit, state, lanes);
          if constexpr (Cell::kHasOutputGate)
            store(hidden + token * in.size + unit, sigmoid(x[Cell::kGates - 1]) * state, lanes);
        }
      }
    }
  });
}

/** With g = dc plus what the step after hands back, a·g: db = g and da = g·c before; dc is dh, or o·dh. @param dx [N, G·H] */
template <class Cell>
void minimalBackward(const MinimalInputs& in, const float* dHidden, const float* states, float* dx, int threads) {
  std::vector<float> carried(size_t(in.sequence.maxRows()) * in.size, 0.0f);
  pool().run(threads, [&](int thread) {
    for (int visit = in.sequence.steps() - 1; visit >= 0; visit--) {
      const Step step = in.sequence.at(visit);
      for (int row = thread; row < step.rows; row += threads) {
        const int64_t token = step.offset + row;
        const float* const before = row < step.rowsBefore ? states + (step.offsetBefore + row) * in.size : nullptr;
        float* const carry = carried.data() + row * in.size;
        for (int64_t unit = 0; unit < in.size; unit += kLanes) {
          const int lanes = static_cast<int>(in.size - unit < kLanes ? in.size - unit : kLanes);
          Vector x[Cell::kGates], gradients[Cell::kGates];
          loadGates<Cell>(in, token, unit, lanes, x);
          Vector dState = load(dHidden + token * in.size + unit, lanes);
          if constexpr (Cell::kHasOutputGate) {
            const Vector o = sigmoid(x[Cell::kGates - 1]);
            gradients[Cell::kGates - 1] = sigmoidGradient(dState * load(states + token * in.size + unit, lanes), o);
            dState = dState * o;
          }
          const Vector g = dState + load(carry + unit, lanes);
          const Vector previous = before == nullptr ? Vector{} : load(before + unit, lanes);
          Cell::backward(x, g * previous, g, gradients);
          store(carry + unit, Cell::forward(x).a * g, lanes);
          float* const to = dx + token * Cell::kGates * in.size + unit;
          for (int gate = 0; gate < Cell::kGates; gate++) store(to + gate * in.size, gradients[gate], lanes);
        }
      }
    }
  });
}

}  // namespace gatelab
