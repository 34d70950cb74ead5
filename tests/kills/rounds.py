"""One round: start with a failpoint, press and clear until it kills, start again, look at what stands.

What must hold: an acknowledged press is there and verified, the lamps are what its plan says, no head was
ever less restrictive than the plan while nobody had ordered a release, the chain of the journal is whole.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

import httpx2

from devices.values import ASPECT_RANK, Aspect
from simulators.remote import Desk, Refused, Road, until
from tests.kills.forked import Forked

GONE = (httpx2.HTTPError, Refused, TimeoutError, OSError)
REPORT = "东向小山隧道内快车道追尾,启动预警"
VERIFIED_S = 20.0
DIES_S = 3.0


@dataclass
class Round:
    """What one round saw.

    Attributes:
        where: for the message of a failure.
        acknowledged: incidents whose press was answered.
        ordered: incidents a clear was sent for, answered or not; `clearing` those whose clear was answered.
    """

    where: str
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    ordered: set[str] = field(default_factory=set)
    clearing: set[str] = field(default_factory=set)
    killed: bool = False


async def kill_round(
    serve: Forked, road: Road, where: str, failpoint: str, *, after_s: float | None = None
) -> Round:
    """Run until the failpoint (or a kill after some time) ends the process, then judge what a restart finds.

    Args:
        after_s: kill by hand so long after the press instead.
    """
    seen = Round(where)
    began_ms = await _now_ms(road)
    if await serve.start(failpoint):
        with contextlib.suppress(*GONE):
            async with asyncio.timeout(VERIFIED_S):
                await _work(serve, seen, after_s)
        if await serve.until_dead(DIES_S):
            seen.killed = True
    else:
        seen.killed = True
    await serve.kill()
    assert await serve.start(), f"{where}: killed without a failpoint: {serve.log()}"
    async with Desk(serve.url, serve.token) as desk:
        await _judge(desk, road, seen, began_ms)
    await serve.kill()
    return seen


async def _work(serve: Forked, seen: Round, after_s: float | None) -> None:
    async with Desk(serve.url, serve.token) as desk:
        press = asyncio.create_task(desk.press(REPORT, wait=False, separate=True))
        if after_s is not None:
            await asyncio.sleep(after_s)
            await serve.kill()
        answer = await press
        if answer["durable"]:  # a busy disk is answered with durable: false, which promises nothing
            seen.acknowledged[answer["id"]] = answer
        await desk.until_state(answer["id"], "active", "degraded", within_s=VERIFIED_S)
        seen.ordered.add(answer["id"])
        await desk.order(answer["id"], "clear", reason="next")
        seen.clearing.add(answer["id"])
        await desk.until_state(answer["id"], "cleared", within_s=VERIFIED_S)


async def _judge(desk: Desk, road: Road, seen: Round, began_ms: float) -> None:
    where = seen.where
    listed = {i["id"]: i["state"] for i in (await desk.call("GET", "/api/v1/incidents"))["incidents"]}
    for incident in seen.acknowledged:
        assert incident in listed, f"{where}: an acknowledged press was lost"
        assert incident in seen.ordered or listed[incident] != "cleared", f"{where}: cleared without an order"
    verify = await desk.call("GET", "/api/v1/audit/verify")
    assert verify["ok"], f"{where}: {verify}"
    standing = [i for i, state in listed.items() if state not in ("cleared", "cancelled", "prepared")]
    for incident in standing:
        if incident in seen.clearing:
            assert listed[incident] == "clearing", f"{where}: an acknowledged clear was lost"
        elif listed[incident] != "clearing":
            done = await desk.until_state(incident, "active", within_s=VERIFIED_S)
            await _lamps_follow(road, done, where)
            await _never_milder(road, done, began_ms, where)
            await _clear(desk, incident, where)
    for incident in standing:
        await _until_cleared(desk, incident, where)

    async def at_rest() -> tuple[bool, dict[str, Any]]:
        lamps = {d: v for d, v in (await road.lamps()).items() if d.startswith("LCS-") and v != "open"}
        return not lamps, lamps

    await until(at_rest, VERIFIED_S, f"{where}: every head at rest")


async def _clear(desk: Desk, incident: str, where: str) -> None:
    """Order the release; where a busy disk has degraded the journal, a person restores it first."""

    async def look() -> tuple[bool, str]:
        try:
            await desk.order(incident, "clear", reason="next round")
        except Refused as err:
            with contextlib.suppress(Refused):
                await desk.call("POST", "/api/v1/audit/restore")
            return False, str(err)
        return True, ""

    await until(look, VERIFIED_S, f"{where}: {incident} ordered to be cleared")


async def _until_cleared(desk: Desk, incident: str, where: str) -> None:
    """A busy machine may degrade the journal; then two people let the release go on (P1)."""

    async def look() -> tuple[bool, dict[str, Any]]:
        row = await desk.incident(incident)
        if "JOURNAL DEGRADED" in ((row["release"] or {}).get("paused") or ""):
            with contextlib.suppress(Refused):
                await desk.order(
                    incident, "clear", reason="it is the disk", confirmed_by=["li.na", "wang.wei"]
                )
            with contextlib.suppress(Refused):
                await desk.call("POST", "/api/v1/audit/restore")
        return row["state"] == "cleared", row["release"]

    await until(look, VERIFIED_S, f"{where}: {incident} cleared")


async def _lamps_follow(road: Road, incident: dict[str, Any], where: str) -> None:
    lamps = await road.lamps()
    for demand in incident["plan"]["demands"]:
        if demand["type"] != "beacon":
            shown = lamps[demand["device"]]
            assert shown == demand["value"], f"{where}: {demand['device']} shows {shown}"


async def _never_milder(road: Road, incident: dict[str, Any], began_ms: float, where: str) -> None:
    """From its first restriction on, no head of the plan fell back: nothing was released by the restart."""
    wanted = {d["device"]: d["value"] for d in incident["plan"]["demands"] if d["type"] == "head"}
    reached: set[str] = set()
    for row in await road.history(began_ms):
        device, value = row["device"], row["lamp"]
        if device not in wanted or value not in set(Aspect):
            continue
        if value == wanted[device]:
            reached.add(device)
        elif device in reached and value != "dark":
            rank = ASPECT_RANK[Aspect(value)]
            assert rank >= ASPECT_RANK[Aspect(wanted[device])], f"{where}: {device} fell to {value}"


async def _now_ms(road: Road) -> float:
    rows = await road.history()
    return max((row["at_ms"] for row in rows), default=0) + 0.001
