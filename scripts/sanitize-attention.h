// Attention of random rows against its equations in double precision.
#pragma once
#include "../src/native/attention.h"
#include "sanitize-support.h"

namespace {

/** Rows of queries, each of which attends to one of as many or fewer rows of keys; some rows of keys have no queries, and some many. */
struct AttentionProblem {
  std::vector<int> queryLengths, keyLengths;
  std::vector<int32_t> querySizes, keySizes, keyRows, places;
  int heads = 1 + below(3), size = 1 + below(below(4) == 0 ? 80 : 20);
  bool causal = below(2) != 0, drops = below(2) != 0;
  Floats query, key, value, dMixed;
  DropoutMask mask{5, 3, 17, 0, 0x60000000u, 1.6f};

  AttentionProblem() {
    const bool isLong = below(4) == 0; // more tokens than a tile and than a block of terms have
    keyLengths = randomLengths(isLong ? 300 : 20), keySizes = sizesOf(keyLengths);
    const bool toThemselves = below(2) != 0;
    queryLengths = toThemselves ? keyLengths : randomLengths(isLong ? 220 : 20), querySizes = sizesOf(queryLengths);
    for (size_t row = 0; row < queryLengths.size() && !toThemselves; row++) keyRows.push_back(below(static_cast<int>(keyLengths.size())));
    int most = 0;
    for (size_t row = 0; row < queryLengths.size(); row++) most = std::max(most, keysOf(static_cast<int>(row)));
    for (size_t row = 0; row < queryLengths.size(); row++)
      places.insert(places.end(), {static_cast<int32_t>(0x9abcdef0u), static_cast<int32_t>(row), queryLengths[0], most});
    const size_t width = size_t(heads) * size;
    query = randomFloats(total(queryLengths) * width, 1), dMixed = randomFloats(query.size(), 1);
    key = randomFloats(total(keyLengths) * width, 1), value = randomFloats(key.size(), 1);
  }

  static std::vector<int> randomLengths(int longest) {
    std::vector<int> lengths(1 + below(5));
    for (int& length : lengths) length = 1 + below(longest);
    std::sort(lengths.rbegin(), lengths.rend());
    return lengths;
  }
  static std::vector<int32_t> sizesOf(const std::vector<int>& lengths) {
    std::vector<int32_t> sizes(lengths[0]);
    for (const int length : lengths)
      for (int t = 0; t < length; t++) sizes[t]++;
    return sizes;
  }
  static size_t total(const std::vector<int>& lengths) {
    size_t sum = 0;
    for (const int length : lengths) sum += length;
    return sum;
  }
  int keyRow(int row) const { return keyRows.empty() ? row : keyRows[row]; }
  int keysOf(int row) const { return keyLengths[keyRow(row)]; }
  AttentionCall call(const Sequence& queries, const Sequence& keys) const {
    return {queries, keys, keyRows.empty() ? nullptr : keyRows.data(), heads, size, causal, query.data(), key.data(), value.data(),
            int64_t(heads) * size, mask, drops ? places.data() : nullptr};
  }
  /** Where a head of token t of a row begins. */
  size_t at(const Sequence& sequence, int row, int t, int head) const {
    return ((sequence.at(t).offset + row) * heads + head) * size_t(size);
  }
};

struct ExpectedAttention {
  Doubles mixed, dQuery, dKey, dValue;
};

/** One head of one row, query by query. @param factors [its queries, its keys] of dropout */
void defineHead(const AttentionProblem& p, const Sequence& queries, const Sequence& keys, int row, int head, const Doubles& factors,
                ExpectedAttention& e) {
  const int count = p.keysOf(row), keyRow = p.keyRow(row);
  const double scale = 1 / std::sqrt(double(p.size));
  for (int t = 0; t < p.queryLengths[row]; t++) {
    const size_t q = p.at(queries, row, t, head);
    const int seen = p.causal ? std::min(t + 1, count) : count;
    Doubles share(seen), dShare(seen);
    double sum = 0, weighted = 0;
    for (int s = 0; s < seen; s++) {
      const size_t k = p.at(keys, keyRow, s, head);
      double score = 0;
      for (int i = 0; i < p.size; i++) score += double(p.query[q + i]) * p.key[k + i];
      sum += share[s] = std::exp(score * scale);
    }
    for (int s = 0; s < seen; s++) {
      const size_t k = p.at(keys, keyRow, s, head);
      const double factor = factors[size_t(t) * count + s];
      share[s] /= sum;
      for (int i = 0; i < p.size; i++) {
        e.mixed[q + i] += share[s] * factor * p.value[k + i];
        e.dValue[k + i] += share[s] * factor * p.dMixed[q + i];
        dShare[s] += factor * p.dMixed[q + i] * p.value[k + i];
      }
      weighted += dShare[s] * share[s];
    }
    for (int s = 0; s < seen; s++) {
      const size_t k = p.at(keys, keyRow, s, head);
      const double dScore = share[s] * (dShare[s] - weighted) * scale;
      for (int i = 0; i < p.size; i++) e.dQuery[q + i] += dScore * p.key[k + i], e.dKey[k + i] += dScore * p.query[q + i];
    }
  }
}

/** The factors of a row and head, cut from those of the whole rectangle. */
Doubles factorsOfHead(const AttentionProblem& p, const Floats& rectangle, int row, int head) {
  const int count = p.keysOf(row), steps = p.places[row * 4 + 2], most = p.places[row * 4 + 3];
  Doubles factors(size_t(p.queryLengths[row]) * count, 1);
  for (int t = 0; t < p.queryLengths[row] && p.drops; t++)
    for (int s = 0; s < count; s++)
      factors[size_t(t) * count + s] = rectangle[((size_t(row) * p.heads + head) * steps + t) * most + s];
  return factors;
}

ExpectedAttention defineAttention(const AttentionProblem& p, const Sequence& queries, const Sequence& keys) {
  ExpectedAttention e{Doubles(p.query.size()), Doubles(p.query.size()), Doubles(p.key.size()), Doubles(p.key.size())};
  const Floats ones(p.queryLengths.size() * p.heads * p.places[2] * p.places[3], 1);
  Floats rectangle(ones.size());
  DropoutMask mask = p.mask;
  mask.subindex = static_cast<uint32_t>(p.places[0]);
  dropout({ones.data(), rectangle.data(), static_cast<int64_t>(ones.size()), mask}, 1);
  for (int row = 0; row < queries.maxRows(); row++)
    for (int head = 0; head < p.heads; head++) defineHead(p, queries, keys, row, head, factorsOfHead(p, rectangle, row, head), e);
  return e;
}

/** One row alone, which gives the bits that it gives among others. */
void testRowAlone(const AttentionProblem& p, const Sequence& queries, const Sequence& keys, const Floats& mixed) {
  const int row = below(queries.maxRows()), width = p.heads * p.size;
  AttentionProblem alone = p;
  const auto take = [&](const Floats& from, const Sequence& sequence, int at, int length) {
    Floats rows;
    for (int t = 0; t < length; t++) rows.insert(rows.end(), &from[p.at(sequence, at, t, 0)], &from[p.at(sequence, at, t, 0)] + width);
    return rows;
  };
  alone.queryLengths = {p.queryLengths[row]}, alone.keyLengths = {p.keysOf(row)}, alone.keyRows.clear();
  alone.querySizes = AttentionProblem::sizesOf(alone.queryLengths), alone.keySizes = AttentionProblem::sizesOf(alone.keyLengths);
  alone.places.assign(&p.places[row * 4], &p.places[row * 4] + 4);
  alone.query = take(p.query, queries, row, p.queryLengths[row]);
  alone.key = take(p.key, keys, p.keyRow(row), p.keysOf(row)), alone.value = take(p.value, keys, p.keyRow(row), p.keysOf(row));
  const Sequence own(alone.querySizes.data(), int64_t(alone.querySizes.size()), false),
      ownKeys(alone.keySizes.data(), int64_t(alone.keySizes.size()), false);
  const AttentionCall call = alone.call(own, ownKeys);
  Floats found(alone.query.size(), NAN);
  AttentionForward(call, AttentionRows(call), found.data(), nullptr).run(1);
  expect(found == take(mixed, queries, row, p.queryLengths[row]), "other rows change a row's attention");
}

void testAttention() {
  const AttentionProblem p;
  const Sequence queries(p.querySizes.data(), int64_t(p.querySizes.size()), false),
      keys(p.keySizes.data(), int64_t(p.keySizes.size()), false);
  const ExpectedAttention e = defineAttention(p, queries, keys);
  const AttentionCall call = p.call(queries, keys);
  const AttentionRows rows(call);
  Floats first[4];
  for (int threads = 1; threads <= 3; threads++) {
    Floats mixed(p.query.size(), NAN), unkept(mixed), shares(rows.countShares(), NAN), dQuery(mixed), dKey(p.key.size(), NAN), dValue(dKey);
    AttentionForward(call, rows, mixed.data(), shares.data()).run(threads);
    AttentionForward(call, rows, unkept.data(), nullptr).run(threads);
    expect(mixed == unkept, "keeping shares changes attention");
    AttentionBackward(call, rows, p.dMixed.data(), shares.data(), {dQuery.data(), dKey.data(), dValue.data()}).run(threads);
    const Floats* const all[4] = {&mixed, &dQuery, &dKey, &dValue};
    for (int k = 0; k < 4; k++) {
      if (threads == 1) first[k] = *all[k];
      expect(first[k] == *all[k], "threads change attention");
    }
  }
  const double worst = std::max({difference(first[0], e.mixed), difference(first[1], e.dQuery), difference(first[2], e.dKey),
                                 difference(first[3], e.dValue)});
  if (!(worst < 2e-5))
    failures++, std::printf("FAILED attention of %d heads of %d, queries %zu, keys %zu: %g\n", p.heads, p.size, p.query.size(),
                            p.key.size(), worst);
  if (!p.drops) testRowAlone(p, queries, keys, first[0]);
}

}  // namespace
