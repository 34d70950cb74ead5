"""How long after the broker is back every MQTT device shows what it should: the press came while it was gone.

python -m benchmarks.broker_back                    1,000 beacons, three rounds
python -m benchmarks.broker_back --devices 100 --rounds 1
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from api.rig import Rig, running_rig
from benchmarks.figures import machine
from simulators.remote import Desk, Road, until

LIMIT_S = 10.0
LIT = {"flash": True, "siren": True}
HEAD = """# One carriageway with a beacon every metre before a tunnel: many devices behind one broker.
site: broker-back
name: {zh: 试验, en: Trial}
kind: simulated
carriageways:
  E:
    road: G1
    section: e
    direction: {zh: 东向, en: Eastbound}
    chainage:
      - {from: K10+000, to: K15+000}
    lanes:
      1: {zh: 快车道, en: fast lane}
      2: {zh: 慢车道, en: slow lane}
links:
  PLC: {kind: modbus_tcp, host: 127.0.0.1, port: 15020}
  MQTT: {kind: mqtt, host: 127.0.0.1, port: 1883}
gantries:
  G1: {carriageway: E, at: K12+000}
  G2: {carriageway: E, at: K12+500}
defaults:
  head: {base: open, fallback: hold}
  beacon: {base: dark, fallback: dark}
policy: {budget_ms: 3000}
devices:
"""
REPORT: dict[str, Any] = {
    "carriageway": "E",
    "chainage": "K12+800",
    "lanes": [1],
    "type": "rear_end",
    "severity": "major",
}


def site_text(devices: int) -> str:
    """Return a site with so many beacons behind one broker, all warned by one crash."""
    heads = [
        f"  - {{id: LCS-{gantry}-{lane}, type: head, gantry: G{gantry}, lane: {lane}, model: plc-lane-light, "
        f"link: PLC, address: {{unit: 1, command: {at}, feedback: {at}}}}}"
        for at, (gantry, lane) in enumerate((gantry, lane) for gantry in (1, 2) for lane in (1, 2))
    ]
    beacons = [
        f"  - {{id: BCN-{n:04d}, type: beacon, carriageway: E, at: K11+{n * 990 // devices:03d}, "
        "model: native-mqtt, link: MQTT, siren: true}"
        for n in range(devices)
    ]
    return HEAD + "\n".join((*heads, *beacons)) + "\n"


async def one_round(rig: Rig, desk: Desk, road: Road, devices: int) -> float:
    """Kill the broker, press, start it; return the seconds until all lamps and proofs are there."""
    await desk.until_well(within_s=60)
    await rig.broker.kill()
    incident = await desk.press("", **REPORT)
    beacons = [d["device"] for d in incident["plan"]["demands"] if d["type"] == "beacon"]
    if len(beacons) != devices:
        raise RuntimeError(f"the plan warns with {len(beacons)} beacons, not {devices}")
    if incident["verdict"]["outcome"] != "missed":
        raise RuntimeError("something was called proved without a broker")
    if forgotten := set(beacons) - set(incident["verdict"]["failed"]):
        raise RuntimeError(f"not named at the budget: {', '.join(sorted(forgotten))}")
    await rig.broker.start()
    began_s = time.monotonic()

    async def lit() -> tuple[bool, int]:
        lamps = await road.lamps()
        dark = sum(lamps[beacon] != LIT for beacon in beacons)
        return dark == 0, dark

    await until(lit, 60, "every beacon lit")
    lit_s = time.monotonic() - began_s
    await desk.until_state(incident["id"], "active", within_s=60)
    proved_s = time.monotonic() - began_s
    sys.stdout.write(f"{devices} devices: shown after {lit_s:.1f} s, proved after {proved_s:.1f} s\n")
    # By two people: on a busy disk the journal may have degraded, which is not what is measured here (P1).
    await desk.order(incident["id"], "clear", reason="benchmark", confirmed_by=["li.na", "wang.wei"])
    await desk.until_state(incident["id"], "cleared", within_s=120)
    return proved_s


async def measure(devices: int, rounds: int) -> list[float]:
    """Return the seconds of each round."""
    with tempfile.TemporaryDirectory(prefix="onekey-broker-") as folder:
        site = Path(folder) / "site.yaml"
        site.write_text(site_text(devices), "utf-8")
        async with (
            running_rig(site, report_s=None) as rig,
            Road(rig.control_url) as road,
            Desk(rig.url, rig.token) as desk,
        ):
            return [await one_round(rig, desk, road, devices) for _ in range(rounds)]


def main() -> int:
    """Measure; exit code 1 if a round took longer than promised."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--devices", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    sys.stdout.write(f"{machine()}\n")
    took_s = asyncio.run(measure(given.devices, given.rounds))
    worst_s = max(took_s)
    sys.stdout.write(f"worst {worst_s:.1f} s of {LIMIT_S:.0f} s after the broker's return\n")
    return 0 if worst_s <= LIMIT_S else 1


if __name__ == "__main__":
    sys.exit(main())
