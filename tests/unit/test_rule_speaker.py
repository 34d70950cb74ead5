"""Speakers: what people hear before a closed entrance, on the way to a place, and where they are let out."""

from dataclasses import replace

import pytest

from config.site import Bore, Policy, ResponseChange
from controller.incident import IncidentType
from controller.incidents.release import release_phases
from controller.plan.planner import plan_incident
from controller.states.arbitration import desired_states
from devices.values import SpeakerState
from tests.unit.equipped_road import CLIPS, equipped, spoken
from tests.unit.small_road import crash, incident, road

T = IncidentType
PLAIN = road(gantries=range(5_000, 15_001, 500), signs=(3_000, 9_900), bores=((10_000, 12_900),))
SPEAKERS = (5_000, 8_000, 9_800, 10_200, 11_000, 12_500, 13_500, 15_500)
SITE = equipped(PLAIN, speakers=SPEAKERS)
"""One far away, two before the entrance, three inside, two behind the exit."""


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        pytest.param(
            crash(10_700, tunnel="T1"),
            {"K8000": "slow", "K9800": "slow", "K10200": "slow"},
            id="one-lane-inside",
        ),
        pytest.param(
            crash(10_700, lanes=(1, 2), tunnel="T1"),
            {"K8000": "stop", "K9800": "stop", "K10200": "slow", "K11000": "out", "K12500": "out"},
            id="all-lanes-inside-known",
        ),
        pytest.param(
            crash(10_000, 12_900, lanes=(1, 2), known=False, tunnel="T1"),
            {"K8000": "stop", "K9800": "stop", "K10200": "slow", "K11000": "slow", "K12500": "slow"},
            id="place-unknown-nobody-is-driven-into-it",
        ),
        pytest.param(
            crash(10_700, tunnel="T1", kind=T.FIRE),
            {"K8000": "fire", "K9800": "fire", "K10200": "slow", "K11000": "out", "K12500": "out"},
            id="fire-has-a-clip-of-its-own",
        ),
        pytest.param(
            crash(14_500, kind=T.WRONG_WAY),
            {"K5000": "side", "K8000": "stop", "K9800": "stop", "K10200": "side", "K11000": "side",
             "K12500": "side", "K13500": "side"},
            id="wrong-way",
        ),
        pytest.param(crash(17_000, lanes=(1, 2)), {"K15500": "stop"}, id="all-lanes-in-the-open"),
        pytest.param(
            crash(14_500, lanes=(1, 2)),
            {"K8000": "stop", "K9800": "stop",
             **dict.fromkeys(("K10200", "K11000", "K12500", "K13500"), "slow")},
            id="behind-the-exit-closes-the-entrance",
        ),
        pytest.param(crash(14_500, kind=T.ROADWORK), {}, id="roadwork-is-not-spoken-of"),
        pytest.param(crash(13_600, lanes=(), kind=T.WEATHER), {"K12500": "slow", "K13500": "slow"}, id="fog"),
    ],
)  # fmt: skip
def test_what_speakers_say(report, expected) -> None:
    assert spoken(plan_incident(report, SITE)) == expected


def test_a_clip_is_played_at_least_as_long_as_speakers_may_speak() -> None:
    values = [d.value for d in plan_incident(crash(10_700), SITE).demands if d.device == "K9800"]
    assert values == [SpeakerState("slow", 24, 80)]  # 24 times 5 s is the 120 s of the policy
    quick = replace(SITE, policy=Policy(speaker_s=7, speaker_volume=100))
    values = [d.value for d in plan_incident(crash(10_700), quick).demands if d.device == "K9800"]
    assert values == [SpeakerState("slow", 2, 100)]
    assert spoken(plan_incident(crash(10_700), replace(SITE, policy=Policy(speaker_s=0)))) == {}


def test_a_site_may_keep_its_speakers_silent_for_a_type() -> None:
    policy = Policy(responses={"rear_end": ResponseChange(speaker=False)})
    assert spoken(plan_incident(crash(10_700), replace(SITE, policy=policy))) == {}


def test_what_a_speaker_does_not_hold_is_said_milder_or_named() -> None:
    report = crash(10_700, lanes=(1, 2), tunnel="T1")
    site = equipped(PLAIN, speakers=SPEAKERS, clips=("slow",))
    plan = plan_incident(report, site)
    assert spoken(plan) == {"K8000": "slow", "K9800": "slow", "K10200": "slow"}
    said = {f.device: f.text for f in plan.findings if f.device in ("K9800", "K11000")}
    assert said == {
        "K9800": "K9800 holds no clip that says do_not_enter: slow_down instead",
        "K11000": "K11000 holds no clip that says drive_out: it is silent",
    }


def test_the_role_of_a_missing_speaker_moves_upstream_and_nobody_there_is_driven_out() -> None:
    crash_1 = crash(9_000, lanes=(1,))
    site = equipped(PLAIN, speakers=(5_900, 7_700))
    assert spoken(plan_incident(crash_1, site)) == {"K7700": "slow"}
    plan = plan_incident(crash_1, site, missing=frozenset({"K7700"}))
    assert spoken(plan) == {"K5900": "slow"}
    assert "K7700 is missing: its role moves to K5900" in [f.text for f in plan.findings]
    inside = equipped(PLAIN, speakers=(10_900, 12_500))
    report = crash(11_500, lanes=(1, 2), tunnel="T1")
    assert spoken(plan_incident(report, inside)) == {"K10900": "slow", "K12500": "out"}
    assert spoken(plan_incident(report, inside, missing=frozenset({"K12500"}))) == {"K10900": "slow"}
    far = Policy(speaker_m=0, nearest_gantry_within_m=6_000)
    before = replace(equipped(PLAIN, speakers=(8_000, 12_500)), policy=far)
    assert spoken(plan_incident(report, before)) == {"K12500": "out"}
    assert spoken(plan_incident(report, before, missing=frozenset({"K12500"}))) == {"K8000": "slow"}


def test_speech_counts_as_sound_in_the_coverage() -> None:
    bare = [f.text for f in plan_incident(crash(10_700), PLAIN).findings if f.code == "coverage"]
    heard = [f.text for f in plan_incident(crash(10_700), SITE).findings if f.code == "coverage"]
    assert "no sound" in bare[0]
    assert "a sound at least every" in heard[0]


def test_of_two_incidents_the_closure_ahead_is_what_people_hear_as_loud_as_the_louder() -> None:
    first = plan_incident(crash(10_300, lanes=(1, 2), tunnel="T1"), SITE)
    quiet = replace(SITE, policy=Policy(speaker_volume=30))
    second = plan_incident(crash(12_700, lanes=(1, 2), tunnel="T1"), quiet)
    assert spoken(first)["K11000"] == "out"
    assert spoken(second)["K11000"] == "slow"
    row = [incident("I-1", first, 1, None), incident("I-2", second, 2, None)]
    state = desired_states(SITE, row, now_ms=5)["K11000"]
    assert state.value == SpeakerState("slow", 24, 80)
    assert (state.sources, state.outranked) == (("I-2",), ("I-1",))
    assert desired_states(SITE, row[::-1], now_ms=5) == desired_states(SITE, row, now_ms=5)


def test_speakers_fall_silent_after_their_own_time_and_stay_in_the_desired_state() -> None:
    plan = plan_incident(crash(10_700), SITE)
    source = replace(incident("I-1", plan), speaker_until_ms=121_000)
    assert desired_states(SITE, [source], now_ms=120_999)["K9800"].value == SpeakerState("slow", 24, 80)
    over = desired_states(SITE, [source], now_ms=121_000)["K9800"]
    assert (over.value, over.source) == (SpeakerState(), "I-1")


def test_a_release_silences_them_first() -> None:
    plan = plan_incident(crash(10_700), SITE)
    first = release_phases(plan, SITE)[0]
    assert (first.name, first.released) == ("sirens", ("K8000", "K9800", "K10200"))
    assert set(spoken(first.plan).values()) == {""}


def test_every_clip_of_these_tests_has_a_purpose_and_a_length() -> None:
    assert all(clip.length_s > 0 and clip.text.zh for clip in CLIPS.values())


def test_before_an_entrance_that_two_incidents_close_together_people_hear_not_to_enter() -> None:
    plans = [plan_incident(crash(at, lanes=(lane,)), SITE) for at, lane in ((10_700, 1), (11_200, 2))]
    assert {plan_clip for plan in plans for plan_clip in spoken(plan).values()} == {"slow"}
    row = [incident(f"I-{n}", plan, n, None) for n, plan in enumerate(plans)]
    states = desired_states(SITE, row, now_ms=5)
    state = states["K9800"]
    assert (state.value, state.raised_by) == (SpeakerState("stop", 24, 80), "S5")
    assert states["K10200"].value == SpeakerState("slow", 24, 80)
    over = [replace(source, speaker_until_ms=4) for source in row]
    assert desired_states(SITE, over, now_ms=5)["K9800"].value == SpeakerState()


def test_in_the_other_bore_of_a_fire_nobody_is_driven_out_into_the_next_closed_tunnel() -> None:
    tunnels = {
        name: replace(PLAIN.tunnels["T1"], id=name, bores=(Bore(name, "E", *east), Bore(name, "W", *west)))
        for name, east, west in (
            ("T1", (10_000, 12_900), (5_000, 7_900)),
            ("T2", (13_000, 14_000), (3_900, 4_900)),
        )
    }
    west = replace(PLAIN.carriageways["E"], id="W", section="w")
    both = replace(PLAIN, carriageways={**PLAIN.carriageways, "W": west}, tunnels=tunnels)
    site = equipped(both, carriageway="W", speakers=(4_300, 6_000))
    fire = crash(12_800, 13_100, lanes=(), kind=T.FIRE)  # in both tunnels
    assert spoken(plan_incident(fire, site)) == {"WK4300": "slow", "WK6000": "out"}


def test_nobody_is_driven_out_into_what_another_incident_closes() -> None:
    """Roadworks are not spoken of, so only the other incident speaks: it must not drive people on."""
    out = plan_incident(crash(10_700, lanes=(1, 2), tunnel="T1"), SITE)
    works = plan_incident(crash(12_700, lanes=(1, 2), tunnel="T1", kind=T.ROADWORK), SITE)
    assert (spoken(out)["K11000"], spoken(works)) == ("out", {})
    row = [incident("I-1", out, 1, None), incident("I-2", works, 2, None)]
    states = desired_states(SITE, row, now_ms=5)
    assert (states["K11000"].value, states["K11000"].raised_by) == (SpeakerState("slow", 24, 80), "S5")
    mute = {n: replace(d, clips=frozenset({"out"})) for n, d in SITE.devices.items() if n == "K11000"}
    silent = replace(SITE, devices={**SITE.devices, **mute})
    assert desired_states(silent, row, now_ms=5)["K11000"].value == SpeakerState()
