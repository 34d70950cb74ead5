"""What people are told of one look at a device: the reason, and the step it stands for. Pure."""

from dataclasses import dataclass

from controller.fleet.look import Look, Written
from controller.incident import StepState
from devices.driver import Reading
from devices.values import in_words


@dataclass(frozen=True, slots=True)
class Account:
    """What one look means to people; `reason` is None where what was said before still stands."""

    reason: str | None = None
    step: StepState | None = None


def account_of(verdict: Look, reading: Reading | None, written: Written, waits: str = "") -> Account:
    """Return what to say of a verdict, with what the lamps show where that explains it.

    Args:
        verdict: of the look.
        reading: the newest one.
        written: our writes for the present desired revision.
        waits: why a release is held back.
    """
    match verdict:
        case Look.VERIFIED:
            return Account("", StepState.VERIFIED)
        case Look.ACKED | Look.AT_REST:
            return Account("")
        case Look.HELD:
            return Account(waits, StepState.QUEUED)
        case Look.LOCAL:
            return Account("in local mode at its panel: not written", StepState.SKIPPED)
        case Look.FAULT:
            return Account(_shows("the device reports a fault", reading), StepState.MISMATCH)
        case Look.MISMATCH:
            text = f"written {written.count} times, not shown"
            return Account(_shows(text, reading), StepState.MISMATCH)
        case Look.ADOPT:
            return Account(_shows("a restriction nobody ordered released", reading))
        case Look.SETTLING if reading is not None and reading.at_s > written.at_s:
            return Account(_shows("written, not shown yet", reading), StepState.ACKED)
        case _:
            return Account()


def _shows(text: str, reading: Reading | None) -> str:
    if reading is None:
        return text
    shown = reading.note or ("nothing readable" if reading.value is None else in_words(reading.value))
    return f"{text} (shows {shown})"
