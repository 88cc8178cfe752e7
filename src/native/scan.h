// A linear recurrence over packed rows: h ← a·h + b, unit by unit, from a zero state.
#pragma once
#include <vector>
#include "sequence.h"
#include "simd.h"
#include "threads.h"

namespace gatelab {

struct ScanCall {
  const Sequence& sequence;
  /** H, units of a row. */
  int64_t width;
  /** [N, H] */
  const float* a;
  const float* b;
  float* hidden;
};

struct ScanBackwardCall {
  const Sequence& sequence;
  int64_t width;
  /** [N, H] the gradient of the states, a, and the states. */
  const float* dHidden;
  const float* a;
  const float* hidden;
  /** [N, H] */
  float* dA;
  float* dB;
};

/** A thread owns whole rows, so that none waits for another and no result depends on their number. */
inline void scanForward(const ScanCall& call, int threads) {
  pool().run(threads, [&](int thread) {
    for (int visit = 0; visit < call.sequence.steps(); visit++) {
      const Step step = call.sequence.at(visit);
      for (int row = thread; row < step.rows; row += threads) {
        const int64_t at = (step.offset + row) * call.width;
        const float* const before = row < step.rowsBefore ? call.hidden + (step.offsetBefore + row) * call.width : nullptr;
        for (int64_t i = 0; i < call.width; i += kLanes) {
          const int lanes = static_cast<int>(call.width - i < kLanes ? call.width - i : kLanes);
          const Vector h = before == nullptr ? Vector{} : load(before + i, lanes);
          store(call.hidden + at + i, load(call.a + at + i, lanes) * h + load(call.b + at + i, lanes), lanes);
        }
      }
    }
  });
}

/** g = dh + (a·g of the step after); dB = g, dA = g·(h of the step before). */
inline void scanBackward(const ScanBackwardCall& call, int threads) {
  std::vector<float> carried(size_t(call.sequence.maxRows()) * call.width, 0.0f);
  pool().run(threads, [&](int thread) {
    for (int visit = call.sequence.steps() - 1; visit >= 0; visit--) {
      const Step step = call.sequence.at(visit);
      for (int row = thread; row < step.rows; row += threads) {
        const int64_t at = (step.offset + row) * call.width;
        const float* const before = row < step.rowsBefore ? call.hidden + (step.offsetBefore + row) * call.width : nullptr;
        float* const carry = carried.data() + row * call.width;
        for (int64_t i = 0; i < call.width; i += kLanes) {
          const int lanes = static_cast<int>(call.width - i < kLanes ? call.width - i : kLanes);
          const Vector g = load(call.dHidden + at + i, lanes) + load(carry + i, lanes);
          const Vector h = before == nullptr ? Vector{} : load(before + i, lanes);
          store(call.dB + at + i, g, lanes);
          store(call.dA + at + i, g * h, lanes);
          store(carry + i, load(call.a + at + i, lanes) * g, lanes);
        }
      }
    }
  });
}

}  // namespace gatelab
