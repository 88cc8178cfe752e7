// Memory aligned for vectors.
#pragma once
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include "simd.h"

namespace gatelab {

struct FreeMemory {
  void operator()(void* p) const { std::free(p); }
};

/** An array of floats that starts on a cache line. */
class Buffer {
 public:
  explicit Buffer(size_t count = 0) : data_(allocate(count)) {}
  float* data() const { return data_.get(); }

  static Buffer zeros(size_t count) {
    Buffer buffer(count);
    std::memset(buffer.data(), 0, count * sizeof(float));
    return buffer;
  }

 private:
  static float* allocate(size_t count) {
    const size_t bytes = (count * sizeof(float) + 127) / 64 * 64; // at least one line, so that an empty buffer has an address
    void* p = std::aligned_alloc(64, bytes);
    if (p == nullptr) throw std::bad_alloc();
    return static_cast<float*>(p);
  }
  std::unique_ptr<float, FreeMemory> data_;
};

}  // namespace gatelab
