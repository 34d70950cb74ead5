"""Key → every device verified, from verified base state each time, simulated devices in another process.

python -m benchmarks.one_key                     200 presses at 0 ms and at 50 ms device latency
python -m benchmarks.one_key --presses 20 --latency-ms 0
"""

import argparse
import asyncio
import sys
import time
from collections import defaultdict

from api.rig import Rig, running_rig
from benchmarks.figures import machine, percentile, row
from benchmarks.press import clear, press
from config.loader import load_site
from config.site import ModbusAddress
from simulators.remote import Desk, Road

ALLOWED_MS = 150
"""p99 that is promised beyond what the devices themselves take."""


async def measure(rig: Rig, presses: int, latency_ms: int) -> bool:
    """Print the figures of one latency; returns whether they are inside the promise and all were true."""
    site = load_site(rig.site)
    units: dict[str, set[int]] = defaultdict(set)
    for device in site.devices.values():
        if isinstance(device.address, ModbusAddress):
            units[device.link].add(device.address.unit)
    busiest = max(len(row) for row in units.values())
    limit_ms = ALLOWED_MS + 2 * latency_ms * (busiest if latency_ms else 0)
    last, answers, each, untrue, missed = [], [], [], 0, 0
    async with Desk(rig.url, rig.token) as desk, Road(rig.control_url) as road:
        await road.latency(latency_ms)
        for number in range(presses):
            await desk.until_well(within_s=60)
            began_s = time.perf_counter()
            done = await press(desk, road)
            answers.append((time.perf_counter() - began_s) * 1000)
            each += list(done.verified_ms.values())
            untrue += len(done.untrue)
            for line in done.untrue:
                print("UNTRUE", line)
            if done.verdict["outcome"] == "met":
                last.append(float(done.verdict["last_ms"]))
            else:
                missed += 1
                print("NOT MET", done.verdict["line"])
            await clear(desk, done.incident)
            if sys.stderr.isatty():
                print(f"\r{number + 1}/{presses}", end="", file=sys.stderr)
    print(f"\ndevice latency {latency_ms} ms, {presses} presses, {len(each) // max(1, presses)} devices each")
    print(row("  key → last device verified", last))
    print(row("  key → each device verified", each))
    print(row("  press → answer with verdict at the desk", answers))
    print(f"  missed {missed}, verified but contradicted by the lamp history {untrue}")
    good = not missed and not untrue and bool(last) and percentile(last, 99) < limit_ms
    print(f"  promised: p99 < {limit_ms} ms and none untrue: {'kept' if good else 'BROKEN'}")
    return good


async def main() -> int:
    """Run and return the exit code: 0 if every promise was kept."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--presses", type=int, default=200)
    parser.add_argument("--latency-ms", type=int, action="append", help="may be repeated; default 0 and 50")
    options = parser.parse_args()
    print(machine())
    good = True
    for latency_ms in options.latency_ms or [0, 50]:
        async with running_rig(report_s=None) as rig:
            good &= await measure(rig, options.presses, latency_ms)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
