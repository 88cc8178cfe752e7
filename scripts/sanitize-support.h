// Random values and expectations of sanitize-kernels.cc.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <type_traits>
#include <vector>

using namespace gatelab;
using Floats = std::vector<float>;
using Doubles = std::vector<double>;

namespace {

std::mt19937 random_;
int failures = 0;

/** Every test of every round draws from a stream of its own, so that a new one leaves the problems of the others as they are. */
template <class Test>
void runTest(const char* name, int round, Test test) {
  std::vector<uint32_t> key(name, name + std::strlen(name));
  key.push_back(static_cast<uint32_t>(round));
  std::seed_seq seed(key.begin(), key.end());
  random_.seed(seed);
  if constexpr (std::is_invocable_v<Test, const char*>) test(name);
  else test();
}

int below(int limit) { return static_cast<int>(random_() % limit); }

Floats randomFloats(size_t count, double scale) {
  std::normal_distribution<float> normal(0, static_cast<float>(scale));
  Floats values(count);
  for (float& value : values) value = normal(random_);
  return values;
}

void expect(bool holds, const char* what) {
  if (!holds) failures++, std::printf("FAILED %s\n", what);
}

/** Largest difference relative to the largest expected value. */
double difference(const Floats& actual, const Doubles& expected) {
  double worst = 0, size = 1e-3;
  for (size_t i = 0; i < actual.size(); i++) {
    worst = std::isnan(actual[i]) ? INFINITY : std::max(worst, std::fabs(actual[i] - expected[i]));
    size = std::max(size, std::fabs(expected[i]));
  }
  return worst / size;
}

}  // namespace
