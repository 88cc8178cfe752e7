// softmax(Q·Kᵀ/√size)·V of each head of each row (Vaswani et al. 2017, equation 1), and its gradients. The shares of some queries at a
// time lie in the cache; kept for the backward pass are those before dropout.
#pragma once
#include <cmath>
#include "attention-rows.h"
#include "buffer.h"
#include "panels.h"
#include "softmax.h"
#include "threads.h"

namespace gatelab {

/** Memory of a pass for one thread, by the number of floats of each part. */
inline int64_t sumScratch(std::initializer_list<int64_t> parts) {
  int64_t sum = 0;
  for (const int64_t part : parts) sum += Scratch::roundUp(part);
  return sum;
}

/** Runs f(key row, head, memory) for all pieces of work, dealt to threads like cards, since rows grow shorter. */
template <class F>
inline void forEachPiece(const AttentionRows& rows, int heads, int64_t scratchFloats, int threads, F&& f) {
  const Buffer scratch(scratchFloats * threads); // here, since no other thread may throw
  pool().run(threads, [&](int thread) {
    float* const own = scratch.data() + thread * scratchFloats;
    for (int piece = thread; piece < rows.pieces(); piece += threads) f(piece / heads, piece % heads, own);
  });
}

/** From the shares of a query to the next one's: an odd number of cache lines, so that those of a key do not share a set of the cache. */
inline int64_t countStep(int keys) { return ((keys + 15) / 16 | 1) * 16; }

inline float scoreScale(const AttentionCall& call) { return static_cast<float>(std::sqrt(1.0 / call.size)); }

/** O = dropout(P)·V. */
class AttentionForward {
 public:
  /** @param mixed [N, D] @param shares P, of countShares, or null where there is no backward pass */
  AttentionForward(const AttentionCall& call, const AttentionRows& rows, float* mixed, float* shares)
      : call_(call), rows_(rows), mixed_(mixed), shares_(shares), step_(countStep(rows.mostKeys())) {}

  void run(int threads) const {
    const int64_t keys = rows_.mostKeys(), size = call_.size;
    const int64_t floats = sumScratch({PackedMatrix::countFloats(size, keys), PackedMatrix::countFloats(keys, size), keys * size,
                                       kQueryTile * size, kQueryTile * size, kQueryTile * step_, countFactorFloats(keys)});
    forEachPiece(rows_, call_.heads, floats, threads, [&](int keyRow, int head, float* memory) { attend(keyRow, head, memory); });
  }

 private:
  void attend(int keyRow, int head, float* memory) const {
    const int keys = rows_.keyLength(keyRow), size = call_.size;
    Scratch scratch(memory);
    float* const gathered = scratch.take(int64_t(keys) * size);
    rows_.gather(call_.key, call_.step, call_.keys, keyRow, head, 0, keys, 1, gathered);
    const PackedMatrix keysTransposed(MatrixView::of(gathered, keys, size, true), scratch.take(PackedMatrix::countFloats(size, keys)));
    rows_.gather(call_.value, call_.step, call_.keys, keyRow, head, 0, keys, 1, gathered);
    const PackedMatrix values(MatrixView::of(gathered, keys, size, false), scratch.take(PackedMatrix::countFloats(keys, size)));
    float *const queries = scratch.take(kQueryTile * size), *const mixed = scratch.take(kQueryTile * size),
                 *const shares = scratch.take(kQueryTile * step_), *const factors = scratch.take(countFactorFloats(keys));
    rows_.forEachTile(keyRow, head, [&](const QueryTile& tile) {
      rows_.gather(call_.query, call_.step, call_.queries, tile.row, head, tile.first, tile.count, scoreScale(call_), queries);
      keysTransposed.multiply(MatrixView::of(queries, tile.count, size, false), tile.keys, shares, step_, false);
      for (int i = 0; i < tile.count; i++) share(tile, i, keys, shares + i * step_, factors);
      values.multiply({shares, tile.count, tile.keys, step_, 1}, size, mixed, size, false);
      rows_.scatter(mixed, call_.queries, tile.row, head, tile.first, tile.count, mixed_, call_.width());
    });
  }

  /** A query's scores become shares, which are kept, and what dropout leaves of them. */
  void share(const QueryTile& tile, int i, int keys, float* row, float* room) const {
    const int query = tile.first + i, seen = rows_.countSeen(query, keys);
    softmax(row, seen);
    std::fill(row + seen, row + tile.keys, 0.0f);
    if (shares_ != nullptr) {
      float* const kept = shares_ + rows_.shareOffset(tile.row, tile.head) + int64_t(query) * keys;
      std::memcpy(kept, row, tile.keys * sizeof(float));
      std::fill(kept + tile.keys, kept + keys, 0.0f);
    }
    if (call_.places == nullptr) return;
    const float* const factors = rows_.maskShares(tile, query, seen, room);
    forEachVector(seen, [&](int at, int n) { store(row + at, load(row + at, n) * load(factors + at, n), n); });
  }

  const AttentionCall& call_;
  const AttentionRows& rows_;
  float* const mixed_;
  float* const shares_;
  const int64_t step_;
};

/** dV = P̃ᵀ·dO, dP = dropout(dO·Vᵀ), dS = P ∘ (dP − Σ dP ∘ P)/√size, dQ = dS·K, dK = dSᵀ·Q. */
class AttentionBackward {
 public:
  struct Gradients {
    float *query, *key, *value;
  };

  /** @param dMixed [N, D] @param shares as AttentionForward kept them @param to as query, key and value lie */
  AttentionBackward(const AttentionCall& call, const AttentionRows& rows, const float* dMixed, const float* shares, const Gradients& to)
      : call_(call), rows_(rows), dMixed_(dMixed), shares_(shares), to_(to), step_(countStep(rows.mostKeys())) {}

  void run(int threads) const {
    const int64_t keys = rows_.mostKeys(), size = call_.size, tile = kQueryTile * size,
                  tilePanels = PackedMatrix::countFloats(kQueryTile, size);
    const int64_t floats = sumScratch({keys * size, keys * size, PackedMatrix::countFloats(keys, size), PackedMatrix::countFloats(size, keys), tile,
                                       tile, tile, tilePanels, tilePanels, kQueryTile * step_, kQueryTile * step_, countFactorFloats(keys)});
    forEachPiece(rows_, call_.heads, floats, threads, [&](int keyRow, int head, float* memory) { goBack(keyRow, head, memory); });
  }

 private:
  /** Of the queries of a tile. */
  struct Tile {
    float *queries, *dMixed, *dQueries; // [queries, size]
    float *queryPanels, *dMixedPanels;
    float *dropped, *dScores; // [queries, step]: P̃, and dP, then dS
    float* factors;
  };

  void goBack(int keyRow, int head, float* memory) const {
    const int keys = rows_.keyLength(keyRow), size = call_.size;
    const int64_t floats = int64_t(keys) * size, tilePanels = PackedMatrix::countFloats(kQueryTile, size);
    Scratch scratch(memory);
    float *const dKeys = scratch.take(floats), *const dValues = scratch.take(floats);
    rows_.gather(call_.key, call_.step, call_.keys, keyRow, head, 0, keys, 1, dKeys); // for the moment they lie where gradients will
    rows_.gather(call_.value, call_.step, call_.keys, keyRow, head, 0, keys, 1, dValues);
    const PackedMatrix keyMatrix(MatrixView::of(dKeys, keys, size, false), scratch.take(PackedMatrix::countFloats(keys, size))),
        valuesTransposed(MatrixView::of(dValues, keys, size, true), scratch.take(PackedMatrix::countFloats(size, keys)));
    const Tile own{scratch.take(kQueryTile * size), scratch.take(kQueryTile * size), scratch.take(kQueryTile * size),
                   scratch.take(tilePanels),        scratch.take(tilePanels),        scratch.take(kQueryTile * step_),
                   scratch.take(kQueryTile * step_), scratch.take(countFactorFloats(keys))};
    std::fill(dKeys, dKeys + floats, 0.0f);
    std::fill(dValues, dValues + floats, 0.0f);
    rows_.forEachTile(keyRow, head, [&](const QueryTile& tile) {
      goBack(tile, keys, own, keyMatrix, valuesTransposed, dKeys, dValues);
    });
    rows_.scatter(dKeys, call_.keys, keyRow, head, 0, keys, to_.key, call_.step);
    rows_.scatter(dValues, call_.keys, keyRow, head, 0, keys, to_.value, call_.step);
  }

  void goBack(const QueryTile& tile, int keys, const Tile& own, const PackedMatrix& keyMatrix, const PackedMatrix& valuesTransposed,
              float* dKeys, float* dValues) const {
    const int size = call_.size;
    rows_.gather(call_.query, call_.step, call_.queries, tile.row, tile.head, tile.first, tile.count, 1, own.queries);
    rows_.gather(dMixed_, call_.width(), call_.queries, tile.row, tile.head, tile.first, tile.count, 1, own.dMixed);
    const PackedMatrix queries(MatrixView::of(own.queries, tile.count, size, false), own.queryPanels),
        dMixed(MatrixView::of(own.dMixed, tile.count, size, false), own.dMixedPanels);
    valuesTransposed.multiply(MatrixView::of(own.dMixed, tile.count, size, false), tile.keys, own.dScores, step_, false);
    const float* const shares = shares_ + rows_.shareOffset(tile.row, tile.head) + int64_t(tile.first) * keys;
    for (int i = 0; i < tile.count; i++) differentiateShares(tile, i, keys, shares + int64_t(i) * keys, own);
    const bool drops = call_.places != nullptr;
    dMixed.multiply({drops ? own.dropped : shares, tile.keys, tile.count, 1, drops ? step_ : keys}, size, dValues, size, true);
    keyMatrix.multiply({own.dScores, tile.count, tile.keys, step_, 1}, size, own.dQueries, size, false);
    queries.multiply({own.dScores, tile.keys, tile.count, 1, step_}, size, dKeys, size, true);
    rows_.scatter(own.dQueries, call_.queries, tile.row, tile.head, tile.first, tile.count, to_.query, call_.step);
  }

  /** The gradient of a query's shares becomes that of its scores. */
  void differentiateShares(const QueryTile& tile, int i, int keys, const float* shares, const Tile& own) const {
    const int query = tile.first + i, seen = rows_.countSeen(query, keys);
    float* const d = own.dScores + i * step_;
    if (call_.places != nullptr) {
      float* const dropped = own.dropped + i * step_;
      const float* const factors = rows_.maskShares(tile, query, seen, own.factors);
      forEachVector(seen, [&](int at, int n) {
        const Vector factor = load(factors + at, n);
        store(dropped + at, load(shares + at, n) * factor, n);
        store(d + at, load(d + at, n) * factor, n);
      });
      std::fill(dropped + seen, dropped + tile.keys, 0.0f);
    }
    softmaxGradient(shares, d, seen, scoreScale(call_));
    std::fill(d + seen, d + tile.keys, 0.0f);
  }

  const AttentionCall& call_;
  const AttentionRows& rows_;
  const float* const dMixed_;
  const float* const shares_;
  const Gradients to_;
  const int64_t step_;
};

}  // namespace gatelab
