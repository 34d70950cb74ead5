"""What one look at a device concludes: a pure decision from facts (S6, S11, T1, T5)."""

from dataclasses import dataclass
from enum import StrEnum

from devices.driver import Reading
from devices.models import Proof
from devices.values import Aspect, Message, PortalAspect, Value, is_restriction, rank

MAX_WRITES = 3
"""The first write and two re-sends; then it is a fault (faults 3, 4)."""

SETTLE_POLL_MAX_MS = 500


class Look(StrEnum):
    """Verdict of one look; also the label of the pass counter."""

    READ = "read"
    """Nothing known yet and a blind write could lower a restriction: ask first."""
    WRITE = "write"
    """Not written for this desired revision yet, or drifted, or a write was lost."""
    SETTLING = "settling"
    """Written a moment ago: give the lamps time, read again."""
    VERIFIED = "verified"
    """A live read-back after our write shows it."""
    ACKED = "acked"
    """The model cannot prove more than its acknowledgement (proof: none)."""
    AT_REST = "at_rest"
    """Nothing wanted and the device shows its base, or its base is external."""
    LOCAL = "local"
    """Somebody stands at the panel: hands off, say so."""
    FAULT = "fault"
    """The device reports a fault: never verified, even if it matches."""
    ADOPT = "adopt"
    """It shows a restriction nobody ordered to leave: keep it, alarm (S11)."""
    MISMATCH = "mismatch"
    """Written MAX_WRITES times, still not shown."""
    HELD = "held"
    """A release that waits for other devices, so that no interlock is violated (S9)."""


@dataclass(frozen=True, slots=True)
class Target:
    """What one device shall show. A new object is a new desired revision.

    Attributes:
        value: None where nothing shall be written (external base, adopted restriction).
        wanted: an incident or lock wants this; False means base.
        incident_id: for the envelope; empty at rest.
        leaves: values a person ordered the device to leave (S11); empty forbids any release.
        because: the reason people read.
        awaited: an open incident's release waits for this device; a release that ended without its proof
            does not, and is tried as rarely as any idle device (P3).
        prove: a revision asks for this value to be written and proved even where it already stands.
    """

    value: Value | None
    wanted: bool
    incident_id: str = ""
    leaves: tuple[Value, ...] = ()
    because: str = ""
    prove: bool = False
    awaited: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What the device confirmed of our writes for the present desired revision.

    Attributes:
        count: confirmed writes; an attempt nobody answered is none.
        at_s: loop seconds just before the newest of them was sent.
        cmd_id: of the newest; a state that names another command proves nothing (T4).
    """

    count: int = 0
    at_s: float = float("-inf")
    cmd_id: str = ""


def lowers(shown: Value, target: Target) -> bool:
    """Return whether driving `target` would release a restriction nobody ordered released (S6, S11).

    A sign's incident text may replace any text (it restricts); only going to base may not.
    """
    if target.value is None:
        return False
    if isinstance(shown, Aspect | PortalAspect):
        return is_restriction(shown, target.value) and not any(
            isinstance(left, type(shown)) and rank(shown) <= rank(left) for left in target.leaves
        )
    return not target.wanted and is_restriction(shown, target.value) and shown not in target.leaves


def only_raises(target: Target) -> bool:
    """Return whether driving `target` blindly can release nothing.

    That is a cross, a red portal signal, an incident's text, and any advisory.
    """
    match target.value:
        case Aspect():
            return target.value is Aspect.CLOSED
        case PortalAspect():
            return target.value is PortalAspect.RED
        case Message():
            return target.wanted
        case _:
            return True


def look(
    target: Target,
    reading: Reading | None,
    written: Written,
    *,
    proof: Proof,
    step_deadline_s: float,
    now_s: float,
) -> Look:
    """Decide from facts alone: no clock, no I/O.

    Args:
        reading: the newest one, live or not; None where the device was never heard.
        written: count 0 means never for this revision, and then a wanted value is written even if the
            lamps already agree (T1: proof is a read-back *after* a write of ours).
        step_deadline_s: how long a write may take to be shown before it is repeated.
        now_s: loop seconds.
    """
    if reading is not None and reading.local:
        return Look.LOCAL
    if target.value is None:
        return Look.AT_REST if reading is not None else Look.READ
    if reading is None:
        return Look.WRITE if written.count or only_raises(target) else Look.READ
    if not reading.live and not written.count and not only_raises(target):
        # A retained state tells enough to restrict further, never enough to leave anything.
        known = reading.value is not None and not lowers(reading.value, target)
        return Look.WRITE if target.wanted and known else Look.READ
    front = reading.front
    if front is None and not target.wanted and not target.leaves:
        return Look.FAULT  # contradictory lamps at rest may be a closure (S7): alarm, do not touch
    if front is not None and lowers(front, target):
        return Look.ADOPT
    agrees = reading.live and reading.value == target.value
    if written.count == 0:
        at_rest = agrees and not (target.wanted or target.leaves or target.prove)
        return Look.AT_REST if at_rest else Look.WRITE
    if agrees and reading.at_s > written.at_s and reading.cmd_id in (None, written.cmd_id):
        if reading.fault:
            return Look.FAULT
        return Look.VERIFIED if proof is not Proof.NONE else Look.ACKED
    if now_s - written.at_s < step_deadline_s:
        return Look.SETTLING
    if written.count < MAX_WRITES:
        return Look.WRITE
    return Look.FAULT if reading.fault else Look.MISMATCH
