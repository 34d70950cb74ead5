"""Which native commands a device takes: a table of what may be wrong with one."""

import json
from typing import Any

import pytest

from devices.values import Aspect
from simulators.native_envelope import Answered, Applied, Taken, judge
from tests.sites import tiny_site

HEAD = tiny_site().devices["LCS-G4-1"]
STORED = {"v": 1, "ok": True, "stored": "this very ack"}
APPLIED = Applied(5, 7, "5.7", STORED)
NOW_MS = 1_000_000


def command(**changes: Any) -> bytes:
    body: dict[str, Any] = {
        "v": 1,
        "cmd_id": "5.8",
        "incident_id": "I-1",
        "device": "LCS-G4-1",
        "epoch": 5,
        "seq": 8,
        "issued_at": NOW_MS - 10,
        "expires_at": NOW_MS,
        "desired": "closed",
    }
    return json.dumps({key: value for key, value in (body | changes).items() if value is not ...}).encode()


def look(
    payload: bytes, *, retained: bool = False, local: bool = False, first: bool = False
) -> Taken | Answered:
    return judge(
        payload,
        retained=retained,
        device=HEAD,
        name="LCS-G4-1",
        applied=None if first else APPLIED,
        local=local,
        now_ms=NOW_MS,
    )


def test_a_good_command_is_taken_with_its_ack() -> None:
    taken = look(command())
    assert isinstance(taken, Taken)
    assert taken.value is Aspect.CLOSED
    assert taken.applied.order == (5, 8)
    assert taken.applied.ack == {"v": 1, "device": "LCS-G4-1", "cmd_id": "5.8", "ok": True, "at": NOW_MS}


def test_a_new_epoch_starts_at_any_number() -> None:
    assert isinstance(look(command(cmd_id="6.1", epoch=6, seq=1)), Taken)


@pytest.mark.parametrize(
    ("payload", "how", "reason"),
    [
        pytest.param(command(), {"retained": True}, "retained", id="retained"),
        pytest.param(command(v=2), {}, "version", id="version"),
        pytest.param(command(v=...), {}, "version", id="no-version"),
        pytest.param(command(expires_at=NOW_MS - 1), {}, "expired", id="expired"),
        pytest.param(command(cmd_id="5.6", seq=6), {}, "stale", id="lower-seq"),
        pytest.param(command(cmd_id="4.9", epoch=4, seq=9), {}, "stale", id="lower-epoch"),
        pytest.param(command(cmd_id="5.6", seq=6, expires_at=0), {}, "stale", id="stale-before-expired"),
        pytest.param(command(), {"local": True}, "local", id="local"),
        pytest.param(command(desired="purple"), {}, "invalid", id="no-aspect"),
        pytest.param(command(desired={"multi": "x"}), {}, "invalid", id="other-type"),
        pytest.param(command(device="LCS-G9-9"), {}, "invalid", id="other-device"),
        pytest.param(command(cmd_id="5.9"), {}, "invalid", id="id-disagrees"),
        pytest.param(command(epoch="5"), {}, "invalid", id="text-for-number"),
        pytest.param(command(extra=1), {}, "invalid", id="unknown-key"),
        pytest.param(command(expires_at=...), {}, "invalid", id="no-expiry"),
        pytest.param(b"[1]", {}, "invalid", id="no-object"),
        pytest.param(b"\xff{", {}, "invalid", id="no-json"),
    ],
)
def test_refusals_name_reason_and_what_was_applied(payload: bytes, how: dict[str, bool], reason: str) -> None:
    answered = look(payload, **how)
    assert isinstance(answered, Answered)
    assert answered.answer["ok"] is False
    assert answered.answer["reason"] == reason
    assert answered.answer["applied"] == {"epoch": 5, "seq": 7}
    assert answered.answer["at"] == NOW_MS


@pytest.mark.parametrize("changes", [{}, {"expires_at": 0}], ids=["in-time", "late"])
def test_a_duplicate_gets_the_stored_ack_and_is_not_applied_again(changes: dict[str, Any]) -> None:
    assert look(command(cmd_id="5.7", seq=7, **changes)) == Answered(STORED)


def test_after_power_up_nothing_is_stale() -> None:
    assert isinstance(look(command(cmd_id="1.0", epoch=1, seq=0), first=True), Taken)
