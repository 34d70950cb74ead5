"""Results as JSON, JUnit XML and a page: what was shown instead stands in each of them."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from simulators.scenario.charts import kind_of, percentile, strip, waterfall
from simulators.scenario.junit import junit_xml
from simulators.scenario.report_page import report_page
from simulators.scenario.result import Line, Outcome, Press, Run, Shown

INSTEAD = 'after 3.00 s: 0 of 1 did; LCS-FU-07-1 showed <open> & "dark"'
FAILED = Line(
    4, "within 3s: heads LCS-FU-07-1 show closed", "expectation", Outcome.FAILED, 120, 3_000, INSTEAD
)
PRESS = Press(
    "I-1",
    1,
    "activation",
    5,
    5_000,
    {"LCS-FU-07-1": {"sent": 3, "acked": 6, "verified": 40}, "VMS-FU-P": {"sent": 4}},
)


def run(outcome: Outcome = Outcome.FAILED, seed: int = 0, why: str = "") -> Run:
    lines = (Line(3, "report: 追尾", "step", Outcome.PASSED, 5, 20, "I-1"), FAILED)
    return Run(
        "origin",
        "one-key",
        "origin.yaml",
        {"zh": "一", "en": "One"},
        "sanduling",
        seed,
        {"lane": "1"},
        outcome,
        started_ms=1_795_590_000_000,
        took_ms=4_000,
        lines=lines if outcome is Outcome.FAILED else lines[:1],
        claims=1,
        presses=(PRESS,),
        shown=(Shown("LCS-FU-07-1", 0, 90, "open"), Shown("LCS-FU-07-1", 90, 4_000, "closed")),
        why=why,
        devices={"LCS-FU-07-1": {"type": "head", "carriageway": "FU", "at_m": 1, "lane": 1}},
    )


def test_junit_holds_the_failure_and_what_was_shown_instead() -> None:
    runs = [run(), run(Outcome.PASSED, 1), run(Outcome.NOT_RUN, 2, "no rig\x07")]
    root = ElementTree.fromstring(junit_xml(runs))
    suite = root.find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert INSTEAD in (failure.text or "")
    assert [case.get("name") for case in suite] == ["origin", "origin[seed 1]", "origin[seed 2]"]


def test_the_page_is_whole_by_itself_and_shows_what_was_shown_instead() -> None:
    text = report_page([run(), run(Outcome.PASSED, 1)])
    assert "SIMULATION" in text
    assert "LCS-FU-07-1 showed &lt;open&gt; &amp;" in text
    assert not [word for word in ("http", "src=", "<script", "@import", "url(") if word in text]
    for picture in text.split("<svg")[1:]:
        ElementTree.fromstring("<svg" + picture.split("</svg>")[0] + "</svg>")
    assert text.count("<svg") == 5, "latencies, and of each run the road and the way to the proof"


def test_the_json_of_a_run_is_json_and_has_its_verdict() -> None:
    made = json.loads(json.dumps(run().to_json()))
    assert made["outcome"] == "failed"
    assert made["last_ms"] == 40
    assert INSTEAD in made["line"]


@pytest.mark.parametrize(
    ("lamp", "kind"),
    [
        ("closed", "closed"),
        ("red", "closed"),
        ({"multi": ""}, "dark"),
        ({"multi": "x"}, "sign"),
        ({"flash": True, "siren": False}, "caution"),
        ({"kmh": 60}, "sign"),
        ({"kmh": 0}, "dark"),
        ({"clip": "fast-lane", "repeats": 3, "volume": 80}, "sign"),
        ({"clip": "", "repeats": 0, "volume": 0}, "dark"),
        ({"lamps": ["a", "b"]}, "conflict"),
        (None, "dark"),
    ],
)
def test_how_a_lamp_is_drawn(lamp: object, kind: str) -> None:
    assert kind_of(lamp) == kind


def test_a_lamp_that_did_not_follow_its_command_has_a_row_on_the_road() -> None:
    stuck = replace(run(), shown=(Shown("LCS-FU-07-1", 0, 4_000, "open"),))
    assert ">LCS-FU-07-1<" in strip(stuck)
    assert strip(replace(stuck, presses=())) == "<p>No lamp changed.</p>"


def test_the_way_of_a_device_without_a_proof_is_red_to_the_end() -> None:
    (unproved,) = [
        element
        for element in ElementTree.fromstring(waterfall(PRESS)).iter()
        if element.tag.endswith("rect") and element.get("class") == "closed"
    ]
    assert float(unproved.get("width", 0)) > 600


def test_percentiles_are_values_that_were_measured() -> None:
    assert [percentile([1, 2, 3, 4], share) for share in (0, 50, 99, 100)] == [1, 2, 4, 4]
    assert percentile([], 50) == 0
