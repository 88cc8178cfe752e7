// Memory for large arrays that come and go at every step. The C library gives an array of more than 32 MiB back to the system and takes it
// anew each time, and the system clears it page by page: that was a fifth of a training step of an LSTM
// (docs/decisions/0036-recycled-memory.md). Here it stays, and is asked for in huge pages.
#pragma once
#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>
#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace gatelab {

struct Block {
  void* data;
  size_t bytes;
};

/** Blocks that are idle, of which each array takes the smallest that holds it. What is idle and in use is never more than was in use once. */
class RecycledMemory {
  static constexpr size_t kHugePage = 2 << 20;
  /** A block this many times as large as an array is left for a larger one. */
  static constexpr size_t kMostWaste = 3;

 public:
  /** Smaller arrays do better in the C library's heap. */
  static constexpr size_t kFewestBytes = 2 * kHugePage;

  /** @returns at least so many bytes, on the boundary of a huge page; throws std::bad_alloc */
  Block take(size_t bytes) {
    bytes = (bytes + kHugePage - 1) / kHugePage * kHugePage;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      const auto found = std::lower_bound(idle_.begin(), idle_.end(), bytes, [](const Block& block, size_t size) { return block.bytes < size; });
      if (found != idle_.end() && found->bytes <= kMostWaste * bytes) {
        const Block block = *found;
        idle_.erase(found);
        return block;
      }
      if (!idle_.empty()) dropFor(found);
    }
    return allocate(bytes);
  }

  void giveBack(const Block& block) {
    std::lock_guard<std::mutex> lock(mutex_);
    idle_.insert(std::lower_bound(idle_.begin(), idle_.end(), block.bytes, [](const Block& other, size_t size) { return other.bytes < size; }),
                 block);
  }

 private:
  using Place = std::vector<Block>::iterator;

  /** Makes room for a new block: the largest that is too small for it goes, or else the smallest, which is far too large. */
  void dropFor(Place tooLarge) {
    const Place dropped = tooLarge == idle_.begin() ? tooLarge : tooLarge - 1;
    std::free(dropped->data);
    idle_.erase(dropped);
  }

  static Block allocate(size_t bytes) {
    void* const data = std::aligned_alloc(kHugePage, bytes);
    if (data == nullptr) throw std::bad_alloc();
#if defined(MADV_HUGEPAGE)
    madvise(data, bytes, MADV_HUGEPAGE); // where the system has none, small ones do
#endif
    return {data, bytes};
  }

  std::mutex mutex_;
  /** By size, ascending. */
  std::vector<Block> idle_;
};

/** The process's own. Never destroyed: arrays may be given back as late as the process ends. */
inline RecycledMemory& recycledMemory() {
  static RecycledMemory* const instance = new RecycledMemory;
  return *instance;
}

}  // namespace gatelab
