// Products of bfloat16 by AMX, whose registers are tiles: 16 rows of 16 words, a word being a float or a pair of halves. Sums of a row are
// those of its own terms in one order, whatever the other rows of a tile are, so that threads change nothing; the order is another than
// that of `multiplyPairs`. See docs/decisions/0030-bfloat16.md.
#pragma once
#include "bfloat16.h"

#if defined(__AMX_TILE__) && defined(__AMX_BF16__) && defined(__AVX512F__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#define GATELAB_AMX_TILES
#endif

namespace gatelab {

constexpr int kTileSide = 16;

/** Words of a row that fill whole tiles. */
constexpr int tileWords(int words) { return (words + kTileSide - 1) / kTileSide * kTileSide; }

#if defined(GATELAB_AMX_TILES)
constexpr bool kMayHaveTiles = true;

/** Whether Linux lets this process use them, which it has to be asked for. */
inline bool hasTiles() {
  constexpr long kRequest = 0x1023, kTileData = 18; // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  static const bool granted = syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
  return granted;
}

/** While it lives, the tiles of this thread are 16 rows of 16 words. */
class TileUse {
 public:
  explicit TileUse(bool uses) : uses_(uses) {
    if (!uses) return;
    alignas(64) uint8_t settings[64] = {1}; // palette 1: bytes of a row from 16 on, rows from 48 on, of eight tiles
    for (int tile = 0; tile < 8; tile++) settings[16 + 2 * tile] = 64, settings[48 + tile] = kTileSide;
    asm volatile("ldtilecfg %0" ::"m"(settings));
  }
  ~TileUse() {
    if (uses_) asm volatile("tilerelease");
  }
  TileUse(const TileUse&) = delete;
  TileUse& operator=(const TileUse&) = delete;

 private:
  const bool uses_;
};

/** Rows of a tile lie `step` words apart. */
template <int kTile>
inline void loadTile(const float* from, ptrdiff_t step) {
  asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(step * ptrdiff_t{4}), "i"(kTile) : "memory");
}

template <int kTile>
inline void storeTile(float* to, ptrdiff_t step) {
  asm volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(to), "r"(step * ptrdiff_t{4}), "i"(kTile) : "memory");
}

/** sums [16, 16] += a [16, 16 pairs] · b [16 pairs, 16] */
template <int kSums, int kA, int kB>
inline void addTileProduct() {
  asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kSums), "i"(kA), "i"(kB));
}

#else
// The same in plain C++, which tests use on any CPU, and the product nowhere.
#if defined(GATELAB_PLAIN_TILES)
constexpr bool kMayHaveTiles = true;
inline bool& hasTiles() {
  static bool has = true;
  return has;
}
#else
constexpr bool kMayHaveTiles = false;
constexpr bool hasTiles() { return false; }
#endif

struct TileUse {
  explicit TileUse(bool) {}
};

inline float (&plainTile(int tile))[kTileSide][kTileSide] {
  static thread_local float tiles[8][kTileSide][kTileSide];
  return tiles[tile];
}

template <int kTile>
inline void loadTile(const float* from, ptrdiff_t step) {
  for (int i = 0; i < kTileSide; i++) std::memcpy(plainTile(kTile)[i], from + i * step, sizeof plainTile(kTile)[i]);
}

template <int kTile>
inline void storeTile(float* to, ptrdiff_t step) {
  for (int i = 0; i < kTileSide; i++) std::memcpy(to + i * step, plainTile(kTile)[i], sizeof plainTile(kTile)[i]);
}

template <int kSums, int kA, int kB>
inline void addTileProduct() {
  for (int i = 0; i < kTileSide; i++)
    for (int j = 0; j < kTileSide; j++) {
      float ofLower = 0, ofUpper = 0;
      for (int k = 0; k < kTileSide; k++) {
        Half a[2], b[2];
        std::memcpy(a, &plainTile(kA)[i][k], sizeof a), std::memcpy(b, &plainTile(kB)[k][j], sizeof b);
        ofLower += widen(a[0]) * widen(b[0]), ofUpper += widen(a[1]) * widen(b[1]);
      }
      plainTile(kSums)[i][j] += ofLower + ofUpper;
    }
}

#endif

static_assert(!kMayHaveTiles || kLanes == kTileSide, "a vector is a row of a tile");

/** Calls f(integral_constant v) for v from 0 to Count − 1. */
template <int Count, class F>
inline __attribute__((always_inline)) void forEachConstant(F&& f) {
  if constexpr (Count > 0) {
    forEachConstant<Count - 1>(f);
    f(std::integral_constant<int, Count - 1>{});
  }
}

/**
 * sums += A·B for 16 rows and NV vectors of columns, on a thread that holds a TileUse.
 * @param sums [16, NV·16], rows sumStep apart @param a [16, words] pairs of halves, rows aStep apart, and tiles tileStep
 * @param b term k is the NV vectors at b[k·bStep] @param words a multiple of 16
 */
template <int NV>
__attribute__((noinline)) void multiplyTiles(float* sums, ptrdiff_t sumStep, const float* a, ptrdiff_t aStep, ptrdiff_t tileStep,
                                             const Vector* b, ptrdiff_t bStep, int words) {
  static_assert(NV <= 4, "eight tiles: sums, one of A, and the others of B");
  constexpr int kA = NV;
  forEachConstant<NV>([&](auto v) { loadTile<v.value>(sums + v.value * kTileSide, sumStep); });
  for (int k = 0; k < words; k += kTileSide) {
    loadTile<kA>(a + k / kTileSide * tileStep, aStep);
    forEachConstant<NV>([&](auto v) {
      constexpr int kB = kA + 1 + v.value % (7 - kA);
      loadTile<kB>(reinterpret_cast<const float*>(b + k * bStep + v.value), bStep * kLanes);
      addTileProduct<v.value, kA, kB>();
    });
  }
  forEachConstant<NV>([&](auto v) { storeTile<v.value>(sums + v.value * kTileSide, sumStep); });
}

/** Words [rows, columns] of at most 16 by 16 as a tile [columns, rows], zeros beyond. @param step from a row to the next, in words */
inline void transposeTile(const float* from, ptrdiff_t step, int rows, int columns, float* to) {
  Vector x[kLanes];
  for (int i = 0; i < kLanes; i++) x[i] = i < rows ? load(from + i * step, columns) : Vector{};
  transpose(x);
  for (int i = 0; i < kLanes; i++) store(to + i * kTileSide, x[i]);
}

}  // namespace gatelab
