"""`onekey plan` says for each device what it shows, by which rule, why, and what that stands in for."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

from typer.testing import CliRunner, Result

from api.cli import main

TEXT = "福向三都岭隧道内快车道追尾,启动预警"


def plan(*words: str) -> Result:
    return CliRunner().invoke(main, ["plan", TEXT, *words], env={"ONEKEY_SITE": ""})


def test_a_person_reads_what_where_why_and_what_is_not_known() -> None:
    done = plan()
    lines = done.stdout.splitlines()
    assert done.exit_code == 0
    assert lines[0].split() == ["device", "at", "shows", "rule", "because"]
    (head,) = [line for line in lines if line.startswith("LCS-FU-03-1 ")]
    assert head.split()[1:4] == ["K1888+140", "merge_right", "lane_closure"]
    assert "lane 1 blocked" in head
    (small,) = [n for n, line in enumerate(lines) if line.startswith("VMS-FU-2 ")]
    assert lines[small + 1].strip() == "VMS-FU-2 holds only '前方3公里快车道事故'"
    assert "closed: FU lane 1, K1888+600 to YK1892+400" in lines
    assert any(line.startswith("readiness: not known here") for line in lines)
    assert lines[-1].endswith("devices; decision activate; nothing was sent")


def test_programs_get_the_same() -> None:
    told = json.loads(plan("--json").stdout)
    by_device = {demand["device"]: demand for demand in told["plan"]["demands"]}
    assert by_device["VMS-FU-2"]["substitution"].startswith("VMS-FU-2 holds only")
    assert by_device["LCS-FU-03-1"]["substitution"] is None
    assert by_device["LCS-FU-03-1"]["rule"] == "lane_closure"
    assert told["readiness"] is None


def test_the_plan_is_drawn_into_a_file_or_to_a_pipe(tmp_path: Path) -> None:
    file = tmp_path / "plan.svg"
    done = plan("--svg", str(file))
    assert (done.exit_code, "VMS-FU-2" in done.stdout) == (0, True)
    page = file.read_text("utf-8")
    assert TEXT in "".join(ET.fromstring(page).itertext())
    assert plan("--svg", "-").stdout == page


def test_a_drawing_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    done = plan("--svg", str(tmp_path / "none" / "plan.svg"))
    assert done.exit_code == 2
    assert done.stderr.strip().endswith("plan.svg: No such file or directory")


def test_a_device_left_out_hands_its_role_on_and_what_the_laws_need_is_refused() -> None:
    told = json.loads(plan("--drop", "LCS-FU-03-1", "--json").stdout)["plan"]
    assert "LCS-FU-03-1" not in {demand["device"] for demand in told["demands"]}
    (left,) = [f for f in told["findings"] if f["code"] == "dropped"]
    assert left["device"] == "LCS-FU-03-1"
    needed = plan("--drop", "LCS-FU-07-1")
    assert needed.exit_code == 1
    assert "S3 cannot be kept without LCS-FU-07-1" in needed.stderr
    nobody = plan("--drop", "LCS-XX-99-9")
    assert (nobody.exit_code, "no device LCS-XX-99-9" in nobody.stderr) == (2, True)
