// Layer normalization of random rows against its equations in double precision, and memory that threads take and give back.
#pragma once
#include <atomic>
#include <cstdint>
#include <thread>
#include "../src/native/layer-norm.h"
#include "../src/native/recycled-memory.h"
#include "sanitize-support.h"

namespace {

/** y, dx, dWeight and dBias. */
struct NormalizedInDoubles {
  Doubles y, dx, dWeight, dBias;

  NormalizedInDoubles(const LayerNormSizes& sizes, const Floats& x, const Floats& weight, const Floats& bias, const Floats& dy)
      : y(x.size()), dx(x.size()), dWeight(sizes.columns), dBias(sizes.columns) {
    const int64_t width = sizes.columns;
    for (int64_t row = 0; row < sizes.rows; row++) {
      const size_t at = row * width;
      double mean = 0, squares = 0, meanGradient = 0, along = 0;
      for (int64_t c = 0; c < width; c++) mean += x[at + c] / double(width);
      for (int64_t c = 0; c < width; c++) squares += (x[at + c] - mean) * (x[at + c] - mean) / width;
      const double inverse = 1 / std::sqrt(squares + sizes.epsilon);
      const auto value = [&](int64_t c) { return (x[at + c] - mean) * inverse; };
      for (int64_t c = 0; c < width; c++) {
        y[at + c] = value(c) * weight[c] + bias[c];
        dWeight[c] += dy[at + c] * value(c), dBias[c] += dy[at + c];
        meanGradient += double(dy[at + c]) * weight[c] / width, along += double(dy[at + c]) * weight[c] * value(c) / width;
      }
      for (int64_t c = 0; c < width; c++) dx[at + c] = (double(dy[at + c]) * weight[c] - meanGradient - value(c) * along) * inverse;
    }
  }
};

void testLayerNorm() {
  const LayerNormSizes sizes{below(200), 1 + below(70), 1e-5f};
  const size_t count = size_t(sizes.rows) * sizes.columns;
  const Floats x = randomFloats(count, 2), dy = randomFloats(count, 1), weight = randomFloats(sizes.columns, 1), bias = weight;
  const NormalizedInDoubles expected(sizes, x, weight, bias, dy);
  Floats firstDx, firstDWeight;
  for (int threads = 1; threads <= 3; threads++) {
    Floats y(count, NAN), values(count, NAN), inverse(sizes.rows, NAN), dx(count, NAN), dWeight(sizes.columns, NAN), dBias = dWeight;
    layerNorm(sizes, x.data(), weight.data(), bias.data(), y.data(), values.data(), inverse.data(), threads);
    layerNormInputGradient(sizes, dy.data(), {weight.data(), values.data(), inverse.data()}, dx.data(), threads);
    layerNormWeightGradients(sizes, dy.data(), values.data(), dWeight.data(), dBias.data(), threads);
    if (threads == 1) firstDx = dx, firstDWeight = dWeight;
    expect(dx == firstDx && dWeight == firstDWeight, "threads change a layer norm");
    if (sizes.columns < 3) continue; // nearly equal columns lose all digits
    expect(difference(y, expected.y) < 1e-4, "layer norm");
    expect(difference(dx, expected.dx) < 1e-3, "layer norm's gradient of x");
    expect(difference(dWeight, expected.dWeight) < 1e-4 && difference(dBias, expected.dBias) < 1e-4, "layer norm's gradients of weights");
  }
}

/** Threads fill blocks with their own number and find it unchanged. */
void testRecycledMemory() {
  RecycledMemory memory;
  std::atomic<int> overwritten{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; thread++)
    threads.emplace_back([&memory, &overwritten, thread] {
      for (int turn = 0; turn < 6; turn++) {
        const size_t bytes = (size_t(1 + (thread + turn) % 3) << 22) + 100;
        const Block block = memory.take(bytes);
        if (block.bytes < bytes || reinterpret_cast<uintptr_t>(block.data) % 64 != 0) overwritten++;
        char* const data = static_cast<char*>(block.data);
        for (size_t i = 0; i < bytes; i += 4096) data[i] = static_cast<char>(thread);
        for (size_t i = 0; i < bytes; i += 4096) overwritten += data[i] != static_cast<char>(thread);
        memory.giveBack(block);
      }
    });
  for (std::thread& thread : threads) thread.join();
  expect(overwritten == 0, "two arrays in one block");
}

void testIdleMemory() {
  RecycledMemory memory;
  const Block first = memory.take(8 << 20), second = memory.take(8 << 20);
  const size_t most = memory.bytes();
  memory.giveBack(first), memory.giveBack(second);
  const Block small = memory.take(7 << 20), large = memory.take(9 << 20);
  expect(small.bytes == 8 << 20, "an array takes an idle block");
  expect(memory.bytes() <= most + (4 << 20), "idle blocks add up");
  memory.giveBack(small), memory.giveBack(large);
  for (int turn = 0; turn < 100; turn++) memory.giveBack(memory.take(4 << 20));
  expect(memory.bytes() < 12 << 20, "a block that nothing takes stays");
}

}  // namespace
