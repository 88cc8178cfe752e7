// What attention is computed of: which rows attend to which, where their tokens and shares lie, and the work in pieces.
#pragma once
#include <algorithm>
#include <vector>
#include "philox.h"
#include "sequence.h"

namespace gatelab {

struct AttentionCall {
  const Sequence& queries;
  const Sequence& keys;
  const int32_t* keyRows; // [rows of queries] the row of keys that each attends to, or null: its own
  int heads, size;        // D = heads·size
  bool causal;            // whether a token attends to none after it
  const float *query, *key, *value; // [N, D], [M, D], [M, D]
  int64_t step;                     // from a row of theirs to the next: D, or 3·D where they lie side by side
  DropoutMask mask;                 // of the shares, but for the subindex
  /** [rows of queries, 4] subindex, and for the place of its shares in a rectangle: row, steps of queries, steps of keys; or null. */
  const int32_t* places;

  int64_t width() const { return int64_t(heads) * size; }
  int keyRow(int row) const { return keyRows == nullptr ? row : keyRows[row]; }
};

/** Queries whose shares are in the cache at once. Gradients of keys and values are sums of as many terms, added in order. */
constexpr int kQueryTile = 96;

/** Some tokens of a row of queries. */
struct QueryTile {
  int row, head, first, count;
  int keys; // that any of them sees: the first ones
};

/** The lengths of rows, and the rows of queries of each row of keys; pieces of work are a row of keys and a head. */
class AttentionRows {
 public:
  explicit AttentionRows(const AttentionCall& call)
      : call_(call), queryLengths_(lengthsOf(call.queries)), keyLengths_(lengthsOf(call.keys)), firstQuery_(keyLengths_.size(), -1),
        nextQuery_(queryLengths_.size(), -1), firstShare_(queryLengths_.size() + 1) {
    for (size_t row = 0; row < queryLengths_.size(); row++)
      firstShare_[row + 1] = firstShare_[row] + int64_t(call.heads) * queryLengths_[row] * keyLength(call.keyRow(static_cast<int>(row)));
    for (int row = static_cast<int>(queryLengths_.size()) - 1; row >= 0; row--) {
      nextQuery_[row] = firstQuery_[call.keyRow(row)];
      firstQuery_[call.keyRow(row)] = row;
    }
  }

  int pieces() const { return static_cast<int>(keyLengths_.size()) * call_.heads; }
  int keyLength(int row) const { return keyLengths_[row]; }
  int mostKeys() const { return keyLengths_.empty() ? 0 : keyLengths_[0]; }
  int64_t countShares() const { return firstShare_.back(); }

  /** Where the shares of a head of a row of queries begin, [its queries, its keys]. */
  int64_t shareOffset(int row, int head) const {
    return firstShare_[row] + int64_t(head) * queryLengths_[row] * keyLength(call_.keyRow(row));
  }

  /** Keys that a query sees: the first ones. */
  int countSeen(int query, int keys) const { return call_.causal ? std::min(query + 1, keys) : keys; }

  /** Calls f(tile) for the queries of a row of keys, in order. */
  template <class F>
  void forEachTile(int keyRow, int head, F&& f) const {
    for (int row = firstQuery_[keyRow]; row >= 0; row = nextQuery_[row])
      for (int first = 0; first < queryLengths_[row]; first += kQueryTile) {
        const int count = std::min(kQueryTile, queryLengths_[row] - first);
        f(QueryTile{row, head, first, count, countSeen(first + count - 1, keyLengths_[keyRow])});
      }
  }

  /** The factors of dropout of a query's shares. @param room of countFactorFloats */
  const float* maskShares(const QueryTile& tile, int query, int keys, float* room) const {
    const int32_t* const place = call_.places + int64_t(tile.row) * 4;
    DropoutMask mask = call_.mask;
    mask.subindex = static_cast<uint32_t>(place[0]);
    return maskElements(mask, ((int64_t(place[1]) * call_.heads + tile.head) * place[2] + query) * place[3], keys, room);
  }

  /** Columns of a head of some tokens of a row, times `scale` → [count, size]. @param step from a row to the next */
  void gather(const float* from, int64_t step, const Sequence& sequence, int row, int head, int first, int count, float scale,
              float* to) const {
    for (int t = 0; t < count; t++) {
      const float* const token = from + (sequence.at(first + t).offset + row) * step + int64_t(head) * call_.size;
      for (int k = 0; k < call_.size; k++) to[int64_t(t) * call_.size + k] = token[k] * scale;
    }
  }

  void scatter(const float* from, const Sequence& sequence, int row, int head, int first, int count, float* to, int64_t step) const {
    for (int t = 0; t < count; t++)
      std::memcpy(to + (sequence.at(first + t).offset + row) * step + int64_t(head) * call_.size, from + int64_t(t) * call_.size,
                  call_.size * sizeof(float));
  }

 private:
  static std::vector<int> lengthsOf(const Sequence& sequence) {
    std::vector<int> lengths(sequence.maxRows());
    for (int t = 0; t < sequence.steps(); t++)
      for (int row = 0; row < sequence.at(t).rows; row++) lengths[row]++;
    return lengths;
  }

  const AttentionCall& call_;
  const std::vector<int> queryLengths_, keyLengths_;
  std::vector<int> firstQuery_, nextQuery_; // a list for each row of keys, −1 at its end
  std::vector<int64_t> firstShare_;
};

/** Takes parts of a thread's scratch memory one after the other, each on a cache line. */
class Scratch {
 public:
  explicit Scratch(float* memory) : next_(memory) {}
  float* take(int64_t count) {
    float* const part = next_;
    next_ += roundUp(count);
    return part;
  }
  static int64_t roundUp(int64_t count) { return (count + 15) / 16 * 16; }

 private:
  float* next_;
};

}  // namespace gatelab
