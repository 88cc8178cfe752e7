// TensorFlow ops of the rest of a training step.
#include "register-ops.h"
#include <cstdint>
#include "adam.h"
#include "norm.h"
#include "philox.h"
#include "product.h"
#include "rows.h"
#include "settings.h"
#include "tensorflow-op.h"

namespace gatelab {
namespace {

/** x, stream int32 [5] = (seed, purpose, index, subindex, threshold) as unsigned words, scale [1] → y. */
void runDropout(const OpRun& run) {
  const TensorView x = run.input(0), stream = run.input(1), scale = run.input(2);
  require(stream.count() == 5 && scale.count() == 1, "dropout needs five words and a scale");
  const uint32_t* const word = stream.data<uint32_t>();
  const TensorView y = run.output(0, x.shape());
  dropout({x.data<float>(), y.data<float>(), x.count(), {word[0], word[1], word[2], word[3], word[4], *scale.data<float>()}},
          threadsFor(double(x.count())));
}

/** parameter, moments and gradient, ids int32 [U] or [0], scalars [8] as AdamScalars; the first three change in place. */
void runAdam(const OpRun& run) {
  const TensorView w = run.input(0), m = run.input(1), v = run.input(2), gradient = run.input(3), ids = run.input(4),
                   scalars = run.input(5);
  require(m.shape() == w.shape() && v.shape() == w.shape(), "the moments must have the parameter's shape");
  require(scalars.count() == 8, "Adam needs eight scalars");
  const bool dense = ids.count() == 0 && gradient.shape() == w.shape();
  const int64_t rows = w.rank() == 0 ? 1 : w.dim(0), width = rows == 0 ? 0 : w.count() / rows;
  if (!dense) {
    require(gradient.count() == ids.count() * width, "the gradient must have the parameter's shape, or a row for each id");
    for (int64_t k = 0; k < ids.count(); k++) require(ids.data<int32_t>()[k] >= 0 && ids.data<int32_t>()[k] < rows, "id out of range");
  }
  AdamScalars values;
  std::memcpy(&values, scalars.data<float>(), sizeof values);
  adamStep({w.data<float>(), m.data<float>(), v.data<float>(), rows, width, dense, gradient.data<float>(), ids.data<int32_t>(), ids.count(),
            values},
           threadsFor(double(w.count())));
}

void runSumOfSquares(const OpRun& run) {
  const TensorView x = run.input(0);
  *run.output(0, {}).data<float>() = static_cast<float>(sumOfSquares(x.data<float>(), x.count(), threadsFor(double(x.count()))));
}

/**
 * a and b [..., rows, columns], matrices one after the other, transposed int32 [2], whether each is read as its transpose, bias [columns of
 * the product] or [0] → a·b + bias.
 */
void runProduct(const OpRun& run) {
  const TensorView a = run.input(0), b = run.input(1), transposed = run.input(2), bias = run.input(3);
  require(a.rank() >= 2 && b.rank() == a.rank() && transposed.count() == 2, "a product takes matrices, as many of each, and two flags");
  const int32_t* const flags = transposed.data<int32_t>();
  const int axis = a.rank() - 2;
  const MatrixView left = MatrixView::of(a.data<float>(), a.dim(axis), a.dim(axis + 1), flags[0] != 0),
                   right = MatrixView::of(b.data<float>(), b.dim(axis), b.dim(axis + 1), flags[1] != 0);
  require(left.columns == right.rows, "the columns of a must be as many as the rows of b");
  std::vector<int64_t> shape = a.shape();
  int64_t count = 1;
  for (int k = 0; k < axis; k++) {
    require(b.dim(k) == shape[k], "a product takes as many matrices of each");
    count *= shape[k];
  }
  shape[axis] = left.rows, shape[axis + 1] = right.columns;
  require(bias.count() == 0 || bias.count() == right.columns, "the bias must have a number for each column of the product");
  const TensorView c = run.output(0, shape);
  if (c.count() > 0)
    multiplyMatrices(left, right, bias.count() == 0 ? nullptr : bias.data<float>(), c.data<float>(), count,
                     threadsFor(double(c.count()) * std::max<int64_t>(left.columns, 1)));
}

void runRelu(const OpRun& run) {
  const TensorView x = run.input(0), y = run.output(0, x.shape());
  relu(x.data<float>(), y.data<float>(), x.count(), threadsFor(double(x.count())));
}

/** dy and what relu gave, or what dropout left of it → dx. */
void runReluGradient(const OpRun& run) {
  const TensorView dy = run.input(0), y = run.input(1);
  require(dy.shape() == y.shape(), "the gradient must have the result's shape");
  const TensorView dx = run.output(0, dy.shape());
  reluGradient(dy.data<float>(), y.data<float>(), dx.data<float>(), dy.count(), threadsFor(double(dy.count())));
}

/** rows [n, K] → [K] */
void runSumColumns(const OpRun& run) {
  const TensorView rows = run.input(0);
  require(rows.rank() == 2, "rows must be [n, K]");
  const TensorView sums = run.output(0, {rows.dim(1)});
  sumColumns(rows.data<float>(), rows.dim(0), rows.dim(1), sums.data<float>(), threadsFor(double(rows.count())));
}

/** Sets the number of threads when given one of at least 1; returns the number in use. */
void runThreads(const OpRun& run) {
  const TensorView wanted = run.input(0);
  require(wanted.count() == 1, "threads must be one number");
  if (*wanted.data<int32_t>() > 0) threadSetting() = clampThreads(*wanted.data<int32_t>());
  *run.output(0, {}).data<float>() = static_cast<float>(threadSetting());
}

}  // namespace

void registerTrainingOps() {
  registerPlain<runDropout>("GatelabDropout", {"x: float", "stream: int32", "scale: float"}, {"y: float"});
  registerPlain<runAdam>(
      "GatelabAdam", {"parameter: float", "first_moment: float", "second_moment: float", "gradient: float", "ids: int32", "scalars: float"},
      {});
  registerPlain<runProduct>("GatelabProduct", {"a: float", "b: float", "transposed: int32", "bias: float"}, {"product: float"});
  registerPlain<runRelu>("GatelabRelu", {"x: float"}, {"y: float"});
  registerPlain<runReluGradient>("GatelabReluGrad", {"dy: float", "y: float"}, {"dx: float"});
  registerPlain<runSumColumns>("GatelabSumColumns", {"rows: float"}, {"sums: float"});
  registerPlain<runSumOfSquares>("GatelabSumOfSquares", {"x: float"}, {"sum: float"});
  registerPlain<runThreads>("GatelabThreads", {"threads: int32"}, {"in_use: float"});
}

}  // namespace gatelab
