"""A lamp that fails in every way a seed asks for, and remembers what it showed and what it was told."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

from devices.driver import Order, Reading
from devices.errors import DeviceRejected, DeviceUnreachable
from devices.values import Value
from tests.unit.api_room import Lamp

FAULTS = ("dead", "stuck", "stuck", "slow", "mute", "local", "refusing")


class FaultyLamp(Lamp):
    """Shows what it is told, unless a fault stands.

    Attributes:
        fault: one of `FAULTS`, "" for none. `mute` does what it is told and loses the answer.
        shown: (loop time, value) of every change, oldest first.
    """

    def __init__(
        self, name: str, value: Value, chance: random.Random, told: Callable[[str, Order], None]
    ) -> None:
        super().__init__(value)
        self.name = name
        self.fault = ""
        self.base = value
        self.shown: list[tuple[float, Value]] = [(0.0, value)]
        self._chance = chance
        self._told = told

    def light(self, value: Value) -> None:
        """Change the lamps."""
        self.value = value
        self.shown.append((asyncio.get_running_loop().time(), value))

    def reboot(self) -> None:
        """Lose what was commanded."""
        self.light(self.base)

    async def drive(self, order: Order, on_acked: Callable[[], None]) -> Reading:
        await self._on_its_way()
        self._told(self.name, order)
        match self.fault:
            case "refusing":
                raise DeviceRejected("it refuses", code="exc-2")
            case "local":
                on_acked()
                return self._reading()
            case "stuck":
                pass
            case "slow":
                asyncio.get_running_loop().call_later(
                    self._chance.uniform(0.2, 4.0), self._later, order.value
                )
            case _:
                self.light(order.value)
        if self.fault == "mute":
            raise DeviceUnreachable("no answer")
        on_acked()
        await self._on_its_way()
        return self._reading()

    async def read_back(self, newer_than_s: float) -> Reading:
        await self._on_its_way()
        if self.fault == "mute":
            raise DeviceUnreachable("no answer")
        return self._reading()

    def showed(self, value: Value, since_s: float, until_s: float = float("inf")) -> bool:
        """Whether it showed that value at some moment between these; of one moment, before or after it."""
        at_start = [v for at_s, v in self.shown if at_s < since_s][-1:]
        return value in at_start or any(v == value for at_s, v in self.shown if since_s <= at_s <= until_s)

    def _later(self, value: Value) -> None:
        if self.fault not in ("dead", "local", "stuck"):
            self.light(value)

    async def _on_its_way(self) -> None:
        await asyncio.sleep(self._chance.uniform(0.0, 0.05))
        if self.fault == "dead":
            raise DeviceUnreachable("it is dead")

    def _reading(self) -> Reading:
        return Reading(self.value, asyncio.get_running_loop().time(), local=self.fault == "local")

    def __repr__(self) -> str:
        return f"{self.name}({self.value}, {self.fault or 'well'})"


def said(value: Any) -> str:
    """Return a value for the message of a failure."""
    return str(getattr(value, "value", value))
