#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The models once more, written another way (page by page, interval by interval, in exact fractions where it can be):
prints the numbers that the tests of the models expect. Run again only when a case is added.
"""
import math
from fractions import Fraction

PAGE = 4096


def liu(v, d, r, limit):
    """The closed form of Liu et al.: n, bytes, total and downtime in seconds."""
    x = d / r
    n = math.ceil(math.log(r * limit / v) / math.log(x))
    moved = v * (1 - x ** (n + 1)) / (1 - x)
    return n, moved, moved / r, v * x**n / r


def xen(v, d, r):
    x = d / r
    moved = v * (1 - x**6) / (1 - x)
    return 5, moved, moved / r, v * x**5 / r


def average(pages, pages_per_second, link_pages_per_second, max_rounds, max_sent):
    """Akoush's AVG: whole pages, exact fractions of seconds."""
    left, sent, rounds = pages, 0, 0
    while left >= 50 and rounds < max_rounds and sent <= max_sent * pages:
        time = Fraction(left, link_pages_per_second)
        sent += left
        left = min(pages, math.ceil(time * pages_per_second))
        rounds += 1
    return rounds, (sent + left) * PAGE, float(Fraction(sent + left, link_pages_per_second)), float(
        Fraction(left, link_pages_per_second)
    )


def history(pages, per_interval, interval, link_pages_per_second, max_rounds):
    """Akoush's HIST: the clock walks through the intervals."""
    left, sent, rounds, clock = pages, 0, 0, Fraction(0)
    while left >= 50 and rounds < max_rounds:
        end = clock + Fraction(left, link_pages_per_second)
        dirtied = Fraction(0)
        while clock < end:
            index = int(clock / interval)
            until = min(end, (index + 1) * interval)
            dirtied += per_interval[index % len(per_interval)] * (until - clock) / interval
            clock = until
        sent += left
        left = min(pages, math.ceil(dirtied))
        rounds += 1
    return rounds, (sent + left) * PAGE, float(Fraction(sent + left, link_pages_per_second)), float(
        Fraction(left, link_pages_per_second)
    )


def curve(pages, zero, points, rate, limit):
    """Gudkov's: points are (seconds, pages). The line is laid through what is next to the time asked for."""

    def dirty(t):
        (t0, p0), (t1, p1) = points[0], points[1]
        if t < t0:
            start = max(p0 - (p1 - p0) / (t1 - t0) * t0, 0)
            return start + (p0 - start) * t / t0
        for (a, p), (b, q) in zip(points, points[1:]):
            if a <= t <= b:
                return p + (q - p) * (t - a) / (b - a)
        (a, p), (b, q) = points[-2:]
        return min(pages, q + (q - p) / (b - a) * (t - b))

    wire = pages * (PAGE + 8) + zero * 8
    total, rounds = wire / rate, 0
    while wire / rate > limit:
        following = dirty(wire / rate) * (PAGE + 8)
        if following >= wire:
            return None
        wire = following
        total += wire / rate
        rounds += 1
    return rounds, total, wire / rate


def uniform(v, w, d, r, limit):
    left, moved, rounds = v, 0, 0
    while left > r * limit:
        moved += left
        left = w * (1 - math.exp(-d * left / r / w))
        rounds += 1
    return rounds, moved + left, (moved + left) / r, left / r


for v, d, r in [(2**30, 40e6, 125e6), (2**32, 60e6, 125e6), (2**33, 500e6, 1250e6)]:
    print("geometric", liu(v, d, r, 0.3))
print("geometric, Xen", xen(2**30, 40e6, 125e6))
print("average, Xen", average(262144, 10000, 30000, 5, 1e9))
print("average, old Xen", average(262144, 27000, 30000, 29, 3))
print("history", history(262144, [20000, 1000, 5000], Fraction(2), 30000, 5))
print("history", history(262144, [150000, 10000], Fraction(5, 2), 30000, 5))
POINTS = [(0.5, 2000), (1, 2800), (4, 6000), (10, 9000)]
for rate, limit in [(125e6, 0.05), (125e6, 0.04), (125e6, 0.1), (25e6, 0.5), (2.5e9, 0.005)]:
    print("curve", rate, limit, curve(200000, 62144, POINTS, rate, limit))
print("uniform", uniform(2**30, 200e6, 80e6, 125e6, 0.55))
