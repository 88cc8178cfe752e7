// TensorFlow ops of minGRU, minLSTM and QRNN.
#include "register-ops.h"
#include <cstdint>
#include "minimal.h"
#include "packed-inputs.h"
#include "settings.h"
#include "shared-rows.h"
#include "tensorflow-op.h"

namespace gatelab {
namespace {

/** Operations of a unit's gates, roughly, by which threads are worth waking. */
constexpr double kUnitOperations = 40;

Sequence readWalk(const TensorView& batchSizes, const TensorView& reverse) {
  require(reverse.count() == 1, "reverse must be one number");
  return readSequence(batchSizes, *reverse.data<int32_t>() != 0);
}

template <class Cell>
MinimalInputs readInputs(const TensorView& x, const TensorView& index, const Sequence& sequence) {
  require(x.rank() == 2 && x.dim(1) % Cell::kGates == 0, "x must be [U, G·H]");
  return {sequence, x.dim(1) / Cell::kGates, x.data<float>(), readIndex(index, sequence.tokens(), x.dim(0))};
}

int threadsOf(const MinimalInputs& in) { return threadsFor(kUnitOperations * double(in.sequence.tokens()) * double(in.size)); }

template <class Cell>
void forward(const OpRun& run) {
  const TensorView x = run.input(0), index = run.input(1), batchSizes = run.input(2), reverse = run.input(3);
  const Sequence sequence = readWalk(batchSizes, reverse);
  const MinimalInputs in = readInputs<Cell>(x, index, sequence);
  const std::vector<int64_t> shape{sequence.tokens(), in.size};
  const TensorView hidden = run.output(0, shape);
  if constexpr (Cell::kHasOutputGate) {
    const TensorView states = run.output(1, shape);
    minimalForward<Cell>(in, states.data<float>(), hidden.data<float>(), threadsOf(in));
  } else {
    minimalForward<Cell>(in, hidden.data<float>(), nullptr, threadsOf(in));
  }
}

template <class Cell>
void backward(const OpRun& run) {
  const TensorView dHidden = run.input(0), x = run.input(1), index = run.input(2), states = run.input(3), batchSizes = run.input(4),
                   reverse = run.input(5);
  const Sequence sequence = readWalk(batchSizes, reverse);
  const MinimalInputs in = readInputs<Cell>(x, index, sequence);
  const int64_t tokens = sequence.tokens(), width = x.dim(1);
  require(dHidden.hasShape({tokens, in.size}) && states.hasShape({tokens, in.size}), "gradient and states must be [N, H]");
  const TensorView dX = run.output(0, x.shape()), perToken = run.temporary({in.index == nullptr ? 0 : tokens, width});
  float* const to = (in.index == nullptr ? dX : perToken).data<float>();
  minimalBackward<Cell>(in, dHidden.data<float>(), states.data<float>(), to, threadsOf(in));
  if (in.index != nullptr) sumSharedRows(to, in.index, tokens, x.dim(0), width, dX.data<float>(), threadsOf(in));
}

template <class Cell>
void registerCell(const std::string& name) {
  const std::vector<const char*> withStates{"hidden: float", "states: float"}, hiddenAlone{"hidden: float"};
  registerPlain<forward<Cell>>("GatelabMinimal_" + name, {"x: float", "index: int32", "batch_sizes: int32", "reverse: int32"},
                               Cell::kHasOutputGate ? withStates : hiddenAlone);
  registerPlain<backward<Cell>>("GatelabMinimalGrad_" + name,
                                {"d_hidden: float", "x: float", "index: int32", "states: float", "batch_sizes: int32", "reverse: int32"},
                                {"d_x: float"});
}

}  // namespace

void registerMinimalOps() {
  registerCell<MinGru>("mingru");
  registerCell<MinLstm>("minlstm");
  registerCell<Qrnn>("qrnn");
}

}  // namespace gatelab
