"""A drill's site: a simulated copy that says DRILL; the file it came from stays as it is."""

from pathlib import Path

import pytest

from config.finding import Level
from config.loader import check_file, load_site, sample_site_path
from config.site import SiteKind
from simulators.scenario.drill import Task, score
from simulators.scenario.drill_site import NoDrill, drill_copy


def live(folder: Path) -> Path:
    text = sample_site_path().read_text("utf-8").replace("kind: simulated", "kind: live", 1)
    path = folder / "real.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_live_site_is_drilled_on_a_simulated_copy(tmp_path: Path) -> None:
    source, folder = live(tmp_path), tmp_path / "drill"
    folder.mkdir()
    before = source.read_bytes()
    copy = load_site(drill_copy(source, folder))
    real, _ = check_file(source)
    assert real is not None
    assert real.kind is SiteKind.LIVE
    assert copy.kind is SiteKind.SIMULATED
    assert copy.name.en.startswith("DRILL · ")
    assert copy.name.zh.startswith("演练 · ")
    assert copy.drill
    assert not real.drill
    assert copy.note.startswith("DRILL of site sanduling")
    assert source.read_bytes() == before
    assert (copy.id, set(copy.devices), copy.policy) == (real.id, set(real.devices), real.policy)
    assert copy.gantries == real.gantries


def test_a_live_site_is_no_drill(tmp_path: Path) -> None:
    path = live(tmp_path)
    path.write_text(path.read_text("utf-8").replace("kind: live", "kind: live\ndrill: true", 1), "utf-8")
    _, findings = check_file(path)
    assert [f.path for f in findings if f.level is Level.ERROR] == ["drill"]


def test_a_site_with_mistakes_cannot_be_drilled_on(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("site: x\nkind: live\n", "utf-8")
    with pytest.raises(NoDrill, match=r"broken\.yaml"):
        drill_copy(broken, tmp_path)


@pytest.mark.parametrize(("took_ms", "points"), [(0, 1.0), (30_000, 1.0), (30_001, 0.5), (None, 0.0)])
def test_what_a_task_counts(took_ms: int | None, points: float) -> None:
    done_ms = None if took_ms is None else 1_000 + took_ms
    task = Task("report", "", "", "", 1_000, done_ms)
    assert task.points == points
    assert score([task, task]) == round(points * 100)
