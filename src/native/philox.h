// Dropout whose mask is made from its name: Philox4x32-10 (Salmon et al. 2011), word for word as src/random.ts.
#pragma once
#include <cstdint>
#include "simd.h"
#include "threads.h"

namespace gatelab {

/** Blocks computed side by side: one in each half of a vector's lanes. */
constexpr int kBlocks = kVectorBytes / 8;

/** The four words of each block, in the lower half of its lane. */
struct PhiloxBlocks {
  WideVector word[4];
};

/** Blocks first … first + kBlocks − 1 of a stream: counter (block, subindex, index, 0), key (seed, purpose). */
inline PhiloxBlocks philox(uint32_t first, uint32_t subindex, uint32_t index, uint32_t seed, uint32_t purpose) {
  WideVector c0{}, c1 = WideVector{} + subindex, c2 = WideVector{} + index, c3{};
  for (int i = 0; i < kBlocks; i++) c0[i] = static_cast<uint32_t>(first + i);
  for (int round = 0; round < 10; round++, seed += 0x9e3779b9u, purpose += 0xbb67ae85u) {
    const WideVector a = multiplyWords(c0, 0xd2511f53u), b = multiplyWords(c2, 0xcd9e8d57u);
    c0 = (b >> 32) ^ c1 ^ uint64_t{seed};
    c2 = (a >> 32) ^ c3 ^ uint64_t{purpose};
    c1 = b;
    c3 = a;
  }
  return {{c0, c1, c2, c3}};
}

/** A mask by its stream of words. */
struct DropoutMask {
  uint32_t seed, purpose, index, subindex;
  uint32_t threshold; // element i is kept when word i is at least this
  float scale;
};

struct DropoutCall {
  const float* x;
  float* y;
  int64_t count;
  DropoutMask mask;
};

/** Two words of each block side by side, as factors of two elements. */
inline WideVector factorsOf(const DropoutMask& mask, WideVector low, WideVector high) {
  const WordVector words = (WordVector)((low & 0xffffffffu) | (high << 32));
  const Vector kept = broadcast(mask.scale);
  return (WideVector)(words >= mask.threshold ? kept : Vector{});
}

/** The factors, scale or 0, of the elements of kBlocks blocks. */
inline void maskBlocks(const DropoutMask& mask, int64_t firstBlock, Vector (&factors)[2]) {
  const auto [word] = philox(static_cast<uint32_t>(firstBlock), mask.subindex, mask.index, mask.seed, mask.purpose);
  const WideVector first = factorsOf(mask, word[0], word[1]), second = factorsOf(mask, word[2], word[3]);
  uint64_t pairs[2 * kBlocks];
  for (int i = 0; i < kBlocks; i++) pairs[2 * i] = first[i], pairs[2 * i + 1] = second[i];
  std::memcpy(factors, pairs, sizeof pairs);
}

/** y = x·scale where kept, else 0, for the elements of kBlocks blocks. */
inline void dropoutBlocks(const DropoutCall& call, int64_t firstBlock) {
  Vector factors[2];
  maskBlocks(call.mask, firstBlock, factors);
  for (int part = 0; part < 2; part++) {
    const int64_t from = firstBlock * 4 + part * kLanes, left = call.count - from;
    if (left <= 0) return;
    const int count = static_cast<int>(left < kLanes ? left : kLanes);
    store(call.y + from, load(call.x + from, count) * factors[part], count);
  }
}

/** Room for the factors of `count` elements wherever they begin. */
constexpr int64_t countFactorFloats(int64_t count) { return (count + 3 + 2 * kLanes - 1) / (2 * kLanes) * (2 * kLanes); }

/** The factors of elements first … first + count − 1. @param room of countFactorFloats @returns where in it they begin */
inline const float* maskElements(const DropoutMask& mask, int64_t first, int64_t count, float* room) {
  const int before = static_cast<int>(first % 4);
  for (int64_t at = 0; at < before + count; at += 2 * kLanes) {
    Vector factors[2];
    maskBlocks(mask, (first + at) / 4, factors);
    store(room + at, factors[0]);
    store(room + at + kLanes, factors[1]);
  }
  return room + before;
}

inline void dropout(const DropoutCall& call, int threads) {
  const int64_t groups = (call.count + kBlocks * 4 - 1) / (kBlocks * 4);
  pool().run(threads, [&](int thread) {
    const Share share(groups, thread, threads);
    for (int64_t group = share.first; group < share.last; group++) dropoutBlocks(call, group * kBlocks);
  });
}

}  // namespace gatelab
