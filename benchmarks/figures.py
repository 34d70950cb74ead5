"""Percentiles, and the machine they were measured on."""

import math
import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile; `share` 0..100.

    Raises:
        ValueError: no values.
    """
    if not values:
        raise ValueError("no values to take a percentile of")
    row = sorted(values)
    return row[max(0, math.ceil(len(row) * share / 100) - 1)]


def machine() -> str:
    """Return one line: processor, cores, load, Python and the wire libraries."""
    cpu = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        cpu = names[0] if names else cpu
    load = " ".join(f"{one:.2f}" for one in os.getloadavg())
    parts = ", ".join(f"{name} {version(name)}" for name in ("pymodbus", "aiomqtt", "uvloop", "sqlalchemy"))
    return f"{cpu}, {os.cpu_count()} cores, load {load}, Python {platform.python_version()}, {parts}"


def row(name: str, values: Sequence[float]) -> str:
    """Return one line of a table in milliseconds."""
    if not values:
        return f"{name:44} no values"
    p50, p99 = percentile(values, 50), percentile(values, 99)
    return f"{name:44} n={len(values):<5} p50 {p50:7.1f} ms  p99 {p99:7.1f} ms  max {max(values):7.1f} ms"
