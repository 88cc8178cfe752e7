// TensorFlow ops of the recurrences. What varies from batch to batch is a tensor, not an attribute:
// TensorFlow keeps a kernel for each set of attributes it has seen.
#include "recurrence-ops.h"
#include "backward.h"
#include "forward.h"
#include "gru.h"
#include "lstm.h"
#include "rnn.h"
#include "settings.h"
#include "shared-rows.h"
#include "tensorflow-op.h"

namespace gatelab {
namespace {

struct Direction {
  unsigned char reverse = 0;
};

void* createDirection(TF_OpKernelConstruction* construction) {
  Direction* const direction = new Direction;
  const Status status;
  TF_OpKernelConstruction_GetAttrBool(construction, "reverse", &direction->reverse, status.raw);
  if (TF_GetCode(status.raw) != TF_OK) TF_OpKernelConstruction_Failure(construction, status.raw);
  return direction;
}

void deleteDirection(void* direction) { delete static_cast<Direction*>(direction); }

Sequence readSequence(const TensorView& batchSizes, const void* direction) {
  const int32_t* const sizes = batchSizes.data<int32_t>();
  for (int64_t t = 0; t < batchSizes.count(); t++)
    require(sizes[t] >= 1 && (t == 0 || sizes[t] <= sizes[t - 1]), "batchSizes must be positive and never increase");
  return Sequence(sizes, batchSizes.count(), static_cast<const Direction*>(direction)->reverse != 0);
}

/** @returns the index, or null when it is empty: row i of gateInputs is packed row i. */
const int32_t* readIndex(const TensorView& index, int64_t tokens, int64_t rows) {
  if (index.count() == 0) {
    require(rows == tokens, "without an index there must be a row of gateInputs for each token");
    return nullptr;
  }
  require(index.count() == tokens, "index must have an entry for each token");
  const int32_t* const entries = index.data<int32_t>();
  for (int64_t i = 0; i < tokens; i++) require(entries[i] >= 0 && entries[i] < rows, "index out of range");
  return entries;
}

/** H, from weightHh [G·H, H]. */
template <class Cell>
int readSize(const TensorView& weight) {
  require(weight.rank() == 2 && weight.dim(0) == Cell::kGates * weight.dim(1) && weight.dim(1) > 0, "weightHh must be [G·H, H]");
  return static_cast<int>(weight.dim(1));
}

double products(const Sequence& sequence, int gates, int64_t size) { return double(sequence.tokens()) * gates * size * size; }

template <class Cell>
void forward(const OpRun& run, const void* direction) {
  const TensorView gateInputs = run.input(0), index = run.input(1), weight = run.input(2), bias = run.input(3), batchSizes = run.input(4);
  const Sequence sequence = readSequence(batchSizes, direction);
  const int size = readSize<Cell>(weight);
  require(gateInputs.rank() == 2 && gateInputs.dim(1) == Cell::kGates * size, "gateInputs must be [U, G·H]");
  require(bias.hasShape({Cell::kGates * size}), "biasHh must be [G·H]");
  const int32_t* const rows = readIndex(index, sequence.tokens(), gateInputs.dim(0));
  const TensorView hidden = run.output(0, {sequence.tokens(), size});
  const TensorView saved = run.output(1, {sequence.tokens(), Units<Cell>{size}.savedWidth()});
  runForward<Cell>({sequence, size, gateInputs.data<float>(), rows, weight.data<float>(), bias.data<float>(), hidden.data<float>(), saved.data<float>()},
                   threadsFor(products(sequence, Cell::kGates, size)));
}

template <class Cell>
void backward(const OpRun& run, const void* direction) {
  const TensorView dHidden = run.input(0), hidden = run.input(1), saved = run.input(2), index = run.input(3), weight = run.input(4);
  const TensorView batchSizes = run.input(5), distinctRows = run.input(6);
  const Sequence sequence = readSequence(batchSizes, direction);
  const int size = readSize<Cell>(weight);
  require(dHidden.hasShape({sequence.tokens(), size}) && hidden.hasShape({sequence.tokens(), size}), "dHidden and hidden must be [N, H]");
  require(saved.hasShape({sequence.tokens(), Units<Cell>{size}.savedWidth()}), "saved must be what the native forward pass returned");
  require(distinctRows.count() == 1 && *distinctRows.data<int32_t>() >= 0, "distinctRows must be one number");
  const int64_t rows = *distinctRows.data<int32_t>(), tokens = sequence.tokens(), width = Cell::kGates * size;
  const int32_t* const entries = readIndex(index, tokens, rows);
  const TensorView dGateInputs = run.output(0, {rows, width}), dWeight = run.output(1, weight.shape()), dBias = run.output(2, {width});
  const TensorView perToken = run.temporary({entries == nullptr ? 0 : tokens, width});
  float* const dInputs = (entries == nullptr ? dGateInputs : perToken).data<float>();
  const int threads = threadsFor(2 * products(sequence, Cell::kGates, size));
  runBackward<Cell>({sequence, size, dHidden.data<float>(), hidden.data<float>(), saved.data<float>(), weight.data<float>(), dInputs,
                     dWeight.data<float>(), dBias.data<float>()}, threads);
  if (entries != nullptr) sumSharedRows(dInputs, entries, tokens, rows, width, dGateInputs.data<float>(), threads);
}

template <class Cell>
void registerCell(const char* forwardName, const char* backwardName) {
  registerOp({forwardName,
              {"gate_inputs: float", "index: int32", "weight_hh: float", "bias_hh: float", "batch_sizes: int32"},
              {"hidden: float", "saved: float"},
              {"reverse: bool"},
              createDirection,
              [](void* direction, TF_OpKernelContext* context) {
                runGuarded("recurrence", context, [&](const OpRun& run) { forward<Cell>(run, direction); });
              },
              deleteDirection});
  registerOp({backwardName,
              {"d_hidden: float", "hidden: float", "saved: float", "index: int32", "weight_hh: float", "batch_sizes: int32", "distinct_rows: int32"},
              {"d_gate_inputs: float", "d_weight_hh: float", "d_bias_hh: float"},
              {"reverse: bool"},
              createDirection,
              [](void* direction, TF_OpKernelContext* context) {
                runGuarded("recurrence gradient", context, [&](const OpRun& run) { backward<Cell>(run, direction); });
              },
              deleteDirection});
}

}  // namespace

void registerRecurrenceOps() {
  registerCell<Rnn>("GatelabRecurrence_rnn", "GatelabRecurrenceGrad_rnn");
  registerCell<Lstm>("GatelabRecurrence_lstm", "GatelabRecurrenceGrad_lstm");
  registerCell<Gru>("GatelabRecurrence_gru", "GatelabRecurrenceGrad_gru");
}

}  // namespace gatelab
