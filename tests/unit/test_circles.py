"""Releases that wait for each other: the circle, the way round it, and what is told without one (S9)."""

import asyncio
from random import Random

import pytest

from config.site import Site
from controller.alarms.alarm import AlarmKind
from controller.fleet.look import Look
from controller.incident import StepState
from controller.interlocks.circles import circles, way_round
from controller.interlocks.interlock_table import Wait, conflicts
from controller.states.stricter import strictness
from devices.values import Aspect, DeviceType
from tests.unit.interlocks import drawn_rules, rule, with_rules
from tests.unit.small_road import crash, road
from tests.unit.test_holding_back import condition, polled
from tests.unit.virtual_room import Virtual, virtual_room

A, B, C = "H9000-1", "H9000-2", "H9500-1"
ROAD = polled(road(gantries=(9_000, 9_500), length_m=12_000))
BOTH_OR_NONE = (rule("one", {A: "open", B: "closed"}), rule("two", {B: "open", A: "closed"}))
TOGETHER = (
    rule("one", {A: "dark open caution closed_ahead", B: "closed"}),
    rule("two", {B: "dark open caution closed_ahead", A: "closed"}),
)
CLOSED_PAIR = {A: Aspect.CLOSED, B: Aspect.CLOSED}
OPEN_PAIR = {A: Aspect.OPEN, B: Aspect.OPEN}


def wait(*partners: str) -> Wait:
    return Wait(rule("x", dict.fromkeys(("w", *partners), "open")), partners)


@pytest.mark.parametrize(
    ("held", "certain", "settled", "expected"),
    [
        pytest.param({"a": (wait("b"),), "b": (wait("a"),)}, "ab", "", [("a", "b")], id="two"),
        pytest.param(
            {"a": (wait("b"),), "b": (wait("c"),), "c": (wait("a"),)},
            "abc",
            "",
            [("a", "b", "c")],
            id="three",
        ),
        pytest.param(
            {"a": (wait("b"),), "b": (wait("d"),)}, "abd", "", [], id="a-row-whose-end-is-on-its-way"
        ),
        pytest.param({"a": (wait("b"),), "b": (wait("a"),)}, "a", "", [], id="one-of-them-is-unknown"),
        pytest.param(
            {"a": (wait("b", "d"),), "b": (wait("a"),)}, "abd", "", [], id="or-a-third-may-go-first"
        ),
        pytest.param(
            {"a": (wait("b", "d"),), "b": (wait("a"),)},
            "abd",
            "d",
            [("a", "b")],
            id="the-third-stays-where-it-is",
        ),
        pytest.param(
            {"a": (wait("d"), wait("b")), "b": (wait("a"),)},
            "abd",
            "",
            [("a", "b")],
            id="one-wait-of-two-is-enough",
        ),
        pytest.param(
            {"a": (wait("b"),), "b": (wait("a"),), "c": (wait("d"),), "d": (wait("c"),)},
            "abcd",
            "",
            [("a", "b"), ("c", "d")],
            id="two-circles",
        ),
        pytest.param(
            {"a": (wait("b"),), "b": (wait("a"),), "c": (wait("a"),)},
            "abc",
            "",
            [("a", "b", "c")],
            id="who-waits-for-a-circle-is-stuck-with-it",
        ),
        pytest.param({"a": (wait("d"),)}, "ad", "d", [], id="alone"),
    ],
)
def test_who_waits_in_a_circle(held, certain, settled, expected):
    assert list(circles(held, set(certain), set(settled))) == expected


def test_the_way_round_goes_through_yellow():
    site = with_rules(ROAD, *BOTH_OR_NONE)
    assert way_round(site, (A, B), CLOSED_PAIR, OPEN_PAIR) == (A, Aspect.CAUTION)


def test_the_way_round_may_first_go_up():
    """All three show caution and may not open while the next one does."""
    rules = [rule(f"{a}-{b}", {a: "open", b: "caution"}) for a, b in ((A, B), (B, C), (C, A))]
    site = with_rules(ROAD, *rules)
    shown, desired = dict.fromkeys((A, B, C), Aspect.CAUTION), dict.fromkeys((A, B, C), Aspect.OPEN)
    assert way_round(site, (A, B, C), shown, desired) == (A, Aspect.CLOSED_AHEAD)


def test_there_is_no_way_round_where_both_would_have_to_go_at_once():
    assert way_round(with_rules(ROAD, *TOGETHER), (A, B), CLOSED_PAIR, OPEN_PAIR) is None


def test_nothing_is_milder_on_the_way_than_in_the_end():
    """Through caution there would be a way; but lane 1 is to say closed ahead."""
    rules = (
        rule("one", {A: "closed_ahead", B: "closed"}),
        rule("two", {B: "dark open caution closed_ahead", A: "closed"}),
    )
    site = with_rules(ROAD, *rules)
    assert way_round(site, (A, B), CLOSED_PAIR, {A: Aspect.CAUTION, B: Aspect.OPEN}) == (A, Aspect.CAUTION)
    assert way_round(site, (A, B), CLOSED_PAIR, {A: Aspect.CLOSED_AHEAD, B: Aspect.OPEN}) is None


def test_a_partner_nobody_can_read_counts_as_the_worst():
    site = with_rules(ROAD, *BOTH_OR_NONE, rule("dead", {A: "caution", B: "closed", C: "open"}))
    assert way_round(site, (A, B), CLOSED_PAIR, OPEN_PAIR) == (A, Aspect.CLOSED_AHEAD)
    shown = {**CLOSED_PAIR, C: Aspect.CLOSED}
    assert way_round(site, (A, B), shown, OPEN_PAIR) == (A, Aspect.CAUTION)


@pytest.mark.parametrize("seed", range(150))
def test_every_step_of_a_way_is_lawful_never_too_mild_and_it_ends(seed):
    rng = Random(seed)
    site = with_rules(ROAD, *drawn_rules(rng, ROAD, 6, of=(DeviceType.HEAD,)))
    heads = sorted(site.devices)[:3]
    values = [v for v in Aspect if not v.startswith("merge")]
    desired = {d: rng.choice((Aspect.OPEN, Aspect.CAUTION)) for d in heads}
    shown = {d: rng.choice([v for v in values if strictness(v) >= strictness(desired[d])]) for d in heads}
    rest = {d: v.base for d, v in site.devices.items() if d not in heads}

    def clean(state):
        facts = {d: frozenset({v}) for d, v in {**rest, **state}.items()}
        return not any(conflicts(site, facts))

    if not clean(shown) or not clean(desired):
        return
    for _ in range(12):
        step = way_round(site, heads, {**rest, **shown}, desired)
        if step is None:
            break
        device, value = step
        assert strictness(value) >= strictness(desired[device])
        assert value not in (Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT)
        shown = {**shown, device: value}
        assert clean(shown)
    else:
        raise AssertionError("a way that never ends")


def blocked(site: Site):
    return crash(9_700, lanes=(1, 2))


async def held_closed(virtual: Virtual):
    incident = await virtual.press(blocked(virtual.site))
    assert (virtual.shows(A), virtual.shows(B)) == (Aspect.CLOSED, Aspect.CLOSED)
    return incident


@pytest.mark.looptime
async def test_two_releases_that_wait_for_each_other_are_led_round():
    async with virtual_room(with_rules(ROAD, *BOTH_OR_NONE)) as virtual:
        incident = await held_closed(virtual)
        told = virtual.noted()
        await virtual.commands.clear(incident.id, virtual.key())
        await virtual.until(lambda: not incident.state.open, within_s=120)
        assert (virtual.shows(A), virtual.shows(B)) == (Aspect.OPEN, Aspect.OPEN)
        pair = [(d, v) for d, v in told if d in (A, B)]
        assert pair == [(A, Aspect.CAUTION), (B, Aspect.OPEN), (A, Aspect.OPEN)]
        assert incident.clear_window is not None
        assert incident.clear_window.verdict is not None
        assert incident.clear_window.verdict.outcome == "met"
        times = [incident.clear_window.steps[d].times[StepState.VERIFIED] for d in (B, A)]
        assert times == sorted(times), "what A shows between is no proof of its step"
        assert not virtual.room.book.adopted
        assert not [a for a in virtual.room.alarms.standing() if a.kind is AlarmKind.RELEASE]


@pytest.mark.looptime
async def test_what_a_device_shows_between_does_not_use_up_the_order_to_leave_the_cross():
    """A controller killed now goes on from what is stored (S11, P2)."""
    async with virtual_room(with_rules(ROAD, *BOTH_OR_NONE)) as virtual:
        incident = await held_closed(virtual)
        virtual.lamps[B].delay_s = 4.0
        await virtual.commands.clear(incident.id, virtual.key())
        await virtual.until(lambda: virtual.shows(A) is Aspect.CAUTION, within_s=60)
        await asyncio.sleep(3.5)
        assert (virtual.shows(A), virtual.shows(B)) == (Aspect.CAUTION, Aspect.CLOSED)
        assert virtual.room.book.permits[A].value is Aspect.CLOSED
        await virtual.until(lambda: not incident.state.open, within_s=120)
        assert A not in virtual.room.book.permits


@pytest.mark.looptime
async def test_a_circle_without_a_way_round_is_told_by_name_and_ends_with_its_cause():
    async with virtual_room(with_rules(ROAD, *TOGETHER)) as virtual:
        incident = await held_closed(virtual)
        await virtual.commands.clear(incident.id, virtual.key())
        await virtual.until(lambda: condition(virtual, B).verdict is Look.HELD, within_s=60)
        await virtual.until(lambda: alarms(virtual) != [], within_s=5)
        (alarm,) = alarms(virtual)
        assert alarm.text.startswith(f"{A}, {B} wait for each other in a circle (interlocks one, two)")
        assert alarm.devices == (A, B)
        assert (virtual.shows(A), virtual.shows(B)) == (Aspect.CLOSED, Aspect.CLOSED)
        virtual.lamps[B].value = Aspect.OPEN  # switched at its cabinet
        await virtual.until(
            lambda: (virtual.shows(A), virtual.shows(B)) == (Aspect.OPEN, Aspect.OPEN), within_s=60
        )
        await virtual.until(lambda: alarms(virtual) == [], within_s=60)


def alarms(virtual: Virtual):
    return [a for a in virtual.room.alarms.standing() if a.kind is AlarmKind.RELEASE and "circle" in a.text]
