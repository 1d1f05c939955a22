"""Reference values for the metrics and statistics, by public libraries. Run it to make metrics.json again:

    python3 -m venv venv && venv/bin/pip install scikit-learn statsmodels scipy && venv/bin/python metrics.py > metrics.json
"""
import json
import random
import sys

import scipy
import sklearn
import statsmodels
from scipy import stats
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score
from statsmodels.stats.proportion import proportion_confint

random.seed(20261124)
FUNCTIONS = {"precision": precision_score, "recall": recall_score, "f1": f1_score}


def rows(counts):
    truth, guess = [], []
    for t, line in enumerate(counts):
        for g, n in enumerate(line):
            truth += [t] * n
            guess += [g] * n
    return truth, guess


cases = []
for index in range(24):
    classes = random.choice([2, 3, 5])
    counts = [[random.randint(0, 40) for _ in range(classes)] for _ in range(classes)]
    if index % 6 == 5:  # a class that is neither true nor predicted
        counts[-1] = [0] * classes
        for line in counts:
            line[-1] = 0
    truth, guess = rows(counts)
    labels = list(range(classes))
    case = {"counts": counts, "accuracy": accuracy_score(truth, guess)}
    for name, function in FUNCTIONS.items():
        for average in ["macro", "micro", "weighted"]:
            for zero in [0, 1]:
                value = function(truth, guess, labels=labels, average=average, zero_division=zero)
                case[f"{name} {average} {zero}"] = float(value)
        case[f"{name} each 0"] = [float(v) for v in function(truth, guess, labels=labels, average=None, zero_division=0)]
    cases.append(case)

# Clopper and Pearson's interval; statsmodels calls it "beta".
wilson = []
for hits, n in [(0, 10), (10, 10), (1, 3), (1547, 2000), (835, 993), (5, 100), (99_999, 100_000)]:
    for confidence in [0.9, 0.95, 0.99]:
        low, high = proportion_confint(hits, n, alpha=1 - confidence, method="wilson")
        wilson.append([hits, n, confidence, float(low), float(high)])

exact = []
for hits, n in [(0, 1), (1, 1), (0, 10), (10, 10), (1, 3), (1547, 2000), (835, 993), (5, 100), (99_999, 100_000)]:
    for confidence in [0.9, 0.95, 0.99, 0.9999]:
        low, high = proportion_confint(hits, n, alpha=1 - confidence, method="beta")
        exact.append([hits, n, confidence, float(low), float(high)])

# Order statistics: the largest lower rank l and the smallest upper rank u (from 1) with at most (1 - c) / 2 outside.
order = []
cases_of_order = [(200, 0.5, 0.95), (200, 0.95, 0.95), (200, 0.99, 0.95), (50, 0.5, 0.9), (20, 0.95, 0.95)]
cases_of_order += [(367, 0.99, 0.95), (368, 0.99, 0.95), (736, 0.99, 0.95), (736, 0.99, 0.999), (6, 0.5, 0.95)]
for n, p, c in cases_of_order:
    tail = (1 - c) / 2
    lower = [l for l in range(1, n + 1) if stats.binom.cdf(l - 1, n, p) <= tail]
    upper = [u for u in range(1, n + 1) if stats.binom.cdf(u - 1, n, p) >= 1 - tail]
    order.append([n, p, c, max(lower) if lower else None, min(upper) if upper else None])

# The smallest sample with both ranks.
needed = []
for p, c in [(0.5, 0.95), (0.95, 0.95), (0.99, 0.95), (0.99, 0.99), (0.99, 0.999), (0.05, 0.95)]:
    tail = (1 - c) / 2
    both = lambda n: stats.binom.cdf(0, n, p) <= tail and stats.binom.sf(n - 1, n, p) <= tail
    needed.append([p, c, next(n for n in range(1, 10_000) if both(n))])

versions = {m.__name__: m.__version__ for m in (sklearn, statsmodels, scipy)}
json.dump({"versions": versions, "confusions": cases, "wilson": wilson, "exact": exact, "order": order, "needed": needed}, sys.stdout, indent=1)
