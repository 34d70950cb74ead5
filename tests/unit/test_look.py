"""The table of one look: what is concluded from which facts."""

import pytest

from controller.fleet.look import MAX_WRITES, Look, Target, Written, look, lowers
from devices.driver import Reading
from devices.models import Proof
from devices.values import Aspect, BeaconState, Message

CLOSED = Target(Aspect.CLOSED, wanted=True)
MERGE = Target(Aspect.MERGE_RIGHT, wanted=True)
BASE = Target(Aspect.OPEN, wanted=False)
RELEASED = Target(Aspect.OPEN, wanted=False, leaves=(Aspect.CLOSED,))
TEXT = Target(Message("前方事故"), wanted=True)
BLANK = Target(Message(""), wanted=False)
EXTERNAL = Target(None, wanted=False)
ONCE = Written(1, 0.0, "7.1")
OFTEN = Written(MAX_WRITES, 0.0, "7.3")


def seen(value, at_s=1.0, **more):
    return Reading(value, at_s, **more)


@pytest.mark.parametrize(
    ("target", "reading", "written", "now_s", "expected"),
    [
        pytest.param(CLOSED, None, Written(), 1, Look.WRITE, id="closed-goes-out-blind"),
        pytest.param(MERGE, None, Written(), 1, Look.READ, id="merge-could-lower-so-read-first"),
        pytest.param(BASE, None, Written(), 1, Look.READ, id="base-could-release-so-read-first"),
        pytest.param(TEXT, None, Written(), 1, Look.WRITE, id="incident-text-goes-out-blind"),
        pytest.param(BLANK, None, Written(), 1, Look.READ, id="blank-could-release"),
        pytest.param(
            BASE, seen(Aspect.OPEN, live=False), Written(), 1, Look.READ, id="retained-state-is-no-look"
        ),
        pytest.param(
            MERGE,
            seen(Aspect.OPEN, live=False),
            Written(),
            1,
            Look.WRITE,
            id="retained-is-enough-to-restrict",
        ),
        pytest.param(
            MERGE, seen(Aspect.CLOSED, live=False), Written(), 1, Look.READ, id="retained-closure-asks-first"
        ),
        pytest.param(CLOSED, seen(Aspect.CLOSED), Written(), 1, Look.WRITE, id="agrees-but-not-ours"),
        pytest.param(CLOSED, seen(Aspect.CLOSED), ONCE, 1, Look.VERIFIED, id="shown-after-write"),
        pytest.param(CLOSED, seen(Aspect.CLOSED, -1.0), ONCE, 0.1, Look.SETTLING, id="read-before-write"),
        pytest.param(
            CLOSED, seen(Aspect.CLOSED, live=False), ONCE, 1, Look.SETTLING, id="retained-proves-nothing"
        ),
        pytest.param(
            CLOSED, seen(Aspect.CLOSED, cmd_id="7.1"), ONCE, 1, Look.VERIFIED, id="shown-with-our-id"
        ),
        pytest.param(
            CLOSED, seen(Aspect.CLOSED, cmd_id="6.9"), ONCE, 1, Look.SETTLING, id="state-of-another-command"
        ),
        pytest.param(CLOSED, seen(Aspect.CLOSED, cmd_id=""), ONCE, 1, Look.SETTLING, id="state-of-none"),
        pytest.param(CLOSED, seen(Aspect.OPEN), ONCE, 1, Look.SETTLING, id="lamps-changing"),
        pytest.param(CLOSED, seen(Aspect.OPEN, 9.0), ONCE, 9, Look.WRITE, id="write-lost"),
        pytest.param(CLOSED, seen(Aspect.OPEN, 9.0), OFTEN, 9, Look.MISMATCH, id="stuck"),
        pytest.param(CLOSED, seen(None, 9.0), OFTEN, 9, Look.MISMATCH, id="two-lamps-lit"),
        pytest.param(CLOSED, seen(Aspect.CLOSED, fault=True), ONCE, 1, Look.FAULT, id="fault-is-not-proof"),
        pytest.param(CLOSED, seen(Aspect.CLOSED, local=True), ONCE, 1, Look.LOCAL, id="local-is-not-proof"),
        pytest.param(
            CLOSED, seen(Aspect.OPEN, local=True), Written(), 1, Look.LOCAL, id="local-is-untouched"
        ),
        pytest.param(BASE, seen(Aspect.CLOSED), Written(), 1, Look.ADOPT, id="found-closed-stays"),
        pytest.param(BASE, seen(Aspect.CAUTION), Written(), 1, Look.ADOPT, id="found-caution-stays"),
        pytest.param(MERGE, seen(Aspect.CLOSED), Written(), 1, Look.ADOPT, id="merge-does-not-lower-closed"),
        pytest.param(BASE, seen(Aspect.DARK), Written(), 1, Look.WRITE, id="dark-to-open-is-no-release"),
        pytest.param(BASE, seen(Aspect.OPEN), Written(), 1, Look.AT_REST, id="at-rest"),
        pytest.param(
            Target(Aspect.OPEN, wanted=False, prove=True),
            seen(Aspect.OPEN),
            Written(),
            1,
            Look.WRITE,
            id="a-revision-wants-proof",
        ),
        pytest.param(BASE, seen(None), Written(), 1, Look.FAULT, id="unreadable-at-rest-is-left-alone"),
        pytest.param(RELEASED, seen(Aspect.CLOSED), Written(), 1, Look.WRITE, id="release-ordered"),
        pytest.param(RELEASED, seen(Aspect.OPEN), Written(), 1, Look.WRITE, id="release-wants-proof"),
        pytest.param(BLANK, seen(Message("别处的文字")), Written(), 1, Look.ADOPT, id="text-found-stays"),
        pytest.param(
            TEXT, seen(Message("别处的文字")), Written(), 1, Look.WRITE, id="incident-text-replaces"
        ),
        pytest.param(
            Target(BeaconState(), wanted=False),
            seen(BeaconState(flash=True)),
            Written(),
            1,
            Look.WRITE,
            id="a-flash-is-an-advisory",
        ),
        pytest.param(EXTERNAL, seen(Message("路政")), Written(), 1, Look.AT_REST, id="external-is-untouched"),
    ],
)
def test_look(target, reading, written, now_s, expected):
    got = look(target, reading, written, proof=Proof.LAMP, step_deadline_s=2.0, now_s=now_s)
    assert got is expected


def test_an_echo_of_the_setpoint_never_verifies():
    got = look(CLOSED, seen(Aspect.CLOSED), ONCE, proof=Proof.NONE, step_deadline_s=2.0, now_s=1)
    assert got is Look.ACKED


@pytest.mark.parametrize("shown", list(Aspect))
@pytest.mark.parametrize("desired", list(Aspect))
def test_without_an_order_nothing_restrictive_is_lowered(shown, desired):
    restrictive = {Aspect.CAUTION: 1, Aspect.CLOSED_AHEAD: 2, Aspect.MERGE_LEFT: 2, Aspect.MERGE_RIGHT: 2}
    rank = {Aspect.DARK: 0, Aspect.OPEN: 0, Aspect.CLOSED: 3, **restrictive}
    assert lowers(shown, Target(desired, wanted=True)) == (rank[shown] > rank[desired])


def test_an_order_covers_what_it_was_given_for_and_nothing_stricter():
    order = Target(Aspect.OPEN, wanted=False, leaves=(Aspect.MERGE_LEFT,))
    assert not lowers(Aspect.MERGE_LEFT, order)
    assert lowers(Aspect.CLOSED, order)
