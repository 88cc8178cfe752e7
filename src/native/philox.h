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

/**
 * Blocks first … first + N·kBlocks − 1 of a stream: counter (block, subindex, index, 0), key (seed, purpose). N groups of kBlocks take turns
 * at each round, since one would wait for its own products.
 */
template <int N>
inline void philox(uint32_t first, uint32_t subindex, uint32_t index, uint32_t seed, uint32_t purpose, PhiloxBlocks (&groups)[N]) {
  for (int n = 0; n < N; n++) {
    WideVector block;
    for (int i = 0; i < kBlocks; i++) block[i] = static_cast<uint32_t>(first + n * kBlocks + i);
    groups[n] = {{block, WideVector{} + subindex, WideVector{} + index, WideVector{}}};
  }
#pragma GCC unroll 10
  for (int round = 0; round < 10; round++, seed += 0x9e3779b9u, purpose += 0xbb67ae85u)
#pragma GCC unroll 4
    for (int n = 0; n < N; n++) {
      WideVector(&c)[4] = groups[n].word;
      const WideVector a = multiplyWords(c[0], 0xd2511f53u), b = multiplyWords(c[2], 0xcd9e8d57u);
      c[0] = (b >> 32) ^ c[1] ^ uint64_t{seed};
      c[2] = (a >> 32) ^ c[3] ^ uint64_t{purpose};
      c[1] = b;
      c[3] = a;
    }
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

/** The factors, scale or 0, of the elements of N·kBlocks blocks. */
template <int N>
inline void maskBlocks(const DropoutMask& mask, int64_t firstBlock, Vector (&factors)[2 * N]) {
  PhiloxBlocks groups[N];
  philox(static_cast<uint32_t>(firstBlock), mask.subindex, mask.index, mask.seed, mask.purpose, groups);
  for (int n = 0; n < N; n++) {
    const auto [word] = groups[n];
    const WideVector first = factorsOf(mask, word[0], word[1]), second = factorsOf(mask, word[2], word[3]);
    uint64_t pairs[2 * kBlocks];
    for (int i = 0; i < kBlocks; i++) pairs[2 * i] = first[i], pairs[2 * i + 1] = second[i];
    std::memcpy(factors + 2 * n, pairs, sizeof pairs);
  }
}

/** y = x·scale where kept, else 0, for the elements of N·kBlocks blocks. */
template <int N>
inline void dropoutBlocks(const DropoutCall& call, int64_t firstBlock) {
  Vector factors[2 * N];
  maskBlocks<N>(call.mask, firstBlock, factors);
  for (int part = 0; part < 2 * N; part++) {
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
    maskBlocks<1>(mask, (first + at) / 4, factors);
    store(room + at, factors[0]);
    store(room + at + kLanes, factors[1]);
  }
  return room + before;
}

inline void dropout(const DropoutCall& call, int threads) {
  constexpr int kGroups = 2;
  const int64_t blocks = (call.count + 3) / 4, turns = (blocks + kGroups * kBlocks - 1) / (kGroups * kBlocks);
  pool().run(threads, [&](int thread) {
    const Share share(turns, thread, threads);
    for (int64_t turn = share.first; turn < share.last; turn++) dropoutBlocks<kGroups>(call, turn * kGroups * kBlocks);
  });
}

}  // namespace gatelab
