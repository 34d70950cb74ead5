"""A campaign's grid, figures and plot from runs made up by hand."""

from xml.etree import ElementTree

import pytest

from simulators.loss import Loss
from simulators.scenario.campaign import Axis, Cell, breaks, cells_of, grid, read_axis
from simulators.scenario.campaign_page import campaign_page
from simulators.scenario.result import Outcome, Press, Run

AXES = [Axis("latency", ("0ms", "50ms")), Axis("dead", ("0", "2"))]


def run(given: dict[str, str], last_ms: int, verdict: str = "met", seed: int = 0) -> Run:
    steps = {"A": {"verified": last_ms}, "B": {"verified": 6_000}}
    press = Press("I-1", 1, "activation", 0, 5_000, steps, verdict, () if verdict == "met" else ("B",))
    return Run("press", "campaign", "f", {}, "s", seed, given, Outcome.PASSED, presses=(press,))


def cells() -> list[Cell]:
    made = grid(AXES)
    verdicts = {("50ms", "2"): "missed"}
    runs = [
        run(dict(one), 100 + 50 * index + seed, verdicts.get((one["latency"], one["dead"]), "met"), seed)
        for index, one in enumerate(made)
        for seed in range(2)
    ]
    return cells_of(made, runs, 2)


def test_the_grid_is_every_combination_in_order() -> None:
    assert [tuple(one.values()) for one in grid(AXES)] == [
        ("0ms", "0"),
        ("0ms", "2"),
        ("50ms", "0"),
        ("50ms", "2"),
    ]


@pytest.mark.parametrize("said", ["latency", "=1", "latency=", "latency=,"])
def test_an_axis_that_is_none_is_told_how_to_write(said: str) -> None:
    with pytest.raises(ValueError, match="latency=0ms,50ms,100ms"):
        read_axis(said)


def test_a_value_given_twice_is_one() -> None:
    assert read_axis("dead=0, 2,0").values == ("0", "2")


def test_where_the_budget_breaks_is_told_line_by_line() -> None:
    assert breaks(AXES, cells()) == [
        "dead 0: kept up to latency 50ms",
        "dead 2: breaks at latency 50ms (2 of 2 missed, 1 device not proved)",
    ]


def test_a_late_proof_does_not_count_as_the_last_in_the_budget() -> None:
    assert cells()[0].last_ms == [100.0, 101.0]
    assert run({}, 100).last_ms == 6_000


def test_the_page_has_a_plot_with_the_budget_and_every_run() -> None:
    text = campaign_page("Campaign: press", AXES, cells(), 5_000)
    (picture,) = text.split("<svg")[1:]
    root = ElementTree.fromstring("<svg" + picture.split("</svg>")[0] + "</svg>")
    said = [one.text for one in root.iter("text")]
    assert {"budget", "latency", "0ms", "50ms", "dead 0", "dead 2"} <= set(said)
    assert said.count("✕") == 2, "one for each run that missed"
    assert len(list(root.iter("circle"))) == 8 + 2
    assert "http" not in text


def test_the_same_seed_loses_the_same_commands() -> None:
    def lost(seed: int) -> list[int]:
        line = Loss()
        return [number for number in range(1_000) if line.takes("FU-PLC-1/1", 10, seed)]

    assert lost(1) == lost(1)
    assert lost(1) != lost(2)
    assert 60 < len(lost(1)) < 140
    assert not [n for n in range(1_000) if Loss().takes("A", 0, 1)]


def test_the_key_of_the_lines_stands_beside_the_plot() -> None:
    (picture,) = campaign_page("Campaign: press", AXES, cells(), 5_000).split("<svg")[1:]
    root = ElementTree.fromstring("<svg" + picture.split("</svg>")[0] + "</svg>")
    plotted = max(float(one.get("x2", 0)) for one in root.iter("line"))
    keys = [float(one.get("x", 0)) for one in root.iter("text") if one.text in ("dead 0", "dead 2")]
    assert len(keys) == 2
    assert min(keys) > plotted
