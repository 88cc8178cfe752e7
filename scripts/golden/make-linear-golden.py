"""Writes test/golden/linear.json: logistic regression, the L2-loss SVM and an NB-SVM as scikit-learn solves them, on a small problem.

Run from the repository: pip install scikit-learn, then python scripts/golden/make-linear-golden.py
The last column is the bias, all ones, and is regularised like any other, as LIBLINEAR does it.
"""

import json
import pathlib
import warnings

import numpy
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

ROWS, FEATURES, STRENGTHS, SMOOTHING, SHARE = 60, 8, [0.01, 0.3, 3.0], 1.0, 0.25

random = numpy.random.default_rng(7)
truth = random.normal(size=FEATURES)
counts = random.poisson(0.8, size=(ROWS, FEATURES)).astype(float)
labels = (counts @ truth + random.normal(size=ROWS) > numpy.median(counts @ truth) - 0.5).astype(int)  # not balanced
signs = 2.0 * labels - 1.0


def with_bias(rows):
    return numpy.hstack([rows, numpy.ones((len(rows), 1))])


def listed(values):
    return [float(f"{value:.12g}") for value in numpy.ravel(values)]


def solve_logistic(rows, strength):
    solver = LogisticRegression(C=strength, fit_intercept=False, solver="newton-cg", tol=1e-14, max_iter=100_000)
    return solver.fit(rows, labels).coef_[0]


def solve_svm(rows, strength):
    solver = LinearSVC(C=strength, fit_intercept=False, loss="squared_hinge", dual=False, tol=1e-14, max_iter=100_000)
    return solver.fit(rows, labels).coef_[0]


def solve_nb_svm(strength):
    """Wang and Manning (2012), sections 2.1 and 2.3; the bias mixed like the weights."""
    present = (counts > 0).astype(float)
    p = SMOOTHING + present[labels == 1].sum(axis=0)
    q = SMOOTHING + present[labels == 0].sum(axis=0)
    ratios = numpy.log((p / p.sum()) / (q / q.sum()))
    weights = solve_svm(with_bias(present * ratios), strength)
    mean = numpy.abs(weights[:-1]).mean()
    prior = numpy.log(labels.sum() / (1 - labels).sum())
    naive = mean * numpy.append(ratios, prior)
    return (1 - SHARE) * naive + SHARE * numpy.append(weights[:-1] * ratios, weights[-1])


warnings.simplefilter("ignore")  # newton-cg warns that 1e-14 is out of reach: it stops at what rounding allows
cases = [
    {
        "strength": strength,
        "logistic": listed(solve_logistic(with_bias(counts), strength)),
        "svm": listed(solve_svm(with_bias(counts), strength)),
        "nbSvm": listed(solve_nb_svm(strength)),
    }
    for strength in STRENGTHS
]
golden = {"counts": counts.astype(int).tolist(), "labels": labels.tolist(), "smoothing": SMOOTHING, "interpolation": SHARE, "cases": cases}
path = pathlib.Path("test/golden/linear.json")
path.write_text(json.dumps(golden) + "\n")
print(f"wrote {path}: {labels.sum()} of {ROWS} positive")
