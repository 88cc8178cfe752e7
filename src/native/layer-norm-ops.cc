// TensorFlow ops of layer normalization.
#include "register-ops.h"
#include "layer-norm.h"
#include "settings.h"
#include "tensorflow-op.h"

namespace gatelab {
namespace {

LayerNormSizes readSizes(const TensorView& x, const TensorView& weight, float epsilon) {
  require(x.rank() == 2 && x.dim(1) > 0 && weight.hasShape({x.dim(1)}), "layer normalization takes rows [N, D] and weights [D]");
  return {x.dim(0), static_cast<int>(x.dim(1)), epsilon};
}

int threadsOf(const LayerNormSizes& sizes) { return threadsFor(double(sizes.rows) * sizes.columns); }

void forward(const OpRun& run) {
  const TensorView x = run.input(0), weight = run.input(1), bias = run.input(2), epsilon = run.input(3);
  require(bias.shape() == weight.shape() && epsilon.count() == 1, "layer normalization takes a bias [D] and one epsilon");
  const LayerNormSizes sizes = readSizes(x, weight, *epsilon.data<float>());
  const TensorView y = run.output(0, x.shape()), values = run.output(1, x.shape()), inverse = run.output(2, {sizes.rows});
  layerNorm(sizes, x.data<float>(), weight.data<float>(), bias.data<float>(), y.data<float>(), values.data<float>(), inverse.data<float>(),
            threadsOf(sizes));
}

void backward(const OpRun& run) {
  const TensorView dy = run.input(0), weight = run.input(1), values = run.input(2), inverse = run.input(3);
  const LayerNormSizes sizes = readSizes(dy, weight, 0);
  require(values.shape() == dy.shape() && inverse.count() == sizes.rows, "kept must be what the forward pass returned");
  const TensorView dx = run.output(0, dy.shape()), dWeight = run.output(1, weight.shape()), dBias = run.output(2, weight.shape());
  const LayerNormKept kept{weight.data<float>(), values.data<float>(), inverse.data<float>()};
  layerNormInputGradient(sizes, dy.data<float>(), kept, dx.data<float>(), threadsOf(sizes));
  layerNormWeightGradients(sizes, dy.data<float>(), kept.values, dWeight.data<float>(), dBias.data<float>(), threadsOf(sizes));
}

}  // namespace

void registerLayerNormOps() {
  registerPlain<forward>("GatelabLayerNorm", {"x: float", "weight: float", "bias: float", "epsilon: float"},
                         {"y: float", "values: float", "inverse: float"});
  registerPlain<backward>("GatelabLayerNormGrad", {"d_y: float", "weight: float", "values: float", "inverse: float"},
                          {"d_x: float", "d_weight: float", "d_bias: float"});
}

}  // namespace gatelab
