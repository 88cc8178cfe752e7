"""Writes test/golden/classification.json: scikit-learn's scores of made-up probabilities of two and of three classes.

Run from the repository: pip install scikit-learn, then python scripts/golden/make-classification-golden.py
"""

import json
import pathlib

import numpy
from sklearn import metrics

ITEMS = 40


def score(classes):
    random = numpy.random.default_rng(classes)
    labels = random.integers(0, classes, ITEMS)
    logits = numpy.round(random.normal(size=(ITEMS, classes)) + numpy.eye(classes)[labels], 1)  # rounded, so that some are equal
    probabilities = numpy.exp(logits) / numpy.exp(logits).sum(axis=1, keepdims=True)
    predicted = probabilities.argmax(axis=1)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(labels, predicted)
    return {
        "labels": labels.tolist(),
        "probabilities": probabilities.tolist(),
        "accuracy": metrics.accuracy_score(labels, predicted),
        "confusion": metrics.confusion_matrix(labels, predicted).tolist(),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "support": support.tolist(),
        "area": [metrics.roc_auc_score(labels == k, probabilities[:, k]) for k in range(classes)],
        "macroF1": metrics.f1_score(labels, predicted, average="macro"),
        "weightedF1": metrics.f1_score(labels, predicted, average="weighted"),
        "logLoss": metrics.log_loss(labels, probabilities),
        "brier": metrics.brier_score_loss(labels, probabilities),
    }


path = pathlib.Path(__file__).resolve().parents[2] / "test/golden/classification.json"
path.write_text(json.dumps([score(2), score(3)]) + "\n")
