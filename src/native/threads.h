// A pool of threads that lives as long as the process.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace gatelab {

/** Runs f(thread) on threads 0 … count−1 at once; 0 is the caller, and only there may f throw. One call at a time. */
class ThreadPool {
 public:
  using Work = std::function<void(int)>;

  void run(int count, const Work& work) {
    std::lock_guard<std::mutex> oneCall(call_);
    if (count <= 1) return work(0);
    start(count, work);
    const Finish finish{*this}; // whatever work(0) throws, what the others work on outlives them
    work(0);
  }

 private:
  struct Finish {
    ThreadPool& pool;
    ~Finish() { pool.finish(); }
  };

  void start(int count, const Work& work) {
    std::lock_guard<std::mutex> lock(state_);
    for (; workers_ < count - 1; workers_++) std::thread(&ThreadPool::serve, this, workers_ + 1, generation_).detach();
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
