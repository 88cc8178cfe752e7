// TensorFlow ops of the linear recurrence.
#include "scan-ops.h"
#include <cstdint>
#include "scan.h"
#include "settings.h"
#include "tensorflow-op.h"

namespace gatelab {
namespace {

/** The rows of the steps int32 [T], and whether they are read in reverse int32 [1]; N must be the rows of a. */
Sequence readSequence(const TensorView& batchSizes, const TensorView& reverse, const TensorView& a) {
  require(a.rank() == 2, "a must be [N, H]");
  require(reverse.count() == 1, "reverse must be one number");
  const int32_t* const sizes = batchSizes.data<int32_t>();
  for (int64_t t = 0; t < batchSizes.count(); t++)
    require(sizes[t] >= 1 && (t == 0 || sizes[t] <= sizes[t - 1]), "batch sizes must be positive and never increase");
  Sequence sequence(sizes, batchSizes.count(), *reverse.data<int32_t>() != 0);
  require(sequence.tokens() == a.dim(0), "the batch sizes must add up to the rows of a");
  return sequence;
}

void runScan(const OpRun& run) {
  const TensorView a = run.input(0), b = run.input(1), batchSizes = run.input(2), reverse = run.input(3);
  require(b.shape() == a.shape(), "a and b must have one shape");
  const Sequence sequence = readSequence(batchSizes, reverse, a);
  const TensorView hidden = run.output(0, a.shape());
  scanForward({sequence, a.dim(1), a.data<float>(), b.data<float>(), hidden.data<float>()}, threadsFor(double(a.count())));
}

void runScanGrad(const OpRun& run) {
  const TensorView dHidden = run.input(0), a = run.input(1), hidden = run.input(2), batchSizes = run.input(3), reverse = run.input(4);
  require(dHidden.shape() == a.shape() && hidden.shape() == a.shape(), "gradient, a and states must have one shape");
  const Sequence sequence = readSequence(batchSizes, reverse, a);
  const TensorView dA = run.output(0, a.shape()), dB = run.output(1, a.shape());
  scanBackward({sequence, a.dim(1), dHidden.data<float>(), a.data<float>(), hidden.data<float>(), dA.data<float>(), dB.data<float>()},
               threadsFor(double(a.count())));
}

}  // namespace

void registerScanOps() {
  registerPlain<runScan>("GatelabScan", {"a: float", "b: float", "batch_sizes: int32", "reverse: int32"}, {"hidden: float"});
  registerPlain<runScanGrad>("GatelabScanGrad", {"d_hidden: float", "a: float", "hidden: float", "batch_sizes: int32", "reverse: int32"},
                             {"d_a: float", "d_b: float"});
}

}  // namespace gatelab
