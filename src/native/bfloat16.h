// bfloat16 is the upper half of a float: 8 bits of exponent and 7 of mantissa. Rounding is to nearest, ties to even, by the bits, so that
// it is the same on every CPU; a NaN stays one, so that a diverged run shows.
#pragma once
#include "simd.h"

namespace gatelab {

typedef uint16_t Half;
typedef Half HalfVector __attribute__((vector_size(kVectorBytes / 2)));

/** The halves of W floats. */
inline HalfVector narrow(Vector x) {
  const WordVector bits = (WordVector)x, even = (bits >> 16) & 1;
  const WordVector rounded = bits + (0x7fff + even), quiet = bits | 0x400000;
  return __builtin_convertvector(((WordVector)(x != x) ? quiet : rounded) >> 16, HalfVector);
}

inline Vector widen(HalfVector x) { return (Vector)(__builtin_convertvector(x, WordVector) << 16); }

inline Half narrow(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return static_cast<Half>((x != x ? bits | 0x400000 : bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

inline float widen(Half x) {
  const uint32_t bits = uint32_t{x} << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline Vector loadHalves(const Half* p) {
  HalfVector v;
  std::memcpy(&v, p, sizeof v);
  return widen(v);
}

inline void storeHalves(Half* p, Vector x) {
  const HalfVector v = narrow(x);
  std::memcpy(p, &v, sizeof v);
}

/** Past the caches, as `stream` of simd.h. */
inline void streamHalves(Half* p, Vector x) {
  const HalfVector v = narrow(x);
#if defined(__AVX512F__)
  if (reinterpret_cast<uintptr_t>(p) % 32 == 0) return _mm256_stream_si256(reinterpret_cast<__m256i*>(p), (__m256i)v);
#elif defined(__AVX__)
  if (reinterpret_cast<uintptr_t>(p) % 16 == 0) return _mm_stream_si128(reinterpret_cast<__m128i*>(p), (__m128i)v);
#endif
  std::memcpy(p, &v, sizeof v);
}

/** Two halves in each lane, `lower` in the lower half of the word. Words are carried as floats, and never read as such. */
inline Vector pairHalves(Vector lower, Vector upper) {
  return (Vector)(__builtin_convertvector(narrow(lower), WordVector) | __builtin_convertvector(narrow(upper), WordVector) << 16);
}

/** The word that holds two numbers as halves. */
inline float pairHalves(float lower, float upper) {
  const uint32_t word = narrow(lower) | uint32_t{narrow(upper)} << 16;
  float carried;
  std::memcpy(&carried, &word, sizeof word);
  return carried;
}

/** Whether the CPU that this is compiled for multiplies halves itself. */
#if defined(__AVX512BF16__) && defined(__AVX512F__)
constexpr bool kMultipliesHalves = true;
#else
constexpr bool kMultipliesHalves = false;
#endif

/**
 * c + a₁·b₁ + a₀·b₀ of the pairs in each lane: products are exact in single precision, and each sum is rounded, the upper half's first, as
 * the instruction does it (it takes numbers below 2^-126 as 0, which this does not).
 */
inline Vector addPairProducts(Vector c, WordVector a, WordVector b) {
#if defined(__AVX512BF16__) && defined(__AVX512F__)
  return (Vector)_mm512_dpbf16_ps((__m512)c, (__m512bh)a, (__m512bh)b);
#else
  c = multiplyAdd((Vector)(a & 0xffff0000u), (Vector)(b & 0xffff0000u), c);
  return multiplyAdd((Vector)(a << 16), (Vector)(b << 16), c);
#endif
}

/** Rows of halves lie in whole words. */
inline int64_t halfWords(int64_t count) { return (count + 1) / 2; }

inline void narrowRow(const float* from, Half* to, int64_t count) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    storeHalves(to + i, load(from + i));
  }
  for (; i < count; i++) to[i] = narrow(from[i]);
  if (count % 2 != 0) to[count] = 0;
}

inline void widenRow(const Half* from, float* to, int64_t count) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(to + i, loadHalves(from + i));
  for (; i < count; i++) to[i] = widen(from[i]);
}

}  // namespace gatelab
