// Weights of the gates as a forward product streams them.
#pragma once
#include "buffer.h"
#include "cell.h"
#include "threads.h"
#include "tiles.h"

namespace gatelab {

/** Panels of units: the bias of all gates of its units, then their weights for each input, or pair of inputs, in turn. */
template <class Cell>
class GateWeights {
  static constexpr int kUnitVectors = Cell::kUnitVectors, kTileVectors = Units<Cell>::kTileVectors;

 public:
  /** @param weight [G·H, inputs] @param bias [G·H] @param halves whether weights are packed as pairs of bfloat16 */
  GateWeights(int size, const float* weight, const float* bias, int inputs, bool halves)
      : units_{size}, weight_(weight), bias_(bias), inputs_(inputs), halves_(halves),
        depth_(halves ? wordsOf(inputs) : inputs),
        packed_(size_t(units_.panels()) * (depth_ + 1) * kTileVectors * kLanes) {}

  /** Words of a row that is multiplied: inputs, or pairs of them, with zeros up to a whole tile where there are tiles. */
  int depth() const { return depth_; }
  const Vector* bias(int p) const { return reinterpret_cast<const Vector*>(panel(p)); }
  const Vector* weights(int p) const { return bias(p) + kTileVectors; }

  /** What the sums of a tile begin with: the bias of panel p in every row. */
  template <int M>
  inline __attribute__((always_inline)) void fill(Vector (&sums)[M][kTileVectors], int p) const {
    const Vector* const from = bias(p);
#pragma GCC unroll 32
    for (int i = 0; i < M; i++)
#pragma GCC unroll 8
      for (int v = 0; v < kTileVectors; v++) sums[i][v] = from[v];
  }

  /** The sums of sixteen rows by tiles: the bias of panel p, and a·W if there is an a. @param a [16, depth] pairs of halves, or null */
  void sumByTiles(Vector (&sums)[kTileSide][kTileVectors], int p, const float* a) const {
    fill(sums, p);
    if (a != nullptr)
      multiplyTiles<kTileVectors>(reinterpret_cast<float*>(sums), kTileVectors * kLanes, a, depth_, kTileSide, weights(p), kTileVectors,
                                  depth_);
  }

  void pack(int thread, int threads) {
    const Share share(units_.panels(), thread, threads);
    for (int64_t p = share.first; p < share.last; p++) packPanel(static_cast<int>(p));
  }

 private:
  static int wordsOf(int inputs) {
    const int words = static_cast<int>(halfWords(inputs));
    return hasTiles() ? tileWords(words) : words;
  }

  float* panel(int p) const { return packed_.data() + size_t(p) * (depth_ + 1) * kTileVectors * kLanes; }

  void packPanel(int p) {
    Vector* const to = reinterpret_cast<Vector*>(panel(p));
    for (int v = 0; v < kTileVectors; v++) {
      const int unit = (p * kUnitVectors + v % kUnitVectors) * kLanes, count = std::min(kLanes, units_.size - unit);
      const size_t row = size_t(v / kUnitVectors) * units_.size + unit;
      to[v] = count > 0 ? load(bias_ + row, count) : Vector{};
      for (int k = 0; k < depth_; k += kLanes) {
        Vector words[kLanes];
        for (int i = 0; i < kLanes; i++) words[i] = i < count ? wordsAt(row + i, k) : Vector{};
        transpose(words);
        for (int i = 0; i < std::min(kLanes, depth_ - k); i++) to[(k + 1 + i) * kTileVectors + v] = words[i];
      }
    }
  }

  /** W words of a row from the k-th on, zeros after its last. */
  Vector wordsAt(size_t row, int k) const {
    const float* const weights = weight_ + row * inputs_;
    if (!halves_) return load(weights + k, inputs_ - k);
    Half halves[2 * kLanes] = {};
    for (int i = 2 * k; i < std::min(inputs_, 2 * (k + kLanes)); i++) halves[i - 2 * k] = narrow(weights[i]);
    Vector words;
    std::memcpy(&words, halves, sizeof words);
    return words;
  }

  const Units<Cell> units_;
  const float* const weight_;
  const float* const bias_;
  const int inputs_;
  const bool halves_;
  const int depth_;
  const Buffer packed_;
};

}  // namespace gatelab
