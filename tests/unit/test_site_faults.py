"""Every mistake a site file can make is reported at its line: the files in `sites/` carry the answer.

A comment `#! key: words` stands on the line of an error and `#? key: words` on that of a warning; the
words must be part of what is said. A file must give its marks and nothing else.
"""

import re
from pathlib import Path

import pytest

from config.finding import Level, SiteError
from config.loader import check_file, check_text, load_site
from devices.models import ModbusModel, load_models
from devices.values import Aspect

SITES = Path(__file__).parent / "sites"
MARK = re.compile(r"  #(?P<level>[!?]) (?P<path>\S+): (?P<words>.*)$")
LEVELS = {"!": Level.ERROR, "?": Level.WARNING}


@pytest.mark.parametrize("path", sorted(SITES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_file_gives_exactly_the_findings_it_is_marked_with(path: Path) -> None:
    marks = [
        (number, found["path"], LEVELS[found["level"]], found["words"])
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if (found := MARK.search(line))
    ]
    site, findings = check_file(path)
    assert [(f.line, f.path, f.level) for f in findings] == [mark[:3] for mark in marks], list(
        map(str, findings)
    )
    for finding, (*_, words) in zip(findings, marks, strict=True):
        assert words in str(finding)
    assert (site is None) == any(level is Level.ERROR for _, _, level, _ in marks)


def test_five_mistakes_come_in_one_error_with_file_line_key_value_and_remedy() -> None:
    with pytest.raises(SiteError) as caught:
        load_site(SITES / "five-mistakes.yaml")
    assert len(caught.value.findings) == 5
    lines = str(caught.value).splitlines()
    assert lines[1] == "five-mistakes.yaml:31: links.MQTT.port: none: not a whole number; write digits only"
    assert all(re.match(r"five-mistakes\.yaml:\d+: \S+: .+: .+; .+", line) for line in lines)


def test_a_model_that_can_do_less_limits_what_a_site_may_say_of_it() -> None:
    plc = load_models()["plc-lane-light"]
    assert isinstance(plc, ModbusModel)
    form = plc.form.model_copy(update={"codes": {"open": 1, "closed": 2}})
    models = {**load_models(), "plc-lane-light": plc.model_copy(update={"form": form})}
    raw = (SITES / "good.yaml").read_bytes()
    site, _ = check_text(raw, "good.yaml", models)
    assert site is not None
    assert site.devices["H1"].aspects == {Aspect.OPEN, Aspect.CLOSED}
    claimed = raw.replace(b"id: H1,", b"id: H1, aspects: [closed, merge_left, open],")
    _, findings = check_text(claimed.replace(b"head: {base: open", b"head: {base: dark"), "good.yaml", models)
    assert [(f.path, f.problem) for f in findings] == [
        ("defaults.head.base", "H1 cannot show dark"),
        ("defaults.head.base", "H2 cannot show dark"),
        ("devices[0].aspects", "plc-lane-light cannot show merge_left"),
    ]


def test_a_siren_the_model_has_not_is_refused() -> None:
    coils = load_models()["beacon-coils"]
    assert isinstance(coils, ModbusModel)
    form = coils.form.model_copy(update={"patterns": {"dark": (), "flash": ("flash",)}})
    models = {**load_models(), "beacon-coils": coils.model_copy(update={"form": form})}
    beacon = b"model: beacon-coils, link: PLC, address: {unit: 2, command: 0, feedback: 0}, siren: true"
    raw = (SITES / "good.yaml").read_bytes().replace(b"model: native-mqtt, link: MQTT, siren: true", beacon)
    _, findings = check_text(raw, "good.yaml", models)
    assert [(f.path, f.problem) for f in findings] == [("devices[3].siren", "beacon-coils has no siren")]


def test_every_file_but_the_sound_ones_is_marked() -> None:
    unmarked = [
        path.stem for path in SITES.glob("*.yaml") if not re.search("  #[!?] ", path.read_text("utf-8"))
    ]
    assert sorted(unmarked) == ["good", "junctions"]
