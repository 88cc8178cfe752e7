// A pool of threads that lives as long as the process, and a barrier for those who work on one call.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace gatelab {

inline void pauseBriefly(int attempts) {
  if (attempts > 2000) return std::this_thread::yield(); // somebody else may need this core to get on
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/** Lets `count` threads pass when all have arrived; they spin, since they arrive almost together. */
class Barrier {
 public:
  explicit Barrier(int count) : count_(count) {}

  void wait() {
    const unsigned round = round_.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) == count_ - 1) {
      arrived_.store(0, std::memory_order_relaxed);
      round_.fetch_add(1, std::memory_order_acq_rel);
      return;
    }
    for (int attempts = 0; round_.load(std::memory_order_acquire) == round; attempts++) pauseBriefly(attempts);
  }

 private:
  const int count_;
  std::atomic<int> arrived_{0};
  std::atomic<unsigned> round_{0};
};

/** Runs f(thread) on threads 0 … count−1 at once; 0 is the caller. One call at a time. */
class ThreadPool {
 public:
  using Work = std::function<void(int)>;

  void run(int count, const Work& work) {
    std::lock_guard<std::mutex> oneCall(call_);
    if (count > 1) start(count, work);
    work(0);
    if (count > 1) finish();
  }

 private:
  void start(int count, const Work& work) {
    std::lock_guard<std::mutex> lock(state_);
    while (workers_ < count - 1) std::thread(&ThreadPool::serve, this, ++workers_, generation_).detach();
    work_ = &work;
    count_ = count;
    busy_ = count - 1;
    generation_++;
    wake_.notify_all();
  }

  void finish() {
    std::unique_lock<std::mutex> lock(state_);
    done_.wait(lock, [this] { return busy_ == 0; });
  }

  void serve(int thread, unsigned seen) {
    std::unique_lock<std::mutex> lock(state_);
    for (;;) {
      wake_.wait(lock, [&] { return generation_ != seen; });
      seen = generation_;
      if (thread >= count_) continue;
      const Work& work = *work_;
      lock.unlock();
      work(thread);
      lock.lock();
      if (--busy_ == 0) done_.notify_one();
    }
  }

  std::mutex call_, state_;
  std::condition_variable wake_, done_;
  const Work* work_ = nullptr;
  int workers_ = 0, count_ = 0, busy_ = 0;
  unsigned generation_ = 0;
};

/** The process's pool. Never destroyed: its threads wait in it until the process ends. */
inline ThreadPool& pool() {
  static ThreadPool* const instance = new ThreadPool;
  return *instance;
}

/** A contiguous share of `total` items. */
struct Share {
  int64_t first, last;
  Share(int64_t total, int thread, int threads) : first(total * thread / threads), last(total * (thread + 1) / threads) {}
};

}  // namespace gatelab
