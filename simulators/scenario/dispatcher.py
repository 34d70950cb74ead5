"""Takes the steps of a scenario: orders to the controller, breakages on the road, processes of the rig."""

import asyncio
import json
import random
from typing import Any

import aiomqtt
import httpx2

from config.site import Site
from simulators.remote import Desk, Refused, Road
from simulators.scenario.acts import Act
from simulators.scenario.observer import Observer
from simulators.scenario.rig import Rig

_TRIES_S = 2.0


class StepFailed(Exception):
    """A step could not be taken; the text says why."""


class Dispatcher:
    """One run's hands.

    Attributes:
        disturbed: a process was ended or started, so that the rig is not as it was.
        slack_ms: the longest feedback delay that was ordered.
        acted_ms: UTC milliseconds of the last step where it was not taken at once: a person's.
    """

    def __init__(self, rig: Rig, observer: Observer, site: Site, seed: int) -> None:
        self._rig, self._observer, self._site = rig, observer, site
        self._desk: Desk = observer.desk
        self._road: Road = observer.road
        self._random = random.Random(seed)  # noqa: S311 - which device breaks is no secret
        self._seed = seed
        self.disturbed = False
        self.slack_ms = 0.0
        self.acted_ms: float | None = None

    async def take(self, act: Act) -> str:
        """Take one step; returns a word on how it went.

        Raises:
            Refused: the controller refused an order.
            StepFailed, NotHere: it could not be taken.
        """
        try:
            match act.verb:
                case "report" | "prepare":
                    return await self._report(act)
                case "press" | "correct" | "clear" | "hold" | "cancel" | "reactivate" | "undo":
                    return await self._order(act)
                case "lock" | "unlock" | "out of service" | "back in service" | "release":
                    return await self._device_order(act)
                case "reset":
                    path = f"/api/v1/interlocks/{act.target}/reset"
                    await self._desk.call("POST", path, json={"reason": "scenario"})
                    return act.target
                case "controller":
                    return await self._controller(act.target)
                case "broker":
                    return await self._broker(act.target)
                case "detector":
                    return await self._publish(act)
            return await self._happen(act)
        except httpx2.HTTPError as err:
            raise StepFailed(f"nobody answers: {type(err).__name__} {err}".rstrip()) from err

    async def _report(self, act: Act) -> str:
        body = {"text": act.body["text"]} if set(act.body) == {"text"} else dict(act.body)
        if act.verb == "prepare":
            body["activate"] = False
        answer = await self._desk.call("POST", "/api/v1/incidents", json=body)
        self._name(act.name, answer)
        return f"{answer['id']} {answer['state']}"

    def _name(self, name: str, answer: dict[str, Any]) -> None:
        self._observer.answer = answer
        self._observer.names[""] = answer["id"]
        if name:
            self._observer.names[name] = answer["id"]

    def _incident(self, act: Act) -> str:
        if act.name not in self._observer.names:
            raise StepFailed(f"no incident {act.name or 'was reported'} before this step")
        return self._observer.names[act.name]

    async def _order(self, act: Act) -> str:
        incident = self._incident(act)
        path = f"/api/v1/incidents/{incident}"
        if act.verb == "correct":
            answer = await self._desk.call("PATCH", path, json=dict(act.body))
        else:
            verb = "activate" if act.verb == "press" else act.verb
            body = dict(act.body) if act.verb in ("clear", "cancel") else None
            answer = await self._desk.call("POST", f"{path}/{verb}", json=body)
        self._observer.answer = dict(answer)
        return f"{incident} {answer['state']}"

    async def _device_order(self, act: Act) -> str:
        assert act.which is not None
        said = {"reason": "scenario"}
        for device in act.which.ids:
            path = f"/api/v1/devices/{device}"
            match act.verb:
                case "lock":
                    await self._desk.call("PUT", f"{path}/lock", json={"value": act.values[device], **said})
                case "unlock":
                    await self._desk.call("DELETE", f"{path}/lock")
                case "out of service":
                    await self._desk.call("PUT", f"{path}/service", json=said)
                case "back in service":
                    await self._desk.call("DELETE", f"{path}/service")
                case "release":
                    await self._desk.call("POST", f"{path}/release", json=said)
        return f"{len(act.which.ids)} devices"

    async def _happen(self, act: Act) -> str:
        match act.verb:
            case "fault":
                return await self._fault(act)
            case "mend":
                await (self._mend_all() if act.target else self._each(act, self._road.mend))
            case "reboot":
                await self._each(act, lambda device: self._road.call("POST", f"/devices/{device}/reboot"))
            case "switch":
                await self._each(act, lambda device: self._road.switch(device, act.values[device]))
            case "link":
                await self._road.link_fault(act.target, **self._seeded(act.changes))
            case "latency":
                await self._road.latency(act.span_ms)
            case "loss":
                for link in self._site.links:
                    await self._road.link_fault(link, **self._seeded(act.changes))
            case "wait":
                await asyncio.sleep(act.span_ms / 1000)
        return ""

    def _seeded(self, changes: Any) -> dict[str, Any]:
        loss = changes.get("loss_percent")
        return {**changes, "loss_seed": self._seed} if loss is not None else dict(changes)

    async def _fault(self, act: Act) -> str:
        devices = self._chosen(act)
        self.slack_ms = max(self.slack_ms, float(act.changes.get("feedback_delay_ms", 0)))
        for device in devices:
            wrong = {"wrong": act.values[device]} if act.values else {}
            await self._road.fault(device, **act.changes, **wrong)
        return ", ".join(devices) if len(devices) < 7 else f"{len(devices)} devices"

    def _chosen(self, act: Act) -> list[str]:
        assert act.which is not None
        if act.pick is None:
            return list(act.which.ids)
        if act.pick > len(act.which.ids):
            raise StepFailed(f"{act.pick} of {len(act.which.ids)} devices cannot be taken")
        return sorted(self._random.sample(act.which.ids, act.pick))

    async def _each(self, act: Act, do: Any) -> None:
        for device in self._chosen(act):
            await do(device)

    async def _mend_all(self) -> None:
        await mend_all(self._road)

    async def _controller(self, order: str) -> str:
        self.disturbed = True
        rig = self._rig
        match order:
            case "kill":
                await rig.kill_serve()
            case "stop":
                await rig.stop_serve()
            case "start":
                await rig.restart_serve()
            case "restart":
                await rig.kill_serve()
                await rig.restart_serve()
            case "forget":
                rig.forget()
        return ""

    async def _broker(self, order: str) -> str:
        self.disturbed = True
        broker = self._rig.broker
        match order:
            case "kill":
                await broker.kill()
            case "stop":
                await broker.stop()
            case "start":
                await broker.start()
            case "restart":
                await broker.restart()
            case "freeze":
                broker.freeze()
            case "thaw":
                broker.thaw()
        return ""

    async def _publish(self, act: Act) -> str:
        payload = act.body["payload"]
        raw = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
        broker = self._rig.broker
        try:
            async with (
                asyncio.timeout(_TRIES_S),
                aiomqtt.Client(broker.host, broker.port, identifier=f"scenario-{self._seed}") as client,
            ):
                await client.publish(act.target, raw.encode(), qos=1, retain=act.body["retain"])
        except (aiomqtt.MqttError, TimeoutError) as err:
            raise StepFailed(f"the broker does not take it: {err}") from err
        return act.target


async def mend_all(road: Road) -> None:
    """Take every fault off devices and links; lamps are left as they are."""
    for row in await road.call("GET", "/devices"):
        if any(value not in (None, False, 0) for value in row["faults"].values()):
            await road.mend(row["id"])
    for row in await road.call("GET", "/links"):
        calm = {"down": False, "latency_ms": 0, "dead_units": [], "loss_percent": 0}
        changed = {k: v for k, v in calm.items() if row["faults"].get(k, v) != v}
        if changed:
            await road.link_fault(row["id"], **changed)


__all__ = ["Dispatcher", "Refused", "StepFailed", "mend_all"]
