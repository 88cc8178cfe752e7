// TensorFlow ops of the recurrences. What varies from batch to batch is a tensor, not an attribute:
// TensorFlow keeps a kernel for each set of attributes it has seen.
#include "recurrence-ops.h"
#include "backward-segments.h"
#include "gru.h"
#include "lstm.h"
#include "printed-gru.h"
#include "rnn.h"
#include "sequence-op.h"
#include "settings.h"
#include "shared-rows.h"

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

/** What a forward op gives: hidden and saved. */
struct ForwardOutputs {
  TensorView hidden, saved;

  ForwardOutputs(const OpRun& run, const Walk& walk, int64_t tokens, int size, int savedWidth)
      : hidden(run.output(0, {tokens, size})), saved(run.output(1, {walk.keeps != 0 ? tokens : 0, savedWidth})) {}
  float* savedOrNull() const { return saved.count() == 0 ? nullptr : saved.data<float>(); }
};

/** D, from x [N, D], rounded or not, and weightIh [G·H, D]. */
int readInputSize(const TensorView& x, const TensorView& weightIh, int64_t tokens, int64_t width, bool rounded) {
  require(weightIh.rank() == 2 && weightIh.dim(0) == width, "weightIh must be [G·H, D]");
  const int64_t size = weightIh.dim(1);
  require(x.hasShape({tokens, rounded ? halfWords(size) : size}), "x must be [N, D]");
  return static_cast<int>(size);
}

/** @returns the index, or null, as `readIndex` */
template <class Cell>
const int32_t* readGateInputs(const TensorView& gateInputs, const TensorView& index, const TensorView& bias, const Sequence& sequence,
                              int size) {
  require(gateInputs.rank() == 2 && gateInputs.dim(1) == Cell::kGates * size, "gateInputs must be [U, G·H]");
  require(bias.hasShape({Cell::kGates * size}), "biasHh must be [G·H]");
  return readIndex(index, sequence.tokens(), gateInputs.dim(0));
}

template <class Cell>
LayerInput readLayerInput(const TensorView& x, const TensorView& weightIh, const TensorView& biasIh, const TensorView& bias,
                          const Sequence& sequence, int size) {
  const int width = Cell::kGates * size, inputSize = readInputSize(x, weightIh, sequence.tokens(), width, false);
  require(biasIh.hasShape({width}) && bias.hasShape({width}), "biasIh and biasHh must be [G·H]");
  return {x.data<float>(), inputSize, weightIh.data<float>(), biasIh.data<float>()};
}

/** @returns the mask [B, H] of the rows that are not empty, or null where it is empty: ones. */
template <class Cell>
const float* readMask(const TensorView& mask, const Sequence& sequence, int size, const Walk& walk) {
  if (mask.count() == 0) return nullptr;
  require(!Cell::kResetsBefore && !walk.roundsKept() && !walk.multipliesHalves(), "a mask is for float32, and for cells with one product");
  require(mask.rank() == 2 && mask.dim(1) == size && mask.dim(0) >= sequence.maxRows(), "mask must be [B, H]");
  return mask.data<float>();
}

template <class Cell>
void forward(const OpRun& run, const Walk& walk) {
  const TensorView gateInputs = run.input(0), index = run.input(1), weight = run.input(2), bias = run.input(3), mask = run.input(4),
                   batchSizes = run.input(5);
  const Sequence sequence = readSequence(batchSizes, walk.reverse != 0);
  const int size = readSize<Cell>(weight);
  const int32_t* const rows = readGateInputs<Cell>(gateInputs, index, bias, sequence, size);
  const ForwardOutputs to(run, walk, sequence.tokens(), size, Units<Cell>{size}.savedWidth(walk.roundsKept()));
  runForward<Cell>({sequence,
                    size,
                    gateInputs.data<float>(),
                    rows,
                    {},
                    weight.data<float>(),
                    bias.data<float>(),
                    to.hidden.data<float>(),
                    to.savedOrNull(),
                    walk.roundsKept(),
                    walk.multipliesHalves(),
                    readMask<Cell>(mask, sequence, size, walk)},
                   threadsFor(products(sequence, Cell::kGates, size)));
}

template <class Cell>
void layerForward(const OpRun& run, const Walk& walk) {
  const TensorView x = run.input(0), weightIh = run.input(1), weight = run.input(2), biasIh = run.input(3), bias = run.input(4),
                   batchSizes = run.input(5);
  const Sequence sequence = readSequence(batchSizes, walk.reverse != 0);
  const int size = readSize<Cell>(weight);
  const LayerInput input = readLayerInput<Cell>(x, weightIh, biasIh, bias, sequence, size);
  const ForwardOutputs to(run, walk, sequence.tokens(), size, Units<Cell>{size}.savedWidth(walk.roundsKept()));
  runForward<Cell>(
      {sequence, size, nullptr, nullptr, input, weight.data<float>(), bias.data<float>(), to.hidden.data<float>(), to.savedOrNull(),
       walk.roundsKept(), walk.multipliesHalves()},
      threadsFor(products(sequence, Cell::kGates, size)));
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

/** What an op gives that keeps states now and then: hidden, and the states. */
template <class Cell>
struct SegmentOutputs {
  TensorView hidden, states;

  SegmentOutputs(const OpRun& run, const Sequence& sequence, int size)
      : hidden(run.output(0, {sequence.tokens(), size})),
        states(run.output(1, {countStates(cutIntoSegments(sequence)), stateWidth<Cell>(size)})) {}
};

template <class Cell>
void segments(const OpRun& run, const Walk& walk) {
  const TensorView gateInputs = run.input(0), index = run.input(1), weight = run.input(2), bias = run.input(3), mask = run.input(4),
                   batchSizes = run.input(5);
  const Sequence sequence = readSequence(batchSizes, walk.reverse != 0);
  const int size = readSize<Cell>(weight);
  const SegmentOutputs<Cell> to(run, sequence, size);
  runForward<Cell>({sequence, size, gateInputs.data<float>(), readGateInputs<Cell>(gateInputs, index, bias, sequence, size), {},
                    weight.data<float>(), bias.data<float>(), to.hidden.template data<float>(), nullptr, false, false,
                    readMask<Cell>(mask, sequence, size, walk), to.states.template data<float>()},
                   threadsFor(products(sequence, Cell::kGates, size)));
}

template <class Cell>
void layerSegments(const OpRun& run, const Walk& walk) {
  const TensorView x = run.input(0), weightIh = run.input(1), weight = run.input(2), biasIh = run.input(3), bias = run.input(4),
                   batchSizes = run.input(5);
  const Sequence sequence = readSequence(batchSizes, walk.reverse != 0);
  const int size = readSize<Cell>(weight);
  const LayerInput input = readLayerInput<Cell>(x, weightIh, biasIh, bias, sequence, size);
  const SegmentOutputs<Cell> to(run, sequence, size);
  runForward<Cell>({sequence, size, nullptr, nullptr, input, weight.data<float>(), bias.data<float>(), to.hidden.template data<float>(),
                    nullptr, false, false, nullptr, to.states.template data<float>()},
                   threadsFor(products(sequence, Cell::kGates, size)));
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
  const TensorView gateInputs = run.input(2), index = run.input(3), weight = run.input(4), bias = run.input(5), masks = run.input(6),
                   batchSizes = run.input(7);
  const Sequence sequence = readSequence(batchSizes, walk.reverse != 0);
  const int size = readSize<Cell>(weight);
  const float* const mask = readMask<Cell>(masks, sequence, size, walk);
  const SegmentInputs<Cell> from(run, sequence, size);
  const int32_t* const entries = readGateInputs<Cell>(gateInputs, index, bias, sequence, size);
  const int64_t rows = gateInputs.dim(0), tokens = sequence.tokens(), width = Cell::kGates * size;
  const TensorView dGateInputs = run.output(0, {rows, width}), dWeight = run.output(1, weight.shape()), dBias = run.output(2, {width});
  const TensorView perToken = run.temporary({entries == nullptr ? 0 : tokens, width});
  float* const dInputs = (entries == nullptr ? dGateInputs : perToken).data<float>();
  const int threads = threadsFor(2 * products(sequence, Cell::kGates, size));
  const ForwardCall again{sequence, size, gateInputs.data<float>(), entries, {}, weight.data<float>(), bias.data<float>(), nullptr,
                          nullptr, false, false, mask};
  runSegmentsBackward<Cell>({sequence, size, from.dHidden.template data<float>(), nullptr, nullptr, weight.data<float>(),
                             dWeight.data<float>(), dBias.data<float>(), dInputs, {}, nullptr, nullptr, nullptr, false, false, mask},
                            again, from.states.template data<float>(), threads);
  if (entries != nullptr) sumSharedRows(dInputs, entries, tokens, rows, width, dGateInputs.data<float>(), threads);
}

template <class Cell>
void layerSegmentsBackward(const OpRun& run, const Walk& walk) {
  const TensorView x = run.input(2), weightIh = run.input(3), weight = run.input(4), biasIh = run.input(5), bias = run.input(6),
                   batchSizes = run.input(7);
  const Sequence sequence = readSequence(batchSizes, walk.reverse != 0);
  const int size = readSize<Cell>(weight), width = Cell::kGates * size;
  const LayerInput input = readLayerInput<Cell>(x, weightIh, biasIh, bias, sequence, size);
  const SegmentInputs<Cell> from(run, sequence, size);
  const TensorView dX = run.output(0, x.shape()), dWeightIh = run.output(1, weightIh.shape()), dWeight = run.output(2, weight.shape());
  const TensorView dBiasIh = run.output(3, {width}), dBias = run.output(4, {width});
  const ForwardCall again{sequence, size, nullptr, nullptr, input, weight.data<float>(), bias.data<float>(), nullptr, nullptr};
  runSegmentsBackward<Cell>(
      {sequence, size, from.dHidden.template data<float>(), nullptr, nullptr, weight.data<float>(), dWeight.data<float>(),
       dBias.data<float>(), nullptr, input, dX.data<float>(), dWeightIh.data<float>(), dBiasIh.data<float>()},
      again, from.states.template data<float>(), threadsFor(2 * products(sequence, Cell::kGates, size)));
}

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

/** 1 where the CPU multiplies bfloat16 itself, 0 where products of it are made of float32's. */
void multipliesHalves(const OpRun& run) { *run.output(0, {}).data<float>() = kMultipliesHalves ? 1 : 0; }

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
              attributes, createWalk<false>, guarded<Cell, inFloat32<segments<Cell>>>, deleteWalk});
  registerOp({"GatelabSegmentsGrad_" + cell,
              {"d_hidden: float", "states: float", "gate_inputs: float", "index: int32", "weight_hh: float", "bias_hh: float",
               "mask: float", "batch_sizes: int32"},
              {"d_gate_inputs: float", "d_weight_hh: float", "d_bias_hh: float"},
              attributes, createWalk<false>, guarded<Cell, inFloat32<segmentsBackward<Cell>>>, deleteWalk});
  registerOp({"GatelabLayerSegments_" + cell,
              {"x: float", "weight_ih: float", "weight_hh: float", "bias_ih: float", "bias_hh: float", "batch_sizes: int32"},
              {"hidden: float", "states: float"},
              attributes, createWalk<false>, guarded<Cell, inFloat32<layerSegments<Cell>>>, deleteWalk});
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
              forwardAttributes, createWalk<true>, guarded<Cell, forward<Cell>>, deleteWalk});
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
              forwardAttributes, createWalk<true>, guarded<Cell, layerForward<Cell>>, deleteWalk});
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

void registerRecurrenceOps() {
  registerCell<Rnn>("rnn");
  registerCell<Lstm>("lstm");
  registerCell<Gru>("gru");
  registerCell<PrintedGru>("gru_printed");
  registerPlain<roundRows>("GatelabRoundRows", {"x: float"}, {"rounded: float"});
  registerPlain<multipliesHalves>("GatelabMultipliesHalves", {}, {"multiplies: float"});
}

}  // namespace gatelab
