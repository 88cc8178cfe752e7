// The machine's vectors through the compiler's vector extensions: one source for AVX-512, AVX2, SSE2 and NEON.
#pragma once
#include <cstdint>
#include <cstring>
#if defined(__SSE__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace gatelab {

#if defined(__AVX512F__) || defined(GATELAB_PLAIN_TILES) // the latter without any extension (tiles.h)
constexpr int kVectorBytes = 64, kRegisters = 32;
#elif defined(__AVX__)
constexpr int kVectorBytes = 32, kRegisters = 16;
#elif defined(__aarch64__)
constexpr int kVectorBytes = 16, kRegisters = 32;
#else
constexpr int kVectorBytes = 16, kRegisters = 16;
#endif

/** W, floats in a vector. */
constexpr int kLanes = kVectorBytes / 4;

typedef float Vector __attribute__((vector_size(kVectorBytes)));
typedef uint32_t WordVector __attribute__((vector_size(kVectorBytes)));
typedef uint64_t WideVector __attribute__((vector_size(kVectorBytes)));

/** x in every lane. */
inline Vector broadcast(float x) { return x - Vector{}; }

/** v, which the compiler then loads once, and not anew for each use of it. */
inline Vector inRegister(Vector v) {
#if defined(GATELAB_PLAIN_TILES) // no register holds one
#elif defined(__SSE__)
  asm("" : "+x"(v));
#elif defined(__aarch64__)
  asm("" : "+w"(v));
#endif
  return v;
}

inline Vector load(const float* p) {
  Vector v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

inline void store(float* p, Vector v) { std::memcpy(p, &v, sizeof v); }

/** The first `count` lanes from memory, zero beyond: the end of a row whose width is no multiple of W. */
inline Vector load(const float* p, int count) {
  if (__builtin_expect(count >= kLanes, 1)) return load(p);
  Vector v{};
  std::memcpy(&v, p, count * sizeof(float));
  return v;
}

inline void store(float* p, Vector v, int count) {
  if (__builtin_expect(count >= kLanes, 1)) store(p, v);
  else std::memcpy(p, &v, count * sizeof(float));
}

/**
 * Stores past the caches, where the CPU can and p is aligned: for results that nobody reads before they would have left
 * the caches anyway. It spares the memory bus the read that an ordinary store of a line begins with.
 */
inline void stream(float* p, Vector v) {
#if defined(__AVX512F__)
  if (reinterpret_cast<uintptr_t>(p) % 64 == 0) return _mm512_stream_ps(p, (__m512)v);
#elif defined(__AVX__)
  if (reinterpret_cast<uintptr_t>(p) % 32 == 0) return _mm256_stream_ps(p, (__m256)v);
#endif
  store(p, v);
}

inline void stream(float* p, Vector v, int count) {
  if (__builtin_expect(count >= kLanes, 1)) stream(p, v);
  else store(p, v, count);
}

/** Makes streamed stores visible to other threads; to be called before they are told that the data is there. */
inline void finishStreaming() {
#if defined(__SSE__)
  _mm_sfence();
#endif
}

/**
 * a·b + c, rounded once where the CPU has an instruction for it, twice elsewhere. Every product that is to be fused with a sum is
 * written with this. Compilers are told to fuse nothing of their own accord (-ffp-contract=off): one may fuse in one copy of a loop
 * and not in another, by what it thinks of the CPU at hand, and a row's result would depend on the tile it is in.
 */
inline Vector multiplyAdd(Vector a, Vector b, Vector c) {
#if defined(__AVX512F__)
  return (Vector)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX__) && defined(__FMA__)
  return (Vector)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__aarch64__)
  return (Vector)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
  return a * b + c;
#endif
}

/** c − a·b, rounded as multiplyAdd rounds. */
inline Vector subtractProduct(Vector c, Vector a, Vector b) {
#if defined(__AVX512F__)
  return (Vector)_mm512_fnmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX__) && defined(__FMA__)
  return (Vector)_mm256_fnmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__aarch64__)
  return (Vector)vfmsq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
  return c - a * b;
#endif
}

inline Vector multiplyAdd(Vector a, float b, Vector c) { return multiplyAdd(a, broadcast(b), c); }

inline Vector squareRoot(Vector x) {
#if defined(__AVX512F__)
  return (Vector)_mm512_maskz_sqrt_ps(0xffff, (__m512)x);
#elif defined(__AVX__)
  return (Vector)_mm256_sqrt_ps((__m256)x);
#else
  for (int lane = 0; lane < kLanes; lane++) x[lane] = __builtin_sqrtf(x[lane]);
  return x;
#endif
}

/** n/d to about one unit in the last place; for d from 2^-126 to 2^126 in size; several times faster than a division. */
inline Vector quotient(Vector n, Vector d) {
#if defined(__AVX512F__)
  Vector r = (Vector)_mm512_maskz_rcp14_ps(0xffff, (__m512)d); // 14 bits, twice as many after a step of Newton's method
  r = multiplyAdd(r, subtractProduct(broadcast(1.0f), d, r), r);
  const Vector q = n * r;
  return multiplyAdd(r, subtractProduct(n, d, q), q);
#else
  return n / d;
#endif
}

/** The whole products of the lower halves of a's lanes by m. */
inline WideVector multiplyWords(WideVector a, uint32_t m) {
#if defined(__AVX512F__)
  return (WideVector)_mm512_maskz_mul_epu32(0xff, (__m512i)a, _mm512_set1_epi64(m));
#elif defined(__AVX2__)
  return (WideVector)_mm256_mul_epu32((__m256i)a, _mm256_set1_epi64x(m));
#else
  return (a & 0xffffffffu) * uint64_t{m};
#endif
}

/** a₀ b₀ a₁ b₁ …: the lower W of these and the upper ones. */
inline void interleave(Vector a, Vector b, Vector& lower, Vector& upper) {
#if defined(__AVX512F__)
  const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  lower = (Vector)_mm512_permutex2var_ps((__m512)a, low, (__m512)b);
  upper = (Vector)_mm512_permutex2var_ps((__m512)a, high, (__m512)b);
#elif defined(__AVX__)
  const __m256 low = _mm256_unpacklo_ps((__m256)a, (__m256)b), high = _mm256_unpackhi_ps((__m256)a, (__m256)b);
  lower = (Vector)_mm256_permute2f128_ps(low, high, 0x20);
  upper = (Vector)_mm256_permute2f128_ps(low, high, 0x31);
#else
  for (int lane = 0; lane < kLanes / 2; lane++) {
    lower[2 * lane] = a[lane], lower[2 * lane + 1] = b[lane];
    upper[2 * lane] = a[kLanes / 2 + lane], upper[2 * lane + 1] = b[kLanes / 2 + lane];
  }
#endif
}

/** Rows become columns: interleaving the first half of the rows with the other as often as halving W gives 1 is just that. */
inline void transpose(Vector (&rows)[kLanes]) {
  for (int distance = 1; distance < kLanes; distance *= 2) {
    Vector next[kLanes];
    for (int i = 0; i < kLanes / 2; i++) interleave(rows[i], rows[i + kLanes / 2], next[2 * i], next[2 * i + 1]);
    std::memcpy(rows, next, sizeof next);
  }
}

/** Calls f(first place, places) for the vectors of a row, the last of which may be part of one. */
template <class F>
inline void forEachVector(int count, F&& f) {
  int at = 0;
  for (; at + kLanes <= count; at += kLanes) f(at, kLanes);
  if (at < count) f(at, count - at);
}

/** The sum of a vector's lanes, in their order. */
inline float sumLanes(Vector v) {
  float sum = 0;
  for (int lane = 0; lane < kLanes; lane++) sum += v[lane];
  return sum;
}

/** x kept within [low, high]; a NaN stays one, so that a diverged run shows. */
inline Vector clamp(Vector x, float low, float high) {
  const Vector l = broadcast(low), h = broadcast(high);
  x = x < l ? l : x;
  return x > h ? h : x;
}

}  // namespace gatelab
