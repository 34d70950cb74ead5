"""The table of a press: what frames make of it, in a terminal and in a pipe; and answers as command lines."""

import io
from typing import Any

import httpx2
import pytest
import typer
from rich.console import Console

from api.cli.alert import achieved, say_outcome
from api.cli.client import headers, refusal
from api.cli.device import typed_value
from api.cli.say import Code
from api.cli.serve import read_endpoints
from api.live_table import LineView, LiveView, Progress, view_for
from api.value_text import value_text


def step(device: str, state: str, t_ms: int = 0, **more: Any) -> dict[str, Any]:
    times = {"queued": 0, state: t_ms}
    return {
        "device": device,
        "revision": 1,
        "state": state,
        "reason": "",
        "t_ms": t_ms,
        "times": times,
    } | more


def incident(**more: Any) -> dict[str, Any]:
    demands = [
        {"device": "LCS-1", "chainage": "K1+000", "value": "closed"},
        {"device": "VMS-1", "chainage": "K0+500", "value": {"multi": "前方事故"}},
    ]
    made = {
        "id": "I-1",
        "state": "activating",
        "simulation": True,
        "drill": False,
        "durable": True,
        "budget_ms": 5000,
        "plan": {"demands": demands, "findings": []},
        "steps": [step("LCS-1", "queued"), step("VMS-1", "queued")],
        "verdict": None,
    }
    return made | more


def progress() -> Progress:
    made = Progress()
    made.take("snapshot", {"devices": [{"id": "LCS-1", "shown": "open"}, {"id": "VMS-1", "shown": None}]})
    made.incident = incident()
    return made


def test_steps_and_devices_of_frames_are_laid_over_what_is_known() -> None:
    known = progress()
    known.take(
        "changes",
        {
            "devices": [{"id": "LCS-1", "shown": "closed"}],
            "incidents": [],
            "steps": [
                step("LCS-1", "verified", 23, incident="I-1", clear=False),
                step("VMS-1", "verified", 1, incident="I-2", clear=False),
                step("VMS-1", "verified", 2, incident="I-1", clear=True),
                step("VMS-1", "rejected", 3, incident="I-1", clear=False, revision=9),
            ],
        },
    )
    lamp, sign = known.rows()
    assert (lamp.desired, lamp.shown, lamp.step, lamp.ms, lamp.ended) == (
        "closed",
        "closed",
        "verified",
        23,
        True,
    )
    assert (sign.desired, sign.shown, sign.step, sign.ended) == ("「前方事故」", "-", "queued", False)
    assert not known.over
    known.take(
        "changes", {"incidents": [incident(id="I-2", verdict={}), incident(verdict={"outcome": "met"})]}
    )
    assert known.over


def test_a_late_proof_keeps_the_time_it_was_first_proved() -> None:
    known = progress()
    again = step("LCS-1", "verified", 900, incident="I-1", clear=False)
    known.take("changes", {"steps": [again | {"times": {"verified": 20, "mismatch": 500}}]})
    assert known.rows()[0].ms == 20


def test_a_pipe_gets_one_line_a_device_and_the_rest_at_the_end() -> None:
    out = io.StringIO()
    view = view_for(Console(file=out, width=200))
    assert isinstance(view, LineView)
    known = progress()
    with view:
        view.draw(known.rows())
        assert out.getvalue() == ""
        known.take("changes", {"steps": [step("LCS-1", "verified", 23, incident="I-1", clear=False)]})
        view.draw(known.rows())
        view.draw(known.rows())
        assert [line.split()[:4] for line in out.getvalue().splitlines()] == [
            ["LCS-1", "K1+000", "verified", "23"]
        ]
    assert "VMS-1" in out.getvalue().splitlines()[1]


def test_a_terminal_gets_the_table() -> None:
    out = io.StringIO()
    view = view_for(Console(file=out, width=120, force_terminal=True))
    assert isinstance(view, LiveView)
    with view:
        view.draw(progress().rows())
    for word in ("desired", "LCS-1", "「前方事故」", "queued"):
        assert word in out.getvalue()


VERDICT = {"outcome": "missed", "late": False, "line": "MISSED 1/2 proved in 5000 ms; LCS-1: no answer"}


@pytest.mark.parametrize(
    ("more", "done", "said"),
    [
        pytest.param({"verdict": VERDICT}, False, "LCS-1: no answer", id="missed-names-the-device"),
        pytest.param({"verdict": VERDICT | {"late": True}}, True, "all proved since", id="late"),
        pytest.param(
            {"verdict": {"outcome": "met", "late": False, "line": "VERIFIED"}}, True, "VERIFIED", id="met"
        ),
        pytest.param({}, False, "not proved: LCS-1, VMS-1", id="no-verdict"),
        pytest.param(
            {"joined": True, "already_active_by": {"id": "li.na"}},
            False,
            "already active by li.na",
            id="joined",
        ),
        pytest.param({"state": "prepared"}, True, "nothing sent", id="prepared"),
        pytest.param({"durable": False}, False, "JOURNAL DEGRADED", id="not-durable"),
    ],
)
def test_the_outcome_is_told_and_is_the_exit_code(
    more: dict[str, Any], done: bool, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    view = incident(**more)
    say_outcome(view)
    assert said in capsys.readouterr().out
    assert achieved(view) is done


@pytest.mark.parametrize(
    ("status", "body", "said", "code"),
    [
        (401, {"title": "Token needed", "detail": "send it"}, "ONEKEY_TOKEN", Code.WRONG_USE),
        (404, {"title": "Not found", "detail": "no incident I-9"}, "no incident I-9", Code.WRONG_USE),
        (409, {"title": "Not possible now", "detail": "it is active"}, "it is active", Code.NOT_ACHIEVED),
        (422, {"title": "Nothing was sent", "detail": "哪条车道?"}, "哪条车道?", Code.WRONG_USE),
        (503, {"title": "Not ready", "detail": "later"}, "later", Code.NOT_ACHIEVED),
        (502, "<html>", "is this a onekey controller?", Code.NOT_ACHIEVED),
        (404, {"detail": "Not Found"}, "is this a onekey controller?", Code.WRONG_USE),
    ],
)
def test_refusals_become_one_line_and_a_code(status: int, body: Any, said: str, code: Code) -> None:
    answer = httpx2.Response(status, json=body, request=httpx2.Request("GET", "http://x.test"))
    line, got = refusal(answer)
    assert said in line
    assert "\n" not in line
    assert got is code


def test_a_name_that_is_not_ascii_travels_in_the_header() -> None:
    sent = headers("t", "李娜")
    assert sent["X-Onekey-Actor"] == "%E6%9D%8E%E5%A8%9C"
    assert (sent["Authorization"], sent["X-Onekey-Via"]) == ("Bearer t", "cli")
    assert "Authorization" not in headers("", "x")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        ("merge_left", "merge_left"),
        ({"multi": ""}, "blank"),
        ({"multi": "慢"}, "「慢」"),
        ({"flash": True, "siren": True}, "flash+siren"),
        ({"flash": False, "siren": False}, "off"),
    ],
)
def test_values_as_people_say_them(value: Any, text: str) -> None:
    assert value_text(value) == text


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("head", "closed", "closed"),
        ("sign", "慢行", {"multi": "慢行"}),
        ("sign", '{"multi": "x"}', {"multi": "x"}),
        ("beacon", "flash+siren", {"flash": True, "siren": True}),
        ("beacon", "off", {"flash": False, "siren": False}),
    ],
)
def test_values_as_people_type_them(kind: str, text: str, value: Any) -> None:
    assert typed_value(kind, text) == value


def test_endpoints_are_read_from_the_simulators_line_or_its_links() -> None:
    links = '{"A": {"host": "h", "port": 5020}}'
    assert read_endpoints(links) == {"A": ("h", 5020)}
    assert read_endpoints(f'{{"site": "s", "pid": 1, "control": "c", "links": {links}}}') == {
        "A": ("h", 5020)
    }


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("{]", "no JSON"),
        ('{"links": {"A": 5}}', "A: Input should be an object"),
        ('{"links": {"A": {"host": "h", "port": 0}}}', "A.port: Input should be greater"),
        ('{"links": []}', "all: Input should be an object"),
        ("/nowhere/to/be/found", "No such file"),
    ],
)
def test_endpoints_of_another_form_are_refused_with_their_place(
    given: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        read_endpoints(given)
    assert ended.value.exit_code == 2
    said = capsys.readouterr().err
    assert says in said
    assert "Error(" not in said
