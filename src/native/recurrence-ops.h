// TensorFlow ops of a recurrent cell. What varies from batch to batch is a tensor, not an attribute: TensorFlow keeps a kernel for each set
// of attributes it has seen. Each cell registers its own from a source of its own, since compilers take long over each.
#pragma once
#include "backward-segments.h"
#include "forward.h"
#include "packed-inputs.h"
#include "register-ops.h"
#include "settings.h"
#include "shared-rows.h"
#include "tensorflow-op.h"

namespace gatelab {

namespace {

/** Attributes of the ops. */
struct Walk {
  unsigned char reverse = 0;
  /** Whether what the backward pass reads is rounded to bfloat16. */
  unsigned char rounds = 0;
  /** Whether products are of bfloat16. */
  unsigned char halves = 0;
  /** Of a forward pass: whether a backward pass will follow. */
  unsigned char keeps = 1;

  bool roundsKept() const { return rounds != 0; }
  bool multipliesHalves() const { return halves != 0; }
};

template <bool kForward>
void* createWalk(TF_OpKernelConstruction* construction) {
  Walk* const walk = new Walk;
  const Status status;
  const auto read = [&](const char* name, unsigned char* value) {
    if (TF_GetCode(status.raw) == TF_OK) TF_OpKernelConstruction_GetAttrBool(construction, name, value, status.raw);
  };
  read("reverse", &walk->reverse), read("rounds", &walk->rounds), read("halves", &walk->halves);
  if (kForward) read("keeps", &walk->keeps);
  if (TF_GetCode(status.raw) != TF_OK) TF_OpKernelConstruction_Failure(construction, status.raw);
  return walk;
}

void deleteWalk(void* walk) { delete static_cast<Walk*>(walk); }

/** H, from weightHh [G·H, H]. */
template <class Cell>
int readSize(const TensorView& weight) {
  require(weight.rank() == 2 && weight.dim(0) == Cell::kGates * weight.dim(1) && weight.dim(1) > 0, "weightHh must be [G·H, H]");
  return static_cast<int>(weight.dim(1));
}

double products(const Sequence& sequence, int gates, int64_t size) { return double(sequence.tokens()) * gates * size * size; }

/** D, from x [N, D], rounded or not, and weightIh [G·H, D]. */
int readInputSize(const TensorView& x, const TensorView& weightIh, int64_t tokens, int64_t width, bool rounded) {
  require(weightIh.rank() == 2 && weightIh.dim(0) == width, "weightIh must be [G·H, D]");
  const int64_t size = weightIh.dim(1);
  require(x.hasShape({tokens, rounded ? halfWords(size) : size}), "x must be [N, D]");
  return static_cast<int>(size);
}

/** @returns the mask [B, H] of the rows that are not empty, or null where it is empty: ones. */
template <class Cell>
const float* readMask(const TensorView& mask, const Sequence& sequence, int size, const Walk& walk) {
  if (mask.count() == 0) return nullptr;
  require(!Cell::kResetsBefore && !walk.roundsKept() && !walk.multipliesHalves(), "a mask is for float32, and for cells with one product");
  require(mask.rank() == 2 && mask.dim(1) == size && mask.dim(0) >= sequence.maxRows(), "mask must be [B, H]");
  return mask.data<float>();
}

/** What an op over inputs of gates begins with, its inputs from the `first` on, and the call they make, which lacks outputs. */
template <class Cell>
struct GateOp {
  const TensorView gateInputs, index, weight, bias, mask, batchSizes;
  const Sequence sequence;
  const int size;
  const ForwardCall call;

  GateOp(const OpRun& run, int first, const Walk& walk)
      : gateInputs(run.input(first)), index(run.input(first + 1)), weight(run.input(first + 2)), bias(run.input(first + 3)),
        mask(run.input(first + 4)), batchSizes(run.input(first + 5)), sequence(readSequence(batchSizes, walk.reverse != 0)),
        size(readSize<Cell>(weight)), call(createCall(walk)) {}
  GateOp(const GateOp&) = delete;

 private:
  ForwardCall createCall(const Walk& walk) const {
    const int width = Cell::kGates * size;
    require(gateInputs.rank() == 2 && gateInputs.dim(1) == width, "gateInputs must be [U, G·H]");
    require(bias.hasShape({width}), "biasHh must be [G·H]");
    return {sequence, size, gateInputs.data<float>(), readIndex(index, sequence.tokens(), gateInputs.dim(0)), {}, weight.data<float>(),
            bias.data<float>(), nullptr, nullptr, walk.roundsKept(), walk.multipliesHalves(),
            readMask<Cell>(mask, sequence, size, walk)};
  }
};

/** The same of an op over a layer's input. */
template <class Cell>
struct LayerOp {
  const TensorView x, weightIh, weight, biasIh, bias, batchSizes;
  const Sequence sequence;
  const int size;
  const ForwardCall call;

  LayerOp(const OpRun& run, int first, const Walk& walk)
      : x(run.input(first)), weightIh(run.input(first + 1)), weight(run.input(first + 2)), biasIh(run.input(first + 3)),
        bias(run.input(first + 4)), batchSizes(run.input(first + 5)), sequence(readSequence(batchSizes, walk.reverse != 0)),
        size(readSize<Cell>(weight)), call(createCall(walk)) {}
  LayerOp(const LayerOp&) = delete;

 private:
  ForwardCall createCall(const Walk& walk) const {
    const int width = Cell::kGates * size, inputSize = readInputSize(x, weightIh, sequence.tokens(), width, false);
    require(biasIh.hasShape({width}) && bias.hasShape({width}), "biasIh and biasHh must be [G·H]");
    return {sequence, size, nullptr, nullptr, {x.data<float>(), inputSize, weightIh.data<float>(), biasIh.data<float>()},
            weight.data<float>(), bias.data<float>(), nullptr, nullptr, walk.roundsKept(), walk.multipliesHalves()};
  }
};

template <class Cell, class Op>
void forward(const OpRun& run, const Walk& walk) {
  const Op op(run, 0, walk);
  const int64_t tokens = op.sequence.tokens();
  const TensorView hidden = run.output(0, {tokens, op.size});
  const TensorView saved = run.output(1, {walk.keeps != 0 ? tokens : 0, Units<Cell>{op.size}.savedWidth(walk.roundsKept())});
  ForwardCall call = op.call;
  call.hidden = hidden.data<float>();
  call.saved = saved.count() == 0 ? nullptr : saved.data<float>();
  runForward<Cell>(call, threadsFor(products(op.sequence, Cell::kGates, op.size)));
}

/** Keeps states now and then instead of what the backward pass reads. */
template <class Cell, class Op>
void segments(const OpRun& run, const Walk& walk) {
  const Op op(run, 0, walk);
  const TensorView hidden = run.output(0, {op.sequence.tokens(), op.size});
  const TensorView states = run.output(1, {countStates(cutIntoSegments(op.sequence)), stateWidth<Cell>(op.size)});
  ForwardCall call = op.call;
  call.hidden = hidden.data<float>();
  call.states = states.data<float>();
  runForward<Cell>(call, threadsFor(products(op.sequence, Cell::kGates, op.size)));
}

/** What a backward op begins with. */
struct BackwardInputs {
  TensorView dHidden, hidden, saved;

  /** @param rounded whether `saved` holds h too, rounded */
  BackwardInputs(const OpRun& run, int64_t tokens, int size, int savedWidth, bool rounded)
      : dHidden(run.input(0)), hidden(run.input(1)), saved(run.input(2)) {
    require(dHidden.hasShape({tokens, size}) && (rounded || hidden.hasShape({tokens, size})), "dHidden and hidden must be [N, H]");
    require(saved.hasShape({tokens, savedWidth}), "saved must be what the native forward pass returned");
  }
};

template <class Cell>
void backward(const OpRun& run, const Walk& walk) {
  const TensorView index = run.input(3), weight = run.input(4), mask = run.input(5), batchSizes = run.input(6),
                   distinctRows = run.input(7);
  const Sequence sequence = readSequence(batchSizes, walk.reverse != 0);
  const int size = readSize<Cell>(weight);
  const BackwardInputs from(run, sequence.tokens(), size, Units<Cell>{size}.savedWidth(walk.roundsKept()), walk.roundsKept());
  require(distinctRows.count() == 1 && *distinctRows.data<int32_t>() >= 0, "distinctRows must be one number");
  const int64_t rows = *distinctRows.data<int32_t>(), tokens = sequence.tokens(), width = Cell::kGates * size;
  const int32_t* const entries = readIndex(index, tokens, rows);
  const TensorView dGateInputs = run.output(0, {rows, width}), dWeight = run.output(1, weight.shape()), dBias = run.output(2, {width});
  const TensorView perToken = run.temporary({entries == nullptr ? 0 : tokens, width});
  float* const dInputs = (entries == nullptr ? dGateInputs : perToken).data<float>();
  const int threads = threadsFor(2 * products(sequence, Cell::kGates, size));
  runBackward<Cell>({sequence, size, from.dHidden.data<float>(), from.hidden.data<float>(), from.saved.data<float>(), weight.data<float>(),
                     dWeight.data<float>(), dBias.data<float>(), dInputs, {}, nullptr, nullptr, nullptr, walk.roundsKept(),
                     walk.multipliesHalves(), readMask<Cell>(mask, sequence, size, walk)}, threads);
  if (entries != nullptr) sumSharedRows(dInputs, entries, tokens, rows, width, dGateInputs.data<float>(), threads);
}

template <class Cell>
void layerBackward(const OpRun& run, const Walk& walk) {
  const TensorView x = run.input(3), weightIh = run.input(4), weight = run.input(5), batchSizes = run.input(6);
  const Sequence sequence = readSequence(batchSizes, walk.reverse != 0);
  const int size = readSize<Cell>(weight), width = Cell::kGates * size,
            inputSize = readInputSize(x, weightIh, sequence.tokens(), width, walk.roundsKept());
  const BackwardInputs from(run, sequence.tokens(), size, Units<Cell>{size}.savedWidth(walk.roundsKept()), walk.roundsKept());
  const TensorView dX = run.output(0, {sequence.tokens(), inputSize}), dWeightIh = run.output(1, weightIh.shape());
  const TensorView dWeight = run.output(2, weight.shape());
  const TensorView dBiasIh = run.output(3, {width}), dBias = run.output(4, {width});
  const LayerInput input{x.data<float>(), inputSize, weightIh.data<float>(), nullptr};
  runBackward<Cell>(
      {sequence, size, from.dHidden.data<float>(), from.hidden.data<float>(), from.saved.data<float>(), weight.data<float>(),
       dWeight.data<float>(), dBias.data<float>(), nullptr, input, dX.data<float>(), dWeightIh.data<float>(), dBiasIh.data<float>(),
       walk.roundsKept(), walk.multipliesHalves()},
      threadsFor(2 * products(sequence, Cell::kGates, size)));
}

/** What an op begins with that goes back by segments. */
template <class Cell>
struct SegmentInputs {
  TensorView dHidden, states;

  SegmentInputs(const OpRun& run, const Sequence& sequence, int size) : dHidden(run.input(0)), states(run.input(1)) {
    require(dHidden.hasShape({sequence.tokens(), size}), "dHidden must be [N, H]");
    require(states.hasShape({countStates(cutIntoSegments(sequence)), stateWidth<Cell>(size)}),
            "states must be what the forward pass by segments returned");
  }
};

template <class Cell>
void segmentsBackward(const OpRun& run, const Walk& walk) {
  const GateOp<Cell> op(run, 2, walk);
  const SegmentInputs<Cell> from(run, op.sequence, op.size);
  const int64_t rows = op.gateInputs.dim(0), tokens = op.sequence.tokens(), width = Cell::kGates * op.size;
  const TensorView dGateInputs = run.output(0, {rows, width}), dWeight = run.output(1, op.weight.shape());
  const TensorView dBias = run.output(2, {width});
  const TensorView perToken = run.temporary({op.call.index == nullptr ? 0 : tokens, width});
  float* const dInputs = (op.call.index == nullptr ? dGateInputs : perToken).template data<float>();
  const int threads = threadsFor(2 * products(op.sequence, Cell::kGates, op.size));
  runSegmentsBackward<Cell>(
      {op.sequence, op.size, from.dHidden.template data<float>(), nullptr, nullptr, op.call.weight, dWeight.data<float>(),
       dBias.data<float>(), dInputs, {}, nullptr, nullptr, nullptr, false, false, op.call.mask},
      op.call, from.states.template data<float>(), threads);
  if (op.call.index != nullptr) sumSharedRows(dInputs, op.call.index, tokens, rows, width, dGateInputs.data<float>(), threads);
}

template <class Cell>
void layerSegmentsBackward(const OpRun& run, const Walk& walk) {
  const LayerOp<Cell> op(run, 2, walk);
  const SegmentInputs<Cell> from(run, op.sequence, op.size);
  const int64_t width = Cell::kGates * op.size;
  const TensorView dX = run.output(0, op.x.shape()), dWeightIh = run.output(1, op.weightIh.shape());
  const TensorView dWeight = run.output(2, op.weight.shape()), dBiasIh = run.output(3, {width}), dBias = run.output(4, {width});
  runSegmentsBackward<Cell>(
      {op.sequence, op.size, from.dHidden.template data<float>(), nullptr, nullptr, op.call.weight, dWeight.data<float>(),
       dBias.data<float>(), nullptr, op.call.input, dX.data<float>(), dWeightIh.data<float>(), dBiasIh.data<float>()},
      op.call, from.states.template data<float>(), threadsFor(2 * products(op.sequence, Cell::kGates, op.size)));
}

template <void (*kCompute)(const OpRun&, const Walk&)>
void inFloat32(const OpRun& run, const Walk& walk) {
  require(!walk.roundsKept() && !walk.multipliesHalves(), "segments of bfloat16 are not implemented");
  kCompute(run, walk);
}

template <class Cell, void (*kCompute)(const OpRun&, const Walk&)>
void guarded(void* walk, TF_OpKernelContext* context) {
  runGuarded("recurrence", context, [&](const OpRun& run) {
    const Walk& attributes = *static_cast<const Walk*>(walk);
    require(!Cell::kResetsBefore || !attributes.multipliesHalves(), "products of bfloat16 are not implemented for this cell");
    kCompute(run, attributes);
  });
}

/** Those that go by segments. */
template <class Cell>
void registerSegments(const std::string& cell) {
  const std::vector<const char*> attributes{"reverse: bool", "rounds: bool", "halves: bool"};
  registerOp({"GatelabSegments_" + cell,
              {"gate_inputs: float", "index: int32", "weight_hh: float", "bias_hh: float", "mask: float", "batch_sizes: int32"},
              {"hidden: float", "states: float"},
              attributes, createWalk<false>, guarded<Cell, inFloat32<segments<Cell, GateOp<Cell>>>>, deleteWalk});
  registerOp({"GatelabSegmentsGrad_" + cell,
              {"d_hidden: float", "states: float", "gate_inputs: float", "index: int32", "weight_hh: float", "bias_hh: float",
               "mask: float", "batch_sizes: int32"},
              {"d_gate_inputs: float", "d_weight_hh: float", "d_bias_hh: float"},
              attributes, createWalk<false>, guarded<Cell, inFloat32<segmentsBackward<Cell>>>, deleteWalk});
  registerOp({"GatelabLayerSegments_" + cell,
              {"x: float", "weight_ih: float", "weight_hh: float", "bias_ih: float", "bias_hh: float", "batch_sizes: int32"},
              {"hidden: float", "states: float"},
              attributes, createWalk<false>, guarded<Cell, inFloat32<segments<Cell, LayerOp<Cell>>>>, deleteWalk});
  registerOp({"GatelabLayerSegmentsGrad_" + cell,
              {"d_hidden: float", "states: float", "x: float", "weight_ih: float", "weight_hh: float", "bias_ih: float", "bias_hh: float",
               "batch_sizes: int32"},
              {"d_x: float", "d_weight_ih: float", "d_weight_hh: float", "d_bias_ih: float", "d_bias_hh: float"},
              attributes, createWalk<false>, guarded<Cell, inFloat32<layerSegmentsBackward<Cell>>>, deleteWalk});
}

template <class Cell>
void registerCell(const std::string& cell) {
  registerSegments<Cell>(cell);
  const std::vector<const char*> forwardAttributes{"reverse: bool", "rounds: bool", "halves: bool", "keeps: bool"},
      backwardAttributes{"reverse: bool", "rounds: bool", "halves: bool"};
  registerOp({"GatelabRecurrence_" + cell,
              {"gate_inputs: float", "index: int32", "weight_hh: float", "bias_hh: float", "mask: float", "batch_sizes: int32"},
              {"hidden: float", "saved: float"},
              forwardAttributes, createWalk<true>, guarded<Cell, forward<Cell, GateOp<Cell>>>, deleteWalk});
  registerOp({"GatelabRecurrenceGrad_" + cell,
              {"d_hidden: float", "hidden: float", "saved: float", "index: int32", "weight_hh: float", "mask: float", "batch_sizes: int32",
               "distinct_rows: int32"},
              {"d_gate_inputs: float", "d_weight_hh: float", "d_bias_hh: float"},
              backwardAttributes,
              createWalk<false>,
              guarded<Cell, backward<Cell>>,
              deleteWalk});
  registerOp({"GatelabLayer_" + cell,
              {"x: float", "weight_ih: float", "weight_hh: float", "bias_ih: float", "bias_hh: float", "batch_sizes: int32"},
              {"hidden: float", "saved: float"},
              forwardAttributes, createWalk<true>, guarded<Cell, forward<Cell, LayerOp<Cell>>>, deleteWalk});
  registerOp(
      {"GatelabLayerGrad_" + cell,
       {"d_hidden: float", "hidden: float", "saved: float", "x: float", "weight_ih: float", "weight_hh: float", "batch_sizes: int32"},
       {"d_x: float", "d_weight_ih: float", "d_weight_hh: float", "d_bias_ih: float", "d_bias_hh: float"},
       backwardAttributes,
       createWalk<false>,
       guarded<Cell, layerBackward<Cell>>,
       deleteWalk});
}

}  // namespace
}  // namespace gatelab
