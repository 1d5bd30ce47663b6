#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The loss metrics once more, in Python: writes disruption_reference.json beside itself, which disruption_test.cpp reads.

The formulas are those of PerfKitBenchmarker's base_disruption_trigger.py, written down anew from their description in
docs/measuring.md, in exact fractions. Run again only when a case is added:
/usr/bin/python3 tests/unit/measure/disruption_reference.py
"""
import json
import pathlib
import random
from fractions import Fraction as F

random.seed(20261126)


def median(values):
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def metrics(case):
    step, start, stop = case["interval_ms"], case["began_ms"], case["ended_ms"]
    limit = case["to_ms"] if case["lengths"] is None else start + (stop - start) * F(case["lengths"])
    base, loss, after, missing = [], [], [], 0
    previous = None
    for at, value in case["points"]:
        stamp = at + step
        gap, previous = step if previous is None else at - previous, at
        if not case["from_ms"] <= stamp <= case["to_ms"]:
            continue
        absent = gap // step - 1
        cells = [F(value)]
        if absent > 1:
            missing += absent * step
            cells = [F(value) / (absent + 1)] * (absent + 1)
        if stamp <= start:
            base += cells
        elif stamp <= limit:
            loss += cells
        if stamp > stop:
            after += cells
    m, mean = median(base), sum(base) / len(base)
    seconds = F(step, 1000)
    bad = [(m - v) / m for v in loss if v < m * F(95, 100)]
    return {
        "baseline_median": m,
        "baseline_mean": mean,
        "total_loss_seconds": sum(bad) * seconds,
        "unresponsive": sum(b**3 for b in bad) * seconds,
        "total_missing_seconds": F(missing, 1000),
        "seconds_below": [sum(v <= mean * p / 10 for v in loss) * seconds for p in range(10)],
        "degradation_percent": (mean - sum(after) / len(after)) / mean * 100 if after else None,
    }


def case(interval_ms, total, began, ended, lengths, shape, drop=()):
    points = [
        [i * interval_ms, max(0, round(shape(i * interval_ms) + random.gauss(0, 25)))]
        for i in range(total // interval_ms)
        if i * interval_ms not in drop
    ]
    made = {
        "interval_ms": interval_ms,
        "from_ms": 2000,
        "began_ms": began,
        "ended_ms": ended,
        "to_ms": total - 1000,
        "lengths": lengths,
        "points": points,
    }
    return {**made, "expected": metrics(made)}


def blackout(at):
    return 0 if 11200 <= at < 11900 else 600 if 10000 <= at < 13000 else 950 if at >= 13000 else 1000


def brownout(at):
    return 400 + (at - 20000) / 20 if 20000 <= at < 32000 else 1000


CASES = {
    "a blackout at 10 ms grain": case(10, 16000, 10000, 13000, 2.0, blackout),
    "a blackout at 1 s grain": case(1000, 40000, 10000, 13000, 2.0, blackout),
    "losses to the end": case(1000, 60000, 20000, 25000, None, brownout),
    "losses for one and a half lengths": case(500, 60000, 20000, 26000, 1.5, brownout),
    "a program that stood still": case(1000, 60000, 20000, 26000, 2.0, brownout, {22000, 23000, 24000, 40000}),
    "nothing after the end": case(1000, 31000, 20000, 30000, 2.0, brownout),
}

if __name__ == "__main__":
    path = pathlib.Path(__file__).with_name("disruption_reference.json")
    path.write_text(json.dumps(CASES, default=float, separators=(",", ":")).replace('},"', '},\n"') + "\n")
