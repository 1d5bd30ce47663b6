#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What SciPy says of fixed data: writes reference.json beside itself, which reference_test.cpp reads.

Run again only when a case is added: /usr/bin/python3 tests/unit/statistics/reference.py (Debian's python3-scipy, 1.10).
"""
import itertools
import json
import math
import pathlib

import numpy as np
import scipy
from scipy import optimize, special, stats

rng = np.random.default_rng(20261121)


def values(array, digits=6):
    return [round(float(x), digits) for x in array]


SAMPLES = {
    "downtimes": values(rng.lognormal(math.log(0.3), 0.25, 12)),
    "slower": values(rng.lognormal(math.log(0.36), 0.25, 11)),
    "few": [281.5, 301.25, 266.0],
    "ties": [5, 5, 6, 7, 7, 7, 8, 9, 9, 12],
    "more_ties": [6, 7, 8, 8, 9, 9, 9, 10, 12, 13],
    "far": [10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 10.7, 10.8, 11.9, 17.5, 3.2],
    "many": values(rng.lognormal(0, 0.5, 60)),
    "many_more": values(rng.lognormal(0.1, 0.5, 55)),
    "negative": values(rng.normal(-2, 1, 9)),
}
CONFIDENCES = [0.9, 0.95, 0.99]
PAIRS = [
    ("downtimes", "slower"),
    ("slower", "downtimes"),
    ("few", "far"),
    ("ties", "more_ties"),
    ("many", "many_more"),
    ("many", "downtimes"),
    ("negative", "far"),
]


def quantile_interval(data, p, confidence):
    """By trying all ranks: the narrowest equal-tailed pair, each tail at most half of what is left."""
    x, n, tail = sorted(data), len(data), (1 - confidence) / 2
    lows = [l for l in range(1, n + 1) if stats.binom.cdf(l - 1, n, p) <= tail]
    highs = [u for u in range(1, n + 1) if stats.binom.sf(u - 1, n, p) <= tail]
    if not lows or not highs:
        return None
    l, u = max(lows), min(highs)
    return {"low": x[l - 1], "high": x[u - 1], "coverage": sum(stats.binom.pmf(k, n, p) for k in range(l, u))}


def mean_interval(data, confidence):
    """Student's quantile from the incomplete beta function: stats.t.ppf of SciPy 1.10 is right to 1e-10 only."""
    n, tail = len(data), (1 - confidence) / 2
    upper = lambda t: special.betainc((n - 1) / 2, 0.5, (n - 1) / (n - 1 + t * t)) / 2
    t = optimize.brentq(lambda t: upper(t) - tail, 0, 1000, xtol=1e-14, rtol=1e-14)
    half = t * np.std(data, ddof=1) / math.sqrt(n)
    return [np.mean(data) - half, np.mean(data) + half]


def summary(data):
    return {
        "mean": np.mean(data),
        "standard_deviation": np.std(data, ddof=1),
        "quantiles": [[p, np.percentile(data, 100 * p)] for p in (0, 0.05, 0.25, 0.5, 0.75, 0.9, 1)],
        "intervals": [
            {
                "confidence": c,
                "mean": mean_interval(data, c),
                "median": quantile_interval(data, 0.5, c),
                "upper_quartile": quantile_interval(data, 0.75, c),
            }
            for c in CONFIDENCES
        ],
    }


def comparison(a, b):
    tied = len(set(a + b)) < len(a) + len(b)
    exact = not tied and max(len(a), len(b)) <= 50
    test = stats.mannwhitneyu(a, b, alternative="two-sided", method="exact" if exact else "asymptotic")
    differences = np.subtract.outer(a, b)
    return {
        "exact": exact,
        "u": test.statistic,
        "p": test.pvalue,
        "shift": np.median(differences),
        "cliffs_delta": np.mean(np.sign(differences)),
    }


def median_distribution(data):
    """The exact distribution of the median of an odd-sized resample of distinct values: P(it is the k-th smallest)."""
    x, n = sorted(data), len(data)
    half = n // 2 + 1
    at_most = [stats.binom.sf(half - 1, n, k / n) for k in range(n + 1)]
    return [(x[k], at_most[k + 1] - at_most[k]) for k in range(n)]


def exact_ratio_quantiles(a, b, probabilities):
    ratios = sorted((x / y, p * q) for (x, p), (y, q) in itertools.product(median_distribution(a), median_distribution(b)))
    edges = np.cumsum([p for _, p in ratios])
    return [[p, ratios[int(np.searchsorted(edges, p))][0]] for p in probabilities]


def scipy_bootstrap(a, b):
    result = stats.bootstrap(
        (a, b),
        lambda x, y, axis: np.median(x, axis=axis) / np.median(y, axis=axis),
        method="percentile",
        n_resamples=100_000,
        vectorized=True,
        random_state=np.random.default_rng(7),
    )
    return [result.confidence_interval.low, result.confidence_interval.high]


def main():
    odd = SAMPLES["slower"], SAMPLES["far"]
    reference = {
        "made_by": f"SciPy {scipy.__version__}, NumPy {np.__version__}",
        "samples": {
            name: {"values": data, **summary(data)} for name, data in SAMPLES.items()
        },
        "comparisons": [{"first": a, "second": b, **comparison(SAMPLES[a], SAMPLES[b])} for a, b in PAIRS],
        "ratio": {
            "first": "slower",
            "second": "far",
            "exact_quantiles": exact_ratio_quantiles(*odd, [0.02, 0.03, 0.97, 0.98]),
            "scipy": scipy_bootstrap(*odd),
        },
        "even_ratio": {
            "first": "downtimes",
            "second": "many",
            "scipy": scipy_bootstrap(SAMPLES["downtimes"], SAMPLES["many"]),
        },
        "wilson": [
            {
                "events": k,
                "trials": n,
                "confidence": c,
                "interval": list(stats.binomtest(k, n).proportion_ci(c, method="wilson")),
            }
            for k, n, c in [(0, 10, 0.95), (1, 10, 0.95), (5, 10, 0.9), (10, 10, 0.95), (3, 960, 0.99), (17, 42, 0.95)]
        ],
    }
    path = pathlib.Path(__file__).with_name("reference.json")
    path.write_text(json.dumps(reference, indent=1, default=float) + "\n")


main()
