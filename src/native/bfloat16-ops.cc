// TensorFlow ops of what is kept and multiplied in bfloat16.
#include "register-ops.h"
#include "settings.h"
#include "tensorflow-op.h"
#include "threads.h"
#include "tiles.h"

namespace gatelab {
namespace {

/** Rows [N, D] as bfloat16 in whole words [N, ⌈D/2⌉]: what a layer keeps of its input. */
void roundRows(const OpRun& run) {
  const TensorView x = run.input(0);
  require(x.rank() == 2, "x must be [N, D]");
  const int64_t rows = x.dim(0), width = x.dim(1), words = halfWords(width);
  const TensorView to = run.output(0, {rows, words});
  const int threads = threadsFor(double(rows) * width);
  const float* const from = x.data<float>();
  float* const out = to.data<float>();
  pool().run(threads, [&](int thread) {
    const Share share(rows, thread, threads);
    for (int64_t row = share.first; row < share.last; row++)
      narrowRow(from + row * width, reinterpret_cast<Half*>(out + row * words), width);
  });
}

/** Whether the CPU multiplies pairs of bfloat16 at its full rate: Intel's do not, whether or not a hypervisor shows their tiles. */
bool multipliesPairsFast() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return kMultipliesHalves && __builtin_cpu_is("intel") == 0;
#else
  return kMultipliesHalves;
#endif
}

/** 1 where the CPU multiplies bfloat16 faster than float32, 0 elsewhere. */
void multipliesHalves(const OpRun& run) { *run.output(0, {}).data<float>() = hasTiles() || multipliesPairsFast() ? 1 : 0; }

}  // namespace

void registerBfloat16Ops() {
  registerPlain<roundRows>("GatelabRoundRows", {"x: float"}, {"rounded: float"});
  registerPlain<multipliesHalves>("GatelabMultipliesHalves", {}, {"multiplies: float"});
}

}  // namespace gatelab
