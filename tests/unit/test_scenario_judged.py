"""What the witness says of any instant, and how expectations are judged from it: tables, no clock."""

import pytest

from config.loader import load_site, sample_site_path
from devices import glyphs
from devices.sign_bitmap import bitmap
from devices.sign_pictures import picture_to_json
from simulators.scenario.judge import Guard, first_true, judge_guard
from simulators.scenario.reports import Sighting
from simulators.scenario.road import Condition, Count, Look
from simulators.scenario.script import Expecting
from simulators.scenario.sentences import read_sentence
from simulators.scenario.truth import Journal, shown_untrue
from simulators.scenario.witness import Witness

SITE = load_site(sample_site_path())
ONE, TWO = "LCS-FU-07-1", "LCS-FU-08-1"


def witness(*changes: tuple[float, str, object]) -> Witness:
    seen = Witness({device: "open" for device in SITE.devices if device.startswith("LCS")})
    seen.take(
        {"at_ms": at_ms, "device": device, "lamp": lamp, "cause": "command"}
        for at_ms, device, lamp in changes
    )
    return seen


def look(sentence: str, seen: Witness, at_ms: float = 1_000, count: Count = Count.ALL) -> Look:
    condition = read_sentence(sentence, SITE, count=count)
    return condition.look(seen, at_ms, 0)  # type: ignore[call-arg, arg-type]


CLOSING = ((100.0, TWO, "closed"), (200.0, ONE, "closed"))


@pytest.mark.parametrize(
    ("sentence", "changes", "at_ms", "holds"),
    [
        pytest.param(f"heads {ONE},{TWO} show closed", CLOSING, 199.9, False, id="one-is-late"),
        pytest.param(f"heads {ONE},{TWO} show closed", CLOSING, 200, True, id="both"),
        pytest.param(f"some heads {ONE},{TWO} show closed", CLOSING, 100, True, id="some"),
        pytest.param(f"no heads {ONE},{TWO} show closed", CLOSING, 100, False, id="no"),
        pytest.param(f"heads {ONE} show open or caution", CLOSING, 100, True, id="or"),
        pytest.param(f"heads {ONE},{TWO} show base", CLOSING, 50, True, id="base"),
        pytest.param(f"heads {ONE} are unchanged", CLOSING, 199, True, id="unchanged"),
        pytest.param(f"heads {ONE} are unchanged", CLOSING, 200, False, id="changed"),
        pytest.param(
            f"heads {TWO} show closed before heads {ONE} show closed", CLOSING, 300, True, id="before"
        ),
        pytest.param(
            f"heads {ONE} show closed before heads {TWO} show closed", CLOSING, 300, False, id="after"
        ),
        pytest.param(f"heads {ONE},{TWO} show closed going upstream", CLOSING, 300, True, id="upstream"),
        pytest.param(f"heads {ONE},{TWO} show closed going downstream", CLOSING, 300, False, id="not-down"),
        pytest.param(
            "two aspects", ((5.0, ONE, {"lamps": ["green_arrow", "red_cross"]}),), 5, True, id="two-aspects"
        ),
        pytest.param("two aspects", ((5.0, ONE, {"lamps": []}),), 5, False, id="dark-between"),
        pytest.param(
            'sign VMS-FU-P shows "前方快车道事故"',
            ((5.0, "VMS-FU-P", {"multi": "前方[nl]快车道事故"}),),
            5,
            True,
            id="line-breaks-do-not-count",
        ),
        pytest.param(
            'sign VMS-FU-P shows part "事故"',
            ((5.0, "VMS-FU-P", {"multi": "前方事故,慢行"}),),
            5,
            True,
            id="part",
        ),
        pytest.param(
            'sign VMS-FU-P shows "前方[nl]事故"',
            ((5.0, "VMS-FU-P", {"multi": "前方事故"}),),
            5,
            False,
            id="tags-count",
        ),
        pytest.param(
            "beacons BCN-FU-05 show flash",
            ((5.0, "BCN-FU-05", {"flash": True, "siren": True}),),
            5,
            False,
            id="siren",
        ),
    ],
)
def test_a_sentence_at_an_instant(sentence, changes, at_ms, holds) -> None:
    assert look(sentence, witness(*changes), at_ms).holds is holds


def test_what_was_shown_instead_is_told_with_its_time() -> None:
    seen = look(f"heads {ONE},{TWO} show closed", witness((100, TWO, "caution"), (200, ONE, "closed")), 900)
    assert seen.got == "1 of 2 did; LCS-FU-08-1 showed caution since 0.100 s"


def test_the_first_instant_is_the_lamps_own_not_the_look_s() -> None:
    condition = read_sentence(f"heads {ONE},{TWO} show closed", SITE)
    found = first_true(condition, witness(*CLOSING), 0, 0, 5_000)  # type: ignore[arg-type]
    assert found == 200


@pytest.mark.parametrize(
    ("time", "sentence", "good"),
    [
        pytest.param("always", f"heads {ONE} show open", False, id="always-broken-between-looks"),
        pytest.param("never", f"heads {ONE} show closed", False, id="never-broken-between-looks"),
        pytest.param("never", f"heads {ONE},{TWO} show dark", True, id="never-kept"),
        pytest.param("always", f"heads {TWO} show open", True, id="always-kept"),
    ],
)
def test_a_blink_that_no_poll_saw_breaks_a_guard(time: str, sentence: str, good: bool) -> None:
    count = Count.SOME if time == "never" else Count.ALL
    item = Expecting(1, sentence, time, read_sentence(sentence, SITE, count=count))
    seen = witness((100, ONE, "closed"), (101, ONE, "open"))
    standing = judge_guard(Guard(item, 0), seen, 1_000)
    assert standing.good is good
    assert good or standing.got.startswith("broken 100 ms after")


def test_a_guard_ends_where_its_step_began() -> None:
    item = Expecting(1, "", "until", read_sentence(f"heads {ONE} show open", SITE), until="report")
    guard = Guard(item, 0, to_ms=99)
    assert judge_guard(guard, witness((100, ONE, "closed")), 1_000).good


INTENT = {
    "seq": 1,
    "kind": "intent",
    "at_ms": 0,
    "body": {
        "incident": "I-1",
        "revision": 1,
        "kind": "activation",
        "budget_ms": 5_000,
        "plan": {"demands": [{"device": ONE, "value": "closed"}]},
    },
}


def step(at_ms: int, device: str = ONE, revision: int = 1) -> dict[str, object]:
    body = {"incident": "I-1", "revision": revision, "device": device, "state": "verified", "t_ms": at_ms}
    return {"seq": at_ms, "kind": "step", "at_ms": at_ms, "body": body}


CLEAR = {"seq": 160, "kind": "clear", "at_ms": 160, "body": {"incident": "I-1"}}


@pytest.mark.parametrize(
    ("at_ms", "true"),
    [pytest.param(99, True, id="clocks-differ"), pytest.param(90, False, id="too-early"), (150, True)],
)
def test_a_verified_before_the_lamps_is_untrue(at_ms: int, true: bool) -> None:
    seen = witness((100, ONE, "closed"))
    truth = Journal([INTENT, step(at_ms)], 0).judge(seen, {})
    assert truth.claims == 1
    assert bool(truth.untrue) is not true


@pytest.mark.parametrize(
    ("verdict", "at_ms", "true"),
    [
        pytest.param({"outcome": "met", "verified": 1, "total": 1}, 150, True, id="proved"),
        pytest.param({"outcome": "met", "verified": 2, "total": 2}, 150, False, id="one-never-proved"),
        pytest.param({"outcome": "met", "verified": 1, "total": 2}, 150, False, id="fewer-than-it-counts"),
        pytest.param(
            {"outcome": "met", "verified": 1, "acked_only": 1, "total": 2},
            150,
            True,
            id="acked-is-told-apart",
        ),
        pytest.param({"outcome": "met", "verified": 1, "total": 1}, 5_001, False, id="proved-too-late"),
        pytest.param({"outcome": "missed", "verified": 1, "total": 2}, 150, True, id="missed"),
    ],
)
def test_a_met_verdict_rests_on_a_proof_of_each_device(
    verdict: dict[str, object], at_ms: int, true: bool
) -> None:
    body = {"incident": "I-1", "revision": 1, **verdict}
    rows = [INTENT, step(at_ms), {"seq": 9_000, "kind": "verdict", "at_ms": 9_000, "body": body}]
    truth = Journal(rows, 0).judge(witness((100, ONE, "closed")), {})
    assert bool(truth.untrue) is not true


def test_a_release_is_verified_where_the_base_is_shown() -> None:
    seen = witness((100, ONE, "closed"), (200, ONE, "open"))
    journal = Journal([INTENT, step(150), CLEAR, step(210, revision=2)], 0)
    assert not journal.judge(seen, {ONE: "open"}).untrue
    early = Journal([INTENT, step(150), CLEAR, step(190, revision=2)], 0)
    assert early.judge(seen, {ONE: "open"}).untrue


@pytest.mark.parametrize(
    ("ended", "true"), [pytest.param([], True, id="still-replacing"), pytest.param([145], False, id="ended")]
)
def test_a_clear_in_a_correction_releases_first_what_was_replaced(ended: list[int], true: bool) -> None:
    """What the newest revision demands still stands meanwhile, and is proved as that."""
    seen = witness((100, ONE, "closed"))
    body = {"incident": "I-1"}
    rows = [INTENT, {"seq": 140, "kind": "correction", "at_ms": 140, "body": body}]
    rows += [{"seq": at, "kind": "corrected", "at_ms": at, "body": body} for at in ended]
    truth = Journal([*rows, CLEAR, step(190, revision=2)], 0).judge(seen, {ONE: "open"})
    assert bool(truth.untrue) is not true


def test_a_late_step_from_before_the_run_is_no_press_of_it() -> None:
    late = {"seq": 9, "kind": "step", "at_ms": 1_200, "body": {**step(5_000)["body"], "incident": "I-0"}}  # type: ignore[dict-item]
    intent = {**INTENT, "at_ms": 1_100}
    presses = Journal([late, intent, {**step(50), "at_ms": 1_150}], 1_000).presses()
    assert [press.incident for press in presses] == ["I-1"]


def test_a_device_reported_as_shown_what_it_did_not_show_is_untrue() -> None:
    seen = witness((100, ONE, "closed"))
    view = {"verdict": "verified", "shown": "closed", "age_ms": 50}
    assert not shown_untrue({ONE: view}, seen, 1_000, 0)
    assert shown_untrue({ONE: {**view, "shown": "caution"}}, seen, 1_000, 0)


def test_a_degraded_incident_names_exactly_the_dead_ones() -> None:
    claim = read_sentence(f"incident degraded names {ONE}", SITE)
    view = {"state": "degraded", "verdict": {"failed": {ONE: "no answer"}}}

    def seen(failed: dict[str, str]) -> bool:
        incident = {**view, "verdict": {"failed": failed}}
        return bool(claim.look(Sighting(0, {"": incident})).holds)  # type: ignore[call-arg, arg-type]

    assert seen({ONE: "no answer"})
    assert not seen({ONE: "no answer", TWO: "no answer"})
    assert not seen({})


def test_a_road_condition_says_which_devices_it_is_about() -> None:
    claim = read_sentence("two aspects", SITE)
    assert not hasattr(claim, "needs")
    condition: Condition = claim
    assert ONE in condition.devices
    assert "VMS-FU-P" not in condition.devices


@pytest.mark.skipif(not glyphs.installed(), reason="no sign font here: make font")
def test_a_sign_told_pictures_shows_a_text_where_it_shows_its_picture() -> None:
    sign = SITE.devices["VMS-FU-P"]
    assert sign.shape is not None
    lamp = picture_to_json(bitmap("前方事故", sign.shape))
    seen = witness((5.0, sign.id, lamp))
    assert look('sign VMS-FU-P shows "前方事故"', seen, 5).holds
    assert not look('sign VMS-FU-P shows "前方火情"', seen, 5).holds
    view = {"verdict": "verified", "age_ms": 100, "shown": {"multi": "前方事故"}}
    assert not shown_untrue({sign.id: view}, seen, 1_000, 0, SITE.devices)
    assert shown_untrue({sign.id: {**view, "shown": {"multi": "前方火情"}}}, seen, 1_000, 0, SITE.devices)
    demand = {"device": sign.id, "value": {"multi": "前方事故"}}
    claim = step(190, sign.id)
    body = {"incident": "I-1", "revision": 1, "kind": "activation", "plan": {"demands": [demand]}}
    intent = {"seq": 1, "kind": "intent", "at_ms": 0, "body": body}
    assert not Journal([intent, claim], 0).judge(seen, {}, SITE.devices).untrue
    demand["value"] = {"multi": "前方火情"}
    assert Journal([intent, claim], 0).judge(seen, {}, SITE.devices).untrue
