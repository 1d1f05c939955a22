"""Vectors for the measures of fairness, made by fairlearn.

Writes fairness.json beside itself: `cases`, each with the true class, the predicted class and the group of every row, and
what fairlearn says of them. Run with fairlearn 0.15.0 and scikit-learn 1.9.1: `python fairness.py`.
"""

import json
import pathlib

import fairlearn
import numpy as np
import sklearn
from fairlearn.metrics import demographic_parity_difference, equalized_odds_difference

rng = np.random.default_rng(20261125)
cases = []
for rows, groups, right in [(12, 2, 0.9), (40, 2, 0.5), (200, 2, 0.8), (500, 3, 0.7), (1000, 5, 0.95), (64, 4, 0.25)]:
    while True:
        group = rng.integers(0, groups, rows)
        truth = (rng.random(rows) < 0.3 + 0.1 * group).astype(int)
        hit = rng.random(rows) < right - 0.05 * group
        predicted = np.where(hit, truth, 1 - truth)
        pairs = {(int(g), int(t)) for g, t in zip(group, truth)}
        if len(pairs) == 2 * groups:
            break
    cases.append({
        "truth": truth.tolist(),
        "predicted": predicted.tolist(),
        "group": group.tolist(),
        "groups": groups,
        "demographic_parity_difference": demographic_parity_difference(truth, predicted, sensitive_features=group),
        "equalized_odds_difference": equalized_odds_difference(truth, predicted, sensitive_features=group),
    })

versions = {"fairlearn": fairlearn.__version__, "scikit-learn": sklearn.__version__}
out = {"source": "fairness.py", "versions": versions, "cases": cases}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
