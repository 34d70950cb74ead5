"""How long a plan takes on a corridor of 125 to 4,000 devices, and how it grows.

python -m benchmarks.planning                   the table, and whether the promise is kept
python -m benchmarks.planning --plot growth.svg draws it too (.svg or .png)
"""

import argparse
import gc
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.corridor import corridor
from benchmarks.figures import machine, percentile
from config.site import Site
from controller.incident import IncidentType, LaneImpact, Place, Report
from controller.plan.planner import plan_incident
from controller.states.arbitration import Source, desired_states

SIZES = (125, 250, 500, 1_000, 2_000, 4_000)
PROMISED_AT, PROMISED_MS = 1_000, 50
LINEAR = 1.15
"""The largest exponent still called near-linear."""
ROUNDS = 200


def crash(site: Site, share: float, lanes: Sequence[int], kind: IncidentType, length_m: int = 0) -> Report:
    """Return something that blocks lanes at a share of the corridor's first carriageway."""
    road = next(iter(site.carriageways.values()))
    at_m = round(road.length_m * share)
    bore = site.bore_at(road.id, at_m)
    to_m = min(at_m + length_m, road.length_m)
    tunnel = bore.tunnel if bore is not None and bore.exit_m >= to_m else None
    return Report(Place(road.id, at_m, to_m, True, tunnel), dict.fromkeys(lanes, LaneImpact.BLOCKED), kind)


def work(site: Site) -> Mapping[str, Callable[[], object]]:
    """Return what is timed on a site, by name."""
    length_m = next(iter(site.carriageways.values())).length_m
    one = crash(site, 0.5, (1,), IncidentType.REAR_END)
    whole = crash(site, 0.0, (1,), IncidentType.ROADWORK, length_m)
    four = (
        one,
        crash(site, 0.55, (3,), IncidentType.BREAKDOWN),
        crash(site, 0.25, (1, 2, 3), IncidentType.COLLISION),
        crash(site, 0.52, (2,), IncidentType.FIRE),
    )
    sources = [Source(f"I-{n}", plan_incident(report, site), n) for n, report in enumerate(four, 1)]
    return {
        "plan of a crash": partial(plan_incident, one, site),
        "plan of roadworks all along": partial(plan_incident, whole, site),
        "arbitration of four incidents": partial(desired_states, site, sources, now_ms=0),
    }


@dataclass(frozen=True, slots=True)
class Times:
    """What each round took.

    Attributes:
        wall_ms: by the clock, other processes included; what is promised.
        cpu_ms: of this thread alone; what the growth is fitted to, since it is the same on a busy machine.
    """

    wall_ms: list[float]
    cpu_ms: list[float]


def timed(call: Callable[[], object], rounds: int) -> Times:
    """Return the times of each round, without the first."""
    call()
    took = Times([], [])
    gc.collect()
    for _ in range(rounds):
        began_s, cpu_s = time.perf_counter(), time.thread_time()
        call()
        took.cpu_ms.append((time.thread_time() - cpu_s) * 1000)
        took.wall_ms.append((time.perf_counter() - began_s) * 1000)
    return took


def exponent(sizes: Sequence[int], values_ms: Sequence[float]) -> float:
    """Return the slope of log(time) over log(size) by least squares; 1 is linear."""
    xs, ys = [math.log(size) for size in sizes], [math.log(value) for value in values_ms]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def measure(sizes: Sequence[int], rounds: int) -> dict[str, list[Times]]:
    """Return name → the times of each size."""
    found: dict[str, list[Times]] = {}
    for size in sizes:
        for name, call in work(corridor(size)).items():
            found.setdefault(name, []).append(timed(call, rounds))
    return found


def table(name: str, sizes: Sequence[int], rows: Sequence[Times]) -> float:
    """Print the figures of one kind of work; return its exponent."""
    cpus = [percentile(row.cpu_ms, 50) for row in rows]
    slope = exponent(sizes, cpus)
    print(f"\n{name}: processor time grows as devices^{slope:.2f}")
    print(f"  {'devices':>8} {'p50 ms':>9} {'p99 ms':>9} {'cpu p50 ms':>11} {'× devices':>10} {'× cpu':>8}")
    for size, row, cpu in zip(sizes, rows, cpus, strict=True):
        wall = f"{percentile(row.wall_ms, 50):9.2f} {percentile(row.wall_ms, 99):9.2f}"
        print(f"  {size:8} {wall} {cpu:11.2f} {size / sizes[0]:10.1f} {cpu / cpus[0]:8.1f}")
    return slope


def plot(file: Path, sizes: Sequence[int], found: Mapping[str, Sequence[Times]]) -> None:
    """Draw p50 and p99 over the number of devices, both axes logarithmic."""
    import matplotlib as mpl  # noqa: PLC0415 - only who asks for a drawing waits for it

    mpl.use("agg")
    from matplotlib import pyplot  # noqa: PLC0415 - the same

    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    for name, rows in found.items():
        (line,) = axes.plot(
            sizes, [percentile(row.wall_ms, 50) for row in rows], marker="o", label=f"{name}, p50"
        )
        p99 = [percentile(row.wall_ms, 99) for row in rows]
        axes.plot(sizes, p99, linestyle=":", color=line.get_color(), label=f"{name}, p99")
    axes.set(xscale="log", yscale="log", xlabel="devices", ylabel="ms")
    axes.axhline(PROMISED_MS, color="grey", linewidth=0.8)
    axes.legend(fontsize=7)
    axes.grid(visible=True, which="both", linewidth=0.3)
    figure.tight_layout()
    figure.savefig(file)


def main() -> int:
    """Measure and print; exit code 1 where the promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planning")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--plot", type=Path, metavar="FILE")
    options = parser.parse_args()
    print(machine())
    found = measure(SIZES, options.rounds)
    slopes = {name: table(name, SIZES, rows) for name, rows in found.items()}
    at = SIZES.index(PROMISED_AT)
    plans = [rows for name, rows in found.items() if name.startswith("plan")]
    worst_ms = max(percentile(rows[at].wall_ms, 99) for rows in plans)
    good = worst_ms < PROMISED_MS and max(slopes.values()) < LINEAR
    print(
        f"\npromised: plan p99 < {PROMISED_MS} ms at {PROMISED_AT} devices (it is {worst_ms:.2f}), "
        f"growth at most devices^{LINEAR} (it is {max(slopes.values()):.2f}): {'kept' if good else 'BROKEN'}"
    )
    if options.plot is not None:
        plot(options.plot, SIZES, found)
        print(f"drawn: {options.plot}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
