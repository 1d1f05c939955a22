"""Vectors for drawing the next id, made by transformers.

Writes sampling.json beside itself: `cases`, each with the logits of all ids, the temperature, `top_k` (null for all),
`top_p` (1 for all), and the probability of each id once TemperatureLogitsWarper, TopKLogitsWarper and TopPLogitsWarper
were applied, in this order and in float64. Run with transformers 5.24.0 and torch 2.15.0: `python sampling.py`.
"""

import json
import os
import pathlib

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import torch
import transformers
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

torch.set_num_threads(1)
generator = torch.Generator().manual_seed(20261126)


def probabilities(logits, temperature, top_k, top_p):
    scores = logits[None]
    if temperature != 1.0:
        scores = TemperatureLogitsWarper(temperature)(None, scores)
    if top_k is not None:
        scores = TopKLogitsWarper(top_k)(None, scores)
    if top_p < 1.0:
        scores = TopPLogitsWarper(top_p)(None, scores)
    assert scores.dtype == torch.float64
    return scores[0].softmax(-1)


def is_clear(logits, made, temperature, top_k, top_p):
    """Whether equals fare alike, and `top_p` is not within rounding of where the likeliest ids are cut."""
    alike = all(len(set(made[logits == logit].tolist())) == 1 for logit in logits)
    before_cut = probabilities(logits, temperature, top_k, 1.0).sort(descending=True).values.cumsum(0)
    return alike and (top_p == 1.0 or float((before_cut - top_p).abs().min()) > 1e-6)


# Ids, whether some are equally likely, temperature, top_k, top_p.
SETTINGS = [
    (8, False, 1.0, None, 1.0),
    (8, True, 0.7, 3, 1.0),
    (12, False, 1.3, None, 0.8),
    (16, False, 0.5, 5, 0.9),
    (16, True, 1.0, 4, 0.95),
    (20, False, 2.0, 1, 1.0),
    (24, False, 0.9, None, 0.05),
    (31, True, 1.5, 10, 0.7),
    (32, False, 0.8, 40, 0.9),
    (40, True, 1.0, None, 0.6),
    (50, False, 0.3, 20, 0.99),
    (50, True, 1.1, 7, 1.0),
    (50, False, 5.0, 30, 0.5),
]
cases = []
for size, has_ties, temperature, top_k, top_p in SETTINGS:
    while True:
        logits = 3 * torch.randn(size, generator=generator, dtype=torch.float64)
        if has_ties:
            # To half numbers, of which several are the same.
            logits = (2 * logits).round() / 2
        made = probabilities(logits, temperature, top_k, top_p)
        # Where ids as likely as the last one to stay number more than `top_k`, all of them stay.
        tied_at_k = top_k and top_k < size and int((logits >= logits.topk(top_k).values[-1]).sum()) > top_k
        if is_clear(logits, made, temperature, top_k, top_p) and bool(has_ties and top_k) == bool(tied_at_k):
            break
    cases.append({
        "logits": logits.tolist(),
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "probabilities": made.tolist(),
    })

versions = {"transformers": transformers.__version__, "torch": torch.__version__.partition("+")[0]}
out = {"source": "sampling.py", "versions": versions, "cases": cases}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
