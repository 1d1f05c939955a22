"""What scikit-learn, scipy, sacrebleu and jiwer need for the work of our benches of metrics, and the values they get.

    python bench_metrics.py [--rows 1000000] [--resamples 20] [--pairs 100000] [--only classes|texts]

Prints one line of JSON: for each peer the seconds of one run and the values, so that a bench in Rust over the same
inputs can show that both computed the same. A bootstrap is timed over `--resamples` resamples; `seconds_of_10000` is
that time *extrapolated*, not measured (10,000 take an hour or two). None of these libraries has threads for this work,
which `threads` says; run it beside nothing else.

The generator is SplitMix64 (Steele, Lea and Flood 2014), in unsigned 64-bit numbers that wrap:

    state = state + 0x9E3779B97F4A7C15
    z = state
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB
    x = z ^ (z >> 31)                               # the next number; as a share: u = (x >> 11) / 2^53

Classes: state = 1 at first. Each row takes two shares: the true class is 1 where the first is < 0.4, else 0; the
predicted class is the true one where the second is < 0.85, else the other.

Texts: state = 2 at first. Each pair takes one share u: the reference has 5 + floor(26 u) words. Then each of its words
takes three shares u, v, w: the word is `w` and decimal floor(1000 u), for example `w0` or `w731`. In the hypothesis it
is left out where v < 0.05, is word floor(1000 w) where 0.05 <= v < 0.2 (which may be the same), else stays. Words are
joined by one space. All three shares are always taken.

Values: accuracy, F1 and recall of class 1, the composite 0.5 accuracy + 0.3 F1 + 0.2 recall; BLEU of the corpus (0 to
100, tokens `13a`, smoothing `exp`, sacrebleu's defaults); the word error rate, all edits over all words of the
references.

The bootstrap is `scipy.stats.bootstrap` over (truth, predicted) pairs with the method `percentile`: BCa's jackknife
would take a million values more. `numpy` is the same with the scores from one `bincount` of the cells instead of
scikit-learn. `multinomial` is for who knows that these scores are functions of four cells: it draws the cells of all
10,000 resamples at once, and is measured in full. Needs jiwer, numpy, sacrebleu, scikit-learn and scipy.
"""

import argparse
import importlib.metadata
import json
import os
import time

# No library takes more threads behind our back.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import jiwer
import numpy as np
import sacrebleu
from scipy import stats
from sklearn.metrics import accuracy_score, f1_score, recall_score

GAMMA = 0x9E3779B97F4A7C15
ALL = 10_000


def shares(state, start, count):
    """The shares number `start` to `start + count - 1` (from 0) of the generator: its states are multiples of GAMMA."""
    number = np.arange(start + 1, start + count + 1, dtype=np.uint64)
    z = np.uint64(state) + number * np.uint64(GAMMA)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / 2.0**53


def classes(rows):
    drawn = shares(1, 0, 2 * rows).reshape(rows, 2)
    truth = (drawn[:, 0] < 0.4).astype(np.int64)
    return truth, np.where(drawn[:, 1] < 0.85, truth, 1 - truth)


def texts(pairs):
    words = [f"w{index}" for index in range(1000)]
    # A pair takes 91 shares at the most.
    drawn = shares(2, 0, 91 * pairs)
    references, hypotheses, place = [], [], 0
    for _ in range(pairs):
        length = 5 + int(26 * drawn[place])
        u, v, w = drawn[place + 1 : place + 1 + 3 * length].reshape(length, 3).T
        place += 1 + 3 * length
        word, other = (1000 * u).astype(int).tolist(), (1000 * w).astype(int).tolist()
        references.append(" ".join(words[index] for index in word))
        stays = [b if fate < 0.2 else a for a, b, fate in zip(word, other, v.tolist()) if fate >= 0.05]
        hypotheses.append(" ".join(words[index] for index in stays))
    return references, hypotheses


def composite(truth, predicted):
    accuracy, f1 = accuracy_score(truth, predicted), f1_score(truth, predicted)
    return 0.5 * accuracy + 0.3 * f1 + 0.2 * recall_score(truth, predicted)


def cells(truth, predicted):
    """True negatives, false positives, false negatives, true positives."""
    return np.bincount(2 * truth + predicted, minlength=4).tolist()


def f1_of(right, wrong, missed, hits):
    return 2 * hits / (2 * hits + wrong + missed)


def composite_of(right, wrong, missed, hits):
    accuracy, recall = (right + hits) / (right + wrong + missed + hits), hits / (hits + missed)
    return 0.5 * accuracy + 0.3 * f1_of(right, wrong, missed, hits) + 0.2 * recall


def timed(function):
    start = time.perf_counter()
    value = function()
    return time.perf_counter() - start, value


def bootstrapped(score, truth, predicted, resamples):
    value_seconds, value = timed(lambda: float(score(truth, predicted)))
    seconds, made = timed(
        lambda: stats.bootstrap(
            (truth, predicted), score, paired=True, vectorized=False, n_resamples=resamples, batch=1,
            method="percentile", rng=np.random.default_rng(1),
        )
    )
    return {
        "value": value,
        "value_seconds": value_seconds,
        "resamples": resamples,
        "seconds": seconds,
        "seconds_a_resample": seconds / resamples,
        "seconds_of_10000": seconds / resamples * ALL,
        "seconds_of_10000_is": "extrapolated",
        "interval": [float(end) for end in made.confidence_interval],
        "threads": 1,
    }


def drawn_as_cells(score, counts):
    rows = sum(counts)

    def run():
        drawn = np.random.default_rng(1).multinomial(rows, np.array(counts) / rows, ALL)
        return np.percentile(score(*drawn.T), [2.5, 97.5]).tolist()

    seconds, interval = timed(run)
    return {"value": score(*counts), "resamples": ALL, "seconds": seconds, "interval": interval, "threads": 1}


def of_classes(rows, resamples):
    truth, predicted = classes(rows)
    scores = {
        "sklearn f1": f1_score,
        "sklearn composite": composite,
        "numpy f1": lambda truth, predicted: f1_of(*cells(truth, predicted)),
        "numpy composite": lambda truth, predicted: composite_of(*cells(truth, predicted)),
    }
    made = {name: bootstrapped(score, truth, predicted, resamples) for name, score in scores.items()}
    for name, score in (("f1", f1_of), ("composite", composite_of)):
        made[f"multinomial {name}"] = drawn_as_cells(score, cells(truth, predicted))
        values = [made[f"{peer} {name}"]["value"] for peer in ("sklearn", "numpy", "multinomial")]
        assert max(values) - min(values) < 1e-12
    # The first rows, for whoever writes the generator again.
    sample = {"truth": truth[:8].tolist(), "predicted": predicted[:8].tolist()}
    return {"rows": rows, "cells": cells(truth, predicted), "first": sample, **made}


def of_texts(pairs):
    references, hypotheses = texts(pairs)
    bleu_seconds, bleu = timed(lambda: sacrebleu.corpus_bleu(hypotheses, [references]))
    wer_seconds, wer = timed(lambda: jiwer.wer(references, hypotheses))
    return {
        "pairs": pairs,
        "words": sum(len(text.split()) for text in references),
        "first": [references[0], hypotheses[0]],
        "sacrebleu bleu": {"value": bleu.score, "seconds": bleu_seconds, "threads": 1},
        "jiwer wer": {"value": wer, "seconds": wer_seconds, "threads": 1},
    }


def main():
    parser = argparse.ArgumentParser(description="Times scikit-learn, scipy, sacrebleu and jiwer.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="predictions of 2 classes")
    parser.add_argument("--resamples", type=int, default=20, help="resamples that are timed; 10,000 are extrapolated")
    parser.add_argument("--pairs", type=int, default=100_000, help="pairs of sentences")
    parser.add_argument("--only", choices=["classes", "texts"], help="one half alone")
    asked = parser.parse_args()
    libraries = ("jiwer", "numpy", "rapidfuzz", "sacrebleu", "scikit-learn", "scipy")
    out = {"versions": {name: importlib.metadata.version(name) for name in libraries}, "cores": os.cpu_count()}
    if asked.only != "texts":
        out["classes"] = of_classes(asked.rows, asked.resamples)
    if asked.only != "classes":
        out["texts"] = of_texts(asked.pairs)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
