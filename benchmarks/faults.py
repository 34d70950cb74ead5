"""What one dead head, outstation, unit or broker costs the healthy devices, in ratios of one run.

python -m benchmarks.faults                      30 presses each, all four faults
python -m benchmarks.faults --presses 5 --fault dead-head
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from api.rig import Rig, running_rig
from benchmarks.figures import machine, percentile, row
from benchmarks.press import ORIGIN, Press, clear, press
from config.loader import load_site, sample_site_path
from config.site import ModbusAddress, MqttAddress, Site
from simulators.remote import Desk, Road

P50_RATIO, P99_RATIO = 1.2, 1.5
RETURN_S = 2.0
OUTSTATION, GATEWAY, UNIT, HEAD = "FU-PLC-1", "FU-GW-1", 12, "LCS-FU-09-1"

Break = Callable[[Rig, Road], AbstractAsyncContextManager[None]]


@contextlib.asynccontextmanager
async def dead_head(_rig: Rig, road: Road) -> AsyncIterator[None]:
    """One head whose outstation answers "device failure" for it, among 20 behind one unit id."""
    await road.fault(HEAD, exception=4)
    yield
    await road.mend(HEAD)


@contextlib.asynccontextmanager
async def dead_outstation(_rig: Rig, road: Road) -> AsyncIterator[None]:
    """20 heads gone at once: nothing listens any more."""
    await road.link_fault(OUTSTATION, down=True)
    yield
    await road.link_fault(OUTSTATION, down=False)


@contextlib.asynccontextmanager
async def dead_unit(_rig: Rig, road: Road) -> AsyncIterator[None]:
    """One unit of three behind a serial gateway that answers 0x0B after 1 s, one request at a time."""
    await road.link_fault(GATEWAY, serial=True, dead_units=[UNIT], dead_unit_ms=1000)
    yield
    await road.link_fault(GATEWAY, serial=True, dead_units=[])


@contextlib.asynccontextmanager
async def no_broker(rig: Rig, _road: Road) -> AsyncIterator[None]:
    """The MQTT broker stopped."""
    await rig.broker.stop()
    yield
    await rig.broker.start()


FAULTS: Mapping[str, Break] = {
    "dead-head": dead_head,
    "dead-outstation": dead_outstation,
    "dead-unit": dead_unit,
    "no-broker": no_broker,
}


def dead_devices(site: Site, fault: str) -> set[str]:
    """Return the devices a fault kills."""
    match fault:
        case "dead-head":
            return {HEAD}
        case "dead-outstation":
            return {d.id for d in site.devices.values() if d.link == OUTSTATION}
        case "dead-unit":
            return {
                d.id
                for d in site.devices.values()
                if d.link == GATEWAY and isinstance(d.address, ModbusAddress) and d.address.unit == UNIT
            }
        case _:
            return {d.id for d in site.devices.values() if isinstance(d.address, MqttAddress)}


class Series:
    """Presses of one condition: per healthy device, and key → last healthy device."""

    def __init__(self) -> None:
        self.each: list[float] = []
        self.last: list[float] = []
        self.bad: list[str] = []

    def add(self, done: Press, dead: set[str]) -> None:
        """Take the healthy devices of one press."""
        healthy = [float(ms) for device, ms in done.verified_ms.items() if device not in dead]
        self.each += healthy
        self.last.append(max(healthy))
        self.bad += done.untrue


async def measure(rig: Rig, fault: str, presses: int) -> bool:
    """Run fault-free and faulted presses in turns of one run; returns whether the promise was kept."""
    site = load_site(rig.site)
    dead = dead_devices(site, fault)
    free, hurt, fresh, returned = Series(), Series(), Series(), []
    idle_s = 0.0
    async with Desk(rig.url, rig.token) as desk, Road(rig.control_url) as road:
        plan = await desk.call("POST", "/api/v1/plans", json={"text": ORIGIN})
        wanted = {d["device"]: d["value"] for d in plan["plan"]["demands"]}
        named = sorted(dead & set(wanted))
        # In turns, so that whatever else the machine does falls on both alike.
        for number in range(presses * 2 if fault == "dead-unit" else presses):
            await desk.until_well(within_s=60)
            await asyncio.sleep(idle_s)  # as long at rest as the faulted press before: caches go cold alike
            idle_s = 0.0
            done = await press(desk, road)
            free.add(done, dead)
            await clear(desk, done.incident)
            await desk.until_well(within_s=60)
            async with FAULTS[fault](rig, road):
                known = bool(number % 2)  # half of the presses find the fault known, half find it new
                if known:
                    idle_s = await _known(desk, named)
                done = await press(desk, road)
                # A unit that died since its last poll holds a serial line for one time-out (P4): told apart.
                (hurt if known or fault != "dead-unit" else fresh).add(done, dead)
                if sorted(done.verdict["failed"]) != named:
                    hurt.bad.append(f"named {sorted(done.verdict['failed'])}, dead {named}")
            if fault == "no-broker":
                await _on_line(road, named)  # the devices' own way back to the broker is not ours
            began_s = time.perf_counter()
            if fault == "no-broker":
                await desk.until_state(done.incident, "active", within_s=30)
            else:
                for device in named:
                    await road.until_lamp(device, wanted[device], within_s=30)
            returned.append((time.perf_counter() - began_s) * 1000)
            await desk.until_state(done.incident, "active", within_s=30)
            await clear(desk, done.incident)
            if sys.stderr.isatty():
                print(f"\r{fault} {number + 1}/{presses}", end="", file=sys.stderr)
    ratios = [percentile(hurt.each, share) / percentile(free.each, share) for share in (50, 99)]
    print(f"\n{fault}: {len(named)} dead of {len(wanted)} devices of the plan")
    print(row("  fault-free, key → each healthy device", free.each))
    print(row("  with the fault, key → each healthy device", hurt.each))
    print(row("  fault-free, key → last healthy device", free.last))
    print(row("  with the fault, key → last healthy device", hurt.last))
    if fresh.each:
        print(row("  unit died just before the press: each healthy", fresh.each))
        print(row("  unit died just before the press: last healthy", fresh.last))
    print(row("  mended → dead ones driven and shown", returned))
    for line in (*free.bad, *hurt.bad, *fresh.bad):
        print("  BAD", line)
    good = (
        ratios[0] <= P50_RATIO
        and ratios[1] <= P99_RATIO
        and max(returned) <= RETURN_S * 1000
        and not free.bad
        and not hurt.bad
        and not fresh.bad
    )
    print(
        f"  ratios p50 {ratios[0]:.2f} (≤ {P50_RATIO}), p99 {ratios[1]:.2f} (≤ {P99_RATIO}),"
        f" driven on return ≤ {RETURN_S:g} s: {'kept' if good else 'BROKEN'}"
    )
    return good


async def _on_line(road: Road, devices: list[str]) -> None:
    """Wait until the simulated devices are connected again."""
    while True:
        on_line = {row["id"] for row in await road.call("GET", "/devices") if row["online"]}
        if on_line.issuperset(devices):
            return
        await asyncio.sleep(0.02)


async def _known(desk: Desk, dead: list[str]) -> float:
    """Wait until the controller has found out, or 12 s: an idle device is asked every 10 s."""
    began_s = time.perf_counter()
    while time.perf_counter() < began_s + 12:
        devices = await desk.devices()
        if all(devices[d]["reachable"] is False for d in dead):
            break
        await asyncio.sleep(0.1)
    return time.perf_counter() - began_s


async def main() -> int:
    """Run and return the exit code: 0 if every promise was kept."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--presses", type=int, default=30, help="of each condition")
    parser.add_argument("--fault", choices=list(FAULTS), action="append", help="may be repeated; default all")
    parser.add_argument(
        "--budget-ms", type=int, default=1500, help="shorter than the shipped 5000, to save time"
    )
    options = parser.parse_args()
    print(machine())
    good = True
    with tempfile.TemporaryDirectory(prefix="onekey-bench-") as folder:
        site = Path(folder) / "sanduling.yaml"
        text = sample_site_path().read_text("utf-8")
        site.write_text(f"{text}\npolicy: {{budget_ms: {options.budget_ms}}}\n", "utf-8")
        for fault in options.fault or FAULTS:
            async with running_rig(site, report_s=None) as rig:
                good &= await measure(rig, fault, options.presses)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
