"""The life cycle of an incident as a table: which command is possible in which state (design 4)."""

from enum import StrEnum

from controller.incident import IncidentState as S


class Command(StrEnum):
    """What a person can ask of an incident."""

    ACTIVATE = "activate"
    CLEAR = "clear"
    CANCEL = "cancel"
    HOLD = "hold"
    REACTIVATE = "reactivate"
    CORRECT = "correct"
    UPDATE = "update"
    UNDO = "undo"


class NotPossible(Exception):
    """The command does not fit the state; the text says what would."""


_ALLOWED: dict[Command, frozenset[S]] = {
    Command.ACTIVATE: frozenset({S.PREPARED}),
    Command.CLEAR: frozenset({S.ACTIVATING, S.ACTIVE, S.DEGRADED, S.CLEARING}),
    Command.CANCEL: frozenset({S.PREPARED, S.ACTIVATING, S.ACTIVE, S.DEGRADED, S.CLEARING}),
    Command.HOLD: frozenset({S.CLEARING}),
    Command.REACTIVATE: frozenset({S.CLEARED, S.CANCELLED}),
    Command.CORRECT: frozenset({S.PREPARED, S.ACTIVATING, S.ACTIVE, S.DEGRADED}),
    Command.UPDATE: frozenset({S.ACTIVATING, S.ACTIVE, S.DEGRADED}),
    Command.UNDO: frozenset({S.ACTIVATING, S.ACTIVE, S.DEGRADED}),
}

_INSTEAD: dict[S, str] = {
    S.PREPARED: "it is only prepared: activate or cancel it",
    S.ACTIVATING: "it is being activated",
    S.ACTIVE: "it is active: clear it to end it",
    S.DEGRADED: "it is active with devices not proved: clear it to end it",
    S.CLEARING: "it is being cleared: hold it to close again, or clear again to go on",
    S.CLEARED: "it is cleared: re-activate it, or raise a new one",
    S.CANCELLED: "it is cancelled: raise a new one",
}


def possible(command: Command, state: S) -> bool:
    """Return whether a state allows a command at all."""
    return state in _ALLOWED[command]


def check(command: Command, state: S, *, cleared_ago_s: float = 0.0, reactivate_s: float = 0.0) -> None:
    """Pass if `command` is possible.

    Args:
        cleared_ago_s: seconds since the incident was cleared; re-activation ends after `reactivate_s`.

    Raises:
        NotPossible: with what can be done instead.
    """
    if not possible(command, state):
        raise NotPossible(f"{command} is not possible: {_INSTEAD[state]}")
    if command is Command.REACTIVATE and cleared_ago_s > reactivate_s:
        raise NotPossible(f"re-activation ended {reactivate_s:.0f} s after the clear: raise a new incident")
