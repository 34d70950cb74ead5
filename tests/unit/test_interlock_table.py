"""The interlock table, pure: conflicts under uncertainty, and what a release waits for (S7, S9)."""

from collections.abc import Iterable
from itertools import chain, combinations, product

import pytest

from config.site import Site
from controller.interlocks.interlock_table import Possible, conflicts, in_short, is_release, waits
from controller.states.stricter import strictness
from devices.values import Aspect, BeaconState, Message, Value
from tests.unit.interlocks import rule, with_rules
from tests.unit.small_road import road

A, B, C = "H9000-1", "H9000-2", "H9500-1"
ROAD = road(gantries=(9_000, 9_500), signs=(8_000,), beacons=(8_500,))
PAIR = with_rules(ROAD, rule("pair", {A: "open caution", B: "closed"}))
THREE = with_rules(ROAD, rule("three", {A: "open", B: "closed", C: "merge_left merge_right"}))


def one(*values: Value) -> Possible:
    return frozenset(values)


def subsets(values: Iterable[Aspect]) -> list[Possible]:
    row = list(values)
    return [None, *(frozenset(c) for n in range(1, len(row) + 1) for c in combinations(row, n))]


def test_a_conflict_is_possible_if_any_reading_of_the_facts_has_it_and_certain_if_all_have():
    """Exhaustive: every set of aspects head A may show, with what B may show."""
    every = frozenset(Aspect)
    for a, b in product(subsets(Aspect), subsets((Aspect.OPEN, Aspect.CLOSED))):
        readings = [
            x in (Aspect.OPEN, Aspect.CAUTION) and y is Aspect.CLOSED
            for x, y in product(every if a is None else a, every if b is None else b)
        ]
        found = list(conflicts(PAIR, {A: a, B: b}))
        assert [c.certain for c in found] == ([all(readings)] if any(readings) else []), (a, b)


def test_a_device_nobody_speaks_of_is_unknown():
    assert [c.certain for c in conflicts(PAIR, {B: one(Aspect.CLOSED)})] == [False]
    assert list(conflicts(PAIR, {B: one(Aspect.OPEN)})) == []


def test_a_restriction_is_never_held_back_whatever_the_partner_may_show():
    """Exhaustive over one head's change; the partner is UNKNOWN, the worst there is."""
    site = with_rules(ROAD, rule("all", {A: [x.value for x in Aspect], B: "closed"}))
    for before, after in product((None, *Aspect), Aspect):
        facts = {A: None if before is None else one(before), B: None}
        held = waits(site, site.devices[A], after, facts.__getitem__)
        rises = before is None and strictness(after) > 1
        rises |= before is not None and strictness(after) >= strictness(before) and after is not Aspect.OPEN
        free = rises or (before is Aspect.OPEN and after is Aspect.DARK) or before is after
        assert [w.partners for w in held] == ([] if free else [(B,)]), (before, after)


def test_a_release_waits_exactly_while_every_partner_may_take_part():
    arrows = {Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT}
    for b, c in product(subsets((Aspect.OPEN, Aspect.CLOSED)), subsets(Aspect)):
        facts = {A: one(Aspect.CLOSED), B: b, C: c}
        held = waits(THREE, THREE.devices[A], Aspect.OPEN, facts.__getitem__)
        worst = (b is None or Aspect.CLOSED in b) and (c is None or bool(arrows & c))
        assert [w.partners for w in held] == ([(B, C)] if worst else []), (b, c)


def test_a_release_to_what_no_interlock_names_goes_out():
    facts = {A: one(Aspect.CLOSED), B: one(Aspect.CLOSED)}
    assert waits(PAIR, PAIR.devices[A], Aspect.CLOSED_AHEAD, facts.__getitem__) == ()
    assert waits(PAIR, PAIR.devices[A], Aspect.CAUTION, facts.__getitem__) != ()


def test_the_worst_of_shown_and_commanded_counts():
    facts = {A: one(Aspect.CLOSED), B: one(Aspect.CLOSED, Aspect.OPEN)}
    held = waits(PAIR, PAIR.devices[A], Aspect.OPEN, facts.__getitem__)
    assert in_short(PAIR, held, facts.__getitem__) == f"waits for {B} (closed or open): interlock pair"
    own = {A: one(Aspect.OPEN, Aspect.CLOSED), B: one(Aspect.CLOSED)}
    assert waits(PAIR, PAIR.devices[A], Aspect.OPEN, own.__getitem__) != ()


def test_why_it_waits_names_every_partner_and_what_is_unknown():
    facts: dict[str, Possible] = {A: one(Aspect.CLOSED), B: None, C: one(Aspect.MERGE_LEFT)}
    held = waits(THREE, THREE.devices[A], Aspect.OPEN, facts.__getitem__)
    assert in_short(THREE, held, facts.__getitem__) == (
        f"waits for {B} (unknown), {C} (merge_left): interlock three"
    )


@pytest.mark.parametrize(
    ("device", "before", "after", "expected"),
    [
        pytest.param("S8000", Message("前方隧道关闭"), Message("前方事故"), True, id="closure-milder"),
        pytest.param("S8000", Message("前方事故"), Message(), True, id="notice-blank"),
        pytest.param("S8000", Message("前方事故"), Message("前方隧道关闭"), False, id="notice-closure"),
        pytest.param("S8000", None, Message(), True, id="unknown-blank"),
        pytest.param("S8000", None, Message("前方事故"), False, id="unknown-notice"),
        pytest.param("B8500", BeaconState(flash=True), BeaconState(), True, id="flash-ends"),
        pytest.param("B8500", BeaconState(), BeaconState(flash=True), False, id="flash-begins"),
        pytest.param(A, Aspect.DARK, Aspect.OPEN, True, id="dark-open"),
        pytest.param(A, Aspect.OPEN, Aspect.DARK, False, id="open-dark"),
        pytest.param(A, Aspect.CLOSED, Aspect.DARK, True, id="closed-dark"),
        pytest.param(A, Aspect.CLOSED_AHEAD, Aspect.MERGE_LEFT, False, id="equal-rank"),
    ],
)
def test_what_counts_as_a_release(device, before, after, expected):
    possible = None if before is None else one(before)
    assert is_release(ROAD.devices[device], possible, after) is expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", {"blank"}),
        ("前方事故,减速慢行", {"advisory"}),
        ("前方快车道事故", {"notice"}),
        ("前方隧道关闭", {"closure"}),
        ("前方事故,请走快车道", {"notice", "sends_to_1"}),
    ],
)
def test_a_sign_is_named_by_what_its_text_means(text, words):
    site: Site = with_rules(ROAD, *(rule(w, {"S8000": w, A: "closed"}) for w in sorted(words)))
    facts = {"S8000": one(Message(text)), A: one(Aspect.CLOSED)}
    assert {c.interlock.id for c in conflicts(site, facts)} == words
    others = {"blank", "advisory", "notice", "closure", "sends_to_1", "sends_to_2"} - words
    site = with_rules(ROAD, *(rule(w, {"S8000": w, A: "closed"}) for w in sorted(others)))
    assert list(chain(conflicts(site, facts))) == []
