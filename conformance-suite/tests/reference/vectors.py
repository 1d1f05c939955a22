"""Vectors of metrics: small inputs and the values that public reference libraries give for them, edge cases first.

Writes one JSON-lines file a metric into `../vectors`, the versions of the libraries into `versions.json` there, and the
table of its README.md, which documents the format. Every value is computed from the input as it is written, so that any
other tool can be held against the same lines. The result depends on nothing but the versions: seeds are fixed.

Each metric is one row of `METRICS`: a function of (input, parameters), and one that gives its cases.

Run `python vectors.py` to write, `python vectors.py --check` to compute all again and exit with 1 if a file differs.
Needs fairlearn, jiwer, krippendorff, lm-eval (its `api/metrics.py` alone), numpy, pycocotools, rouge-score, sacrebleu,
scikit-learn, scipy, seqeval, statsmodels, torch (CPU) and torchmetrics, in the versions of versions.json.
"""

import argparse
import collections
import contextlib
import dataclasses
import importlib.metadata
import io
import itertools
import json
import logging
import math
import os
import pathlib
import re
import string
import sys
import typing
import warnings
import zlib

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("OMP_NUM_THREADS", "1")
import fairlearn.metrics as fair
import jiwer
import krippendorff
import lm_eval.api.metrics as harness
import numpy as np
import sacrebleu
import scipy.spatial.distance
import scipy.stats
import seqeval.metrics
import seqeval.scheme
import sklearn.metrics as sk
import statsmodels.stats.contingency_tables
import statsmodels.stats.inter_rater
import statsmodels.stats.proportion
import torch
import torchmetrics.functional.regression as regression
import torchmetrics.functional.retrieval as retrieval
import torchmetrics.functional.text as text_metrics
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from rouge_score import rouge_scorer
from torchmetrics.functional.classification.calibration_error import _ce_compute

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "vectors"
LIBRARIES = [
    "fairlearn", "jiwer", "krippendorff", "lm-eval", "nltk", "numpy", "pycocotools", "rouge-score", "sacrebleu",
    "scikit-learn", "scipy", "seqeval", "statsmodels", "torch", "torchmetrics",
]
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


@dataclasses.dataclass(frozen=True)
class Metric:
    """A metric: its id, the kind of its input, its reference, and how vectors come about."""

    id: str
    kind: str
    by: str
    function: str
    formula: str
    parameters: str
    compute: typing.Callable
    cases: typing.Callable
    trap: str = ""


METRICS = []


def metric(*args, **names):
    METRICS.append(Metric(*args, **names))


def numbers(rng, *shape, low=0.0, high=1.0, digits=4):
    """Short random numbers."""
    return np.round(rng.uniform(low, high, shape), digits).tolist()


# --- classes: truth, prediction ------------------------------------------------------------------------------------


def table(classes, truth, prediction, **more):
    return {"classes": classes, "truth": truth, "prediction": prediction, **more}


CLASS_EDGES = [
    ("a class that nobody predicts", table([0, 1, 2], [0, 1, 2, 0, 1, 2], [0, 0, 2, 0, 2, 2])),
    ("a class without true rows", table([0, 1, 2], [0, 1, 0, 1], [0, 1, 2, 1])),
    ("a declared class that is neither true nor predicted", table([0, 1, 2], [0, 1, 0, 1], [0, 1, 1, 1])),
    ("only one class among the rows", table([0, 1], [0, 0, 0], [0, 0, 0])),
    ("one true class, always missed", table([0, 1], [1, 1, 1], [0, 0, 0])),
    ("a single class is declared", table([0], [0, 0], [0, 0])),
    ("a single row, right", table([0, 1], [1], [1])),
    ("a single row, wrong", table([0, 1], [1], [0])),
    ("all right", table([0, 1, 2], [0, 1, 2, 2], [0, 1, 2, 2])),
    ("all wrong", table([0, 1, 2], [0, 1, 2, 2], [1, 2, 0, 0])),
    ("always the same prediction", table([0, 1, 2], [0, 1, 2, 1, 1, 0], [1, 1, 1, 1, 1, 1])),
    ("no rows", table([0, 1], [], [])),
    ("class names, in an order that is not the alphabet's",
     table(["dog", "cat", "ant"], ["cat", "dog", "ant", "dog"], ["cat", "dog", "dog", "ant"])),
    ("names that are not ASCII, one a prefix of another",
     table(["猫", "猫咪", "chien à poil"], ["猫", "猫咪", "猫", "chien à poil"], ["猫", "猫", "猫", "猫咪"])),
    ("one rare class", table([0, 1], [0] * 19 + [1], [0] * 18 + [1, 1])),
    ("weights", table([0, 1], [0, 1, 1, 0], [0, 1, 0, 1], weights=[1.0, 2.0, 0.5, 3.0])),
    ("a row of weight 0", table([0, 1, 2], [0, 1, 2, 2], [0, 1, 1, 2], weights=[1.0, 1.0, 0.0, 1.0])),
    ("the only rows of a class have weight 0", table([0, 1], [0, 0, 1], [0, 1, 1], weights=[1.0, 1.0, 0.0])),
]


def random_classes(rng, count, weighted=True):
    for index in range(count):
        classes = list(range(2 + index % 4))
        rows = int(rng.integers(4, 40))
        truth = rng.integers(0, len(classes), rows)
        right = rng.random(rows) < rng.uniform(0.2, 0.95)
        prediction = np.where(right, truth, rng.integers(0, len(classes), rows))
        input = table(classes, truth.tolist(), prediction.tolist())
        if weighted and index % 5 == 4:
            input["weights"] = numbers(rng, rows, high=3.0, digits=2)
        yield input, f"random, {len(classes)} classes, {rows} rows"


def plain_class_cases(rng, options=({},), weighted=True):
    """Every edge case and random ones under every set of parameters."""
    for parameters in options:
        for why, input in CLASS_EDGES:
            if weighted or "weights" not in input:
                yield parameters, input, why
    for index, (input, why) in enumerate(random_classes(rng, 45, weighted)):
        yield options[index % len(options)], input, why


def average_cases(rng, zeros=(0, 1, "nan"), extra=({},)):
    """Edge cases by average and zero division, then by class, then random ones."""
    for more, (why, input) in itertools.product(extra, CLASS_EDGES[:5]):
        for average, zero in itertools.product(["macro", "micro", "weighted"], zeros):
            yield {"average": average, "zero_division": zero, **more}, input, why
    for why, input in CLASS_EDGES[:5]:
        for zero in zeros:
            yield {"class": input["classes"][-1], "zero_division": zero, **extra[0]}, input, f"{why}; the last class"
    for why, input in CLASS_EDGES[5:]:
        yield {"average": "macro", "zero_division": 0, **extra[-1]}, input, why
        if len(input["classes"]) > 1:
            yield {"class": input["classes"][1], "zero_division": 0, **extra[-1]}, input, why
    targets = [{"average": "macro"}, {"average": "micro"}, {"average": "weighted"}, {"class": 0}, {"class": 1}]
    for index, (input, why) in enumerate(random_classes(rng, 40)):
        yield {**targets[index % 5], "zero_division": 0, **extra[index % len(extra)]}, input, why


def zero_of(parameters):
    zero = parameters["zero_division"]
    return math.nan if zero == "nan" else zero


def averaged(function):
    """A function of scikit-learn with `labels` and `average`, as a metric."""

    def compute(input, parameters, **names):
        names["zero_division"] = zero_of(parameters)
        names["sample_weight"] = input.get("weights")
        if "beta" in parameters:
            names["beta"] = parameters["beta"]
        if "class" in parameters:
            names.update(labels=[parameters["class"]], average=None)
            return function(input["truth"], input["prediction"], **names)[0]
        names.update(labels=input.get("classes"), average=parameters["average"])
        return function(input["truth"], input["prediction"], **names)

    return compute


def specificity(input, parameters):
    classes = [parameters["class"]] if "class" in parameters else input["classes"]
    weights = input.get("weights")
    tables = sk.multilabel_confusion_matrix(input["truth"], input["prediction"], labels=classes, sample_weight=weights)
    negatives, false = tables[:, 0, 0], tables[:, 0, 1]
    support = tables[:, 1].sum(axis=1)
    if parameters.get("average") == "micro":
        negatives, false = negatives.sum(keepdims=True), false.sum(keepdims=True)
    zero = zero_of(parameters)
    values = np.array([t / (t + f) if t + f else zero for t, f in zip(negatives, false)])
    if parameters.get("average") != "weighted":
        return values[~np.isnan(values)].mean()
    kept = ~np.isnan(values)
    return (values * support)[kept].sum() / support[kept].sum() if support[kept].sum() else zero


def accuracy(input, _):
    return sk.accuracy_score(input["truth"], input["prediction"], sample_weight=input.get("weights"))


def multilabel(rng, count):
    """Rows of 0/1 marks, one a label; edge cases first."""
    edges = [
        ("multi-label: no mark in truth and prediction", [[0, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 0]]),
        ("multi-label: one row without a true mark", [[0, 0, 0], [1, 0, 1]], [[0, 1, 0], [1, 0, 1]]),
        ("multi-label: every mark wrong", [[1, 0], [0, 1]], [[0, 1], [1, 0]]),
        ("multi-label: a label nobody has", [[1, 0, 0], [1, 1, 0]], [[1, 0, 0], [1, 0, 0]]),
        ("multi-label: a single row", [[1, 1, 0, 1]], [[1, 0, 0, 1]]),
    ]
    for why, truth, prediction in edges:
        yield {"truth": truth, "prediction": prediction}, why
    for _ in range(count):
        shape = int(rng.integers(3, 14)), int(rng.integers(2, 6))
        truth = rng.random(shape) < 0.4
        prediction = truth ^ (rng.random(shape) < 0.25)
        yield {"truth": truth.astype(int).tolist(), "prediction": prediction.astype(int).tolist()}, "multi-label: random"


def with_multilabel(cases, options=({},)):
    def both(rng):
        yield from cases(rng)
        for index, (input, why) in enumerate(multilabel(rng, 25)):
            yield options[index % len(options)], input, why

    return both


def arrays(input):
    """Multi-label rows as arrays, classes as lists."""
    if input["truth"] and isinstance(input["truth"][0], list):
        return {**input, "truth": np.array(input["truth"]), "prediction": np.array(input["prediction"])}
    return input


def jaccard(input, parameters):
    return averaged(sk.jaccard_score)(arrays(input), parameters)


def hamming(input, _):
    rows = arrays(input)
    return sk.hamming_loss(rows["truth"], rows["prediction"], sample_weight=input.get("weights"))


def matrix(input, _):
    names = {"labels": input["classes"], "sample_weight": input.get("weights")}
    return {"counts": sk.confusion_matrix(input["truth"], input["prediction"], **names).tolist()}


def kappa(input, parameters):
    names = {"labels": input["classes"], "sample_weight": input.get("weights")}
    weights = None if parameters["disagreement"] == "nominal" else parameters["disagreement"]
    return sk.cohen_kappa_score(input["truth"], input["prediction"], weights=weights, **names)


AVERAGES = "average: macro, micro, weighted, or class: one class against the rest; zero_division: 0, 1, nan"
NAN = "zero_division nan leaves a class without a value out of the mean; a tool that calls the mean undefined differs"
metric("accuracy", "classes", "scikit-learn", "accuracy_score", "right rows / rows", "",
       lambda i, p: accuracy(arrays(i), p), with_multilabel(plain_class_cases),
       "of no rows there is none; multi-label: a row counts if all its marks are right")
metric("precision", "classes", "scikit-learn", "precision_score", "TP / (TP + FP)", AVERAGES,
       averaged(sk.precision_score), average_cases, NAN)
metric("recall", "classes", "scikit-learn", "recall_score", "TP / (TP + FN)", AVERAGES,
       averaged(sk.recall_score), average_cases, NAN)
metric("specificity", "classes", "scikit-learn", "multilabel_confusion_matrix", "TN / (TN + FP)", AVERAGES,
       specificity, average_cases, "scikit-learn has only the counts; means are taken as for recall")
metric("f1", "classes", "scikit-learn", "f1_score", "2 TP / (2 TP + FP + FN)", AVERAGES,
       averaged(sk.f1_score), average_cases, "the mean of the F1 of the classes, not the F1 of mean precision and recall")
metric("f_beta", "classes", "scikit-learn", "fbeta_score", "(1 + b^2) TP / ((1 + b^2) TP + FP + b^2 FN)",
       "beta; " + AVERAGES, averaged(sk.fbeta_score),
       lambda rng: average_cases(rng, zeros=(0, 1), extra=({"beta": 2}, {"beta": 0.5})), "beta above 1 favours recall")
metric("jaccard", "classes", "scikit-learn", "jaccard_score", "TP / (TP + FP + FN)",
       "average (multi-label also samples), class; zero_division: 0, 1", jaccard,
       with_multilabel(lambda rng: average_cases(rng, zeros=(0, 1)),
                       [{"average": a, "zero_division": z} for z in (0, 1) for a in ("samples", "macro", "micro")]))
metric("hamming_loss", "classes", "scikit-learn", "hamming_loss", "wrong marks / marks", "", hamming,
       with_multilabel(plain_class_cases), "of classes it is 1 - accuracy")
metric("confusion_matrix", "classes", "scikit-learn", "confusion_matrix", "rows of class i predicted as j", "", matrix,
       plain_class_cases, "rows are truth, columns prediction, in the order of `classes`")
metric("mcc", "classes", "scikit-learn", "matthews_corrcoef", "covariance of the one-hot classes / its maximum", "",
       lambda i, _: sk.matthews_corrcoef(i["truth"], i["prediction"], sample_weight=i.get("weights")),
       plain_class_cases, "0 where truth or prediction has one class only")
metric("cohen_kappa", "classes", "scikit-learn", "cohen_kappa_score", "1 - observed / chance disagreement",
       "disagreement: nominal, linear, quadratic (by position in `classes`)", kappa,
       lambda rng: plain_class_cases(rng, [{"disagreement": d} for d in ("nominal", "linear", "quadratic")]),
       "undefined where chance leaves no disagreement")

# --- classes: truth, scores ----------------------------------------------------------------------------------------

BINARY_EDGES = [
    ("all scores equal", [0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]),
    ("perfect order", [0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]),
    ("reversed order", [1, 1, 0, 0], [0.1, 0.2, 0.8, 0.9]),
    ("a tie across the classes", [0, 1, 1, 0], [0.3, 0.3, 0.7, 0.1]),
    ("ties within the classes", [0, 0, 1, 1, 1], [0.2, 0.2, 0.6, 0.6, 0.6]),
    ("only positives", [1, 1, 1], [0.2, 0.4, 0.9]),
    ("only negatives", [0, 0, 0], [0.2, 0.4, 0.9]),
    ("two rows", [0, 1], [0.4, 0.6]),
    ("a single row", [1], [0.6]),
    ("no rows", [], []),
    ("scores of exactly 0 and 1, right", [0, 1, 0, 1], [0.0, 1.0, 0.0, 1.0]),
    ("scores of exactly 0 and 1, wrong", [0, 1, 0, 1], [1.0, 0.0, 0.0, 1.0]),
    ("one positive among many, in the middle", [0] * 9 + [1], [0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6, 0.45, 0.5]),
    ("scores that differ in the last place", [0, 1, 0, 1], [0.1, 0.1 + 2**-56, 0.3, 0.30000000000000004]),
    ("very small scores", [0, 1, 1], [1e-300, 1e-200, 1e-12]),
]


def binary_cases(rng, options=({},), count=45):
    for parameters in options:
        for why, truth, scores in BINARY_EDGES:
            yield parameters, {"truth": truth, "scores": scores}, why
        weights = {"truth": [0, 1, 1, 0], "scores": [0.1, 0.4, 0.35, 0.8], "weights": [1.0, 2.0, 0.0, 0.5]}
        yield parameters, weights, "weights, one of them 0"
    for index in range(count):
        rows = int(rng.integers(6, 40))
        truth = (rng.random(rows) < rng.uniform(0.2, 0.8)).astype(int)
        truth[:2] = 0, 1
        scores = np.round(np.clip(truth * 0.3 + rng.random(rows) * 0.7, 0, 1), 1 + index % 4)
        input = {"truth": truth.tolist(), "scores": scores.tolist()}
        if index % 5 == 4:
            input["weights"] = numbers(rng, rows, high=2.0, digits=2)
        yield options[index % len(options)], input, f"random, {rows} rows, scores of {1 + index % 4} digits"


def simplex(rng, rows, classes, digits=3):
    """Rows of probabilities whose short decimals sum to 1."""
    whole = 10**digits
    raw = rng.dirichlet(np.ones(classes), rows)
    units = np.floor(raw * whole).astype(int)
    units[:, 0] += whole - units.sum(axis=1)
    return [[unit / whole for unit in row] for row in units.tolist()]


THIRD = 1 / 3
MANY_EDGES = [
    ("equal scores for all classes", [0, 1, 2], [[THIRD, THIRD, THIRD]] * 3),
    ("certain and right", [0, 1, 2], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    ("certain and wrong", [0, 1, 2], [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]),
    ("a tie for the first place", [0, 1, 2, 0], [[0.4, 0.4, 0.2], [0.4, 0.4, 0.2], [0.2, 0.4, 0.4], [0.5, 0.0, 0.5]]),
    ("a class without true rows", [0, 1, 0, 1], [[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6], [0.3, 0.4, 0.3]]),
    ("a single row", [2], [[0.1, 0.3, 0.6]]),
    ("two classes as rows of two", [0, 1, 1, 0], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.5, 0.5]]),
]


def many_cases(rng, options=({},), count=30, edges=MANY_EDGES):
    for parameters, (why, truth, scores) in itertools.product(options, edges):
        yield parameters, {"classes": list(range(len(scores[0]))), "truth": truth, "scores": scores}, why
    for index in range(count):
        classes, rows = 3 + index % 3, int(rng.integers(8, 28))
        truth = rng.integers(0, classes, rows)
        truth[:classes] = range(classes)
        input = {"classes": list(range(classes)), "truth": truth.tolist(), "scores": simplex(rng, rows, classes)}
        yield options[index % len(options)], input, f"random, {classes} classes, {rows} rows"


def roc_auc(input, parameters):
    names = {"sample_weight": input.get("weights")}
    if parameters["form"] != "binary":
        names.update(multi_class=parameters["form"], average=parameters["average"], labels=input["classes"])
    return sk.roc_auc_score(input["truth"], input["scores"], **names)


def roc_cases(rng):
    yield from binary_cases(rng, [{"form": "binary"}])
    options = [{"form": f, "average": a} for f in ("ovr", "ovo") for a in ("macro", "weighted")]
    yield from many_cases(rng, options, edges=MANY_EDGES[:6])


def average_precision(input, parameters):
    if parameters["form"] == "binary":
        return sk.average_precision_score(input["truth"], input["scores"], sample_weight=input.get("weights"))
    marks = np.eye(len(input["classes"]), dtype=int)[input["truth"]]
    return sk.average_precision_score(marks, np.array(input["scores"]), average=parameters["form"])


def precision_cases(rng):
    yield from binary_cases(rng, [{"form": "binary"}])
    yield from many_cases(rng, [{"form": "macro"}, {"form": "micro"}, {"form": "weighted"}], edges=MANY_EDGES[:6])


def log_loss(input, _):
    labels = input.get("classes", [0, 1])
    return sk.log_loss(input["truth"], input["scores"], labels=labels, sample_weight=input.get("weights"))


def brier(input, parameters):
    if parameters["form"] == "binary":
        return sk.brier_score_loss(input["truth"], input["scores"], sample_weight=input.get("weights"), labels=[0, 1])
    return harness.brier_score(list(zip(input["truth"], input["scores"])))


def both_forms(binary, many, count=40):
    def cases(rng):
        yield from binary_cases(rng, [binary], count=count)
        yield from many_cases(rng, [many])

    return cases


def ece(input, parameters):
    if "scores" in input:
        scores = np.array(input["scores"])
        confidence, right = scores.max(axis=1), scores.argmax(axis=1) == input["truth"]
    else:
        confidence, right = np.array(input["confidence"]), np.array(input["correct"], dtype=bool)
    bins, edges = parameters["bins"], parameters["edges"]
    if edges == "torchmetrics":
        return _ce_compute(torch.tensor(confidence), torch.tensor(right, dtype=torch.float64), bins)
    if edges == "right_closed":
        place = np.clip(np.digitize(confidence, np.linspace(0, 1, bins + 1), right=True) - 1, 0, bins - 1)
        parts = [np.flatnonzero(place == index) for index in range(bins)]
    else:
        parts = np.array_split(np.argsort(confidence, kind="stable"), bins)
    gaps = [abs(right[part].mean() - confidence[part].mean()) * len(part) for part in parts if len(part)]
    return sum(gaps) / len(confidence)


def ece_cases(rng):
    edges = [
        ("confidences on the edges of the bins", [0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9], [0, 1, 0, 1, 1, 0, 1]),
        ("confidence 0, alone in its bin or not", [0.0, 0.05, 0.1], [0, 1, 0]),
        ("confidence 1", [1.0, 1.0, 0.95, 0.9], [1, 0, 1, 1]),
        ("confidences a step off the edges", [0.5 - 2**-54, 0.5, 0.5 + 2**-53], [1, 0, 1]),
        ("one row", [0.6], [1]),
        ("all in one bin", [0.61, 0.62, 0.63, 0.64], [1, 0, 0, 1]),
        ("perfectly calibrated", [0.5, 0.5, 0.75, 0.75, 0.75, 0.75], [1, 0, 1, 1, 1, 0]),
    ]
    forms = [{"bins": 10, "edges": e} for e in ("right_closed", "torchmetrics", "adaptive")]
    forms += [{"bins": 15, "edges": e} for e in ("torchmetrics", "right_closed")] + [{"bins": 1, "edges": "right_closed"}]
    for parameters, (why, confidence, correct) in itertools.product(forms, edges):
        if parameters["edges"] != "adaptive" or len(set(confidence)) == len(confidence):
            yield parameters, {"confidence": confidence, "correct": correct}, why
    yield from many_cases(rng, forms, count=48, edges=MANY_EDGES[1:3] + MANY_EDGES[6:])


def top_k(input, parameters):
    names = {"k": parameters["k"], "labels": input["classes"]}
    return sk.top_k_accuracy_score(input["truth"], np.array(input["scores"]), **names)


metric("roc_auc", "scores", "scikit-learn", "roc_auc_score", "share of pairs in the right order, ties half",
       "form: binary, ovr, ovo; average: macro, weighted", roc_auc, roc_cases,
       "undefined with one class; ovo leaves pairs of equal classes alone and is the mean of both directions")
metric("average_precision", "scores", "scikit-learn", "average_precision_score", "sum of (R_n - R_n-1) P_n",
       "form: binary, macro, micro, weighted (each class against the rest)", average_precision, precision_cases,
       "steps, not the trapezoid; rows of equal score enter together")
metric("log_loss", "scores", "scikit-learn", "log_loss", "- mean ln of the true class's probability", "", log_loss,
       lambda rng: ((p, i, w) for p, i, w in both_forms({}, {})(rng)),
       "probabilities are clipped to [eps, 1 - eps] with eps of float64, 2^-52")
metric("brier", "scores", "lm-eval", "metrics.brier_score; scikit-learn brier_score_loss",
       "mean of squared error: over classes summed, or of the positive class",
       "form: sum (range 0-2), binary (range 0-1)", brier, both_forms({"form": "binary"}, {"form": "sum"}),
       "on two classes sum is twice binary")
metric("ece", "scores", "torchmetrics", "calibration_error._ce_compute in float64",
       "sum of bin rows / rows x |accuracy - mean confidence|",
       "bins; edges: right_closed (0 goes into the first bin), torchmetrics (left-closed, 1 has a bin of its own), "
       "adaptive (sorted, cut into parts of equal size, the first ones one larger)", ece, ece_cases,
       "confidence of the top class; right_closed and adaptive are formulas here; edges are those of linspace in float64")
metric("top_k_accuracy", "scores", "scikit-learn", "top_k_accuracy_score", "rows whose class is among the k best / rows",
       "k", top_k, lambda rng: many_cases(rng, [{"k": 1}, {"k": 2}], edges=MANY_EDGES[:6]),
       "of equal scores the class with the higher index is taken first, the opposite of argmax")

# --- spans: truth, prediction as tags ------------------------------------------------------------------------------

SPAN_EDGES = [
    ("all right", [["B-PER", "I-PER", "O", "B-LOC"]], [["B-PER", "I-PER", "O", "B-LOC"]]),
    ("an I- after O opens a span, unless the mode is strict", [["O", "B-PER", "I-PER"]], [["O", "I-PER", "I-PER"]]),
    ("an I- of another type", [["B-PER", "I-PER", "O"]], [["B-PER", "I-LOC", "O"]]),
    ("the right place, the wrong type", [["B-PER", "I-PER", "O"]], [["B-LOC", "I-LOC", "O"]]),
    ("a border too far", [["B-PER", "I-PER", "O"]], [["B-PER", "I-PER", "I-PER"]]),
    ("two spans that touch", [["B-PER", "B-PER", "I-PER"]], [["B-PER", "I-PER", "I-PER"]]),
    ("nothing predicted", [["B-PER", "O", "B-LOC"]], [["O", "O", "O"]]),
    ("nothing to find", [["O", "O", "O"]], [["B-PER", "O", "O"]]),
    ("no span at all", [["O", "O"]], [["O", "O"]]),
    ("a type that is only predicted", [["B-PER", "O", "O"]], [["B-PER", "O", "B-ORG"]]),
    ("a sentence without tags among others", [[], ["B-PER", "O"]], [[], ["B-PER", "O"]]),
    ("a span at the end of a sentence, one at the start of the next", [["O", "B-PER"], ["I-PER", "O"]],
     [["O", "B-PER"], ["B-PER", "O"]]),
    ("E and S tags", [["S-PER", "O", "B-LOC", "E-LOC"]], [["S-PER", "O", "B-LOC", "E-LOC"]]),
    ("E and S tags, a B without its E", [["S-PER", "B-LOC", "I-LOC", "E-LOC"]], [["S-PER", "B-LOC", "I-LOC", "O"]]),
    ("a type with a hyphen and one that is not ASCII", [["B-人名", "I-人名", "B-GPE-X"]], [["B-人名", "O", "B-GPE-X"]]),
]
STRICT = {"IOB2": seqeval.scheme.IOB2, "IOBES": seqeval.scheme.IOBES}


def tags_of(rng, rows, ends):
    """A random sentence of spans; with `ends` in IOBES."""
    tags = []
    while len(tags) < rows:
        kind = ["PER", "LOC", "ORG"][rng.integers(0, 3)]
        length = int(rng.integers(1, 4))
        span = [f"B-{kind}"] + [f"I-{kind}"] * (length - 1)
        if ends:
            span = [f"S-{kind}"] if length == 1 else [*span[:-1], f"E-{kind}"]
        tags += span if rng.random() < 0.5 else ["O"] * length
    return tags[:rows]


def span_cases(rng):
    modes = [{"mode": "default"}, {"mode": "strict", "scheme": "IOB2"}, {"mode": "strict", "scheme": "IOBES"}]
    averages = ["micro", "macro", "weighted"]
    for mode, (why, truth, prediction) in itertools.product(modes, SPAN_EDGES):
        ends = any(tag[0] in "ES" for row in truth for tag in row)
        if mode["mode"] == "strict" and ends != (mode["scheme"] == "IOBES"):
            continue
        used = averages if why in ("nothing predicted", "nothing to find", "a type that is only predicted") else ["micro"]
        for average, zero in itertools.product(used, (0, 1) if len(used) > 1 or why == "no span at all" else (0,)):
            yield {**mode, "average": average, "zero_division": zero}, {"truth": truth, "prediction": prediction}, why
    for index in range(36):
        mode = modes[index % 3]
        ends = mode.get("scheme") == "IOBES"
        truth = [tags_of(rng, int(rng.integers(3, 9)), ends) for _ in range(int(rng.integers(1, 5)))]
        other = [tags_of(rng, len(row), ends) for row in truth]
        prediction = [[a if rng.random() < 0.7 else b for a, b in zip(*rows)] for rows in zip(truth, other)]
        parameters = {**mode, "average": averages[index // 3 % 3], "zero_division": 0}
        yield parameters, {"truth": truth, "prediction": prediction}, "random tags"


def spans(function):
    def compute(input, parameters):
        names = {"average": parameters["average"], "zero_division": parameters["zero_division"]}
        if parameters["mode"] == "strict":
            names.update(mode="strict", scheme=STRICT[parameters["scheme"]])
        return function(input["truth"], input["prediction"], **names)

    return compute


MODES = "mode: default, strict with scheme IOB2, IOBES; average: micro, macro, weighted; zero_division: 0, 1"
metric("span_f1", "spans", "seqeval", "f1_score", "2 TP / (2 TP + FP + FN) of spans", MODES,
       spans(seqeval.metrics.f1_score), span_cases, "default lets an I- open a span; strict drops what breaks its scheme")
metric("span_precision", "spans", "seqeval", "precision_score", "TP / (TP + FP) of spans", MODES,
       spans(seqeval.metrics.precision_score), span_cases, "the types are those of truth and prediction together")
metric("span_recall", "spans", "seqeval", "recall_score", "TP / (TP + FN) of spans", MODES,
       spans(seqeval.metrics.recall_score), span_cases, "a span counts if type, begin and end are right")

# --- likelihoods ---------------------------------------------------------------------------------------------------

TEXTS = [
    ("one text", ["the cat sat"], [[-1.5, -0.25, -3.0]]),
    ("blanks around: they make empty words", [" a b c "], [[-1.0, -2.0, -3.0]]),
    ("two texts of different length", ["a", "one two three four"], [[-2.0], [-0.5, -0.5, -1.0, -0.25]]),
    ("text of more bytes than characters", ["猫が好き", "naïve café"], [[-2.0, -1.0], [-3.0, -0.5]]),
    ("certain", ["yes"], [[0.0]]),
    ("very unlikely", ["no"], [[-700.0]]),
    ("more unlikely than float64 reaches", ["no"], [[-1000.0, -900.0]]),
    ("line breaks and several blanks count once", ["a  b\n\nc\td"], [[-1.0, -1.0, -1.0, -1.0]]),
    ("no text", [], []),
    ("an empty text: one empty word, no byte", [""], [[-1.0]]),
    ("an empty text among others", ["", "a b"], [[-1.0], [-0.5, -0.5]]),
]
WORDS = "the a cat dog sat ran on under red green mat tree 7 12,5 don't it's 猫 café Zürich end".split()


def sentence(rng, low=3, high=12):
    return " ".join(rng.choice(WORDS, int(rng.integers(low, high))))


def text_cases(options=({},)):
    def cases(rng):
        for parameters, (why, texts, tokens) in itertools.product(options, TEXTS):
            yield parameters, {"texts": texts, "loglikelihoods": tokens}, why
        for index in range(34):
            texts = [sentence(rng) for _ in range(int(rng.integers(1, 5)))]
            tokens = [numbers(rng, int(rng.integers(1, 9)), low=-6.0, high=0.0, digits=3) for _ in texts]
            yield options[index % len(options)], {"texts": texts, "loglikelihoods": tokens}, "random"

    return cases


def perplexity(input, parameters):
    tokens = input["loglikelihoods"]
    if parameters["over"] == "items":
        return harness.perplexity([sum(row) for row in tokens])
    if parameters["over"] == "tokens":
        return harness.weighted_perplexity([(sum(row), len(row)) for row in tokens])
    return sum(math.exp(-sum(row) / len(row)) for row in tokens) / len(tokens)


def per(aggregate, count):
    """A rolling metric: sums of likelihoods, and what `count` finds in the texts."""
    return lambda i, _: aggregate([(sum(t), count(text)) for text, t in zip(i["texts"], i["loglikelihoods"])])


def count_words(text):
    return len(re.split(r"\s+", text))


def count_bytes(text):
    return len(text.encode("utf-8"))


CHOICES = [
    ("a tie goes to the first", [["a", "b"]], [[-1.0, -1.0]], [0]),
    ("a tie goes to the first, which is wrong", [["a", "b"]], [[-1.0, -1.0]], [1]),
    ("a long choice wins by its length only", [["no", "yes, of course"]], [[-2.0, -7.0]], [1]),
    ("bytes and characters differ", [["日本語", "abcd"]], [[-6.0, -7.0]], [0]),
    ("characters out of one plane", [["🙂🙂", "abc"]], [[-4.0, -5.0]], [0]),
    ("a blank before the choice counts", [[" a", "b"]], [[-3.0, -2.0]], [0]),
    ("an empty choice", [["", "b"]], [[-3.0, -2.0]], [0]),
    ("one choice", [["a"]], [[-9.0]], [0]),
    ("items with different numbers of choices", [["a", "b"], ["a", "bb", "ccc"]], [[-1.0, -2.0], [-3.0, -4.0, -5.0]], [0, 2]),
    ("no items", [], [], []),
]


def choice_cases(rng):
    options = [{"normalize": n} for n in ("none", "characters", "bytes")]
    for parameters, (why, choices, values, truth) in itertools.product(options, CHOICES):
        yield parameters, {"choices": choices, "loglikelihoods": values, "truth": truth}, why
    for index in range(36):
        choices = [[sentence(rng, 1, 5) for _ in range(4)] for _ in range(int(rng.integers(2, 6)))]
        values = [[round(-len(c) * float(rng.uniform(0.2, 1.5)), 3) for c in row] for row in choices]
        truth = rng.integers(0, 4, len(choices)).tolist()
        yield options[index % 3], {"choices": choices, "loglikelihoods": values, "truth": truth}, "random"


def choice_accuracy(input, parameters):
    size = {"none": lambda _: 1.0, "characters": len, "bytes": count_bytes}[parameters["normalize"]]
    hits = []
    for choices, values, truth in zip(input["choices"], input["loglikelihoods"], input["truth"]):
        sizes = np.array([float(size(choice)) for choice in choices])
        hits.append(float(np.argmax(np.array(values) / sizes) == truth))
    return harness.mean(hits)


metric("perplexity", "likelihoods", "lm-eval", "metrics.perplexity, weighted_perplexity", "exp(- mean log-likelihood)",
       "over: items (sum of each text), tokens (all), texts (the mean of the perplexities of the texts, a formula)",
       perplexity, text_cases([{"over": o} for o in ("items", "tokens", "texts")]),
       "three numbers of one name; natural logarithms")
metric("word_perplexity", "likelihoods", "lm-eval", "metrics.weighted_perplexity", "exp(- sum LL / words)", "",
       per(harness.weighted_perplexity, count_words), text_cases(), r"words are the parts of a split at \s+: blanks around add empty ones")
metric("byte_perplexity", "likelihoods", "lm-eval", "metrics.weighted_perplexity", "exp(- sum LL / bytes)", "",
       per(harness.weighted_perplexity, count_bytes), text_cases(), "bytes of UTF-8")
metric("bits_per_byte", "likelihoods", "lm-eval", "metrics.bits_per_byte", "- sum LL / (bytes x ln 2)", "",
       per(harness.bits_per_byte, count_bytes), text_cases(), "bytes of UTF-8")
metric("choice_accuracy", "choices", "lm-eval", "metrics.mean of the rule in api/task.py",
       "items whose choice of largest LL / length is the true one / items",
       "normalize: none (acc), characters (acc_norm), bytes (acc_bytes)", choice_accuracy, choice_cases,
       "ties go to the first; characters are code points; an empty choice divides by 0 and gives -inf")

# --- text: references, candidates ----------------------------------------------------------------------------------

TEXT_EDGES = [
    ("the same text", [["the cat sat on the mat"]], ["the cat sat on the mat"]),
    ("nothing in common", [["the cat sat on the mat"]], ["dogs run under green trees"]),
    ("an empty candidate", [["the cat sat"]], [""]),
    ("an empty reference", [[""]], ["the cat sat"]),
    ("both empty", [[""]], [""]),
    ("an empty candidate among others", [["a b c d e"], ["the cat sat on it"]], ["", "the cat sat on it"]),
    ("shorter than four words", [["the cat"]], ["the cat"]),
    ("a candidate too short", [["the cat sat on the red mat"]], ["the cat sat on"]),
    ("a candidate too long", [["the cat sat"]], ["the cat sat on the mat and slept there"]),
    ("one word repeated", [["the cat is on the mat"]], ["the the the the the the the"]),
    ("case differs", [["The Cat Sat On The Mat"]], ["the cat sat on the mat"]),
    ("punctuation", [["Hello, world! It's 3.5 (or 1,000)."]], ["Hello world! Its 3.5 or 1000."]),
    ("blanks around and doubled", [["the cat  sat on the mat"]], ["  the cat sat on the  mat "]),
    ("a block has moved", [["on the mat the cat sat today"]], ["today the cat sat on the mat"]),
    ("Chinese", [["今天天气很好，我们去公园。"]], ["今天天气不错，我们去公园。"]),
    ("accents, composed and not", [["café naïve"]], ["cafe\u0301 naïve"]),
    ("symbols out of the first plane", [["good 🙂 day 🙂 to you"]], ["good 🙂 day to 🙂 you"]),
    ("several lines", [["the cat sat.\nthe dog ran."]], ["the dog ran.\nthe cat sat."]),
    ("endings that a stemmer takes off", [["running dogs jumped happily"]], ["run dog jumping happy"]),
    ("articles", [["a cat and the dog"]], ["cat and dog"]),
    ("numbers", [["12 000 and 3.14"]], ["12,000 and 3,14"]),
    ("markup and entities", [["&quot;a&quot; &amp; b &lt; c"]], ["\"a\" & b < c"]),
    ("no text", [], []),
]
SEVERAL = [
    ("two references, the nearer one counts", [["the cat sat on the mat", "a dog ran away from here"]], ["the cat sat on a mat"]),
    ("two references of equal distance in length", [["a b c", "a b c d e"]], ["a b c d"]),
    ("two references, one empty", [["the cat sat on", ""]], ["the cat sat on"]),
]


def pairs(rng, count, references=1):
    """Random texts and what noise makes of them."""
    for index in range(count):
        truth, candidates = [], []
        for _ in range(1 + index % 4):
            words = sentence(rng, 4, 14).split()
            truth.append([" ".join(words)] + [sentence(rng, 4, 14) for _ in range(index % references)])
            kept = [w if rng.random() < 0.8 else str(rng.choice(WORDS)) for w in words if rng.random() < 0.9]
            if rng.random() < 0.4:
                kept = kept[len(kept) // 2 :] + kept[: len(kept) // 2]
            candidates.append(" ".join(kept))
        yield "random", truth, candidates


def pair_cases(options, several=True, count=40, edges=TEXT_EDGES, full=1):
    """Edge cases under the first `full` options, every other one under the rest, then random ones."""

    def cases(rng):
        all_edges = edges + (SEVERAL if several else [])
        for place, parameters in enumerate(options):
            for index, (why, references, candidates) in enumerate(all_edges):
                if place < full or (index + place) % 3 == 0:
                    yield parameters, {"references": references, "candidates": candidates}, why
        for index, (why, references, candidates) in enumerate(pairs(rng, count, 3 if several else 1)):
            yield options[index % len(options)], {"references": references, "candidates": candidates}, why

    return cases


def corpus(make):
    """A metric of sacreBLEU, whose references come by position."""

    def compute(input, parameters):
        if not input["candidates"]:
            raise ValueError("no text")
        streams = [list(stream) for stream in zip(*input["references"])]
        return make(**parameters).corpus_score(input["candidates"], streams).score

    return compute


def rouge(input, parameters):
    kind = f"rouge{parameters['kind']}"
    scorer = rouge_scorer.RougeScorer([kind], use_stemmer=parameters["stemmer"])
    scores = [scorer.score_multi(r, c)[kind] for r, c in zip(input["references"], input["candidates"])]
    names = {"precision": "precision", "recall": "recall", "f1": "fmeasure"}
    return {name: sum(getattr(s, field) for s in scores) / len(scores) for name, field in names.items()}


def squad_normal(text):
    """The normalisation of the SQuAD scripts."""
    text = "".join(char for char in text.lower() if char not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def squad_f1(candidate, reference):
    ours, theirs = squad_normal(candidate).split(), squad_normal(reference).split()
    if not ours or not theirs:
        return float(ours == theirs)
    same = sum((collections.Counter(ours) & collections.Counter(theirs)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(ours), same / len(theirs)
    return 2 * precision * recall / (precision + recall)


def squad(score, name):
    """Mean over items of the best reference; held against torchmetrics, which has float32 and 0 to 100."""

    def compute(input, _):
        best = [max(score(c, r) for r in rs) for rs, c in zip(input["references"], input["candidates"])]
        mean = sum(best) / len(best)
        predicted = [{"prediction_text": c, "id": str(n)} for n, c in enumerate(input["candidates"])]
        target = [{"answers": {"answer_start": [0] * len(rs), "text": rs}, "id": str(n)}
                  for n, rs in enumerate(input["references"])]
        other = float(text_metrics.squad(predicted, target)[name]) / 100
        assert abs(other - mean) < 1e-5, (input, mean, other)
        return mean

    return compute


def exact_match(input, parameters):
    if parameters["normalize"] == "squad":
        return squad(lambda c, r: float(squad_normal(c) == squad_normal(r)), "exact_match")(input, parameters)
    names = {"ignore_case": parameters["normalize"] != "none", "ignore_punctuation": parameters["normalize"] == "both"}
    references = [reference for reference, *_ in input["references"]]
    if not references:
        raise ValueError("no text")
    return harness.exact_match_hf_evaluate(input["candidates"], references, **names)["exact_match"]


def edits(function):
    return lambda i, _: function([reference for reference, *_ in i["references"]], i["candidates"])


BLEU = [
    {"tokenize": "13a", "smooth_method": "exp"}, {"tokenize": "intl", "smooth_method": "exp"},
    {"tokenize": "char", "smooth_method": "exp"}, {"tokenize": "zh", "smooth_method": "exp"},
    {"tokenize": "none", "smooth_method": "none"}, {"tokenize": "13a", "smooth_method": "floor", "smooth_value": 0.1},
    {"tokenize": "13a", "smooth_method": "add-k", "smooth_value": 1},
    {"tokenize": "13a", "smooth_method": "exp", "effective_order": True},
    {"tokenize": "13a", "smooth_method": "exp", "lowercase": True},
]
CHRF = [{"word_order": 0}, {"word_order": 2}, {"word_order": 0, "whitespace": True}, {"word_order": 2, "lowercase": True},
        {"word_order": 0, "beta": 1}, {"word_order": 0, "eps_smoothing": True}]
TER = [{}, {"normalized": True}, {"no_punct": True}, {"case_sensitive": True}, {"normalized": True, "asian_support": True}]
ROUGE = [{"kind": k, "stemmer": s} for s in (False, True) for k in ("1", "2", "L", "Lsum")]
metric("bleu", "text", "sacrebleu", "BLEU.corpus_score", "brevity x exp(mean ln of n-gram precisions), 0-100",
       "tokenize: 13a, intl, char, zh, none; smooth_method: exp, floor, add-k, none; smooth_value; effective_order; lowercase",
       corpus(sacrebleu.BLEU), pair_cases(BLEU, count=54), "of the corpus, not the mean of sentences; 0 without any match")
metric("chrf", "text", "sacrebleu", "CHRF.corpus_score", "F_beta of character (and word) n-grams, 0-100",
       "word_order: 0 (chrF), 2 (chrF++); beta (2), whitespace, lowercase, eps_smoothing", corpus(sacrebleu.CHRF),
       pair_cases(CHRF, full=2), "blanks do not count unless whitespace")
metric("ter", "text", "sacrebleu", "TER.corpus_score", "edits with shifts / mean reference words x 100",
       "normalized, no_punct, case_sensitive, asian_support (all false)", corpus(sacrebleu.TER), pair_cases(TER),
       "folds case unless case_sensitive; the search for shifts is greedy and bounded")
metric("rouge", "text", "rouge-score", "RougeScorer.score_multi", "precision, recall, F1 of n-grams or of the LCS",
       "kind: 1, 2, L, Lsum; stemmer: Porter on words longer than 3", rouge, pair_cases(ROUGE, full=1),
       "mean over items, the reference of best F1; words are [a-z0-9]+ after lower-casing, so Chinese has none")
metric("exact_match", "text", "lm-eval", "metrics.exact_match_hf_evaluate; squad: formula of the SQuAD scripts",
       "equal items / items", "normalize: none, case, both (case and punctuation), squad (best of the references)",
       exact_match, pair_cases([{"normalize": n} for n in ("squad", "none", "case", "both")], full=2),
       "all but squad take the first reference")
metric("token_f1", "text", "torchmetrics", "squad / 100, to float32; value by the formula of the SQuAD 2.0 script",
       "mean over items of the best F1 of words", "", squad(squad_f1, "f1"), pair_cases([{}]),
       "two texts without words give 1, as in SQuAD 2.0; the 1.1 script gives 0")
for id, function, formula, trap in [
    ("wer", jiwer.wer, "(S + D + I) / reference words", "an empty reference gives the number of insertions"),
    ("cer", jiwer.cer, "(S + D + I) / reference characters", "blanks are characters"),
    ("mer", jiwer.mer, "(S + D + I) / (H + S + D + I)", "never above 1"),
    ("wil", jiwer.wil, "1 - H^2 / (reference words x candidate words)", "1 where nothing is right"),
]:
    metric(id, "text", "jiwer", id, formula, "", edits(function), pair_cases([{}], several=False),
           trap + "; case and punctuation stand, blanks are stripped and collapsed")

# --- regions -------------------------------------------------------------------------------------------------------

EMPTY, FULL, HALF = [[0, 0], [0, 0]], [[1, 1], [1, 1]], [[1, 1], [0, 0]]
MASK_EDGES = [
    ("both empty", [EMPTY], [EMPTY]), ("nothing predicted", [HALF], [EMPTY]), ("nothing to find", [EMPTY], [HALF]),
    ("the same", [HALF], [HALF]), ("nothing in common", [HALF], [[[0, 0], [1, 1]]]), ("all predicted", [HALF], [FULL]),
    ("an empty pair among others", [EMPTY, HALF], [EMPTY, FULL]), ("one pixel", [[[1]]], [[[1]]]),
    ("cases of different size", [[[1, 0, 1, 1]], HALF], [[[1, 1, 1, 0]], HALF]),
]
BOX_EDGES = [
    ("the same box", [0, 0, 2, 2], [0, 0, 2, 2], 0), ("boxes that touch", [0, 0, 2, 2], [2, 0, 2, 2], 0),
    ("far apart", [0, 0, 1, 1], [5, 5, 1, 1], 0), ("one in the other", [0, 0, 4, 4], [1, 1, 2, 2], 0),
    ("one in a crowd: over the area of the prediction", [0, 0, 4, 4], [1, 1, 2, 2], 1),
    ("out of a crowd in part", [0, 0, 4, 4], [2, 2, 4, 4], 1), ("negative corner", [-2, -2, 4, 4], [-1, -1, 4, 4], 0),
    ("parts of a pixel", [0.25, 0.5, 1.5, 1.25], [0.5, 0.25, 1.25, 1.5], 0),
]


def mask_cases(rng, boxes=False):
    for zero, (why, truth, prediction) in itertools.product((0, 1), MASK_EDGES):
        yield {"form": "masks", "zero_division": zero}, {"truth": truth, "prediction": prediction}, why
    for index in range(28):
        truth = [rng.random((3 + index % 4, 4)) < 0.5 for _ in range(1 + index % 3)]
        prediction = [mask ^ (rng.random(mask.shape) < 0.3) for mask in truth]
        input = {"truth": truth, "prediction": prediction}
        input = {name: [mask.astype(int).tolist() for mask in masks] for name, masks in input.items()}
        yield {"form": "masks", "zero_division": 0}, input, "random masks"
    if boxes:
        for why, truth, prediction, crowd in BOX_EDGES:
            yield {"form": "boxes"}, {"truth": truth, "prediction": prediction, "crowd": crowd}, why
        for _ in range(22):
            truth, shift = numbers(rng, 4, low=2, high=9, digits=2), numbers(rng, 4, low=-2, high=2, digits=2)
            prediction = [round(max(a + b, 0.5), 2) for a, b in zip(truth, shift)]
            yield {"form": "boxes"}, {"truth": truth, "prediction": prediction, "crowd": 0}, "random boxes"


def regions(function):
    def compute(input, parameters):
        if parameters["form"] == "boxes":
            return float(coco_mask.iou([input["prediction"]], [input["truth"]], [input["crowd"]])[0][0])
        cases = [(np.ravel(t), np.ravel(p)) for t, p in zip(input["truth"], input["prediction"])]
        return np.mean([function(t, p, zero_division=parameters["zero_division"]) for t, p in cases])

    return compute


def box(image, kind, at, **more):
    return {"image": image, "class": kind, "box": at, **more}


def coco_edges():
    ten, small, large = [10, 10, 50, 50], [5, 5, 20, 20], [0, 0, 200, 200]
    yield "found exactly", [box(1, 1, ten)], [box(1, 1, ten, score=0.9)]
    yield "missed", [box(1, 1, ten)], [box(1, 1, [200, 200, 50, 50], score=0.9)]
    yield "nothing predicted", [box(1, 1, ten)], []
    yield "nothing to find", [], [box(1, 1, ten, score=0.9)]
    yield "nothing at all", [], []
    yield "an overlap of exactly one half", [box(1, 1, ten)], [box(1, 1, [10, 10, 50, 25], score=0.9)]
    yield "an overlap of three quarters", [box(1, 1, [0, 0, 40, 40])], [box(1, 1, [0, 0, 40, 30], score=0.9)]
    yield "found twice: the second is wrong", [box(1, 1, ten)], [box(1, 1, ten, score=0.9), box(1, 1, ten, score=0.8)]
    yield "a wrong one before the right one", [box(1, 1, ten)], [box(1, 1, small, score=0.9), box(1, 1, ten, score=0.8)]
    yield "equal scores", [box(1, 1, ten)], [box(1, 1, small, score=0.5), box(1, 1, ten, score=0.5)]
    yield "the wrong class", [box(1, 1, ten), box(1, 2, small)], [box(1, 2, ten, score=0.9)]
    yield "the wrong image", [box(1, 1, ten), box(2, 1, small)], [box(2, 1, ten, score=0.9)]
    yield "a class that is only predicted", [box(1, 1, ten)], [box(1, 1, ten, score=0.9), box(1, 2, small, score=0.8)]
    yield "a crowd is no miss", [box(1, 1, ten, crowd=1), box(1, 1, large)], [box(1, 1, large, score=0.9)]
    yield "two in a crowd are not wrong", [box(1, 1, large, crowd=1), box(1, 1, small)], [
        box(1, 1, ten, score=0.9), box(1, 1, [60, 60, 40, 40], score=0.8), box(1, 1, small, score=0.7)]
    yield "small, medium, large", [box(1, 1, small), box(1, 1, [300, 0, 50, 50]), box(1, 1, [0, 300, 200, 200])], [
        box(1, 1, small, score=0.9), box(1, 1, [300, 0, 50, 40], score=0.8), box(1, 1, [0, 300, 180, 200], score=0.7)]
    yield "areas on the borders, 32^2 and 96^2", [box(1, 1, [0, 0, 32, 32]), box(1, 1, [200, 0, 96, 96])], [
        box(1, 1, [0, 0, 32, 32], score=0.9), box(1, 1, [200, 0, 96, 96], score=0.8)]
    yield "more than one prediction an image: AR at 1 and 10", [box(1, 1, small), box(1, 1, large)], [
        box(1, 1, large, score=0.9), box(1, 1, small, score=0.8)]


def coco_cases(rng):
    for why, truth, prediction in coco_edges():
        yield {}, {"truth": truth, "prediction": prediction}, why
    for index in range(26):
        truth, prediction = [], []
        for image, _ in itertools.product(range(1, 2 + index % 3), range(int(rng.integers(1, 5)))):
            at, kind = numbers(rng, 4, low=10, high=120, digits=1), int(rng.integers(1, 3))
            truth.append(box(image, kind, at))
            moved = [round(a + float(b), 1) for a, b in zip(at, rng.uniform(-6, 6, 4))]
            if rng.random() < 0.85:
                prediction.append(box(image, kind, moved, score=round(float(rng.random()), 3)))
            if rng.random() < 0.4:
                wrong = numbers(rng, 4, low=10, high=120, digits=1)
                prediction.append(box(image, kind, wrong, score=round(float(rng.random()), 3)))
        yield {}, {"truth": truth, "prediction": prediction}, "random boxes"


COCO_NAMES = ["AP", "AP50", "AP75", "AP_small", "AP_medium", "AP_large",
              "AR1", "AR10", "AR100", "AR_small", "AR_medium", "AR_large"]


def coco_map(input, _):
    truth, prediction = input["truth"], input["prediction"]
    images = sorted({b["image"] for b in truth + prediction})
    kinds = sorted({b["class"] for b in truth + prediction})

    def entry(number, b):
        return {"id": number, "image_id": b["image"], "category_id": b["class"], "bbox": b["box"],
                "area": b["box"][2] * b["box"][3], "iscrowd": b.get("crowd", 0), "score": b.get("score", 0.0)}

    def store(boxes):
        coco = COCO()
        coco.dataset = {"images": [{"id": i} for i in images], "categories": [{"id": k} for k in kinds],
                        "annotations": [entry(number, b) for number, b in enumerate(boxes, 1)]}
        coco.createIndex()
        return coco

    run = COCOeval(store(truth), store(prediction), "bbox")
    run.evaluate()
    run.accumulate()
    run.summarize()
    return {name: None if value == -1 else value for name, value in zip(COCO_NAMES, run.stats)}


metric("iou", "regions", "scikit-learn", "jaccard_score of the pixels; pycocotools mask.iou of boxes",
       "common area / area of either", "form: masks (mean over cases; zero_division: 0, 1), boxes ([x, y, w, h])",
       regions(sk.jaccard_score), lambda rng: mask_cases(rng, boxes=True), "with a crowd over the area of the prediction")
metric("dice", "regions", "scikit-learn", "f1_score of the pixels", "2 common area / sum of both areas",
       "form: masks; zero_division: 0, 1", regions(sk.f1_score), mask_cases, "the mean over cases, not of pooled pixels")
metric("coco_map", "boxes", "pycocotools", "COCOeval(bbox).stats", "mean over IoU 0.50:0.05:0.95 of 101-point precision", "",
       coco_map, coco_cases, "null where there is nothing to find (-1 there); a class that is only predicted does not count")

# --- ranking: relevance, scores ------------------------------------------------------------------------------------

RANK_EDGES = [
    ("best order", [[3, 2, 1, 0]], [[0.9, 0.8, 0.7, 0.1]]), ("worst order", [[0, 1, 2, 3]], [[0.9, 0.8, 0.7, 0.1]]),
    ("nothing is relevant", [[0, 0, 0]], [[0.3, 0.2, 0.1]]), ("all equally relevant", [[1, 1, 1]], [[0.3, 0.2, 0.1]]),
    ("one relevant, last", [[0, 0, 0, 1]], [[0.9, 0.8, 0.7, 0.1]]), ("two entries", [[0, 1]], [[0.2, 0.7]]),
    ("a query without a relevant entry among others", [[0, 0, 0], [1, 0, 0]], [[0.3, 0.2, 0.1], [0.3, 0.2, 0.1]]),
    ("fewer entries than k", [[1, 0, 1]], [[0.1, 0.3, 0.2]]), ("one entry", [[1]], [[0.5]]), ("no query", [], []),
    ("negative scores", [[0, 1, 2]], [[-0.5, -0.1, -3.0]]),
]
RANK_TIES = [
    ("all scores equal", [[3, 0, 1, 0]], [[0.5, 0.5, 0.5, 0.5]]),
    ("a tie at the cut", [[0, 1, 1, 0]], [[0.9, 0.5, 0.5, 0.1]]), ("a tie of relevant ones", [[2, 2, 0]], [[0.5, 0.5, 0.1]]),
]


def rank_cases(options, top=3, ties=True, count=40):
    def cases(rng):
        for parameters, (why, relevance, scores) in itertools.product(options, RANK_EDGES + (RANK_TIES if ties else [])):
            relevance = [[min(value, top) for value in row] for row in relevance]
            yield parameters, {"relevance": relevance, "scores": scores}, why
        for index in range(count):
            shape = 1 + index % 3, int(rng.integers(3, 12))
            relevance = np.maximum(rng.integers(-top, top + 1, shape), 0).tolist()
            scores = [(rng.permutation(shape[1] * 3)[: shape[1]] / 100).tolist() for _ in range(shape[0])]
            yield options[index % len(options)], {"relevance": relevance, "scores": scores}, "random"

    return cases


def ndcg(input, parameters):
    relevance = np.array(input["relevance"], dtype=float)
    gain = 2.0**relevance - 1 if parameters["gain"] == "exponential" else relevance
    ignore = parameters["ties"] == "order"
    return sk.ndcg_score(gain, np.array(input["scores"]), k=parameters["k"], ignore_ties=ignore)


def retrieved(function, score):
    """Mean over queries of a score of the ranked relevance; held against torchmetrics, which has float32 and no use for scores that are not above 0."""

    def compute(input, parameters):
        values = []
        for relevance, scores in zip(input["relevance"], input["scores"]):
            order = np.argsort(-np.array(scores), kind="stable")
            values.append(score(np.array(relevance)[order].tolist(), parameters.get("k")))
            names = {"top_k": parameters["k"]} if "k" in parameters else {}
            other = function(torch.tensor(scores, dtype=torch.float64), torch.tensor(relevance), **names)
            assert min(scores) <= 0 or abs(float(other) - values[-1]) < 1e-6, (input, parameters)
        return sum(values) / len(values)

    return compute


def reciprocal_rank(ranked, k):
    return next((1 / rank for rank, value in enumerate(ranked[:k], 1) if value), 0.0)


def recall_at(ranked, k):
    return sum(ranked[:k]) / sum(ranked) if any(ranked) else 0.0


NDCG = [{"gain": "linear", "ties": "averaged", "k": None}, {"gain": "exponential", "ties": "averaged", "k": None},
        {"gain": "linear", "ties": "averaged", "k": 3}, {"gain": "exponential", "ties": "averaged", "k": 3}]
metric("ndcg", "ranking", "scikit-learn", "ndcg_score", "DCG / best DCG; DCG = sum of gain / log2(rank + 1)",
       "gain: linear (relevance), exponential (2^relevance - 1); k or null; ties: averaged (over their orders)",
       ndcg, rank_cases(NDCG), "0 for a query without a relevant entry, which counts in the mean; of one entry there is none")
metric("mrr", "ranking", "torchmetrics", "retrieval_reciprocal_rank, to float32; value by the formula",
       "mean over queries of 1 / rank of the first relevant entry", "k (none: all entries)",
       retrieved(retrieval.retrieval_reciprocal_rank, reciprocal_rank), rank_cases([{}, {"k": 2}], top=1, ties=False),
       "0 for a query without one; no ties here")
metric("recall_at_k", "ranking", "torchmetrics", "retrieval_recall, to float32; value by the formula",
       "mean over queries of relevant among the first k / relevant", "k",
       retrieved(retrieval.retrieval_recall, recall_at), rank_cases([{"k": 1}, {"k": 3}, {"k": 5}], top=1, ties=False),
       "0 for a query without a relevant entry; no ties here")

# --- numbers: truth, prediction ------------------------------------------------------------------------------------

NUMBER_EDGES = [
    ("all right", [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]), ("a constant truth", [2.0, 2.0, 2.0], [1.0, 2.0, 3.0]),
    ("a constant truth, all right", [2.0, 2.0], [2.0, 2.0]), ("a constant prediction", [1.0, 2.0, 3.0], [2.0, 2.0, 2.0]),
    ("one row", [3.0], [2.5]), ("one row, right", [3.0], [3.0]), ("no rows", [], []),
    ("zeros in the truth", [0.0, 1.0, 2.0], [0.5, 1.0, 2.0]), ("zero for zero", [0.0, 1.0], [0.0, 2.0]),
    ("zeros everywhere", [0.0, 0.0], [0.0, 0.0]), ("signs differ", [1.0, -2.0, 3.0], [-1.0, 2.0, -3.0]),
    ("worse than the mean", [1.0, 2.0, 3.0], [3.0, 2.0, 0.0]), ("an outlier", [1.0, 2.0, 3.0, 1000.0], [1.0, 2.0, 3.0, 4.0]),
    ("large values, small differences", [1e9, 1e9 + 1, 1e9 + 2], [1e9, 1e9 + 2, 1e9 + 1]),
    ("very small values", [1e-12, 2e-12, 4e-12], [2e-12, 2e-12, 3e-12]), ("integers", [1, 2, 3, 4], [1, 3, 2, 6]),
    ("all too high", [1.0, 2.0, 3.0], [2.0, 3.0, 4.0]), ("all too low", [1.0, 2.0, 3.0], [0.0, 1.0, 2.0]),
    ("ties", [1.0, 1.0, 2.0, 3.0], [1.0, 2.0, 2.0, 2.0]),
]


def number_cases(options=({},), weighted=True, count=36):
    def cases(rng):
        for parameters, (why, truth, prediction) in itertools.product(options, NUMBER_EDGES):
            yield parameters, {"truth": truth, "prediction": prediction}, why
        if weighted:
            input = {"truth": [1.0, 2.0, 3.0], "prediction": [1.5, 2.0, 5.0], "weights": [1.0, 3.0, 0.0]}
            yield options[0], input, "weights, one of them 0"
        for index in range(count):
            rows = int(rng.integers(3, 30))
            truth = np.round(rng.normal(0, 10, rows), 3)
            prediction = np.round(truth + rng.normal(0, 1 + index % 5, rows), 3)
            input = {"truth": truth.tolist(), "prediction": prediction.tolist()}
            if weighted and index % 5 == 4:
                input["weights"] = numbers(rng, rows, high=2.0, digits=2)
            yield options[index % len(options)], input, f"random, {rows} rows"

    return cases


def error(function):
    return lambda i, p: function(i["truth"], i["prediction"], sample_weight=i.get("weights"), **p)


def smape(input, _):
    truth, prediction = (torch.tensor(input[name], dtype=torch.float64) for name in ("truth", "prediction"))
    return regression.symmetric_mean_absolute_percentage_error(prediction, truth)


def cosine(input, _):
    similar = [sk.pairwise.cosine_similarity([t], [p])[0][0] for t, p in zip(input["truth"], input["prediction"])]
    return sum(similar) / len(similar)


def vector_cases(rng):
    edges = [
        ("the same direction", [[1.0, 2.0]], [[2.0, 4.0]]), ("the opposite direction", [[1.0, 2.0]], [[-1.0, -2.0]]),
        ("at right angles", [[1.0, 0.0]], [[0.0, 3.0]]), ("a zero vector", [[0.0, 0.0]], [[1.0, 2.0]]),
        ("two zero vectors", [[0.0, 0.0]], [[0.0, 0.0]]), ("one number each", [[2.0]], [[-3.0]]), ("no rows", [], []),
        ("very small", [[1e-160, 0.0]], [[1e-160, 0.0]]), ("very large", [[1e150, 1e150]], [[1e150, 0.0]]),
        ("a zero vector among others", [[0.0, 0.0], [1.0, 1.0]], [[1.0, 1.0], [1.0, 0.0]]),
    ]
    for why, truth, prediction in edges:
        yield {}, {"truth": truth, "prediction": prediction}, why
    for index in range(34):
        shape = 1 + index % 4, 2 + index % 7
        values = {name: numbers(rng, *shape, low=-1) for name in ("truth", "prediction")}
        yield {}, values, "random"


PINBALL = [{"alpha": alpha} for alpha in (0.5, 0.1, 0.9)]
metric("mae", "numbers", "scikit-learn", "mean_absolute_error", "mean |truth - prediction|", "",
       error(sk.mean_absolute_error), number_cases())
metric("rmse", "numbers", "scikit-learn", "root_mean_squared_error", "sqrt of mean (truth - prediction)^2", "",
       error(sk.root_mean_squared_error), number_cases())
metric("r2", "numbers", "scikit-learn", "r2_score", "1 - squared error / squared deviation from the mean", "",
       error(sk.r2_score), number_cases(), "a constant truth: 1 if all is right, else 0; undefined for one row")
metric("mape", "numbers", "scikit-learn", "mean_absolute_percentage_error", "mean |truth - prediction| / max(|truth|, 2^-52)",
       "", error(sk.mean_absolute_percentage_error), number_cases(), "a fraction, not percent; huge where the truth is 0")
metric("smape", "numbers", "torchmetrics", "symmetric_mean_absolute_percentage_error in float64",
       "mean 2 |truth - prediction| / max(|truth| + |prediction|, 1.17e-6)", "", smape, number_cases(weighted=False),
       "a fraction from 0 to 2; the floor bites for very small values")
metric("pinball", "numbers", "scikit-learn", "mean_pinball_loss", "mean of alpha d if d > 0 else (alpha - 1) d, d = truth - prediction",
       "alpha", error(sk.mean_pinball_loss), number_cases(PINBALL), "alpha 0.5 is half of MAE")
metric("spearman", "numbers", "scipy", "stats.spearmanr", "Pearson correlation of mean ranks", "",
       lambda i, _: scipy.stats.spearmanr(i["truth"], i["prediction"]).statistic, number_cases(weighted=False),
       "undefined where one side is constant")
metric("cosine", "vectors", "scikit-learn", "pairwise.cosine_similarity", "mean over rows of a b / (|a| |b|)", "",
       cosine, vector_cases, "0 with a zero vector")

# --- groups --------------------------------------------------------------------------------------------------------

GROUP_EDGES = [
    ("one group", [0, 1, 1, 0], [0, 1, 0, 1], ["a"] * 4), ("equal groups", [0, 1, 0, 1], [0, 1, 0, 1], ["a", "a", "b", "b"]),
    ("a group that is never selected", [0, 1, 0, 1], [0, 1, 0, 0], ["a", "a", "b", "b"]),
    ("nobody is selected", [0, 1, 0, 1], [0, 0, 0, 0], ["a", "a", "b", "b"]),
    ("all are selected", [0, 1, 0, 1], [1, 1, 1, 1], ["a", "a", "b", "b"]),
    ("a group without positives", [0, 0, 0, 1], [0, 1, 0, 1], ["a", "a", "b", "b"]),
    ("a group without negatives", [1, 1, 0, 1], [0, 1, 0, 1], ["a", "a", "b", "b"]),
    ("a group of one row", [1, 0, 1, 0], [1, 0, 1, 1], ["a", "a", "a", "b"]),
    ("gaps of opposite direction", [1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0, 1, 0], ["a"] * 4 + ["b"] * 4),
    ("three groups", [1, 0, 1, 0, 1, 0], [1, 0, 0, 0, 1, 1], ["a", "a", "b", "b", "c", "c"]),
    ("names that are not ASCII", [1, 0, 1, 0], [1, 0, 0, 0], ["ä", "ä", "组", "组"]),
    ("one row", [1], [1], ["a"]), ("no rows", [], [], []),
]


def group_cases(options):
    def cases(rng):
        for parameters, (why, truth, prediction, groups) in itertools.product(options, GROUP_EDGES):
            yield parameters, {"truth": truth, "prediction": prediction, "groups": groups}, why
        for index in range(36):
            rows, count = int(rng.integers(10, 40)), 2 + index % 3
            truth = rng.integers(0, 2, rows)
            prediction = np.where(rng.random(rows) < 0.7, truth, 1 - truth)
            groups = [f"g{g}" for g in rng.integers(0, count, rows)]
            input = {"truth": truth.tolist(), "prediction": prediction.tolist(), "groups": groups}
            if index % 5 == 4:
                input["weights"] = numbers(rng, rows, low=0.1, high=2.0, digits=2)
            yield options[index % len(options)], input, f"random, {count} groups"

    return cases


def fairness(function):
    def compute(input, parameters):
        names = {"sensitive_features": input["groups"], "sample_weight": input.get("weights")}
        return function(input["truth"], input["prediction"], **names, **parameters)

    return compute


METHODS = [{"method": method} for method in ("between_groups", "to_overall")]
ODDS = [{"method": m, "agg": agg} for agg in ("worst_case", "mean") for m in ("between_groups", "to_overall")]
BETWEEN = "method: between_groups (max against min), to_overall (each against all)"
metric("demographic_parity_difference", "groups", "fairlearn", "demographic_parity_difference",
       "largest difference of selection rates", BETWEEN, fairness(fair.demographic_parity_difference), group_cases(METHODS))
metric("demographic_parity_ratio", "groups", "fairlearn", "demographic_parity_ratio", "smallest ratio of selection rates",
       BETWEEN, fairness(fair.demographic_parity_ratio), group_cases(METHODS), "undefined where nobody is selected")
metric("equalized_odds_difference", "groups", "fairlearn", "equalized_odds_difference", "gaps of TPR and FPR, the larger or the mean",
       BETWEEN + "; agg: worst_case, mean", fairness(fair.equalized_odds_difference), group_cases(ODDS),
       "a group without positives has TPR 0, one without negatives FPR 0")
metric("equal_opportunity_difference", "groups", "fairlearn", "equal_opportunity_difference", "gap of TPR", BETWEEN,
       fairness(fair.equal_opportunity_difference), group_cases(METHODS), "a group without positives has TPR 0")

# --- raters --------------------------------------------------------------------------------------------------------


def fleiss_cases(rng):
    edges = [
        ("all agree", [[3, 0], [0, 3], [3, 0]]), ("all agree on one category", [[3, 0], [3, 0]]),
        ("no two agree", [[1, 1, 1], [1, 1, 1]]), ("one item", [[2, 1]]), ("two raters", [[2, 0], [1, 1], [0, 2]]),
        ("a category nobody uses", [[2, 1, 0], [1, 2, 0], [3, 0, 0]]), ("one rater", [[1, 0], [0, 1]]),
        ("one category", [[3], [3]]),
    ]
    for method, (why, counts) in itertools.product(("fleiss", "randolph"), edges):
        yield {"method": method}, {"counts": counts}, why
    for index in range(34):
        raters, kinds = 2 + index % 5, 2 + index % 4
        share = rng.dirichlet(np.ones(kinds), int(rng.integers(3, 12)))
        counts = [rng.multinomial(raters, row).tolist() for row in share]
        yield {"method": ("fleiss", "randolph")[index % 2]}, {"counts": counts}, "random"


def alpha_cases(rng):
    edges = [
        ("all agree", [[1, 2, 3], [1, 2, 3]]), ("all the same value", [[1, 1, 1], [1, 1, 1]]),
        ("never agree", [[1, 2, 1, 2], [2, 1, 2, 1]]), ("missing ratings", [[1, None, 3, 2], [1, 2, None, 2], [None, 2, 3, 3]]),
        ("a unit with one rating does not count", [[1, 2, 3, 4], [1, 2, 2, None]]),
        ("no unit with two ratings", [[1, None], [None, 2]]), ("one unit", [[1], [2]]), ("one rater", [[1, 2, 3]]),
        ("values far apart", [[1, 10, 100, 1], [1, 10, 1, 100]]), ("values that are no integers", [[0.5, 1.5, 2.0], [0.5, 1.0, 2.0]]),
    ]
    levels = ["nominal", "ordinal", "interval", "ratio"]
    for level, (why, ratings) in itertools.product(levels, edges):
        yield {"level": level}, {"ratings": ratings}, why
    for index in range(40):
        units, raters = int(rng.integers(4, 13)), 2 + index % 3
        base = rng.integers(1, 6, units)
        ratings = np.where(rng.random((raters, units)) < 0.65, base, rng.integers(1, 6, (raters, units)))
        missing = rng.random((raters, units)) < 0.15 * (index % 2)
        rows = [[None if gone else value for value, gone in zip(*row)] for row in zip(ratings.tolist(), missing.tolist())]
        yield {"level": levels[index % 4]}, {"ratings": rows}, "random"


def alpha(input, parameters):
    rows = np.array([[math.nan if value is None else value for value in row] for row in input["ratings"]], dtype=float)
    return krippendorff.alpha(reliability_data=rows, level_of_measurement=parameters["level"])


metric("fleiss_kappa", "raters", "statsmodels", "inter_rater.fleiss_kappa", "(observed - chance) / (1 - chance) agreement",
       "method: fleiss (chance of the shares), randolph (uniform)",
       lambda i, p: statsmodels.stats.inter_rater.fleiss_kappa(i["counts"], **p), fleiss_cases,
       "`counts` has a row an item, a column a category; undefined where chance agrees fully")
metric("krippendorff_alpha", "raters", "krippendorff", "alpha", "1 - observed / expected disagreement of pairs",
       "level: nominal, ordinal, interval, ratio", alpha, alpha_cases,
       "`ratings` has a row a rater, null where there is none; one value overall is refused")

# --- distributions -------------------------------------------------------------------------------------------------


def sample_cases(rng):
    edges = [
        ("the same sample", [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]), ("nothing in common", [1.0, 2.0], [3.0, 4.0]),
        ("one value each", [1.0], [2.0]), ("all values equal", [1.0, 1.0, 1.0], [1.0, 1.0]), ("empty", [], [1.0]),
        ("ties between the samples", [1.0, 2.0, 2.0, 3.0], [2.0, 2.0, 3.0, 4.0]),
        ("sizes far apart", [0.5], [0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9]), ("one inside the other", [2.0, 3.0], [1.0, 4.0]),
    ]
    for method, (why, first, second) in itertools.product(("exact", "asymp"), edges):
        yield {"method": method}, {"reference": first, "current": second}, why
    for index in range(36):
        first = np.round(rng.normal(0, 1, int(rng.integers(4, 30))), 2).tolist()
        second = np.round(rng.normal(0.2 * (index % 5), 1.2, int(rng.integers(4, 30))), 2).tolist()
        yield {"method": ("exact", "asymp")[index % 2]}, {"reference": first, "current": second}, "random"


def ks(input, parameters):
    result = scipy.stats.ks_2samp(input["reference"], input["current"], method=parameters["method"])
    return {"statistic": result.statistic, "p": result.pvalue}


COUNT_EDGES = [
    ("the same counts", [10, 20, 30], [10, 20, 30]), ("proportional counts", [10, 20, 30], [20, 40, 60]),
    ("a category that is new", [10, 20, 0], [10, 15, 5]), ("a category that is gone", [10, 20, 5], [15, 20, 0]),
    ("nothing in common", [10, 0], [0, 10]), ("a category nobody has", [10, 20, 0], [15, 15, 0]), ("one category", [10], [12]),
    ("small counts", [1, 2, 1], [2, 1, 1]), ("large counts", [100000, 200000], [100500, 199500]), ("two categories", [8, 2], [5, 5]),
    ("no rows", [0, 0], [0, 0]),
]


def count_cases(options):
    def cases(rng):
        for parameters, (why, first, second) in itertools.product(options, COUNT_EDGES):
            yield parameters, {"reference": first, "current": second}, why
        for index in range(36):
            kinds = 2 + index % 6
            first, second = (rng.multinomial(int(rng.integers(20, 200)), rng.dirichlet(np.full(kinds, 3.0))) for _ in "ab")
            yield options[index % len(options)], {"reference": first.tolist(), "current": second.tolist()}, "random"

    return cases


def chi_square(input, parameters):
    result = scipy.stats.chi2_contingency([input["reference"], input["current"]], correction=parameters["correction"])
    return {"statistic": result.statistic, "p": result.pvalue, "degrees": result.dof}


def jensen_shannon(input, parameters):
    distance = scipy.spatial.distance.jensenshannon(input["reference"], input["current"], base=parameters["base"])
    return distance if parameters["form"] == "distance" else distance**2


def psi(input, parameters):
    """sum (c - r) ln(c / r) over shares, none below epsilon: the sum of both relative entropies."""
    shares = [np.maximum(np.array(input[name]) / sum(input[name]), parameters["epsilon"]) if sum(input[name]) else
              np.full(len(input[name]), math.nan) for name in ("reference", "current")]
    reference, current = shares
    return (scipy.special.rel_entr(reference, current) + scipy.special.rel_entr(current, reference)).sum()


def rate_cases(rng):
    for level in (0.95, 0.99):
        for hits, rows in [(0, 1), (1, 1), (0, 10), (10, 10), (1, 10), (5, 10), (0, 0), (0, 299), (299, 300), (950, 1000)]:
            why = "no rows" if rows == 0 else "none right" if hits == 0 else "all right" if hits == rows else "some right"
            yield {"confidence": level}, {"hits": hits, "rows": rows}, why
    for index in range(36):
        rows = int(rng.integers(2, 2000 if index % 2 else 40))
        yield {"confidence": (0.95, 0.9, 0.99)[index % 3]}, {"hits": int(rng.integers(0, rows + 1)), "rows": rows}, "random"


def interval(method):
    def compute(input, parameters):
        share = 1 - parameters["confidence"]
        confint = statsmodels.stats.proportion.proportion_confint
        low, high = confint(input["hits"], input["rows"], alpha=share, method=method)
        return {"low": low, "high": high}

    return compute


def mcnemar_cases(rng):
    edges = [("no discordant pair", 10, 0, 0, 5), ("one discordant pair", 10, 1, 0, 5), ("all one way", 10, 8, 0, 5),
             ("all the other way", 10, 0, 8, 5), ("as many each way", 10, 6, 6, 5), ("24 discordant", 50, 16, 8, 20),
             ("25 discordant", 50, 16, 9, 20), ("no concordant pair", 0, 5, 3, 0), ("no pair", 0, 0, 0, 0),
             ("many", 900, 60, 30, 10)]
    tests = ["exact", "corrected", "uncorrected"]
    for test, (why, both, first, second, neither) in itertools.product(tests, edges):
        yield {"test": test}, {"counts": [[both, first], [second, neither]]}, why
    for index in range(30):
        yield {"test": tests[index % 3]}, {"counts": rng.integers(0, 40, (2, 2)).tolist()}, "random"


def mcnemar(input, parameters):
    names = {"exact": parameters["test"] == "exact", "correction": parameters["test"] == "corrected"}
    result = statsmodels.stats.contingency_tables.mcnemar(np.array(input["counts"]), **names)
    return {"statistic": result.statistic, "p": result.pvalue}


JS = [{"form": f, "base": b} for f, b in (("distance", 2), ("distance", None), ("divergence", 2))]
metric("ks", "samples", "scipy", "stats.ks_2samp, two-sided", "largest distance of the empirical distributions",
       "method of p: exact, asymp", ks, sample_cases)
metric("chi_square", "counts", "scipy", "stats.chi2_contingency", "sum (observed - expected)^2 / expected over both rows",
       "correction: Yates, where there is one degree of freedom", chi_square,
       count_cases([{"correction": False}, {"correction": True}]), "a category nobody has is refused")
metric("jensen_shannon", "counts", "scipy", "spatial.distance.jensenshannon", "sqrt of the mean relative entropy to the mean",
       "form: distance, divergence (its square); base: 2, null (e)", jensen_shannon, count_cases(JS),
       "the distance is the root; counts are made to shares")
metric("psi", "counts", "scipy", "special.rel_entr", "sum (c - r) ln(c / r) over shares, none below epsilon", "epsilon",
       psi, count_cases([{"epsilon": 1e-4}, {"epsilon": 1e-6}]), "shares are raised to epsilon and not made to sum to 1 again")
metric("wilson_interval", "rate", "statsmodels", "proportion.proportion_confint wilson", "Wilson's score interval",
       "confidence (two-sided)", interval("wilson"), rate_cases, "no correction for continuity")
metric("clopper_pearson_interval", "rate", "statsmodels", "proportion.proportion_confint beta", "quantiles of beta distributions",
       "confidence (two-sided)", interval("beta"), rate_cases, "low is 0 where none is right, high 1 where all are")
metric("mcnemar", "paired", "statsmodels", "contingency_tables.mcnemar", "binomial test, or chi-square, of discordant pairs",
       "test: exact, corrected (for continuity), uncorrected", mcnemar, mcnemar_cases,
       "`counts`: [[both right, only the first], [only the second, neither]]; statistic of exact: the smaller count")

# --- writing -------------------------------------------------------------------------------------------------------


def plain(value):
    """The value as JSON has it; null where it is no finite number."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, (np.ndarray, np.generic, torch.Tensor)):
        return plain(value.tolist())
    if value is None or isinstance(value, (bool, int)):
        return value
    return float(value) if math.isfinite(value) else None


def lines_of(row):
    """The lines of a metric, none twice."""
    rng = np.random.default_rng(zlib.crc32(row.id.encode()))
    seen = {}
    for parameters, input, why in row.cases(rng):
        key = json.dumps([parameters, input], ensure_ascii=False)
        if key in seen:
            continue
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                expected = plain(row.compute(json.loads(key)[1], parameters))
        except (ArithmeticError, LookupError, RuntimeError, ValueError) as error:
            expected = {"error": True}
            if os.environ.get("VECTORS_ERRORS"):
                print(f"{row.id}: {parameters}, {why}: {error}", file=sys.stderr)
        vector = {"metric": row.id, "parameters": parameters, "input": input, "expected": expected, "why": why}
        seen[key] = json.dumps({**vector, "by": row.by}, ensure_ascii=False, allow_nan=False)
    return list(seen.values())


def table_of(counts, versions):
    """The table of the README: a row a metric."""
    lines = ["| Id | Input | Parameters | Formula | Reference | Vectors | Traps |", "|---|---|---|---|---|---|---|"]
    for row in METRICS:
        cells = [f"`{row.id}`", row.kind, row.parameters or "none", row.formula]
        cells += [f"{row.by} {versions[row.by]}: {row.function}", str(counts[row.id]), row.trap or "none"]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, f"\n{sum(counts.values()):,} vectors of {len(counts)} metrics."])


def files():
    """Every file by name."""
    made, counts = {}, {}
    for row in METRICS:
        lines = lines_of(row)
        counts[row.id] = len(lines)
        made[f"{row.id}.jsonl"] = "\n".join(lines) + "\n"
        refused = sum('"expected": {"error": true}' in line for line in lines)
        undefined = sum('"expected": null' in line for line in lines)
        print(f"{row.id}: {len(lines)}, of which {undefined} undefined and {refused} refused")
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    made["versions.json"] = json.dumps(versions, indent=2) + "\n"
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    before, rest = readme.split(BEGIN)
    made["README.md"] = f"{before}{BEGIN}\n{table_of(counts, versions)}\n{END}{rest.split(END)[1]}"
    size = sum(len(content.encode()) for content in made.values())
    print(f"{sum(counts.values())} vectors of {len(counts)} metrics, {size} bytes")
    return made


def main():
    parser = argparse.ArgumentParser(description="Vectors of metrics by public reference libraries.")
    parser.add_argument("--check", action="store_true", help="compute again and exit with 1 if a file differs")
    check = parser.parse_args().check
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    made = files()
    if not check:
        for name, content in made.items():
            (FOLDER / name).write_text(content, encoding="utf-8")
        return 0
    stored = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    differ = sorted(name for name in made.keys() | stored.keys() if made.get(name) != stored.get(name))
    for name in differ:
        print(f"{name} differs")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
