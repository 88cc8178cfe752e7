// Memory for large arrays that come and go at every step. The C library gives an array of more than 32 MiB back to the system and takes it
// anew each time, and the system clears it page by page: that was a fifth of a training step of an LSTM
// (docs/decisions/0036-recycled-memory.md). Here it stays a while, and is asked for in huge pages.
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

/**
 * Idle blocks, of which an array takes the smallest that holds it. All blocks together are never more than a quarter above the most that were
 * in use at once, so that arrays of several sizes find theirs; one that no array has taken for some time goes back to the system.
 */
class RecycledMemory {
  static constexpr size_t kHugePage = 2 << 20;
  /** A block more than twice as large as an array is left for a larger one. */
  static constexpr size_t kMostWaste = 2;
  /** Arrays after which a block that none of them took is given up: those of several steps of a recurrent model. */
  static constexpr long kLongestIdle = 64;

 public:
  RecycledMemory() = default;
  RecycledMemory(const RecycledMemory&) = delete;
  ~RecycledMemory() {
    for (const Idle& idle : idle_) std::free(idle.block.data);
  }

  /** Smaller arrays do better in the C library's heap. */
  static constexpr size_t kFewestBytes = 2 * kHugePage;

  /** @returns at least so many bytes, on the boundary of a huge page; throws std::bad_alloc */
  Block take(size_t bytes) {
    bytes = (bytes + kHugePage - 1) / kHugePage * kHugePage;
    std::lock_guard<std::mutex> lock(mutex_);
    now_++;
    Block block = takeIdle(bytes);
    const size_t inUse = inUse_ + (block.data != nullptr ? block.bytes : bytes);
    most_ = std::max(most_, inUse);
    while (!idle_.empty() && (inUse + idleBytes_ > most_ + most_ / 4 || now_ - idle_.front().since > kLongestIdle)) dropOldest();
    if (block.data == nullptr) block = allocate(bytes);
    inUse_ = inUse; // not before, since allocate may throw
    return block;
  }

  void giveBack(const Block& block) {
    std::lock_guard<std::mutex> lock(mutex_);
    inUse_ -= block.bytes;
    idleBytes_ += block.bytes;
    idle_.push_back({block, now_});
  }

  /** Bytes of all blocks, idle or not. */
  size_t bytes() {
    std::lock_guard<std::mutex> lock(mutex_);
    return inUse_ + idleBytes_;
  }

 private:
  /** A block and how many arrays had been asked for when it was given back. */
  struct Idle {
    Block block;
    long since;
  };

  /** The smallest that holds so many bytes, or none. */
  Block takeIdle(size_t bytes) {
    auto best = idle_.end();
    for (auto at = idle_.begin(); at != idle_.end(); ++at) {
      const size_t size = at->block.bytes;
      if (size >= bytes && size <= kMostWaste * bytes && (best == idle_.end() || size < best->block.bytes)) best = at;
    }
    if (best == idle_.end()) return {nullptr, 0};
    const Block block = best->block;
    idleBytes_ -= block.bytes;
    idle_.erase(best);
    return block;
  }

  void dropOldest() {
    std::free(idle_.front().block.data);
    idleBytes_ -= idle_.front().block.bytes;
    idle_.erase(idle_.begin());
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
  /** In the order in which they were given back. */
  std::vector<Idle> idle_;
  size_t idleBytes_ = 0, inUse_ = 0, most_ = 0;
  long now_ = 0;
};

/** The process's own. Never destroyed: arrays may be given back as late as the process ends. */
inline RecycledMemory& recycledMemory() {
  static RecycledMemory* const instance = new RecycledMemory;
  return *instance;
}

}  // namespace gatelab
