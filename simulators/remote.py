"""HTTP clients for what stands outside: a controller's desk, and the control API of simulated devices.

Scenario runs, tests and benchmarks look at a controller only as a dispatcher could, and at the road
only through the lamp history.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2

T = TypeVar("T")

POLL_S = 0.02


class Refused(Exception):
    """The other side answered with a problem; `status` and `problem` are what it said."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status}: {problem.get('detail') or problem.get('title') or problem}")
        self.status = status
        self.problem = dict(problem)


class _Client:
    def __init__(self, url: str, headers: Mapping[str, str] | None = None, timeout_s: float = 90.0) -> None:
        self.http = httpx2.AsyncClient(base_url=url, headers=dict(headers or {}), timeout=timeout_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()

    async def call(self, method: str, path: str, **more: Any) -> Any:
        """Return the JSON answer, None for an empty one.

        Raises:
            Refused: the answer was 4xx or 5xx.
        """
        answer = await self.http.request(method, path, **more)
        if answer.status_code >= 400:
            try:
                problem = answer.json()
            except ValueError:
                problem = {"detail": answer.text}
            raise Refused(answer.status_code, problem)
        return answer.json() if answer.content else None


class Desk(_Client):
    """What a dispatcher does at a controller."""

    def __init__(self, url: str, token: str, actor: str = "desk") -> None:
        super().__init__(url, {"Authorization": f"Bearer {token}", "X-Onekey-Actor": actor})

    async def press(self, text: str, *, wait: bool = True, **body: Any) -> dict[str, Any]:
        """Press the key with a text; with `wait` the answer comes after the verdict."""
        query = {"wait": "verified"} if wait else {}
        answer = await self.call(
            "POST", "/api/v1/incidents", params=query, json={"text": text, **body} if text else body
        )
        return dict(answer)

    async def incident(self, incident_id: str) -> dict[str, Any]:
        """Return one incident."""
        return dict(await self.call("GET", f"/api/v1/incidents/{incident_id}"))

    async def order(self, incident_id: str, verb: str, *, wait: bool = False, **body: Any) -> dict[str, Any]:
        """Clear, hold, cancel, activate or re-activate."""
        query = {"wait": "verified"} if wait else {}
        path = f"/api/v1/incidents/{incident_id}/{verb}"
        return dict(await self.call("POST", path, params=query, json=body))

    async def devices(self) -> dict[str, dict[str, Any]]:
        """Return every device by id."""
        answer = await self.call("GET", "/api/v1/devices")
        rows: Sequence[dict[str, Any]] = answer["devices"] if isinstance(answer, dict) else answer
        return {row["id"]: row for row in rows}

    async def ready(self) -> bool:
        """Return whether the controller says it is ready; False also where nobody answers."""
        try:
            return (await self.http.get("/health/ready", timeout=1.0)).status_code == 200
        except httpx2.HTTPError:
            return False

    async def until_state(self, incident_id: str, *states: str, within_s: float) -> dict[str, Any]:
        """Return the incident once it is in one of the states.

        Raises:
            TimeoutError: it was not in time; the text has the state it was in.
        """

        async def look() -> tuple[bool, dict[str, Any]]:
            incident = await self.incident(incident_id)
            seen = {key: incident[key] for key in ("state", "release", "verdict")}
            return incident["state"] in states, seen

        await until(look, within_s, f"{incident_id} in {' or '.join(states)}")
        return await self.incident(incident_id)

    async def until_well(self, *, within_s: float, but: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
        """Return the devices once every one (except `but`) shows what it should."""

        async def look() -> tuple[bool, dict[str, dict[str, Any]]]:
            devices = await self.devices()
            return all(row["well"] for row in devices.values() if row["id"] not in but), devices

        return await until(look, within_s, "every device well")


class Road(_Client):
    """The simulated devices: faults in, lamps out."""

    async def device(self, device_id: str) -> dict[str, Any]:
        """Return one simulated device."""
        return dict(await self.call("GET", f"/devices/{device_id}"))

    async def lamps(self) -> dict[str, Any]:
        """Return device → what its lamps show now."""
        return {row["id"]: row["lamp"] for row in await self.call("GET", "/devices")}

    async def fault(self, device_id: str, **faults: Any) -> None:
        """Set faults of one device."""
        await self.call("PUT", f"/devices/{device_id}/faults", json=faults)

    async def mend(self, device_id: str) -> None:
        """Take all faults of one device away."""
        await self.call("DELETE", f"/devices/{device_id}/faults")

    async def switch(self, device_id: str, value: Any) -> None:
        """Switch lamps at the cabinet, past the controller."""
        await self.call("PUT", f"/devices/{device_id}/lamp", json={"value": value})

    async def link_fault(self, link_id: str, **faults: Any) -> None:
        """Set faults of one link."""
        await self.call("PUT", f"/links/{link_id}/faults", json=faults)

    async def chaos(self, link_id: str, **chaos: Any) -> None:
        """Spoil what passes on one link; with nothing given, no more."""
        if chaos:
            await self.call("PUT", f"/links/{link_id}/chaos", json=chaos)
        else:
            await self.call("DELETE", f"/links/{link_id}/chaos")

    async def cut(self, link_id: str) -> None:
        """End every connection of one link with a reset."""
        await self.call("POST", f"/links/{link_id}/cut")

    async def latency(self, latency_ms: int) -> None:
        """Give every link this latency for each request or command."""
        await self.call("PUT", "/latency", json={"latency_ms": latency_ms})

    async def history(self, since_ms: float = 0, device: str | None = None) -> list[dict[str, Any]]:
        """Return lamp changes since a wall time.

        Raises:
            RuntimeError: the simulators no longer hold all of them.
        """
        query: dict[str, Any] = {"since_ms": since_ms} | ({"device": device} if device else {})
        answer = await self.call("GET", "/history", params=query)
        return list(answer["events"])

    async def until_lamp(self, device_id: str, value: Any, *, within_s: float) -> None:
        """Return once the lamps of a device show `value`."""

        async def look() -> tuple[bool, Any]:
            row = await self.device(device_id)
            return row["lamp"] == value, row["lamp"]

        await until(look, within_s, f"{device_id} showing {value}")


async def until(look: Callable[[], Awaitable[tuple[bool, T]]], within_s: float, what: str) -> T:
    """Look again and again until the first of the pair is true; returns the second.

    Raises:
        TimeoutError: with what was awaited and what was seen last.
    """
    loop = asyncio.get_running_loop()
    end_s = loop.time() + within_s
    while True:
        done, seen = await look()
        if done:
            return seen
        if loop.time() > end_s:
            raise TimeoutError(f"not within {within_s:g} s: {what}; last seen: {str(seen)[:2000]}")
        await asyncio.sleep(POLL_S)
