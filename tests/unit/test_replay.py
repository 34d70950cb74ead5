"""A past incident from rows of the journal: frames in order, and a page that cannot be broken by a text."""

import json

import pytest

from simulators.scenario.replay import frames_of, places
from simulators.scenario.replay_page import SPEEDS, replay_page

HEAD, SIGN = "LCS-FU-07-1", "VMS-FU-P"


def row(kind: str, at_ms: int, /, **body: object) -> dict[str, object]:
    return {"kind": kind, "at_ms": at_ms, "body": {"incident": "I-1", **body}}


def rows() -> list[dict[str, object]]:
    demands = [{"device": HEAD, "value": "closed"}, {"device": SIGN, "value": {"multi": "慢"}}]
    step = {"revision": 1, "device": HEAD}
    return [
        row("report", 1_000, text="</script><b>追尾"),
        row("intent", 1_002, revision=1, kind="activation", plan={"demands": demands}),
        row("step", 1_010, **step, state="sent", reason=""),
        row("step", 1_030, **step, state="verified", reason=""),
        row("step", 6_000, revision=1, device=SIGN, state="timeout", reason="no answer"),
        row("verdict", 6_001, outcome="missed", verified=1, total=2),
        {"kind": "step", "at_ms": 6_500, "body": {"incident": "I-2", "device": HEAD, "state": "verified"}},
        row("step", 9_000, revision=2, device=HEAD, state="verified", reason=""),
    ]


DEVICES = [
    {"id": HEAD, "type": "head", "carriageway": "FU", "at_m": 100, "lane": 1, "chainage": "K1+100"},
    {"id": SIGN, "type": "sign", "carriageway": "FU", "at_m": 50, "lane": None, "chainage": "K1+050"},
    {"id": "LCS-ZJ-07-1", "type": "head", "carriageway": "ZJ", "at_m": 1, "lane": 1, "chainage": "K9"},
]


def test_frames_tell_wanted_sent_shown_failed_and_released() -> None:
    told = [(frame.at_ms, frame.device, frame.phase, frame.kind) for frame in frames_of("I-1", rows())]
    assert told == [
        (0, "", "said", ""),
        (2, "", "said", ""),
        (2, HEAD, "wanted", "closed"),
        (2, SIGN, "wanted", "sign"),
        (10, HEAD, "sent", "closed"),
        (30, HEAD, "shown", "closed"),
        (5_000, SIGN, "failed", "sign"),
        (5_001, "", "said", ""),
        (8_000, HEAD, "released", ""),
    ]


def test_an_incident_the_journal_does_not_know_is_said() -> None:
    with pytest.raises(ValueError, match="no record of incident I-9"):
        frames_of("I-9", rows())


def test_only_the_roads_it_touched_are_drawn() -> None:
    assert [one["id"] for one in places(DEVICES, frames_of("I-1", rows()))] == [HEAD, SIGN]


def test_the_page_plays_by_itself_and_no_text_ends_its_script() -> None:
    text = replay_page("I-1", "SIMULATION", "Sanduling", DEVICES, frames_of("I-1", rows()))
    data = text.split('id="data">')[1].split("</script>")[0]
    assert json.loads(data)["frames"][0]["said"] == "report: </script><b>追尾"
    assert all(f'value="{speed}"' in text for speed in SPEEDS)
    assert SPEEDS[0] == 1
    assert SPEEDS[-1] == 36
    assert "SIMULATION" in text
    assert "http" not in text
    assert text.count('class="device rest"') == 2
