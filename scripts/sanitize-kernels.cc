// Runs the kernels of src/native without TensorFlow over random shapes, against their definition written plainly in double
// precision, with 1, 2 and 3 threads, whose results must be the same bits. Built and run by sanitize-kernels.sh.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include "../src/native/adam.h"
#include "../src/native/backward-segments.h"
#include "../src/native/forward.h"
#include "../src/native/gru.h"
#include "../src/native/lstm.h"
#include "../src/native/minimal.h"
#include "../src/native/norm.h"
#include "../src/native/philox.h"
#include "../src/native/printed-gru.h"
#include "../src/native/product.h"
#include "../src/native/rnn.h"
#include "../src/native/rows.h"
#include "../src/native/shared-rows.h"
#include "sanitize-attention.h"
#include "sanitize-rounded.h"
#include "sanitize-rows.h"

namespace {

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

/**
 * One unit of one row, forward and backward: gates into `a`, gradients of x and r into dx and dr. PrintedGruUnit has each pass in two
 * halves, around the product of all units' r·h with W_hh[:H].
 */
struct RnnUnit {
  static void forward(const double* x, const double* r, double, double, double* a, double& c, double& h) {
    c = 0, h = a[0] = std::tanh(x[0] + r[0]);
  }
  static void backward(const double* a, const double*, double, double, double, double dh, double&, double* dx, double* dr, double& direct) {
    direct = 0;
    dx[0] = dr[0] = dh * (1 - a[0] * a[0]);
  }
};

struct LstmUnit {
  static void forward(const double* x, const double* r, double, double cBefore, double* a, double& c, double& h) {
    for (int g = 0; g < 4; g++) a[g] = g == 2 ? std::tanh(x[g] + r[g]) : logistic(x[g] + r[g]);
    c = a[1] * cBefore + a[0] * a[2];
    h = a[3] * std::tanh(c);
  }
  static void backward(const double* a, const double*, double, double cBefore, double c, double dh, double& dc, double* dx, double* dr,
                       double& direct) {
    const double t = std::tanh(c), d = dc + dh * a[3] * (1 - t * t);
    dx[0] = d * a[2] * a[0] * (1 - a[0]);
    dx[1] = d * cBefore * a[1] * (1 - a[1]);
    dx[2] = d * a[0] * (1 - a[2] * a[2]);
    dx[3] = dh * t * a[3] * (1 - a[3]);
    std::copy(dx, dx + 4, dr);
    dc = d * a[1];
    direct = 0;
  }
};

struct GruUnit {
  static void forward(const double* x, const double* r, double hBefore, double, double* a, double& c, double& h) {
    a[0] = logistic(x[0] + r[0]), a[1] = logistic(x[1] + r[1]), a[2] = std::tanh(x[2] + a[0] * r[2]);
    c = 0, h = (1 - a[1]) * a[2] + a[1] * hBefore;
  }
  static void backward(const double* a, const double* r, double hBefore, double, double, double dh, double&, double* dx, double* dr,
                       double& direct) {
    const double dn = dh * (1 - a[1]) * (1 - a[2] * a[2]);
    dx[0] = dr[0] = dn * r[2] * a[0] * (1 - a[0]);
    dx[1] = dr[1] = dh * (hBefore - a[2]) * a[1] * (1 - a[1]);
    dx[2] = dn, dr[2] = dn * a[0];
    direct = dh * a[1];
  }
};

struct PrintedGruUnit {
  static void forward(const double* x, const double* r, double, double, double* a, double& c, double&) {
    c = 0, a[0] = logistic(x[0] + r[0]), a[1] = logistic(x[1] + r[1]);
  }
  static void candidate(double x, double product, double hBefore, double* a, double& h) {
    a[2] = std::tanh(x + product), h = (1 - a[1]) * hBefore + a[1] * a[2];
  }
  static double backwardCandidate(const double* a, double dh) { return dh * a[1] * (1 - a[2] * a[2]); }
  static void backward(const double* a, double dCandidate, double dReset, double hBefore, double dh, double* dx, double* dr,
                       double& direct) {
    dr[0] = dReset * hBefore * a[0] * (1 - a[0]), dx[0] = dr[0] + dCandidate;
    dr[1] = dx[1] = dh * (a[2] - hBefore) * a[1] * (1 - a[1]);
    direct = dh * (1 - a[1]) + dReset * a[0];
  }
};

struct Expected {
  Doubles hidden, dx, dw, db;
};

constexpr int kMostGates = 4;

template <class Unit>
Expected define(const Problem& p) {
  const int H = p.H, G = p.G, T = static_cast<int>(p.batchSizes.size());
  constexpr bool kResets = std::is_same_v<Unit, PrintedGruUnit>;
  Doubles h(p.N * H), c(p.N * H), a(p.N * H * kMostGates), r(p.N * H * G);
  Expected e{h, Doubles(size_t(p.U) * G * H), Doubles(p.w.size()), Doubles(p.b.size())};
  const auto before = [&](int t, int row) -> int64_t { // packed row of the step visited before, or −1
    const int s = p.reverse ? t + 1 : t - 1;
    return s < 0 || s >= T || row >= p.batchSizes[s] ? -1 : p.offsets[s] + row;
  };
  const auto at = [](const Doubles& values, int64_t row, int width, int k) { return row < 0 ? 0.0 : values[row * width + k]; };
  for (int visit = 0; visit < T; visit++)
    for (int t = p.reverse ? T - 1 - visit : visit, row = 0; row < p.batchSizes[t]; row++) {
      const int64_t i = p.offsets[t] + row, j = before(t, row);
      for (int u = 0; u < H; u++) {
        double xs[4], rs[4];
        for (int g = 0; g < G; g++) {
          xs[g] = p.x[(p.inputRow(i) * G + g) * H + u], rs[g] = p.b[g * H + u];
          for (int k = 0; k < H; k++) rs[g] += p.w[(size_t(g) * H + u) * H + k] * p.maskAt(row, k) * at(h, j, H, k);
          r[(i * H + u) * G + g] = rs[g];
        }
        Unit::forward(xs, rs, at(h, j, H, u), at(c, j, H, u), &a[(i * H + u) * kMostGates], c[i * H + u], h[i * H + u]);
      }
      if constexpr (kResets)
        for (int u = 0; u < H; u++) {
          double product = 0;
          for (int k = 0; k < H; k++) product += p.w[size_t(u) * H + k] * a[(i * H + k) * kMostGates] * at(h, j, H, k);
          Unit::candidate(p.x[p.inputRow(i) * G * H + u], product, at(h, j, H, u), &a[(i * H + u) * kMostGates], h[i * H + u]);
        }
    }
  e.hidden = h;
  Doubles dh(p.dHidden.begin(), p.dHidden.end()), dc(p.N * H);
  for (int visit = T - 1; visit >= 0; visit--)
    for (int t = p.reverse ? T - 1 - visit : visit, row = 0; row < p.batchSizes[t]; row++) {
      const int64_t i = p.offsets[t] + row, j = before(t, row);
      Doubles dCandidate(H), dReset(H);
      if constexpr (kResets)
        for (int u = 0; u < H; u++) {
          dCandidate[u] = Unit::backwardCandidate(&a[(i * H + u) * kMostGates], dh[i * H + u]);
          for (int k = 0; k < H && j >= 0; k++) {
            dReset[k] += dCandidate[u] * p.w[size_t(u) * H + k];
            e.dw[size_t(u) * H + k] += dCandidate[u] * a[(i * H + k) * kMostGates] * h[j * H + k];
          }
        }
      for (int u = 0; u < H; u++) {
        double dx[4], dr[4], direct;
        if constexpr (kResets)
          Unit::backward(&a[(i * H + u) * kMostGates], dCandidate[u], dReset[u], at(h, j, H, u), dh[i * H + u], dx, dr, direct);
        else
          Unit::backward(&a[(i * H + u) * kMostGates], &r[(i * H + u) * G], at(h, j, H, u), at(c, j, H, u), c[i * H + u], dh[i * H + u],
                         dc[i * H + u], dx, dr, direct);
        if (j >= 0) dc[j * H + u] += dc[i * H + u], dh[j * H + u] += direct;
        for (int g = 0; g < G; g++) {
          e.dx[(p.inputRow(i) * G + g) * H + u] += dx[g];
          e.db[g * H + u] += dr[g];
          for (int k = 0; k < H && j >= 0; k++) {
            e.dw[(size_t(g) * H + u) * H + k] += dr[g] * p.maskAt(row, k) * h[j * H + k];
            dh[j * H + k] += dr[g] * p.maskAt(row, k) * p.w[(size_t(g) * H + u) * H + k];
          }
        }
      }
    }
  return e;
}

template <class Cell, class Unit>
void testCell(const char* name) {
  Problem p(Cell::kGates);
  if (!Cell::kResetsBefore && !p.batchSizes.empty() && below(2) != 0) p.mask = randomFloats(size_t(p.batchSizes[0]) * p.H, 1);
  const Expected e = define<Unit>(p);
  const Sequence sequence(p.batchSizes.data(), static_cast<int64_t>(p.batchSizes.size()), p.reverse);
  Floats first[4];
  for (int threads = 1; threads <= 3; threads++) {
    Floats hidden(p.N * p.H), saved(p.N * Units<Cell>{p.H}.savedWidth()), dx(e.dx.size()), dw(e.dw.size()), db(e.db.size());
    runForward<Cell>({sequence, p.H, p.x.data(), p.indexOrNull(), {}, p.w.data(), p.b.data(), hidden.data(), saved.data(), false, false,
                      p.maskOrNull()}, threads);
    Floats perToken(p.index.empty() ? 0 : p.N * p.G * p.H);
    float* const dInputs = p.index.empty() ? dx.data() : perToken.data();
    runBackward<Cell>({sequence,
                       p.H,
                       p.dHidden.data(),
                       hidden.data(),
                       saved.data(),
                       p.w.data(),
                       dw.data(),
                       db.data(),
                       dInputs,
                       {},
                       nullptr,
                       nullptr,
                       nullptr,
                       false,
                       false,
                       p.maskOrNull()},
                      threads);
    if (!p.index.empty()) sumSharedRows(dInputs, p.index.data(), p.N, p.U, p.G * p.H, dx.data(), threads);
    const double worst = std::max({difference(hidden, e.hidden), difference(dx, e.dx), difference(dw, e.dw), difference(db, e.db)});
    if (!(worst < 2e-5))
      failures++, std::printf("FAILED %s H %d tokens %ld rows %d: %g\n", name, p.H, long(p.N), sequence.maxRows(), worst);
    const Floats* const all[4] = {&hidden, &dx, &dw, &db};
    for (int k = 0; k < 4; k++) {
      if (threads == 1) first[k] = *all[k];
      else
        expect(first[k].empty() || std::memcmp(first[k].data(), all[k]->data(), first[k].size() * sizeof(float)) == 0,
               "threads change the result");
    }
  }
}

/** A layer whose steps are computed again by segments, against one that keeps them all: hidden, then the gradients. */
template <class Cell>
void testSegments(const Problem& p, const Sequence& sequence, const LayerInput& input, const std::vector<const Floats*>& expected,
                  int threads) {
  std::vector<Floats> to;
  for (const Floats* like : expected) to.emplace_back(like->size());
  Floats states(countStates(cutIntoSegments(sequence)) * stateWidth<Cell>(p.H));
  const ForwardCall again{sequence, p.H, nullptr, nullptr, input, p.w.data(), p.b.data(), nullptr, nullptr};
  ForwardCall first = again;
  first.hidden = to[0].data();
  first.states = states.data();
  runForward<Cell>(first, threads);
  runSegmentsBackward<Cell>({sequence, p.H, p.dHidden.data(), nullptr, nullptr, p.w.data(), to[4].data(), to[5].data(), nullptr, input,
                             to[1].data(), to[2].data(), to[3].data()},
                            again, states.data(), threads);
  for (size_t k = 0; k < to.size(); k++) expect(to[k] == *expected[k], "segments change a layer's result");
}

/** A whole layer: the recurrence of its input product, and the gradients of that product by the chain rule. */
template <class Cell, class Unit>
void testLayer(const char* name) {
  Problem p(Cell::kGates);
  const int D = 1 + below(below(4) == 0 ? 140 : 40), width = p.G * p.H;
  const Floats x = randomFloats(p.N * D, 1), w = randomFloats(size_t(width) * D, 1 / std::sqrt(D)), b = randomFloats(width, 0.5);
  p.index.clear(), p.U = static_cast<int>(p.N), p.x.assign(p.N * width, 0);
  for (int64_t i = 0; i < p.N; i++)
    for (int row = 0; row < width; row++) {
      double sum = b[row];
      for (int k = 0; k < D; k++) sum += double(w[size_t(row) * D + k]) * x[i * D + k];
      p.x[i * width + row] = static_cast<float>(sum);
    }
  const Expected e = define<Unit>(p);
  Doubles dX(x.size()), dW(w.size()), dB(b.size());
  for (int64_t i = 0; i < p.N; i++)
    for (int row = 0; row < width; row++) {
      const double d = e.dx[i * width + row];
      dB[row] += d;
      for (int k = 0; k < D; k++) dX[i * D + k] += d * w[size_t(row) * D + k], dW[size_t(row) * D + k] += d * x[i * D + k];
    }
  const Sequence sequence(p.batchSizes.data(), static_cast<int64_t>(p.batchSizes.size()), p.reverse);
  const LayerInput input{x.data(), D, w.data(), b.data()};
  Floats first[6];
  for (int threads = 1; threads <= 3; threads++) {
    Floats hidden(p.N * p.H), saved(p.N * Units<Cell>{p.H}.savedWidth()), dx(x.size()), dwi(w.size()), dbi(b.size()), dw(p.w.size()),
        db(p.b.size()), alone(hidden.size());
    runForward<Cell>({sequence, p.H, nullptr, nullptr, input, p.w.data(), p.b.data(), hidden.data(), saved.data()}, threads);
    runForward<Cell>({sequence, p.H, nullptr, nullptr, input, p.w.data(), p.b.data(), alone.data(), nullptr}, threads);
    expect(hidden == alone, "saving changes the result");
    runBackward<Cell>({sequence, p.H, p.dHidden.data(), hidden.data(), saved.data(), p.w.data(), dw.data(), db.data(), nullptr, input,
                       dx.data(), dwi.data(), dbi.data()},
                      threads);
    testSegments<Cell>(p, sequence, input, {&hidden, &dx, &dwi, &dbi, &dw, &db}, threads);
    const double worst = std::max({difference(hidden, e.hidden), difference(dx, dX), difference(dwi, dW), difference(dbi, dB),
                                   difference(dw, e.dw), difference(db, e.db)});
    if (!(worst < 2e-5))
      failures++, std::printf("FAILED %s H %d D %d tokens %ld rows %d: %g\n", name, p.H, D, long(p.N), sequence.maxRows(), worst);
    const Floats* const all[6] = {&hidden, &dx, &dwi, &dbi, &dw, &db};
    for (int k = 0; k < 6; k++) {
      if (threads == 1) first[k] = *all[k];
      else
        expect(first[k].empty() || std::memcmp(first[k].data(), all[k]->data(), first[k].size() * sizeof(float)) == 0,
               "threads change a layer's result");
    }
  }
}

void testAdam() {
  const int rows = 1 + below(50), width = 1 + below(70);
  const bool dense = below(2) != 0;
  std::vector<int32_t> ids;
  for (int row = 0; row < rows && !dense; row++) if (below(3) == 0) ids.push_back(row);
  std::shuffle(ids.begin(), ids.end(), random_);
  const size_t count = size_t(rows) * width;
  const Floats g = randomFloats(dense ? count : ids.size() * width, 1), w0 = randomFloats(count, 1), m0 = randomFloats(count, 1);
  Floats v0 = randomFloats(count, 1);
  for (float& v : v0) v *= v;
  Doubles full(count);
  for (size_t i = 0; i < g.size(); i++) full[dense ? i : size_t(ids[i / width]) * width + i % width] = g[i];
  const AdamScalars s{0.9f, 0.1f, 0.999f, 0.001f, 1e-8f, 1e-3f, 0.5f, 0.7f};
  for (int threads = 1; threads <= 3; threads++) {
    Floats w = w0, m = m0, v = v0;
    adamStep({w.data(), m.data(), v.data(), rows, width, dense, g.data(), ids.data(), static_cast<int64_t>(ids.size()), s}, threads);
    Doubles e(count);
    for (size_t i = 0; i < count; i++) {
      const double gi = full[i] * s.gradientScale, mi = m0[i] * s.beta1 + gi * s.oneMinusBeta1,
                   vi = v0[i] * s.beta2 + gi * gi * s.oneMinusBeta2;
      e[i] = w0[i] - mi / (std::sqrt(vi) / s.correction + s.epsilon) * s.stepSize;
    }
    expect(difference(w, e) < 1e-6, "Adam");
  }
}

double positive(double x) { return x >= 0 ? x + 0.5 : logistic(x); }
double positiveSlope(double x) { return x >= 0 ? 1 : logistic(x) * (1 - logistic(x)); }

struct MinGruUnit {
  static void forward(const double* x, double& a, double& b) { a = 1 - logistic(x[0]), b = logistic(x[0]) * positive(x[1]); }
  static void backward(const double* x, double dA, double dB, double* dx) {
    const double z = logistic(x[0]);
    dx[0] = (dB * positive(x[1]) - dA) * z * (1 - z), dx[1] = dB * z * positiveSlope(x[1]);
  }
};

struct MinLstmUnit {
  static void forward(const double* x, double& a, double& b) {
    const double f = logistic(x[0]), i = logistic(x[1]);
    a = f / (f + i), b = i / (f + i) * positive(x[2]);
  }
  static void backward(const double* x, double dA, double dB, double* dx) {
    const double f = logistic(x[0]), i = logistic(x[1]), dShare = (dB * positive(x[2]) - dA) / ((f + i) * (f + i));
    dx[0] = -dShare * i * f * (1 - f), dx[1] = dShare * f * i * (1 - i), dx[2] = dB * i / (f + i) * positiveSlope(x[2]);
  }
};

struct QrnnUnit {
  static void forward(const double* x, double& a, double& b) { a = logistic(x[1]), b = (1 - logistic(x[1])) * std::tanh(x[0]); }
  static void backward(const double* x, double dA, double dB, double* dx) {
    const double z = std::tanh(x[0]), f = logistic(x[1]);
    dx[0] = dB * (1 - f) * (1 - z * z), dx[1] = (dA - dB * z) * f * (1 - f);
  }
};

/** States, outputs and gradients against the equations in double precision, and results that no number of threads changes. */
template <class Cell, class Unit>
void testMinimal(const char* name) {
  const Problem p(Cell::kGates);
  const Sequence sequence(p.batchSizes.data(), int64_t(p.batchSizes.size()), p.reverse);
  const MinimalInputs in{sequence, p.H, p.x.data(), p.indexOrNull()};
  Floats firstStates, firstHidden, firstDx;
  for (int threads = 1; threads <= 3; threads++) {
    Floats states(p.N * p.H), hidden(Cell::kHasOutputGate ? p.N * p.H : 0), dx(p.N * p.G * p.H);
    minimalForward<Cell>(in, states.data(), hidden.data(), threads);
    minimalBackward<Cell>(in, p.dHidden.data(), states.data(), dx.data(), threads);
    if (threads == 1) firstStates = states, firstHidden = hidden, firstDx = dx;
    expect(states == firstStates && hidden == firstHidden && dx == firstDx, "threads change a minimal cell's result");
  }
  Doubles e(p.N * p.H), eHidden(firstHidden.size()), eDx(p.N * p.G * p.H), carry(size_t(sequence.maxRows()) * p.H);
  const auto gatesOf = [&](int64_t token, int u, double* x) {
    for (int gate = 0; gate < p.G; gate++) x[gate] = p.x[(p.inputRow(token) * p.G + gate) * p.H + u];
  };
  const auto forEachUnit = [&](const Step& step, auto work) {
    for (int row = 0; row < step.rows; row++)
      for (int u = 0; u < p.H; u++) {
        double x[Cell::kGates], a, b;
        gatesOf(step.offset + row, u, x), Unit::forward(x, a, b);
        work(row, u, (step.offset + row) * p.H + u, row < step.rowsBefore ? e[(step.offsetBefore + row) * p.H + u] : 0.0, x, a, b);
      }
  };
  for (int visit = 0; visit < sequence.steps(); visit++)
    forEachUnit(sequence.at(visit),
                [&](int, int, int64_t at, double before, const double* x, double a, double b) {
                  e[at] = a * before + b;
                  if (Cell::kHasOutputGate) eHidden[at] = logistic(x[p.G - 1]) * e[at];
                });
  for (int visit = sequence.steps() - 1; visit >= 0; visit--) {
    const Step step = sequence.at(visit);
    forEachUnit(step, [&](int row, int u, int64_t at, double before, const double* x, double a, double) {
      double dx[Cell::kGates];
      const double o = Cell::kHasOutputGate ? logistic(x[p.G - 1]) : 1, g = p.dHidden[at] * o + carry[row * p.H + u];
      dx[p.G - 1] = p.dHidden[at] * e[at] * o * (1 - o);
      Unit::backward(x, g * before, g, dx);
      carry[row * p.H + u] = a * g;
      for (int gate = 0; gate < p.G; gate++) eDx[((step.offset + row) * p.G + gate) * p.H + u] = dx[gate];
    });
  }
  const double worst = std::max({difference(firstStates, e), difference(firstHidden, eHidden), difference(firstDx, eDx)});
  if (!(worst < 2e-5)) failures++, std::printf("FAILED %s\n", name);
}

/** Matrices of sizes around those of tiles and blocks, and transposed; every row alone gives the bits that it gives among others. */
void testProduct() {
  const int64_t rows = below(40), terms = below(2) ? below(40) : 200 + below(400), columns = 1 + below(60), count = 1 + below(9);
  const bool ta = below(2) != 0, tb = below(2) != 0;
  const Floats a = randomFloats(count * rows * terms, 1), b = randomFloats(count * terms * columns, 1);
  const Floats biases = randomFloats(below(2) != 0 ? columns : 0, 1);
  const float* const bias = biases.empty() ? nullptr : biases.data();
  const auto view = [](const Floats& values, int64_t r, int64_t c, bool transposed) {
    return transposed ? MatrixView::of(values.data(), c, r, true) : MatrixView::of(values.data(), r, c, false);
  };
  const MatrixView left = view(a, rows, terms, ta), right = view(b, terms, columns, tb);
  const auto element = [](const MatrixView& m, int64_t i, int64_t row, int64_t column) {
    return m.at(i).data[row * m.rowStep + column * m.columnStep];
  };
  Doubles exact(count * rows * columns);
  for (int64_t i = 0; i < count; i++)
    for (int64_t row = 0; row < rows; row++)
      for (int64_t column = 0; column < columns; column++) {
        exact[(i * rows + row) * columns + column] = bias == nullptr ? 0 : bias[column];
        for (int64_t k = 0; k < terms; k++)
          exact[(i * rows + row) * columns + column] += double(element(left, i, row, k)) * element(right, i, k, column);
      }
  Floats first;
  for (int threads = 1; threads <= 3; threads++) {
    Floats c(exact.size(), NAN);
    multiplyMatrices(left, right, bias, c.data(), count, threads);
    if (threads == 1) first = c;
    expect(c == first, "threads change a product");
    expect(difference(c, exact) < 1e-5, "product");
  }
  for (int64_t row = 0; row < rows; row++) {
    Floats alone(columns, NAN);
    multiplyMatrices({left.data + row * left.rowStep, 1, terms, left.rowStep, left.columnStep}, right, bias, alone.data(), 1, 1);
    expect(std::equal(alone.begin(), alone.end(), first.begin() + row * columns), "other rows change a row of a product");
  }
}

void testRows() {
  const int64_t rows = below(2) != 0 ? below(20) : below(900), columns = 1 + below(150), count = rows * columns;
  const Floats x = randomFloats(count, 1), dy = randomFloats(count, 1);
  Doubles exact(columns);
  for (int64_t i = 0; i < count; i++) exact[i % columns] += x[i];
  Floats first;
  for (int threads = 1; threads <= 3; threads++) {
    Floats y(count, NAN), dx(count, NAN), sums(columns, NAN);
    relu(x.data(), y.data(), count, threads);
    reluGradient(dy.data(), y.data(), dx.data(), count, threads);
    sumColumns(x.data(), rows, columns, sums.data(), threads);
    bool holds = true;
    for (int64_t i = 0; i < count; i++) holds = holds && y[i] == std::max(x[i], 0.0f) && dx[i] == (x[i] > 0 ? dy[i] : 0);
    expect(holds, "relu");
    if (threads == 1) first = sums;
    expect(sums == first, "threads change sums of columns");
    expect(difference(sums, exact) < 1e-5, "sums of columns");
  }
}

void testDropoutAndNorm() {
  const int64_t count = 1 + below(20000);
  const Floats x = randomFloats(count, 1);
  Floats first;
  double squares = 0, kept = 0;
  for (int threads = 1; threads <= 3; threads++) {
    Floats y(count);
    dropout({x.data(), y.data(), count, 1, 3, 5, 2, 0x80000000u, 2.0f}, threads);
    if (threads == 1) first = y;
    expect(y == first, "threads change a dropout mask");
    squares = sumOfSquares(x.data(), count, threads);
  }
  double exact = 0;
  for (int64_t i = 0; i < count; i++) exact += double(x[i]) * x[i], kept += first[i] != 0;
  expect(std::fabs(squares - exact) < 1e-5 * exact, "sum of squares");
  expect(count < 1000 || std::fabs(kept / count - 0.5) < 0.1, "dropout rate");
}

void testTiles() {
  for (const int rows : {0, 1, 5, 100'000, 2'000'000}) {
    int next = 0, largest = 0;
    forEachTile<3>(rows, [&](int first, auto count) {
      expect(first == next, "tiles follow each other");
      next = first + count.value, largest = std::max<int>(largest, count.value);
    });
    expect(next == rows && largest <= 3, "tiles cover all rows");
  }
}

/** Work that throws in the caller's own thread: it is told, and only when no other thread is at work any more. */
void testThrowingWork() {
  std::atomic<int> ended{0};
  try {
    pool().run(3, [&](int thread) {
      if (thread == 0) throw std::bad_alloc();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ended++;
    });
    expect(false, "what work throws is told");
  } catch (const std::bad_alloc&) {
    expect(ended == 2, "work has ended when what it throws is told");
  }
  pool().run(3, [&](int) { ended++; });
  expect(ended == 5, "the pool goes on");
}

void testActivations() {
  double worstSigmoid = 0, worstTanh = 0;
  const auto ulps = [](double exact, float value) {
    const float near = std::fabs(static_cast<float>(exact));
    return std::fabs(exact - value) / (std::nextafterf(near, INFINITY) - near);
  };
  for (int i = -400000; i <= 400000; i++) {
    const float x = static_cast<float>(i) * 5e-5f;
    worstSigmoid = std::max(worstSigmoid, ulps(1 / (1 + std::exp(-double(x))), sigmoid(broadcast(x))[0]));
    worstTanh = std::max(worstTanh, ulps(std::tanh(double(x)), gatelab::tanh(broadcast(x))[0]));
  }
  std::printf("largest error over [-20, 20]: sigmoid %.2f, tanh %.2f units in the last place\n", worstSigmoid, worstTanh);
  expect(worstSigmoid < 4 && worstTanh < 4, "accuracy of the activations");
  expect(std::isnan(sigmoid(broadcast(NAN))[0]) && std::isnan(gatelab::tanh(broadcast(NAN))[0]), "a NaN stays one");
  expect(sigmoid(broadcast(1e30f))[0] == 1 && sigmoid(broadcast(-1e30f))[0] < 1e-30f && gatelab::tanh(broadcast(-1e30f))[0] == -1,
         "far arguments");
}

}  // namespace

int main(int count, char** arguments) {
  testActivations();
  testTiles();
  testThrowingWork();
  const int rounds = count > 1 ? std::atoi(arguments[1]) : 60;
  for (int round = 0; round < rounds; round++) {
    runTest("rnn", round, testCell<Rnn, RnnUnit>);
    runTest("layer of rnn", round, testLayer<Rnn, RnnUnit>);
    runTest("lstm", round, testCell<Lstm, LstmUnit>);
    runTest("layer of lstm", round, testLayer<Lstm, LstmUnit>);
    runTest("gru", round, testCell<Gru, GruUnit>);
    runTest("layer of gru", round, testLayer<Gru, GruUnit>);
    runTest("printed gru", round, testCell<PrintedGru, PrintedGruUnit>);
    runTest("layer of printed gru", round, testLayer<PrintedGru, PrintedGruUnit>);
    runTest("minGRU", round, testMinimal<MinGru, MinGruUnit>);
    runTest("minLSTM", round, testMinimal<MinLstm, MinLstmUnit>);
    runTest("QRNN", round, testMinimal<Qrnn, QrnnUnit>);
    runTest("rnn kept rounded", round, testRounded<Rnn>);
    runTest("lstm kept rounded", round, testRounded<Lstm>);
    runTest("gru kept rounded", round, testRounded<Gru>);
    runTest("printed gru kept rounded", round, testRounded<PrintedGru>);
    runTest("Adam", round, testAdam);
    runTest("product", round, testProduct);
    runTest("rows", round, testRows);
    runTest("attention", round, testAttention);
    runTest("layer norm", round, testLayerNorm);
    runTest("dropout and norm", round, testDropoutAndNorm);
  }
  testRecycledMemory(), testIdleMemory();
  std::printf("%d rounds of random shapes with vectors of %d floats, %d failures\n", rounds, kLanes, failures);
  return failures == 0 ? 0 : 1;
}
