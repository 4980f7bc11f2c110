"""Top-k accuracy, AUC, log loss, precision, recall, F1 and confusion matrix by scikit-learn, the expected calibration error by numpy: writes metrics.json beside this script.

    /usr/bin/python3 tests/Fixtures/metrics/make.py        (Debian 12: python3-sklearn 1.2)
"""
import json
import os

import numpy
from sklearn.metrics import confusion_matrix, log_loss, precision_recall_fscore_support, roc_auc_score, top_k_accuracy_score
from sklearn.utils.class_weight import compute_class_weight

random = numpy.random.default_rng(11)


def calibration(p, y):
    confidence, right = p.max(1), p.argmax(1) == y
    edges = numpy.linspace(0, 1, 16)
    error = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += abs(right[inside].mean() - confidence[inside].mean()) * inside.mean()
    return error


cases = []
for classes, count, ties, sparse in ((2, 60, False, False), (2, 40, True, False), (3, 90, False, False), (7, 200, True, False), (5, 40, False, True)):
    # Sparse: class 2 is never predicted, 3 has no images, 4 neither.
    y = random.integers(0, 3 if sparse else classes, count)
    logits = random.normal(size=(count, classes)) + 1.2 * numpy.eye(classes)[y]
    if sparse:
        logits[:, [2, 4]] -= 9
    p = numpy.exp(logits) / numpy.exp(logits).sum(1, keepdims=True)
    if ties:
        p = numpy.round(p * 16 + 0.5) / 16
        p /= p.sum(1, keepdims=True)
    p = p.astype(numpy.float32)
    if classes == 2:
        p[:, 0] = 1 - p[:, 1]
    wide = p.astype(numpy.float64)
    # log_loss wants rows that sum to 1; float32's don't to the last digit. AUC must see what is equal as equal.
    exact = wide / wide.sum(1, keepdims=True)
    areas = [] if sparse else [roc_auc_score(y == c, wide[:, c]) for c in range(classes)]
    predicted = p.argmax(1)
    precision, recall, f1, _ = precision_recall_fscore_support(y, predicted, labels=range(classes), zero_division=0)
    cases.append(dict(
        classes=classes, labels=y.tolist(), probabilities=[float(v) for v in p.flatten()],
        # Among equal probabilities scikit-learn takes the last, argmax the first: only cases without them are compared.
        top={} if ties else {k: float(top_k_accuracy_score(y, wide[:, 1] if classes == 2 else wide, k=k, labels=range(classes))) for k in range(1, min(classes, 4))},
        auc=None if sparse else float(areas[1] if classes == 2 else numpy.mean(areas)),
        precision=precision.tolist(), recall=recall.tolist(), f1=f1.tolist(), confusion=confusion_matrix(y, predicted, labels=range(classes)).tolist(),
        logLoss=float(log_loss(y, exact, labels=range(classes))), calibration=float(calibration(wide, y)),
        balanced=None if sparse else compute_class_weight("balanced", classes=numpy.arange(classes), y=y).tolist()))

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "metrics.json"), "w", newline="\n") as file:
    file.write("[\n" + ",\n".join(" " + json.dumps(case) for case in cases) + "\n]\n")
