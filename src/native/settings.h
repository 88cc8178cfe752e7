// How many threads a kernel uses; no result depends on it.
#pragma once
#include <atomic>
#include <cstdlib>
#include <thread>

namespace gatelab {

constexpr int kMaxThreads = 256;

inline int clampThreads(long threads) { return threads < 1 ? 1 : threads > kMaxThreads ? kMaxThreads : static_cast<int>(threads); }

/** TensorFlow's own setting is the default, so that one option rules both. */
inline int defaultThreads() {
  const char* const setting = std::getenv("TF_NUM_INTRAOP_THREADS");
  const long threads = setting != nullptr ? std::atol(setting) : 0;
  return clampThreads(threads > 0 ? threads : static_cast<long>(std::thread::hardware_concurrency()));
}

inline std::atomic<int>& threadSetting() {
  static std::atomic<int> threads{defaultThreads()};
  return threads;
}

/**
 * One thread where waking another would take longer than the work; `operations` counts the multiply-adds of the recurrent products, or
 * elements.
 */
inline int threadsFor(double operations) { return operations < 2e5 ? 1 : threadSetting().load(); }

}  // namespace gatelab
