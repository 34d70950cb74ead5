"""What people, devices and power cuts do in a history: one deed at a time, drawn by the dice of its seed."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from controller.incident import IncidentState
from devices.values import Aspect
from tests.histories.lamps import FAULTS, FaultyLamp
from tests.unit.small_road import crash

if TYPE_CHECKING:
    from tests.histories.history import History

PLACES_M = (9_000, 9_800, 10_400)
CROSSES = (Aspect.CLOSED, Aspect.CAUTION, Aspect.CLOSED_AHEAD)


async def press(history: "History") -> None:
    life, chance = history.life, history.chance
    at_m, lanes = chance.choice(PLACES_M), chance.choice(((1,), (2,), (1, 2)))
    separate, activate = chance.random() < 0.3, chance.random() < 0.85
    history.tell(
        f"press {at_m} lanes {lanes} {'separate' if separate else ''} {'' if activate else 'prepare'}"
    )

    async def order() -> None:
        report = crash(at_m, lanes=lanes)
        done = await life.commands.raise_incident(report, life.key(), separate=separate, activate=activate)
        history.acknowledged.add(done.incident.id)

    await history.order(order())


async def correct(history: "History") -> None:
    at_m, lane = history.chance.choice(PLACES_M), history.chance.choice((1, 2))

    def order(incident: str) -> Awaitable[Any]:
        return history.life.commands.correct(incident, crash(at_m, lanes=(lane,)), history.life.key())

    await _of_open(history, f"correct to {at_m} lane {lane}", order)


async def clear(history: "History") -> None:
    commands = history.life.commands
    await _of_open(history, "clear", lambda i: commands.clear(i, history.life.key(), reason="dice"))


async def cancel(history: "History") -> None:
    commands = history.life.commands
    await _of_open(history, "cancel", lambda i: commands.clear(i, history.life.key(), cancel=True))


async def go_on_without_proof(history: "History") -> None:
    life = history.life
    waiting = [i for i in life.room.book.open() if i.release is not None and i.release.waits_for]
    if waiting:
        incident = history.chance.choice(waiting)
        assert incident.release is not None
        devices = sorted(incident.release.waits_for)
        history.tell(f"{incident.id} goes on without proof of {devices}")
        await history.order(
            life.commands.clear(incident.id, life.key(), reason="seen", without_proof=devices)
        )


async def hold(history: "History") -> None:
    await _of_open(history, "hold", lambda i: history.life.commands.hold(i, history.life.key()))


async def undo(history: "History") -> None:
    await _of_open(history, "undo", lambda i: history.life.commands.undo(i, history.life.key()))


async def activate(history: "History") -> None:
    life = history.life
    order = lambda i: life.commands.activate(i, life.key())  # noqa: E731 - one of the verbs
    await _of(history, "activate", IncidentState.PREPARED, order)


async def reactivate(history: "History") -> None:
    life = history.life
    order = lambda i: life.commands.reactivate(i, life.key())  # noqa: E731 - one of the verbs
    await _of(history, "re-activate", IncidentState.CLEARED, order)


async def lock(history: "History") -> None:
    device, value = _head(history), history.chance.choice(CROSSES)
    history.tell(f"lock {device} {value}")
    await history.order(history.life.commands.devices.lock(device, value, "dice", history.life.key()))


async def unlock(history: "History") -> None:
    for device in list(history.life.room.book.locks)[:1]:
        history.tell(f"unlock {device}")
        await history.order(history.life.commands.devices.unlock(device, history.life.key()))


async def out_of_service(history: "History") -> None:
    device = history.chance.choice(sorted(history.lamps))
    history.tell(f"{device} out of service")
    await history.order(history.life.commands.devices.out_of_service(device, "dice", history.life.key()))


async def back_in_service(history: "History") -> None:
    for device in list(history.life.room.book.services)[:1]:
        history.tell(f"{device} back in service")
        await history.order(history.life.commands.devices.out_of_service(device, None, history.life.key()))


async def repaired(history: "History") -> None:
    for device in list(history.life.room.book.faults)[:2]:
        history.lamps[device].fault = ""
        history.tell(f"{device} repaired")
        await history.order(history.life.commands.devices.repaired(device, history.life.key(), "dice"))


async def release_found(history: "History") -> None:
    for device in list(history.life.room.book.adopted)[:1]:
        history.tell(f"{device}: what was found there is released")
        await history.order(history.life.commands.devices.release_adopted(device, history.life.key(), "dice"))


async def reset(history: "History") -> None:
    for interlock in list(history.life.room.book.latches):
        history.tell(f"reset {interlock}")
        await history.order(history.life.commands.interlocks.reset(interlock, history.life.key(), "dice"))


async def fault(history: "History") -> None:
    lamp = _lamp(history)
    lamp.fault = history.chance.choice(FAULTS)
    history.tell(f"{lamp.name} {lamp.fault}")


async def mend(history: "History") -> None:
    lamp = _lamp(history)
    lamp.fault = ""
    history.tell(f"{lamp.name} mended")


async def hand(history: "History") -> None:
    lamp = history.lamps[_head(history)]
    value = history.chance.choice((Aspect.CLOSED, Aspect.OPEN, Aspect.CAUTION))
    history.tell(f"{lamp.name} switched by hand to {value}")
    lamp.light(value)


async def reboot(history: "History") -> None:
    lamp = _lamp(history)
    history.tell(f"{lamp.name} rebooted")
    lamp.reboot()


async def kill(history: "History") -> None:
    history.tell("the controller is killed")
    await history.restart()


async def kill_in_a_press(history: "History") -> None:
    """A press is under way while the controller dies: answered or not, nothing is half done."""
    history.kill_after_s = history.chance.uniform(0.0, 0.05)
    await press(history)


DEEDS: Mapping[Callable[["History"], Awaitable[None]], int] = {
    press: 6,
    correct: 3,
    clear: 5,
    cancel: 1,
    go_on_without_proof: 2,
    hold: 2,
    undo: 1,
    activate: 1,
    reactivate: 2,
    lock: 2,
    unlock: 2,
    out_of_service: 1,
    back_in_service: 1,
    repaired: 2,
    release_found: 2,
    reset: 2,
    fault: 6,
    mend: 4,
    hand: 2,
    reboot: 2,
    kill: 1,
    kill_in_a_press: 1,
}
"""Deed → how often, among all."""


def _lamp(history: "History") -> FaultyLamp:
    return history.chance.choice(list(history.lamps.values()))


def _head(history: "History") -> str:
    return history.chance.choice(
        [name for name, lamp in history.lamps.items() if isinstance(lamp.base, Aspect)]
    )


async def _of_open(history: "History", what: str, order: Callable[[str], Awaitable[Any]]) -> None:
    await _of(history, what, None, order)


async def _of(
    history: "History", what: str, state: IncidentState | None, order: Callable[[str], Awaitable[Any]]
) -> None:
    known = history.life.room.book.incidents.values()
    fitting = [i.id for i in known if (i.state.open if state is None else i.state is state)]
    if fitting:
        incident = history.chance.choice(fitting)
        history.tell(f"{what} {incident}")
        await history.order(order(incident))
