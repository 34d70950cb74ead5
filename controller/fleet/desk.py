"""What one device's loop asks of and tells the control room."""

from dataclasses import dataclass, field
from typing import Protocol

from controller.fleet.look import Look, Target
from controller.incident import StepState
from devices.driver import Order, Reading
from devices.errors import DeviceRejected
from devices.values import Value


class Desk(Protocol):
    """What a reconciler needs from the control room; all synchronous and cheap, none may raise."""

    def new_order(self, device: str, target: Target, ttl_s: float) -> Order:
        """Give an order with the next (epoch, seq) that lives `ttl_s`."""
        ...

    def held_back(self, device: str, value: Value) -> str:
        """Return why a write of that value has to wait for other devices (S9), empty where it may go now.

        The device is woken (`retry`) when what it waits for has changed.
        """
        ...

    def step(self, device: str, state: StepState, reason: str) -> None:
        """Note that the device's step entered `state`."""
        ...

    def looked(self, device: str, verdict: Look, changed: bool) -> None:
        """Note a finished look; `changed` where verdict, shown or reason differ from the last one."""
        ...

    def refused(self, device: str, refusal: DeviceRejected) -> bool:
        """Raise the alarm a refusal calls for; return whether a new order may succeed (`stale`…)."""
        ...


@dataclass(slots=True)
class Condition:
    """What people see of one device: desired (the target), commanded and shown apart, and why.

    Attributes:
        reachable: None until the first attempt.
        failures: attempts in a row without an answer.
        heard: it has answered since the start.
        lost: what it shares its loss with: its link, or its unit there; empty where it is lost alone.
        since_ms: UTC milliseconds when the verdict last changed.
        round_trip_ms: newest write → proof, None before any.
        unproved: ordered since the lamps were last proved; each may be shown, now or in a moment.
        ours: what was last proved and everything ordered since: shown, it is no find (S11).
    """

    since_ms: int
    commanded: Value | None = None
    commanded_at_ms: int | None = None
    reading: Reading | None = None
    verdict: Look = Look.READ
    reason: str = ""
    reachable: bool | None = None
    failures: int = 0
    lost: str = ""
    heard: bool = False
    round_trip_ms: int | None = None
    unproved: set[Value] = field(default_factory=set)
    ours: set[Value] = field(default_factory=set)
