"""Journal records become the steps that give the same orders; a recording is a good scenario file."""

from pathlib import Path
from typing import Any

import pytest

from config.loader import load_site, sample_site_path
from simulators.scenario.recorder import TEMPLATE
from simulators.scenario.recording import KINDS, Noted, Orders, Recording, at_the_cabinet
from simulators.scenario.script import Doing, read_scenario
from simulators.scenario.witness import Change, Witness

SITE = load_site(sample_site_path())
TEXT = "紧急:福向三都岭隧道内快车道追尾,启动预警"
HEAD = "LCS-FU-09-1"
PLACE = {"carriageway": "ZJ", "tunnel": None, "known": True, "from_mm": 1_000_000, "to_mm": 1_000_000}
FORM = {"lanes": {"2": "blocked"}, "type": "breakdown", "place": PLACE}


def row(record: str, at_ms: int = 100, incident: str = "I-1", /, **body: Any) -> dict[str, Any]:
    return {"kind": record, "at_ms": at_ms, "body": {"incident": incident, **body}}


REPORT = row("report", text=TEXT, report={})
PRESSED = row("intent", kind="activation")


def steps(*rows: dict[str, Any]) -> list[tuple[str, Any]]:
    orders = Orders(SITE)
    noted = [one for each in rows for one in orders.note(each)]
    return [(one.word, one.value) for one in [*noted, *orders.rest()]]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([REPORT, PRESSED], [("report A", TEXT)], id="pressed-at-once"),
        pytest.param([REPORT], [("prepare A", TEXT)], id="prepared"),
        pytest.param(
            [REPORT, row("intent", 900, kind="activation")],
            [("prepare A", TEXT), ("press A", None)],
            id="prepared-and-pressed",
        ),
        pytest.param(
            [REPORT, row("cancel", 900)], [("prepare A", TEXT), ("cancel A", None)], id="prepared-in-vain"
        ),
        pytest.param(
            [REPORT, PRESSED, row("correction", text="慢车道", report={}), row("intent", kind="correction")],
            [("report A", TEXT), ("correct A", "慢车道")],
            id="corrected",
        ),
        pytest.param([row("clear", reason="free")], [("clear A", "free")], id="clear"),
        pytest.param([row("clear", ends_as="cancelled")], [("cancel A", None)], id="false-alarm"),
        pytest.param([row("clear", reason="undone")], [("undo A", None)], id="press-undone"),
        pytest.param([row("undo", undone="correction")], [("undo A", None)], id="correction-undone"),
        pytest.param([row("intent", kind="hold")], [("hold A", None)], id="hold"),
        pytest.param([row("intent", kind="reactivation")], [("reactivate A", None)], id="again"),
        pytest.param(
            [row("release_goes_on", without_proof=[HEAD], reason="cable cut")],
            [("clear A", {"without_proof": f"devices {HEAD}", "reason": "cable cut"})],
            id="without-proof",
        ),
        pytest.param([row("release_goes_on", without_proof=[], reason="")], [], id="goes-on"),
        pytest.param(
            [row("lock", device=HEAD, value="closed")], [("lock", f"heads {HEAD} to closed")], id="lock"
        ),
        pytest.param([row("unlock", device=HEAD)], [("unlock", f"heads {HEAD}")], id="unlock"),
        pytest.param(
            [row("service", device=HEAD, in_service=False), row("service", device=HEAD, in_service=True)],
            [("out of service", f"heads {HEAD}"), ("back in service", f"heads {HEAD}")],
            id="service",
        ),
        pytest.param([row("release_adopted", device=HEAD)], [("release", f"heads {HEAD}")], id="adopted"),
        pytest.param([row("verdict", outcome="met")], [], id="no-order"),
        pytest.param(
            [row("report", report=FORM), PRESSED, row("report", 200, "I-2", text=TEXT)],
            [
                (
                    "report A",
                    {
                        "carriageway": "ZJ",
                        "lanes": {"2": "blocked"},
                        "type": "breakdown",
                        "chainage": str(SITE.carriageways["ZJ"].chainage.at(1_000)),
                    },
                ),
                ("prepare B", TEXT),
            ],
            id="forms-and-names",
        ),
    ],
)
def test_a_record_becomes_the_step_that_gives_the_order(
    rows: list[dict[str, Any]], expected: list[tuple[str, Any]]
) -> None:
    assert steps(*rows) == expected
    assert {one["kind"] for one in rows} <= set(KINDS), "the recorder would not ask for it"


def test_what_somebody_does_at_the_cabinet_is_a_step() -> None:
    changes = [
        Change(1, HEAD, "closed", "local"),
        Change(2, HEAD, "dark", "reboot"),
        Change(3, HEAD, "open", "command"),
    ]
    noted = at_the_cabinet(changes, Orders(SITE))
    assert [(one.word, one.value) for one in noted] == [
        ("switch", f"heads {HEAD} to closed"),
        ("reboot", f"heads {HEAD}"),
    ]


class Seen:
    """As much of an observer as a recording looks at."""

    def __init__(self, witness: Witness, seen_ms: float) -> None:
        self.witness, self.seen_ms = witness, seen_ms


def test_a_recording_is_a_scenario_that_reads_back(tmp_path: Path) -> None:
    orders = Orders(SITE)
    rows = [
        REPORT,
        PRESSED,
        row("service", 3_000, device="VMS-FU-2", in_service=False),
        row("release_goes_on", 9_000, without_proof=[HEAD], reason="cable cut"),
        row("report", 20_000, "I-2", report=FORM),
    ]
    noted = [one for each in rows for one in orders.note(each)]
    recording = Recording(SITE, [*noted, *orders.rest(), Noted(15_000, "link", "FU-PLC-1 down")])
    recording.verdicts[400] = "met"
    witness = Witness(dict.fromkeys(SITE.devices, "open"))
    witness.take(
        [
            {"at_ms": 130, "device": HEAD, "lamp": "closed", "cause": "command"},
            {"at_ms": 150, "device": "VMS-FU-P", "lamp": {"multi": "前方[nl]事故"}, "cause": "command"},
        ]
    )
    file = tmp_path / "recorded.yaml"
    file.write_text(recording.text("recorded", Seen(witness, 30_000), None), "utf-8")  # type: ignore[arg-type]
    scenario, findings = read_scenario(file)
    assert scenario is not None, (findings, file.read_text("utf-8"))
    verbs = [item.act.verb for item in scenario.items if isinstance(item, Doing)]
    assert verbs == ["report", "out of service", "wait", "clear", "wait", "link", "wait", "prepare"]
    assert f"within 2s: heads {HEAD} show closed" in file.read_text("utf-8")
    assert "by 6s: verdict met" in file.read_text("utf-8")


def test_the_template_is_a_good_scenario(tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text(TEMPLATE.format(name="new"), "utf-8")
    scenario, findings = read_scenario(file)
    assert scenario is not None, findings
