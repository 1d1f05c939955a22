"""Reference values for tests, plans and intervals, by scipy and statsmodels.

Writes significance.json beside itself, one case a line. Seeds are fixed, so the result depends on the versions inside
only. `python significance.py` writes; `--check` computes all again and exits with 1 if the file differs by more than
rounding. Made with numpy, scipy and statsmodels in the versions inside.

`adjusted`: p-values and what `multipletests` makes of them. `plans`, `decisions`: all n and c tried with `binom`.

`rows`: every n up to `tried` looked at with `proportion_confint`, Wilson's with at least 10 hits and 10 misses, else
Clopper and Pearson's ("beta"); rows against the model are rounded up in exact fractions; the answer is one more than
the last n that does not clear the bar. `chances`, `detectable`: sums of `binom` over the samples that clear the bar, up
to the first one that does not. `paired`: sums of `binom` over all that statsmodels' `mcnemar` finds significant.

`randomised`: a ChaCha20 in numpy, held against the test vector of RFC 8439 first, draws every shuffle: stream r is
nonce r, and row i is exchanged where bit i mod 32 of word i / 32 is 1. `exact` is `permutation_test` over all
exchanges.

`bca`: a sample, a bootstrap distribution of its statistic, and the intervals that `scipy.stats.bootstrap` gives of
exactly this distribution (`bootstrap_result`). The statistic is the mean, or of pairs the ratio of the sums. Quantiles
are by scipy's default rule (`scipy.stats.quantile`, method "linear", type 7 of Hyndman and Fan: between the values at
the 0-based place (B - 1) q). `bias` is z0 = ndtri(share of the distribution below the value, ties half), `acceleration`
and `tails` are scipy's own (`_bca_interval`) and do not depend on that rule. `null` where scipy has no interval.
"""

import argparse
import fractions
import itertools
import json
import math
import pathlib
import sys
import warnings

import numpy as np
import scipy
import statsmodels
from scipy import optimize, stats
from scipy.special import ndtri
from scipy.stats._resampling import _bca_interval
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

PATH = pathlib.Path(__file__).with_suffix(".json")


def adjusted():
    rng = np.random.default_rng(1)
    lists = [[0.01, 0.02, 0.03], [0.04, 0.001, 0.03, 0.02], [1.0], [0.0, 0.0], [0.5, 0.5, 0.5], [0.05] * 7]
    lists.append([1e-300, 1.0])
    lists += [np.round(rng.beta(0.5, 3, size), 6).tolist() for size in (2, 5, 12, 40)]
    for p in lists:
        made = {method: multipletests(p, method=method)[1].tolist() for method in ("holm", "bonferroni")}
        yield {"p": p, **made}


LEVELS = [
    (0.96, 0.95, 0.05, 0.1), (0.99, 0.95, 0.05, 0.1), (0.9, 0.8, 0.05, 0.1), (1.0, 0.99, 0.05, 0.05),
    (0.5, 0.4, 0.1, 0.1), (0.98, 0.96, 0.01, 0.05), (0.9, 0.0, 0.05, 0.05), (0.9, 0.89, 0.05, 0.05),
    (0.999, 0.99, 0.05, 0.1), (0.2, 0.05, 0.05, 0.2), (0.95, 0.6, 0.3, 0.4), (0.02, 0.01, 0.05, 0.05),
    (0.3, 0.25, 0.05, 0.1),
]


def plans():
    for bar, worse, alpha, beta in LEVELS:
        n = np.arange(1, 40_001)
        # The fewest misses that keep alpha; of these rows no other number of misses could keep beta if this does not.
        c = stats.binom.ppf(1 - alpha, n, 1 - bar).astype(int)
        keeps = (stats.binom.sf(c, n, 1 - bar) <= alpha) & (stats.binom.cdf(c, n, 1 - worse) <= beta) & (c < n)
        found = int(np.argmax(keeps))
        assert keeps[found]
        rows, misses = int(n[found]), int(c[found])
        rates = sorted({bar, worse, 0.0, 1.0, (bar + worse) / 2, 0.97})
        curve = [[rate, float(stats.binom.cdf(misses, rows, 1 - rate))] for rate in rates]
        yield {"levels": [bar, worse, alpha, beta], "rows": rows, "misses": misses, "curve": curve}


def decisions():
    for bar, worse, alpha, beta in LEVELS[:6]:
        for rows in (1, 20, 150, 4000):
            places = [rows * bar, rows * worse, rows * (bar + worse) / 2]
            for hits in sorted({0, rows, max(rows - 2, 0), *map(int, places)}):
                reject = stats.binom.cdf(hits, rows, bar) <= alpha
                accept = stats.binom.sf(hits - 1, rows, worse) <= beta
                says = "reject" if reject else "accept" if accept else "undecided"
                yield {"levels": [bar, worse, alpha, beta], "hits": hits, "rows": rows, "says": says}


def interval(hits, n, confidence):
    """Ends for arrays of hits and rows, by the rule of our rates."""
    ends = {}
    for method in ("wilson", "beta"):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            ends[method] = proportion_confint(hits, n, alpha=1 - confidence, method=method)
    wilson = (hits >= 10) & (n - hits >= 10)
    # The exact ends are 0 without hits and 1 without misses.
    low = np.where(wilson, ends["wilson"][0], np.where(hits == 0, 0.0, ends["beta"][0]))
    high = np.where(wilson, ends["wilson"][1], np.where(hits == n, 1.0, ends["beta"][1]))
    return low, high


def cleared(bad, n, side, bar, confidence):
    if side == "at least":
        return interval(n - bad, n, confidence)[0] >= float(bar)
    return interval(bad, n, confidence)[1] <= float(bar)


BARS = [
    # share, side, bar, confidence, all n up to
    ("0.95", "at least", "0.9", 0.95, 3_000), ("0.92", "at least", "0.9", 0.95, 20_000),
    ("0.99", "at least", "0.95", 0.95, 3_000), ("0.999", "at least", "0.99", 0.95, 5_000),
    ("1", "at least", "0.95", 0.95, 500), ("1", "at least", "0.999", 0.99, 9_000),
    ("0.02", "at most", "0.05", 0.95, 3_000), ("0", "at most", "0.01", 0.95, 2_000),
    ("0.55", "at least", "0.5", 0.95, 3_000), ("0.9", "at least", "0.8", 0.99, 2_000),
    ("0.7", "at least", "0.5", 0.9, 500), ("0.873", "at least", "0.85", 0.95, 20_000),
    ("0.003", "at most", "0.0031", 0.9, 1_200_000), ("0.3333", "at most", "0.4", 0.999, 9_000),
    ("0.8", "at least", "0", 0.95, 50),
]


def rows():
    for share, side, bar, confidence, tried in BARS:
        bad_share = 1 - fractions.Fraction(share) if side == "at least" else fractions.Fraction(share)
        n = np.arange(1, tried + 1)
        bad = -(-n * bad_share.numerator // bad_share.denominator)
        fails = np.flatnonzero(~cleared(bad, n, side, bar, confidence))
        needed = int(n[fails[-1]]) + 1 if len(fails) else 1
        assert needed < 0.9 * tried
        setting = {"share": float(share), "side": side, "bar": float(bar), "confidence": confidence}
        yield {**setting, "tried": tried, "rows": needed}


def allowed(n, side, bar, confidence):
    bad = np.arange(0, n + 1)
    fails = np.flatnonzero(~cleared(bad, np.full_like(bad, n), side, bar, confidence))
    return int(fails[0]) - 1 if len(fails) else n


CHANCES = [
    (200, 0.95, "at least", "0.9", 0.95), (200, 0.9, "at least", "0.9", 0.95), (50, 0.99, "at least", "0.9", 0.95),
    (20, 0.999, "at least", "0.9", 0.95), (2_000, 0.78, "at least", "0.75", 0.95),
    (1_000, 0.02, "at most", "0.04", 0.99), (300, 0.0, "at most", "0.05", 0.95),
    (100_000, 0.91, "at least", "0.905", 0.999), (8, 1.0, "at least", "0.5", 0.9),
]


def chances():
    for n, share, side, bar, confidence in CHANCES:
        bad = 1 - share if side == "at least" else share
        most = allowed(n, side, bar, confidence)
        chance = float(stats.binom.cdf(most, n, bad)) if most >= 0 else 0.0
        yield {"rows": n, "share": share, "side": side, "bar": float(bar), "confidence": confidence, "chance": chance}


def detectable():
    for n, _, side, bar, confidence in CHANCES:
        for power in (0.8, 0.95):
            most = allowed(n, side, bar, confidence)
            at_bar = 1 - float(bar) if side == "at least" else float(bar)
            found = None
            if most >= 0:
                bad = optimize.brentq(lambda q: stats.binom.cdf(most, n, q) - power, 0, at_bar, xtol=1e-15)
                found = 1 - bad if side == "at least" else bad
            yield {"rows": n, "side": side, "bar": float(bar), "confidence": confidence, "power": power, "share": found}


def significances(most):
    """For each number of discordant pairs the p-values of 0, 1, ... wrong ones among them."""
    return [
        np.array([mcnemar([[0, d - c], [c, 0]], exact=d < 25, correction=True).pvalue for c in range(d // 2 + 1)])
        for d in range(most + 1)
    ]


PAIRED = [
    # discordant, odds, alpha, power, pairs up to
    (0.2, 2.0, 0.05, 0.8, 600), (0.1, 3.0, 0.05, 0.9, 800), (1.0, 2.0, 0.05, 0.8, 150), (0.5, 0.25, 0.01, 0.8, 200),
    (0.3, 1.5, 0.1, 0.8, 800), (0.05, 10.0, 0.05, 0.8, 600), (0.95, 3.0, 0.05, 0.95, 150),
]


def paired():
    most = 320
    table = significances(most)
    d = np.arange(most + 1)
    for share, odds, alpha, power, tried in PAIRED:
        # The most wrong ones that are significant; -1 for none.
        wrong = np.array([max(np.flatnonzero(p <= alpha), default=-1) for p in table])
        given = stats.binom.cdf(wrong, d, 1 / (1 + max(odds, 1 / odds)))
        # Numbers of discordant pairs beyond the table have no weight.
        assert stats.binom.sf(most, tried, share) < 1e-6
        powers = [float(stats.binom.pmf(d, n, share) @ given) for n in range(1, tried + 1)]
        needed = 1 + max(n for n, reached in enumerate(powers, 1) if reached < power)
        assert needed < 0.9 * tried
        examples = [[n, powers[n - 1]] for n in (1, 10, 40, 100, needed - 1, needed)]
        setting = {"discordant": share, "odds": odds, "alpha": alpha, "power": power}
        yield {**setting, "pairs": needed, "examples": examples}


def chacha20(key, blocks, nonces, counter=0):
    """The first blocks of the streams: an array of 32-bit words, one line a nonce (64-bit counter, 64-bit nonce)."""
    constants = np.frombuffer(b"expand 32-byte k", "<u4")
    words = np.frombuffer(bytes(key), "<u4")
    counters = np.arange(blocks, dtype=np.uint64) + np.uint64(counter)
    nonces, counters = np.meshgrid(np.asarray(nonces, np.uint64), counters, indexing="ij")
    halves = [counters & 0xFFFFFFFF, counters >> np.uint64(32), nonces & 0xFFFFFFFF, nonces >> np.uint64(32)]
    start = [np.full(nonces.shape, word, np.uint32) for word in np.concatenate([constants, words])]
    start += [half.astype(np.uint32) for half in halves]
    state = [part.copy() for part in start]

    def turn(a, b, c, d):
        for target, added, turned, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[target] = state[target] + state[added]
            mixed = state[turned] ^ state[target]
            state[turned] = (mixed << np.uint32(by)) | (mixed >> np.uint32(32 - by))

    for _ in range(10):
        for quarter in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)):
            turn(*quarter)
        for quarter in ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            turn(*quarter)
    out = np.stack([part + first for part, first in zip(state, start)], axis=-1)
    return out.reshape(len(nonces), -1)


def check_cipher():
    # RFC 8439, 2.3.2: its 32-bit counter 1 and 96-bit nonce are our counter 1 + 0x09000000 * 2^32 and nonce.
    counter, nonce = 1 + (0x09000000 << 32), 0x4A000000
    words = chacha20(range(32), 1, [nonce], counter)[0]
    assert words[0] == 0xE4E7F110 and words[-1] == 0x4E3C50A2, [hex(word) for word in words]


def f1(truth, guess):
    hits = np.sum(truth & guess, axis=-1)
    return 2 * hits / (np.sum(truth, axis=-1) + np.sum(guess, axis=-1))


def mean_of_first(_, scores):
    return np.mean(scores, axis=-1)


def randomised():
    check_cipher()
    rng = np.random.default_rng(7)
    settings = [("mean", 8, 9_999), ("mean", 40, 999), ("mean", 100, 500), ("f1", 12, 9_999), ("f1", 200, 999)]
    for seed, (score, size, shuffles) in enumerate([*settings, ("f1", 33, 250)], 1):
        if score == "mean":
            truth, measured = None, mean_of_first
            # Whole sixteenths: sums are exact in any order.
            first = rng.integers(0, 17, size) / 16
            second = np.clip(first + rng.integers(-4, 4, size) / 16, 0, 1)
        else:
            truth, measured = rng.random(size) < 0.5, f1
            first, second = (np.where(rng.random(size) < right, truth, ~truth) for right in (0.9, 0.7))
        key = [(seed * 37 + 11 * place) % 256 for place in range(32)]
        words = chacha20(key, -(-size // 512), range(shuffles))
        rows = np.arange(size)
        swap = (words[:, rows // 32] >> (rows % 32).astype(np.uint32) & np.uint32(1)) == 1
        difference = lambda a, b: measured(truth, a) - measured(truth, b)
        observed = abs(difference(first, second))
        drawn = abs(difference(np.where(swap, second, first), np.where(swap, first, second)))
        near = abs(drawn - observed) / observed
        assert not np.any((near > 1e-12) & (near < 1e-6)), "a tie that rounding decides"
        p = (int(np.sum(drawn >= observed * (1 - 1e-9))) + 1) / (shuffles + 1)
        exact = None
        if size <= 12:
            both = lambda a, b, axis: difference(a, b)
            data, every_one = (first, second), {"permutation_type": "samples", "n_resamples": np.inf}
            exact = float(stats.permutation_test(data, both, vectorized=True, **every_one).pvalue)
            swaps = np.array(list(itertools.product([False, True], repeat=size)))
            every = abs(difference(np.where(swaps, second, first), np.where(swaps, first, second)))
            assert math.isclose(exact, np.mean(every >= observed * (1 - 1e-9)))
        outputs = {"truth": truth, "first": first, "second": second}
        outputs = {name: None if part is None else part.tolist() for name, part in outputs.items()}
        setting = {"score": score, "seed": key, "shuffles": shuffles, **outputs}
        yield {**setting, "difference": float(difference(first, second)), "p": p, "exact": exact}


def mean_of(numbers, axis=-1):
    return np.mean(numbers, axis=axis)


def ratio_of(above, below, axis=-1):
    return np.sum(above, axis=axis) / np.sum(below, axis=axis)


def bca():
    rng = np.random.default_rng(20261126)
    # The statistic, the sample, values in the distribution, how it is drawn, the confidence.
    skewed = lambda size: np.round(rng.exponential(1.0, size), 4)
    settings = [
        ("mean", np.round(rng.normal(5, 2, 20), 4), 999, "rows", 0.95),
        ("mean", skewed(12), 999, "rows", 0.95),
        ("mean", skewed(50), 999, "weights", 0.9),
        ("mean", np.round(rng.pareto(2.5, 40), 4), 999, "rows", 0.99),
        ("mean", (rng.random(30) < 0.2).astype(float), 999, "rows", 0.95),
        ("mean", np.array([1.0, 2.0, 4.0]), 199, "rows", 0.8),
        ("mean", np.full(6, 0.5), 199, "rows", 0.95),
        ("ratio", np.stack([skewed(25), 1 + skewed(25)], axis=1), 999, "rows", 0.95),
        ("ratio", np.stack([rng.integers(0, 4, 60), rng.integers(5, 30, 60)], axis=1) / 1, 999, "weights", 0.95),
        ("ratio", np.stack([rng.integers(0, 2, 15), rng.integers(1, 9, 15)], axis=1) / 1, 499, "rows", 0.9),
        ("mean", -skewed(200), 999, "weights", 0.98),
    ]
    for statistic, sample, size, drawn, confidence in settings:
        n = len(sample)
        data = (sample,) if statistic == "mean" else tuple(sample.T)
        function = mean_of if statistic == "mean" else ratio_of
        if drawn == "rows":
            weights = rng.multinomial(n, np.full(n, 1 / n), size)
        else:
            weights = rng.dirichlet(np.ones(n), size)
        sums = [weights @ part for part in data]
        distribution = sums[0] / (sums[1] if statistic == "ratio" else weights.sum(axis=1))
        # Shorter numbers; equal ones stay equal, and what was the value within rounding becomes it.
        value = float(function(*data))
        distribution = np.where(np.isclose(distribution, value, rtol=1e-12), value, np.round(distribution, 7))
        jackknife = [float(function(*(np.delete(part, left_out) for part in data))) for left_out in range(n)]
        given = stats._resampling.BootstrapResult(None, distribution, None)
        ends = {}
        for method in ("percentile", "BCa"):
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                made = stats.bootstrap(
                    data, function, n_resamples=0, bootstrap_result=given, paired=True, vectorized=True,
                    confidence_level=confidence, method=method,
                ).confidence_interval
                # By row numbers, so that both columns of a pair are left out together.
                picked = lambda rows, axis: function(*(part[rows] for part in data), axis=axis)
                low, high, acceleration = _bca_interval(
                    (np.arange(n),), picked, axis=-1, alpha=(1 - confidence) / 2, theta_hat_b=distribution, batch=None,
                    xp=np,
                )
            ends[method] = [None if math.isnan(end) else float(end) for end in made]
        below = (np.sum(distribution < value) + np.sum(distribution <= value)) / (2 * size)
        known = ends["BCa"][0] is not None
        yield {
            "statistic": statistic, "confidence": confidence, "sample": sample.tolist(), "value": value,
            "jackknife": jackknife, "percentile": ends["percentile"], "bca": ends["BCa"],
            "bias": float(ndtri(below)) if known else None, "acceleration": float(acceleration) if known else None,
            "tails": [float(low), float(high)] if known else None, "distribution": distribution.tolist(),
        }


def made():
    parts = {
        "adjusted": adjusted, "plans": plans, "decisions": decisions, "rows": rows, "chances": chances,
        "detectable": detectable, "paired": paired, "randomised": randomised, "bca": bca,
    }
    versions = {module.__name__: module.__version__ for module in (np, scipy, statsmodels)}
    cases = {name: list(part()) for name, part in parts.items()}
    return {"source": "significance.py", "versions": versions, **cases}


def written(out):
    """As JSON, one case a line."""
    lines = []
    for name, part in out.items():
        if isinstance(part, list):
            cases = ",\n".join(json.dumps(case, allow_nan=False) for case in part)
            lines.append(f"{json.dumps(name)}: [\n{cases}\n]")
        else:
            lines.append(f"{json.dumps(name)}: {json.dumps(part)}")
    return "{" + ",\n".join(lines) + "}\n"


def alike(a, b):
    """Equal but for the last digits of floats, which differ between processors."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(alike(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    return a == b


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Reference values for tests, plans and intervals.")
    parser.add_argument("--check", action="store_true", help="compute again and exit with 1 if the file differs")
    check = parser.parse_args().check
    text = written(made())
    if not check:
        PATH.write_text(text)
    elif not alike(json.loads(PATH.read_text()), json.loads(text)):
        sys.exit(f"{PATH.name} differs from what the libraries give")
