"""The list of alarms: once a cause, four states, the shelf, flapping, first up, what a restart keeps."""

from dataclasses import replace

import pytest

from controller.alarms.alarm import TRAITS, Ack, Alarm, AlarmKind, AlarmState, Happened, Priority, Shelf
from controller.alarms.alarm_figures import DAY_MS, figures
from controller.alarms.alarms import CALM_MS, CONFIRM_MS, FLAP_RAISES, FLAP_WINDOW_MS, Alarms
from controller.incident import Actor

LI = Actor("li.na", "dispatcher", "api")
K = AlarmKind


class Desk:
    """A list with its own clock and everything it told."""

    def __init__(self) -> None:
        self.now_ms = 1_000_000
        self.told: list[tuple[str, Happened]] = []
        groups = {"LCS-1": "PLC", "LCS-2": "PLC"}
        self.alarms = Alarms(
            lambda alarm, what: self.told.append((alarm.cause, what)),
            now_ms=lambda: self.now_ms,
            group_of=lambda _, subject: groups.get(subject, subject),
        )

    def up(self, kind: AlarmKind = K.DEVICE, subject: str = "LCS-1", **more: object) -> Alarm:
        self.alarms.raise_(kind, subject, "says nothing", self.now_ms, **more)  # type: ignore[arg-type]
        alarm = self.alarms.get(f"{kind}:{subject}")
        assert alarm is not None
        return alarm

    def down(self, kind: AlarmKind = K.DEVICE, subject: str = "LCS-1", device: str = "") -> None:
        self.alarms.end(kind, subject, device=device)

    def later(self, ms: int) -> None:
        self.now_ms += ms
        self.alarms.tick()

    def seen(self) -> Ack:
        return Ack(LI, "crew", self.now_ms)

    def states(self) -> list[AlarmState]:
        return [alarm.state for alarm in self.alarms.listed()]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_cause_is_raised_once(desk: Desk) -> None:
    for _ in range(3):
        desk.up()
    assert desk.told == [("device:LCS-1", Happened.RAISED)]
    assert desk.up().times == 1


def test_the_four_states(desk: Desk) -> None:
    one = desk.up()
    assert desk.states() == [AlarmState.ACTIVE_UNACKED]
    desk.down()
    assert desk.states() == [AlarmState.CLEARED_UNACKED]
    assert desk.alarms.standing() == ()
    desk.alarms.ack(one.id, desk.seen())
    assert desk.states() == []
    assert [alarm.state for alarm in desk.alarms.ended()] == [AlarmState.CLEARED_ACKED]
    two = desk.up()
    assert two.id != one.id
    desk.alarms.ack(two.id, desk.seen())
    assert desk.states() == [AlarmState.ACTIVE_ACKED]
    desk.down()
    assert desk.states() == []
    with pytest.raises(KeyError):
        desk.alarms.find(two.id)


def test_what_comes_again_before_it_was_acknowledged_is_the_same_alarm(desk: Desk) -> None:
    one = desk.up()
    desk.later(1000)
    desk.down()
    again = desk.up()
    assert (again.id, again.times, again.since_ms, again.active) == (one.id, 2, one.since_ms, True)


def test_a_higher_priority_calls_again_a_lower_one_does_not(desk: Desk) -> None:
    one = desk.up()
    desk.alarms.ack(one.id, desk.seen())
    desk.up(priority=Priority.LOW)
    assert desk.states() == [AlarmState.ACTIVE_ACKED]
    raised = desk.up(priority=Priority.HIGH)
    assert (raised.priority, raised.state) == (Priority.HIGH, AlarmState.ACTIVE_UNACKED)


def test_a_group_ends_with_its_last_device(desk: Desk) -> None:
    for device in ("LCS-1", "LCS-2", "LCS-1"):
        alarm = desk.up(K.LINK, "PLC", devices=(device,))
    assert alarm.devices == ("LCS-1", "LCS-2")
    desk.down(K.LINK, "PLC", device="LCS-9")
    desk.down(K.LINK, "PLC", device="LCS-1")
    assert desk.states() == [AlarmState.ACTIVE_UNACKED]
    desk.down(K.LINK, "PLC", device="LCS-2")
    assert desk.states() == [AlarmState.CLEARED_UNACKED]
    assert [what for _, what in desk.told].count(Happened.RAISED) == 1


def test_the_first_of_a_group_is_marked_until_the_group_is_gone(desk: Desk) -> None:
    assert desk.up(subject="LCS-1").first_up
    assert not desk.up(subject="LCS-2").first_up
    assert not desk.up(K.CLOCK, "LCS-1").first_up
    assert desk.up(K.REVIEW, "I-1").first_up
    desk.down(subject="LCS-1")  # still listed: it shows where it began
    desk.down(K.CLOCK, "LCS-1")
    assert not desk.up(K.CLOCK, "LCS-1").first_up
    for alarm in desk.alarms.listed():
        desk.down(alarm.kind, alarm.subject)
        desk.alarms.ack(alarm.id, desk.seen())
    assert desk.up(subject="LCS-2").first_up


def test_the_shelf_gives_back_what_still_stands(desk: Desk) -> None:
    one, two = desk.up(subject="LCS-1"), desk.up(subject="LCS-2")
    for alarm in (one, two):
        desk.alarms.shelve(alarm.id, Shelf(LI, "works", desk.now_ms, desk.now_ms + 60_000))
    desk.down(subject="LCS-2")
    desk.later(59_999)
    assert all(alarm.shelf for alarm in desk.alarms.listed())
    assert len(desk.alarms.listed()) == 2
    assert min(desk.alarms.due_ms()) == desk.now_ms + 1
    desk.later(1)
    (back,) = desk.alarms.listed()
    assert (back.id, back.shelf, back.state) == (one.id, None, AlarmState.ACTIVE_UNACKED)
    assert ("device:LCS-1", Happened.RETURNED) in desk.told


def test_unshelved_by_hand(desk: Desk) -> None:
    one = desk.up()
    desk.alarms.shelve(one.id, Shelf(LI, "works", desk.now_ms, desk.now_ms + 60_000))
    assert desk.alarms.unshelve(one.id).state is AlarmState.ACTIVE_UNACKED
    assert desk.alarms.due_ms() == []


def flap(desk: Desk, times: int, period_ms: int = 2_000) -> None:
    for _ in range(times):
        desk.up()
        desk.later(period_ms)
        desk.down()


def test_a_flapping_device_is_one_alarm_until_it_is_calm(desk: Desk) -> None:
    flap(desk, 20)
    raised = [what for _, what in desk.told if what is Happened.RAISED]
    assert len(raised) == FLAP_RAISES
    (alarm,) = desk.alarms.listed()
    assert (alarm.active, alarm.flapping, alarm.times) == (True, True, 20)
    desk.later(CALM_MS)
    (alarm,) = desk.alarms.listed()
    assert (alarm.active, alarm.flapping) == (False, False)


def test_calm_counts_from_the_last_end(desk: Desk) -> None:
    flap(desk, FLAP_RAISES)
    desk.later(CALM_MS - 1)
    desk.up()
    desk.later(CALM_MS)
    assert desk.alarms.standing()  # it is really gone again: quarantine silences repeats only
    desk.down()
    desk.later(CALM_MS)
    assert not desk.alarms.standing()


def test_slow_repeats_are_no_flapping(desk: Desk) -> None:
    for _ in range(3 * FLAP_RAISES):
        desk.up()
        desk.later(FLAP_WINDOW_MS // (FLAP_RAISES - 1) + 1)
        desk.down()
        assert not desk.alarms.standing()


def test_a_restart_keeps_what_people_said_and_drops_what_is_not_found_again(desk: Desk) -> None:
    before = Desk()
    kept, gone, task = (
        before.up(subject="LCS-1"),
        before.up(subject="LCS-2"),
        before.up(K.TASK, "reconcile LCS-3"),
    )
    before.alarms.ack(kept.id, before.seen())
    before.down(subject="LCS-2")
    before.up(subject="LCS-2")
    desk.alarms.restore(before.alarms.listed())
    assert [a.cause for a in desk.alarms.standing()] == ["device:LCS-1", "device:LCS-2"]
    desk.up(subject="LCS-1")
    desk.later(CONFIRM_MS)
    (one,) = desk.alarms.standing()
    assert (one.id, one.since_ms, one.state) == (kept.id, kept.since_ms, AlarmState.ACTIVE_ACKED)
    assert {a.id for a in desk.alarms.listed() if not a.active} == {gone.id, task.id}
    assert ("device:LCS-1", Happened.RAISED) not in desk.told  # nobody is called twice


def test_a_restored_alarm_of_what_was_raised_before_it_was_read_goes_on(desk: Desk) -> None:
    before = Desk()
    old = before.up(K.JOURNAL, "store")
    desk.later(5)
    desk.up(K.JOURNAL, "store")
    desk.alarms.restore(before.alarms.listed())
    (alarm,) = desk.alarms.standing()
    assert (alarm.id, alarm.since_ms) == (old.id, old.since_ms)


def test_ids_are_never_given_twice(desk: Desk) -> None:
    ids = {desk.up(subject=f"LCS-{n}").id for n in range(100)}
    assert len(ids) == 100


def test_folded_into_another_alarm_it_needs_no_acknowledgement(desk: Desk) -> None:
    desk.up()
    desk.alarms.fold(K.DEVICE, "LCS-1")
    assert desk.alarms.listed() == ()


def test_what_could_hide_a_danger_is_never_shelved() -> None:
    assert {k for k, traits in TRAITS.items() if not traits.shelvable} == {K.CONFLICT, K.JOURNAL, K.RELEASE}
    assert set(TRAITS) == set(AlarmKind)


def test_figures(desk: Desk) -> None:
    old, hidden, seen, new = (desk.up(subject=f"LCS-{n}") for n in range(4))
    listed = [
        replace(old, since_ms=desk.now_ms - DAY_MS - 1),
        replace(hidden, shelf=Shelf(LI, "", 0, 0)),
        replace(seen, ack=desk.seen()),
        replace(new, cleared_ms=desk.now_ms),
    ]
    raises = [(desk.now_ms - 600_000, "a"), *[(desk.now_ms, "b")] * 10, (desk.now_ms - DAY_MS - 1, "a")]
    found = figures(listed, raises, desk.now_ms)
    assert (found.standing, found.stale, found.shelved, found.unacked) == (2, 1, 1, 2)
    assert (found.rate_10min, found.flood) == (10, False)
    assert found.top == (("b", 10), ("a", 1))
    assert figures([], [*raises, (desk.now_ms, "c")], desk.now_ms).flood
