"""Scenario files: what the grammar takes, and errors that teach, each with its line."""

from pathlib import Path

import pytest

from api.bodies import IncidentBody
from config.loader import load_site, sample_site_path
from config.site import Site
from docs.snippets import ROOT, fences
from simulators.scenario.collect import scenario_files, shipped_files
from simulators.scenario.devices import take_devices
from simulators.scenario.forms import KEYS
from simulators.scenario.script import TIMES, Doing, Expecting, Scenario, read_scenario
from simulators.scenario.sentences import FORMS, read_sentence
from simulators.scenario.verbs import VERBS, read_step
from simulators.scenario.words import words_of


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(sample_site_path())


def written(tmp_path: Path, text: str, **more: object) -> tuple[Scenario | None, list[str]]:
    file = tmp_path / "one.yaml"
    file.write_text(text, "utf-8")
    scenario, findings = read_scenario(file, **more)  # type: ignore[arg-type]
    return scenario, [str(finding) for finding in findings]


def steps(*lines: str) -> str:
    return "scenario: one\nsteps:\n" + "".join(f"  - {line}\n" for line in lines)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.example)
def test_every_form_of_sentence_reads_its_own_example(form, site: Site) -> None:
    read_sentence(form.example, site)


@pytest.mark.parametrize("verb", VERBS.values(), ids=lambda verb: verb.word)
def test_every_step_reads_its_own_example(verb, tmp_path: Path) -> None:
    scenario, findings = written(tmp_path, steps(verb.example))
    assert not findings
    assert scenario is not None
    (item,) = scenario.items
    assert isinstance(item, Doing)
    assert item.act.verb == verb.word


@pytest.mark.parametrize("file", shipped_files(), ids=lambda file: file.stem)
def test_every_shipped_scenario_is_good_and_told_in_both_languages(file: Path) -> None:
    scenario, findings = read_scenario(file)
    assert not findings
    assert scenario is not None
    assert (scenario.name, scenario.family) == (file.stem, file.parent.name)
    assert scenario.about["zh"] != scenario.about["en"]
    assert any(isinstance(item, Expecting) for item in scenario.items)


def test_steps_and_expectations_keep_their_lines(tmp_path: Path) -> None:
    scenario, _ = written(tmp_path, steps("report A: x", "within 3s: heads FU-*-1 show closed", "clear A"))
    assert scenario is not None
    report, expected, clear = scenario.items
    assert isinstance(report, Doing)
    assert isinstance(expected, Expecting)
    assert isinstance(clear, Doing)
    assert [report.line, expected.line, clear.line] == [3, 4, 5]
    assert (report.act.name, clear.act.name, expected.span_ms) == ("A", "A", 3_000)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("within 3x: two aspects", "write 500ms, 3s or 2min", id="span"),
        pytest.param("heads FU-*-1 show closed", "- within 3s: heads FU-*-1", id="expectation-without-time"),
        pytest.param("clera: x", "did you mean clear?", id="step"),
        pytest.param("wait" + "9" * 500 + ": x", f"no step 'wait{'9' * 56}';", id="endless-step"),
        pytest.param("now: heads FU-*-9 show closed", "means no device of site sanduling", id="no-device"),
        pytest.param("now: heads LCS-FU-77-1 show closed", "did you mean LCS-FU-", id="near-device"),
        pytest.param("now: heads FU-*-1 show shut", "write base, dark, open", id="value"),
        pytest.param("now: heads FU-*-1 burn", "where show, are or agree is needed", id="verb"),
        pytest.param("now: heads FU-*-1 show closed now", "'now' is too much", id="too-much"),
        pytest.param('now: sign VMS-FU-P shows "x', "a quotation mark is open", id="quotes"),
        pytest.param("now: incident broken", "the states are prepared, activating", id="state"),
        pytest.param("until press: two aspects", "no step `press` follows", id="until"),
        pytest.param("fault: heads LCS-FU-07-1 stuk", "did you mean stuck?", id="fault"),
        pytest.param("broker: explode", "orders are kill, stop, start", id="process"),
        pytest.param("link: FU-PLC-9 down", "there are FU-PLC-1", id="link"),
        pytest.param("report:", "say it as one line of chat", id="report"),
        pytest.param("report: {carriagway: FU}", "did you mean carriageway?", id="form-key"),
        pytest.param("report: {carriageway: XX}", "no carriageway 'XX'; there are FU, ZJ", id="form-road"),
        pytest.param("report: {tunnel: nowhere}", "there are sanduling", id="form-tunnel"),
        pytest.param(
            "report: {carriageway: FU, lanes: {9: blocked}}", "no lane 9; lanes are 1, 2", id="form-lane"
        ),
        pytest.param("report: {lanes: {1: shut}}", "write blocked or affected", id="form-impact"),
        pytest.param("report: {lanes: [1, 7]}", "no lane 7", id="form-lanes"),
        pytest.param("report: {drop: [LCS-FU-77-1]}", "did you mean LCS-FU-", id="form-drop"),
        pytest.param("now: heads of FU lane fast show closed", "1 is the leftmost", id="lane"),
        pytest.param("clear Z", "`report Z: …` before it names one", id="incident-nobody-named"),
        pytest.param("press a", "write a capital letter", id="name"),
        pytest.param("now: heads of XX show closed", "there are FU, ZJ", id="carriageway"),
        pytest.param("now: heads in nowhere show closed", "there are sanduling", id="tunnel"),
        pytest.param("lock: signs VMS-FU-P to closed", 'part "text"', id="value-of-another-type"),
        pytest.param("wait: {given}", "a text is needed", id="mapping-for-text"),
        pytest.param('wait: "{x}"', "stands for nothing", id="given"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_write(tmp_path: Path, line: str, said: str) -> None:
    scenario, findings = written(tmp_path, steps("wait: 1s", line))
    assert scenario is None
    (finding,) = findings
    assert finding.startswith("one.yaml:4: steps[1]")
    assert said in finding, finding


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n"])
def test_an_empty_file_is_told_how_to_begin(tmp_path: Path, text: str) -> None:
    scenario, findings = written(tmp_path, text)
    assert scenario is None
    (finding,) = findings
    assert finding.startswith("one.yaml:1: the file is empty; begin with `scenario: NAME`")


def test_a_question_ends_without_a_full_stop(tmp_path: Path) -> None:
    _, findings = written(tmp_path, steps("fault: heads LCS-FU-07-1 stuk"))
    assert "did you mean stuck? It is written: " in findings[0]


def test_a_form_has_the_fields_of_the_key(site: Site) -> None:
    assert set(KEYS) == set(IncidentBody.model_fields) - {"text", "activate"}
    names = ["FU", site.carriageways["FU"].direction.zh, site.carriageways["FU"].aliases[0]]
    for name in names:
        read_step("report", {"carriageway": name, "lanes": {"快车道": "blocked"}}, site)


def test_every_step_and_every_time_is_used_by_a_shipped_scenario() -> None:
    scenarios = [read_scenario(file)[0] for file in shipped_files()]
    items = [item for one in scenarios if one is not None for item in (*one.before, *one.items)]
    assert set(VERBS) == {item.act.verb for item in items if isinstance(item, Doing)}
    assert set(TIMES) == {item.time for item in items if isinstance(item, Expecting)}


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    scenario, findings = written(tmp_path, steps("clera: x", "now: nothing", "wait: 1x"))
    assert scenario is None
    assert [finding.split(":")[1] for finding in findings] == ["3", "4", "5"]


def test_a_key_nobody_knows_is_told_with_the_nearest(tmp_path: Path) -> None:
    _, findings = written(tmp_path, "scenario: one\nstep:\n  - clear\nsteps: [clear]\n")
    assert findings == ["one.yaml:2: step: [1 entries]: unknown key; did you mean steps?"]


def test_names_under_given_are_filled_in_everywhere(tmp_path: Path) -> None:
    text = "scenario: one\ngiven: {lane: 1, latency: 0ms}\nsteps:\n"
    text += "  - latency: '{latency}'\n  - within 3s: heads of FU lane {lane} show closed\n"
    scenario, _ = written(tmp_path, text, given={"lane": "2", "latency": "50ms"})
    assert scenario is not None
    latency, expected = scenario.items
    assert isinstance(latency, Doing)
    assert latency.act.span_ms == 50
    assert "lane 2" in expected.said
    scenario, findings = written(tmp_path, text, given={"speed": "2"})
    assert scenario is None
    assert "names are lane, latency" in findings[0]


def test_a_refusal_that_is_asked_for_does_not_end_the_run(tmp_path: Path) -> None:
    scenario, _ = written(tmp_path, steps("clear: x", "now: refused", "clear: y"))
    assert scenario is not None
    assert [item.may_be_refused for item in scenario.items if isinstance(item, Doing)] == [True, False]


@pytest.mark.parametrize(
    ("sentence", "first", "count"),
    [
        pytest.param("heads FU-*-1", "LCS-FU-01-1", 16, id="end-of-the-id"),
        pytest.param("heads LCS-FU-07-1", "LCS-FU-07-1", 1, id="one"),
        pytest.param("heads of FU lane 1 in sanduling", "LCS-FU-07-1", 10, id="lane-in-tunnel"),
        pytest.param("heads of FU lane 1 before sanduling", "LCS-FU-01-1", 6, id="before"),
        pytest.param("heads of FU lane 1 before sanduling but FU-01-1", "LCS-FU-02-1", 5, id="but"),
        pytest.param("heads on FU-GW-1", "LCS-FU-04-1", 6, id="link"),
    ],
)
def test_devices_are_named_by_pattern_and_place(site: Site, sentence: str, first: str, count: int) -> None:
    which, rest = take_devices(words_of(sentence), site)
    assert (which.ids[0], rest) == (first, [])
    assert len(which.ids) >= count


def test_shipped_scenarios_are_found_by_name_and_by_family(tmp_path: Path) -> None:
    (origin,) = scenario_files(["origin"])[0]
    assert origin.stem == "origin"
    assert origin in scenario_files(["one-key"])[0]
    assert scenario_files(["no-such"]) == (
        [],
        ["no-such: no scenario file, no folder with one, and no shipped scenario"],
    )


def test_the_first_scenario_of_the_tutorial_takes_less_than_ten_lines(tmp_path: Path) -> None:
    text = fences(ROOT / "docs" / "tutorial" / "first-scenario.md", "yaml")[0]
    assert len(text.splitlines()) < 10
    assert written(tmp_path, text)[1] == []


def test_a_live_site_is_read_too_and_refused_only_by_the_run(site: Site) -> None:
    act = read_step("lock", "heads LCS-FU-16-2 to closed", site)
    assert act.values == {"LCS-FU-16-2": "closed"}
