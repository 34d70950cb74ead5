"""A drill: the road happens by itself, what persons do is asked of a person, timed and scored."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from config.site import Site
from devices.clock import Clock
from simulators.scenario.acts import Act
from simulators.scenario.dispatcher import Dispatcher, StepFailed
from simulators.scenario.observer import Observer
from simulators.scenario.rig import Rig
from simulators.scenario.verbs import VERBS

PAR_S = 30.0
"""Done so soon a task counts in full, later by half, not at all not."""
_LOOK_S = 0.1
_ENDED = "the trainer ended the drill"
_TASKS: Mapping[str, tuple[str, str]] = {
    "report": ("一条报警到了，请处理并启动预警", "A report comes in; read it and press the key"),
    "prepare": ("一条报警到了，请先准备，不启动", "A report comes in; prepare it, do not press yet"),
    "press": ("请启动已准备的预警", "Press the key of the prepared incident"),
    "correct": ("情况有更正，请更正事件", "The report is corrected; correct the incident"),
    "clear": ("现场已清理，请解除", "The road is free; clear the incident"),
    "hold": ("请停止解除，重新封闭", "Stop the release and close again"),
    "cancel": ("这是误报，请取消", "It was a false alarm; cancel it"),
    "reactivate": ("又需要封闭，请重新启动", "It is needed again; re-activate it"),
    "undo": ("按错了，请撤回", "It was the wrong key; take it back"),
    "lock": ("请锁定设备", "Lock the devices"),
    "unlock": ("请解锁设备", "End the locks"),
    "out of service": ("请将设备停用", "Take the devices out of service"),
    "back in service": ("请将设备恢复使用", "Put the devices back into service"),
    "reset": ("联锁冲突已消除，请复位联锁", "The conflict is mended; reset the interlock"),
    "release": ("请放开来源不明的限制", "Order the unexplained restriction away"),
}


@dataclass(slots=True)
class Task:
    """What was asked of the person, and how it went; times are milliseconds since the drill began.

    Attributes:
        done_ms: None where it was missed, and the drill did it itself to go on.
    """

    verb: str
    zh: str
    en: str
    detail: str
    told_ms: int
    done_ms: int | None = None
    incident: str = ""

    @property
    def took_ms(self) -> int | None:
        """From the telling to the doing."""
        return None if self.done_ms is None else self.done_ms - self.told_ms

    @property
    def points(self) -> float:
        """What it counts, 0 to 1."""
        if self.took_ms is None:
            return 0.0
        return 1.0 if self.took_ms <= PAR_S * 1000 else 0.5


def score(tasks: list[Task]) -> int:
    """Return 0 to 100, the mean of what the tasks count; 100 where nothing was asked."""
    return round(100 * sum(task.points for task in tasks) / len(tasks)) if tasks else 100


class Trainer(Dispatcher):
    """Takes the steps of road and processes itself and waits for a person to take the others.

    Args:
        tell: hears each task as it is set, and again when it is done or missed.
        patience_s: after so long without the step it is missed, and taken here so that the drill goes on.

    Attributes:
        ended: set it to end the drill: the task at hand is missed, the rest is not reached.
    """

    def __init__(
        self,
        rig: Rig,
        observer: Observer,
        site: Site,
        seed: int,
        clock: Clock,
        *,
        tell: Callable[[Task], None],
        patience_s: float,
    ) -> None:
        super().__init__(rig, observer, site, seed)
        self.tasks: list[Task] = []
        self.ended = asyncio.Event()
        self._clock, self._say, self._patience_s = clock, tell, patience_s
        self._zero_ms = clock.wall_ms()

    async def take(self, act: Act) -> str:
        """Take a step, or wait until the person has."""
        if self.ended.is_set():
            raise StepFailed(_ENDED)
        if VERBS[act.verb].who != "person":
            return await super().take(act)
        before = await self._facts(act)
        zh, en = _TASKS[act.verb]
        task = Task(act.verb, zh, en, _detail(act), self._now_ms())
        self.tasks.append(task)
        self._say(task)
        try:
            async with asyncio.timeout(self._patience_s):
                while not await self._done(act, before):
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(_LOOK_S):
                            await self.ended.wait()
                            raise StepFailed(_ENDED)
        except TimeoutError:
            got = f"missed: not done in {self._patience_s:g} s, the drill did it"
            await super().take(act)
        else:
            task.done_ms = self._now_ms()
            got = f"done after {(task.done_ms - task.told_ms) / 1000:.1f} s"
        self.acted_ms = float(self._clock.wall_ms())
        task.incident = self._observer.names.get(act.name, "")
        self._say(task)
        return got

    async def _facts(self, act: Act) -> dict[str, Any]:
        """Return what has to change for the step to count as done."""
        if act.verb in ("report", "prepare"):
            return {row["id"]: row for row in await self._incidents()}
        if act.which is not None or act.verb == "reset":
            return {}
        return dict(await self._desk.incident(self._incident(act)))

    async def _incidents(self) -> list[dict[str, Any]]:
        return list((await self._desk.call("GET", "/api/v1/incidents"))["incidents"])

    async def _done(self, act: Act, before: Mapping[str, Any]) -> bool:
        if act.verb in ("report", "prepare"):
            return await self._reported(act, before)
        if act.which is not None:
            devices = await self._desk.devices()
            return all(_device_done(act, devices[device]) for device in act.which.ids)
        if act.verb == "reset":
            rows = (await self._desk.call("GET", "/api/v1/interlocks"))["interlocks"]
            return all(row["state"] != "latched" for row in rows if row["id"] == act.target)
        view = await self._desk.incident(self._incident(act))
        return _order_done(act.verb, before, view)

    async def _reported(self, act: Act, before: Mapping[str, Any]) -> bool:
        """A new incident, or one more report to an open one, counts as the report taken."""
        for row in await self._incidents():
            known = before.get(row["id"])
            driven = act.verb == "prepare" or row["state"] not in ("prepared", "cancelled")
            if driven and (known is None or row["revision"] > known["revision"]):
                self._name(act.name, dict(await self._desk.incident(row["id"])))
                return True
        return False

    def _now_ms(self) -> int:
        return self._clock.wall_ms() - self._zero_ms


def _order_done(verb: str, before: Mapping[str, Any], view: Mapping[str, Any]) -> bool:
    state, newer = view["state"], view["revision"] > before["revision"]
    ends_as = (view.get("release") or {}).get("ends_as")
    match verb:
        case "press":
            return bool(state not in ("prepared", "cancelled"))
        case "correct":
            return bool(newer and state in ("activating", "active", "degraded"))
        case "clear":
            return bool(state == "cleared" or ends_as == "cleared")
        case "undo":
            return bool(newer or ends_as or state in ("cleared", "cancelled"))
        case "cancel":
            return bool(state == "cancelled" or ends_as == "cancelled")
        case "hold":
            return bool(newer and state in ("activating", "active", "degraded"))
    return bool(state in ("activating", "active", "degraded"))


def _device_done(act: Act, view: Mapping[str, Any]) -> bool:
    match act.verb:
        case "lock":
            return bool(view.get("lock")) and bool(view["lock"]["value"] == act.values[view["id"]])
        case "unlock":
            return not view.get("lock")
        case "out of service":
            return bool(view.get("out_of_service"))
        case "back in service":
            return not view.get("out_of_service")
    return not view.get("unexplained_since_ms")


def _detail(act: Act) -> str:
    if act.which is not None:
        return f"{act.which.said} {', '.join(map(str, dict.fromkeys(map(str, act.values.values()))))}".strip()
    if set(act.body) == {"text"}:
        return str(act.body["text"])
    return act.target or ", ".join(
        f"{key}: {value}" for key, value in act.body.items() if value != "scenario"
    )
